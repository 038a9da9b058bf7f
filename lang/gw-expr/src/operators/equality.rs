//! `==`: numbers by value across types, collections by content, everything else by type and
//! content. Never fails; absent equals nothing, not even absent; NaN equals nothing.

use super::compare_numbers;
use crate::Value;
use crate::value::{List, Map};
use std::cmp::Ordering;

/// CEL's equality.
pub(crate) fn equal(left: Value<'_>, right: Value<'_>) -> bool {
    match (left, right) {
        (Value::Str(a), Value::Str(b)) => a == b,
        (Value::Int(a), Value::Int(b)) => a == b,
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::Null, Value::Null) => true,
        (Value::Bytes(a), Value::Bytes(b)) => a == b,
        (Value::Duration(a), Value::Duration(b)) => a == b,
        (Value::Timestamp(a), Value::Timestamp(b)) => a == b,
        (Value::Ip(a), Value::Ip(b)) => a == b,
        (Value::Cidr(a), Value::Cidr(b)) => a == b,
        (Value::Rate(a), Value::Rate(b)) => a == b,
        (Value::Range(a, b), Value::Range(c, d)) => (a, b) == (c, d),
        (Value::Type(a), Value::Type(b)) => a == b,
        (Value::List(a), Value::List(b)) => equal_lists(a, b),
        (Value::Map(a), Value::Map(b)) => equal_maps(a, b),
        (Value::Optional(a), Value::Optional(b)) => match (a, b) {
            (Some(a), Some(b)) => equal(a.value(), b.value()),
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        },
        _ => compare_numbers(left, right) == Some(Some(Ordering::Equal)),
    }
}

fn equal_lists(a: List<'_>, b: List<'_>) -> bool {
    a.len() == b.len() && a.iter().zip(b.iter()).all(|(x, y)| equal(x, y))
}

fn equal_maps(a: Map<'_>, b: Map<'_>) -> bool {
    a.len() == b.len()
        && a.iter()
            .all(|(k, v)| b.find(k).is_some_and(|w| equal(v, w)))
}
