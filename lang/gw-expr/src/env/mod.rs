//! What an expression may refer to: root variables with their types and availability, enums,
//! `let` bindings, functions of the embedder. Built by the compiler, one per place of use. Must
//! not know how expressions are checked.

mod phase;

pub use phase::Phase;

use crate::{Checked, EnumType, Type};
use gw_syntax::{Code, Expr, Sources, Span};
use indexmap::IndexMap;
use smol_str::SmolStr;
use std::collections::HashMap;
use std::sync::Arc;

/// The declared names of one place of use.
#[derive(Clone, Debug, Default)]
pub struct Env {
    pub(crate) dialect: Dialect,
    pub(crate) container: SmolStr,
    pub(crate) phase: Option<Phase>,
    pub(crate) names: IndexMap<SmolStr, Name>,
    pub(crate) members: HashMap<SmolStr, Availability>,
    pub(crate) overloads: Vec<Overload>,
    pub(crate) sources: Option<Arc<Sources>>,
}

/// How strict checking is.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Dialect {
    /// gw: literals adapt to the expected number, disjoint comparisons and absent values are
    /// errors.
    #[default]
    Gw,
    /// CEL's own checker rules, for the conformance data.
    Cel,
    /// No checks: what does not fit fails when it is evaluated.
    Unchecked,
}

/// A root variable.
#[derive(Clone, Debug)]
pub struct Variable {
    /// Its type.
    pub ty: Type,
    /// One line of documentation.
    pub doc: SmolStr,
    /// Whether it can be read here.
    pub availability: Availability,
    /// Where it was declared, if in a source.
    pub span: Option<Span>,
}

/// Whether a variable or a field of a built-in object can be read at a place of use.
#[derive(Clone, PartialEq, Debug, Default)]
pub enum Availability {
    /// Always.
    #[default]
    Always,
    /// From this phase on; GW0204 in earlier ones.
    From(Phase),
    /// It needs an `authn` that the place of use does not have; GW0205.
    NoIdentity,
    /// Not here, for this reason.
    Missing {
        /// The code of the diagnostic.
        code: Code,
        /// What is wrong.
        message: String,
        /// What to type instead.
        help: String,
    },
}

/// What a name stands for.
#[derive(Clone, Debug)]
pub(crate) enum Name {
    /// A root variable.
    Variable(Variable),
    /// An enum: `Role.admin`.
    Enum(Arc<EnumType>),
    /// A `let`: checked again at each use, in the environment of the use.
    Let(Arc<Expr>),
    /// An expression that was checked elsewhere: the argument of a policy or limit, a constant.
    Checked(Arc<Checked>),
}

/// A function that the embedder declares for checking only.
#[derive(Clone, Debug)]
pub struct Overload {
    /// Its qualified name.
    pub name: SmolStr,
    /// Parameters, the receiver first; [`Type::Param`] for type parameters.
    pub params: Vec<Type>,
    /// What it returns.
    pub result: Type,
    /// Called as `receiver.name(…)`.
    pub method: bool,
}

impl Variable {
    /// A variable that is always available.
    pub fn new(ty: Type) -> Self {
        Self {
            ty,
            doc: SmolStr::default(),
            availability: Availability::Always,
            span: None,
        }
    }

    /// Adds documentation.
    #[must_use]
    pub fn doc(mut self, doc: impl Into<SmolStr>) -> Self {
        self.doc = doc.into();
        self
    }

    /// Limits where it can be read.
    #[must_use]
    pub fn available(mut self, availability: Availability) -> Self {
        self.availability = availability;
        self
    }
}

impl Env {
    /// No names, gw's rules.
    pub fn new() -> Self {
        Self::default()
    }

    /// Other rules than gw's.
    #[must_use]
    pub fn with_dialect(mut self, dialect: Dialect) -> Self {
        self.dialect = dialect;
        self
    }

    /// CEL's container: names are looked up in it and in its parents first.
    #[must_use]
    pub fn with_container(mut self, container: impl Into<SmolStr>) -> Self {
        self.container = container.into();
        self
    }

    /// The phase in which the expression is evaluated; without one, `Availability::From` holds.
    #[must_use]
    pub fn in_phase(mut self, phase: Phase) -> Self {
        self.phase = Some(phase);
        self
    }

    /// The source texts, so that findings can point inside string literals with escapes.
    #[must_use]
    pub fn with_sources(mut self, sources: Arc<Sources>) -> Self {
        self.sources = Some(sources);
        self
    }

    /// Declares a root variable; a dotted name is CEL's qualified identifier.
    pub fn declare(&mut self, name: impl Into<SmolStr>, variable: Variable) {
        self.names.insert(name.into(), Name::Variable(variable));
    }

    /// What `read` makes of the environment with some more root variables, which may hide names; they
    /// are gone afterwards, so that many readings need no copy of it.
    pub fn with_variables<R>(
        &mut self,
        variables: impl IntoIterator<Item = (SmolStr, Variable)>,
        read: impl FnOnce(&Self) -> R,
    ) -> R {
        let mut hidden = Vec::new();
        for (name, variable) in variables {
            let before = self.names.insert(name.clone(), Name::Variable(variable));
            hidden.push((name, before));
        }
        let result = read(self);
        for (name, before) in hidden.into_iter().rev() {
            match before {
                Some(before) => drop(self.names.insert(name, before)),
                None => drop(self.names.swap_remove(&name)),
            }
        }
        result
    }

    /// Limits where a field of a root variable can be read: `request.body`.
    pub fn limit(&mut self, dotted: impl Into<SmolStr>, availability: Availability) {
        self.members.insert(dotted.into(), availability);
    }

    /// Declares an enum, so that `Role.admin` means something.
    pub fn declare_enum(&mut self, of: Arc<EnumType>) {
        self.names.insert(of.name.clone(), Name::Enum(of));
    }

    /// Declares an enum under another name (`import { Role as R }`).
    pub fn declare_enum_as(&mut self, name: impl Into<SmolStr>, of: Arc<EnumType>) {
        self.names.insert(name.into(), Name::Enum(of));
    }

    /// Declares a `let`: the expression is typed anew where it is used.
    pub fn define_let(&mut self, name: impl Into<SmolStr>, expr: Arc<Expr>) {
        self.names.insert(name.into(), Name::Let(expr));
    }

    /// Gives a name to an expression that was checked elsewhere, such as an argument.
    pub fn define(&mut self, name: impl Into<SmolStr>, value: Checked) {
        self.names
            .insert(name.into(), Name::Checked(Arc::new(value)));
    }

    /// Declares a function for checking only.
    pub fn declare_function(&mut self, overload: Overload) {
        self.overloads.push(overload);
    }

    /// A root variable.
    pub fn variable(&self, name: &str) -> Option<&Variable> {
        match self.names.get(name) {
            Some(Name::Variable(variable)) => Some(variable),
            _ => None,
        }
    }

    /// All root variables, for documentation and completion.
    pub fn variables(&self) -> impl Iterator<Item = (&SmolStr, &Variable)> {
        self.names.iter().filter_map(|(name, kind)| match kind {
            Name::Variable(variable) => Some((name, variable)),
            Name::Enum(_) | Name::Let(_) | Name::Checked(_) => None,
        })
    }

    /// Whether a name is declared.
    pub fn knows(&self, name: &str) -> bool {
        self.names.contains_key(name)
    }
}
