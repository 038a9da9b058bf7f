//! Constraints on a type: `int 1..=99`, `list<T> max 50`, `string matches "…"`, `slug`.

use super::Type;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;
use std::fmt::{Display, Formatter, Result};

/// A base type with constraints. For ints `min` and `max` bound the value; for strings the number
/// of code points; for bytes, lists and maps the number of elements. Both are inclusive.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Refined {
    /// `slug`, `uuid`; empty for a constraint written in place.
    pub name: SmolStr,
    /// The type that is constrained.
    pub base: Type,
    /// The least value or size.
    pub min: Option<i64>,
    /// The greatest value or size.
    pub max: Option<i64>,
    /// A regular expression that the whole string must match.
    pub pattern: Option<SmolStr>,
}

impl Refined {
    /// No constraint yet.
    pub fn of(base: Type) -> Self {
        Self {
            name: SmolStr::default(),
            base,
            min: None,
            max: None,
            pattern: None,
        }
    }
}

impl Display for Refined {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        if !self.name.is_empty() {
            return f.write_str(&self.name);
        }
        write!(f, "{}", self.base)?;
        match (self.min, self.max) {
            (Some(min), Some(max)) if *self.base.base() == Type::Int => write!(f, " {min}..={max}"),
            (min, max) => {
                min.map_or(Ok(()), |n| write!(f, " min {n}"))?;
                max.map_or(Ok(()), |n| write!(f, " max {n}"))
            }
        }?;
        self.pattern
            .as_ref()
            .map_or(Ok(()), |p| write!(f, " matches \"{p}\""))
    }
}
