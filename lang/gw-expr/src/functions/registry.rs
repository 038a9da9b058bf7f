//! The table of functions. A function is referred to by its place in the table and stored by its
//! name, so that an artifact that needs an unknown function is refused when it is loaded.

use super::Signature;
use crate::cost::Cost;
use crate::{EvalError, Scratch, Value};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use smol_str::SmolStr;
use std::collections::HashMap;
use std::sync::LazyLock;

/// How a function is evaluated. The receiver is the first argument. Arguments are never errors;
/// what does not fit is [`EvalError::NoMatchingOverload`].
pub(crate) type Evaluate = for<'a> fn(&[Value<'a>], &'a Scratch) -> Result<Value<'a>, EvalError>;

/// A function with everything there is to know about it.
#[derive(Debug)]
pub struct Declaration {
    /// The name as it is written, with its namespace: `indexOf`, `math.greatest`.
    pub name: &'static str,
    /// Signatures as documented: `string.indexOf(string, int) -> int`. Capital letters are type
    /// parameters.
    pub signatures: &'static [&'static str],
    /// What it does, in one or two sentences.
    pub doc: &'static str,
    /// Whether it can fail for arguments of the declared types.
    pub may_fail: bool,
    /// What a call costs, and how large its result is.
    pub(crate) cost: Cost,
    pub(crate) eval: Evaluate,
}

/// A function of the registry.
#[derive(Clone, Copy)]
pub struct Function(pub(crate) &'static Declaration);

impl Function {
    /// Every function there is.
    pub fn all() -> impl Iterator<Item = Function> {
        TABLES.iter().flat_map(|table| table.iter()).map(Function)
    }

    /// The function with that name.
    pub fn named(name: &str) -> Option<Function> {
        INDEX.get(name).map(|(function, _)| *function)
    }

    /// Its overloads.
    pub(crate) fn signatures(self) -> &'static [Signature] {
        INDEX
            .get(self.0.name)
            .map_or(&[], |(_, signatures)| signatures)
    }

    /// What it is.
    pub fn declaration(self) -> &'static Declaration {
        self.0
    }
}

/// One table per topic.
const TABLES: &[&[Declaration]] = &[
    super::string::TABLE,
    super::string_index::TABLE,
    super::quote::TABLE,
    super::format::TABLE,
    super::math::TABLE,
    super::bits::TABLE,
    super::time_fields::TABLE,
    super::convert::TABLE,
    super::list::TABLE,
    super::set::TABLE,
    super::pattern::TABLE,
    super::net::TABLE,
    super::encoding::TABLE,
    super::optional::TABLE,
];

/// Functions by name, with their signatures read once.
static INDEX: LazyLock<HashMap<&'static str, (Function, Vec<Signature>)>> = LazyLock::new(|| {
    let entry = |function: Function| {
        let Declaration {
            name, signatures, ..
        } = function.0;
        let read = signatures
            .iter()
            .filter_map(|text| Signature::parse(text, name))
            .collect();
        (*name, (function, read))
    };
    Function::all().map(entry).collect()
});

impl PartialEq for Function {
    fn eq(&self, other: &Self) -> bool {
        self.0.name == other.0.name
    }
}

impl std::fmt::Debug for Function {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.name)
    }
}

impl Serialize for Function {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.name)
    }
}

impl<'de> Deserialize<'de> for Function {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = SmolStr::deserialize(deserializer)?;
        Self::named(&name).ok_or_else(|| D::Error::custom(format!("unknown function `{name}`")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_signature_reads() {
        for function in Function::all() {
            let Declaration {
                name, signatures, ..
            } = function.0;
            for text in *signatures {
                assert!(Signature::parse(text, name).is_some(), "{text}");
            }
            assert!(function.0.doc.ends_with('.'), "{name} has no documentation");
        }
    }

    #[test]
    fn names_are_unique() {
        let mut seen = HashSet::new();
        assert!(Function::all().all(|f| seen.insert(f.0.name)));
    }
}
