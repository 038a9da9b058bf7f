//! Headers, query and tables as values that expressions look into by computed keys.

use super::fields;
use crate::{Headers, TableData};
use bumpalo::Bump;
use gw_expr::{Lookup, Value};
use std::borrow::Cow;
use std::fmt::{Debug, Formatter};

/// Header fields by name, in any case.
pub(super) struct HeaderView<'x> {
    pub(super) headers: &'x dyn Headers,
    /// Holds values that had to be joined.
    pub(super) memory: Bump,
}

/// Query parameters by name: the first value, decoded.
pub(super) struct QueryView<'x> {
    pub(super) query: &'x str,
    /// Holds values that had to be decoded.
    pub(super) memory: Bump,
}

impl Lookup for HeaderView<'_> {
    fn lookup<'a>(&'a self, key: &str) -> Value<'a> {
        match fields::joined(self.headers, &key.to_ascii_lowercase()) {
            Some(Cow::Borrowed(value)) => text(value),
            Some(Cow::Owned(value)) => text(self.memory.alloc_slice_copy(&value)),
            None => Value::Absent,
        }
    }
}

impl Lookup for QueryView<'_> {
    fn lookup<'a>(&'a self, key: &str) -> Value<'a> {
        match fields::query_value(self.query, key) {
            Some(Cow::Borrowed(value)) => Value::Str(value),
            Some(Cow::Owned(value)) => Value::Str(self.memory.alloc_str(&value)),
            None => Value::Absent,
        }
    }
}

impl Lookup for TableData {
    fn lookup<'a>(&'a self, key: &str) -> Value<'a> {
        self.lookup_key(key)
            .map_or(Value::Absent, |record| record.fields.as_value())
    }
}

/// A field value that is not UTF-8 has no text: expressions see its octets and fail on them.
fn text(value: &[u8]) -> Value<'_> {
    std::str::from_utf8(value).map_or(Value::Bytes(value), Value::Str)
}

impl Debug for HeaderView<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.write_str("HeaderView")
    }
}

impl Debug for QueryView<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.write_str("QueryView")
    }
}
