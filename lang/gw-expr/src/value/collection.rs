//! Lists, maps and lookups: the same few operations over borrowed and computed contents.

use super::owned::KeyRef;
use super::{OwnedMap, OwnedValue, Value};
use crate::EvalError;
use std::fmt::Debug;

/// A list.
#[derive(Clone, Copy, Debug)]
pub enum List<'a> {
    /// Computed in this evaluation, or assembled by the embedder.
    Values(&'a [Value<'a>]),
    /// Stored.
    Owned(&'a [OwnedValue]),
}

/// A map.
#[derive(Clone, Copy, Debug)]
pub enum Map<'a> {
    /// Computed in this evaluation; keys are distinct.
    Entries(&'a [(Value<'a>, Value<'a>)]),
    /// Stored.
    Owned(&'a OwnedMap),
}

/// What an optional value holds.
#[derive(Clone, Copy, Debug)]
pub enum Inner<'a> {
    /// Computed in this evaluation.
    Value(&'a Value<'a>),
    /// Stored.
    Owned(&'a OwnedValue),
}

/// A string-keyed view that is computed on demand: headers, query parameters, tables.
/// Keys of headers arrive as written in the policy: an implementation folds the case itself.
pub trait Lookup: Debug {
    /// The value of that key, or [`Value::Absent`].
    ///
    /// # Errors
    /// If there is a value that cannot be read, which is not the same as none.
    fn lookup<'a>(&'a self, key: &str) -> Result<Value<'a>, EvalError>;
}

impl<'a> List<'a> {
    /// The number of elements.
    pub fn len(self) -> usize {
        match self {
            List::Values(values) => values.len(),
            List::Owned(values) => values.len(),
        }
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The element at an index.
    pub fn at(self, index: usize) -> Option<Value<'a>> {
        match self {
            List::Values(values) => values.get(index).copied(),
            List::Owned(values) => values.get(index).map(OwnedValue::as_value),
        }
    }

    /// The elements in order.
    pub fn iter(self) -> impl Iterator<Item = Value<'a>> {
        (0..self.len()).filter_map(move |index| self.at(index))
    }
}

impl<'a> Map<'a> {
    /// The number of entries.
    pub fn len(self) -> usize {
        match self {
            Map::Entries(entries) => entries.len(),
            Map::Owned(map) => map.len(),
        }
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The value of a key; numbers are compared across types.
    pub fn find(self, key: Value<'_>) -> Option<Value<'a>> {
        let key = KeyRef::of(key)?;
        match self {
            Map::Entries(entries) => entries
                .iter()
                .find(|(k, _)| KeyRef::of(*k) == Some(key))
                .map(|(_, v)| *v),
            Map::Owned(map) => map.find(key).map(OwnedValue::as_value),
        }
    }

    /// The entry at an index of the iteration order.
    pub fn at(self, index: usize) -> Option<(Value<'a>, Value<'a>)> {
        match self {
            Map::Entries(entries) => entries.get(index).copied(),
            Map::Owned(map) => map
                .entry_at(index)
                .map(|(k, v)| (k.as_value(), v.as_value())),
        }
    }

    /// The entries in order.
    pub fn iter(self) -> impl Iterator<Item = (Value<'a>, Value<'a>)> {
        (0..self.len()).filter_map(move |index| self.at(index))
    }
}

impl<'a> Inner<'a> {
    /// The value held.
    pub fn value(self) -> Value<'a> {
        match self {
            Inner::Value(value) => *value,
            Inner::Owned(value) => value.as_value(),
        }
    }
}
