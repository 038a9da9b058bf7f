//! Headers, query and tables as values that expressions look into by computed keys.

use super::fields::{self, Parameter};
use crate::{Headers, TableData};
use bumpalo::Bump;
use gw_expr::{EvalError, Lookup, Value};
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
    fn lookup<'a>(&'a self, key: &str) -> Result<Value<'a>, EvalError> {
        match fields::joined(self.headers, &key.to_ascii_lowercase()) {
            Some(Cow::Borrowed(value)) => fields::text(value),
            Some(Cow::Owned(value)) => fields::text(self.memory.alloc_slice_copy(&value)),
            None => Ok(Value::Absent),
        }
    }
}

impl Lookup for QueryView<'_> {
    fn lookup<'a>(&'a self, key: &str) -> Result<Value<'a>, EvalError> {
        Ok(match fields::query_value(self.query, key) {
            None => Value::Absent,
            Some(Parameter::Text(Cow::Borrowed(value))) => Value::Str(value),
            Some(Parameter::Text(Cow::Owned(value))) => Value::Str(self.memory.alloc_str(&value)),
            Some(Parameter::Unreadable) => return Err(EvalError::BadConversion),
        })
    }
}

impl Lookup for TableData {
    fn lookup<'a>(&'a self, key: &str) -> Result<Value<'a>, EvalError> {
        let record = self.lookup_key(key);
        Ok(record.map_or(Value::Absent, |record| record.fields.as_value()))
    }
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
