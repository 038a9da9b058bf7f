//! Facts: the constant access paths from root variables that an expression reads, such as
//! `request.headers["x-tenant"]`, `jwt.org` or `source.ip`. The checker interns each once; at run
//! time a fact is the read of a slot. Must not know where facts come from.

use crate::{EvalError, Type, Value};
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;
use std::collections::HashMap;
use std::fmt::{Display, Formatter};

/// A fact of a [`FactTable`], an index into it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub struct FactId(pub u32);

/// One step of an access path.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub enum FactStep {
    /// `.name` of a record.
    Field(SmolStr),
    /// `["key"]` of a lookup; lower case for the names of headers.
    Key(SmolStr),
}

/// The longest constant access path from a root variable through record fields and constant keys
/// of lookups. Reads of lists and of maps end a path.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub struct FactPath {
    /// The root variable.
    pub root: SmolStr,
    /// What is read from it, outermost first.
    pub steps: Vec<FactStep>,
}

/// A path with the type of its value. The value may be absent whatever the type says here:
/// the `?` of `T?` is left out, so that narrowed and plain uses share one fact.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Fact {
    /// Where it is read.
    pub path: FactPath,
    /// What it is when it is present.
    pub ty: Type,
}

/// The facts that a set of expressions reads.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct FactTable {
    facts: Vec<Fact>,
    #[serde(skip)]
    index: HashMap<FactPath, Vec<FactId>>,
}

/// What an evaluation reads: slots by fact. The engine implements it over a request.
pub trait Facts {
    /// The value of a fact; [`Value::Absent`] where there is none. An error means that the fact
    /// could not be obtained (a store is down, a body is not yet there), not that it is absent.
    fn fact(&self, id: FactId) -> Result<Value<'_>, EvalError>;
}

impl FactStep {
    /// What is read.
    pub fn name(&self) -> &SmolStr {
        match self {
            FactStep::Field(name) | FactStep::Key(name) => name,
        }
    }
}

impl FactPath {
    /// A root variable itself.
    pub fn root(name: impl Into<SmolStr>) -> Self {
        Self {
            root: name.into(),
            steps: Vec::new(),
        }
    }

    /// One step further.
    #[must_use]
    pub fn then(mut self, step: FactStep) -> Self {
        self.steps.push(step);
        self
    }

    /// The path that [`Display`] prints without keys: `request.headers`, for availability.
    pub fn dotted(&self) -> String {
        let mut text = self.root.to_string();
        for step in &self.steps {
            match step {
                FactStep::Field(name) => {
                    text.push('.');
                    text.push_str(name);
                }
                FactStep::Key(_) => break,
            }
        }
        text
    }
}

impl Display for FactPath {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.root)?;
        self.steps.iter().try_for_each(|step| match step {
            FactStep::Field(name) => write!(f, ".{name}"),
            FactStep::Key(key) => write!(f, "[{key:?}]"),
        })
    }
}

impl FactTable {
    /// The identity of a path; adds it if it is new. The same path with another type (a path
    /// parameter of another route) is another fact.
    pub fn intern(&mut self, path: FactPath, ty: &Type) -> FactId {
        self.reindex();
        let ty = ty.present();
        let same = self.index.get(&path).into_iter().flatten().copied();
        for id in same {
            if self.ty(id) == Some(ty) {
                return id;
            }
        }
        let id = FactId(u32::try_from(self.facts.len()).unwrap_or(u32::MAX));
        self.index.entry(path.clone()).or_default().push(id);
        self.facts.push(Fact {
            path,
            ty: ty.clone(),
        });
        id
    }

    /// The fact with that identity.
    pub fn get(&self, id: FactId) -> Option<&Fact> {
        self.facts.get(id.0 as usize)
    }

    /// The path of a fact.
    pub fn path(&self, id: FactId) -> Option<&FactPath> {
        self.get(id).map(|fact| &fact.path)
    }

    /// The type of a fact when it is present.
    pub fn ty(&self, id: FactId) -> Option<&Type> {
        self.get(id).map(|fact| &fact.ty)
    }

    /// All facts in the order of their identities.
    pub fn iter(&self) -> impl Iterator<Item = (FactId, &Fact)> {
        (0u32..).map(FactId).zip(&self.facts)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.facts.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.facts.is_empty()
    }

    /// Rebuilds the index after the table was decoded.
    fn reindex(&mut self) {
        if self.index.is_empty() && !self.facts.is_empty() {
            for (id, fact) in (0u32..).map(FactId).zip(&self.facts) {
                self.index.entry(fact.path.clone()).or_default().push(id);
            }
        }
    }
}

impl PartialEq for FactTable {
    fn eq(&self, other: &Self) -> bool {
        self.facts == other.facts
    }
}
