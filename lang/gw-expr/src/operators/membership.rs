//! `in`: elements of lists, keys of maps, addresses of networks, numbers of ranges.

use super::equal;
use crate::{EvalError, Value};
use std::net::IpAddr;

/// Whether `collection` has `element`. An absent element is in nothing.
pub(crate) fn contains(collection: Value<'_>, element: Value<'_>) -> Result<bool, EvalError> {
    match (collection, element) {
        (Value::Absent, _) | (_, Value::Absent) => Ok(false),
        (Value::List(list), Value::Ip(ip)) => Ok(list.iter().any(|item| covers(item, ip))),
        (Value::List(list), _) => Ok(list.iter().any(|item| equal(item, element))),
        (Value::Map(map), _) => Ok(map.find(element).is_some()),
        (Value::Lookup(lookup), Value::Str(key)) => Ok(!lookup.lookup(key)?.is_absent()),
        (Value::Cidr(net), Value::Ip(ip)) => Ok(net.contains(&ip)),
        (Value::Cidr(outer), Value::Cidr(inner)) => Ok(outer.contains(&inner)),
        (Value::Range(first, last), Value::Int(n)) => Ok((first..=last).contains(&n)),
        _ => Err(EvalError::NoMatchingOverload),
    }
}

/// Whether a list element is that address or a network that has it.
fn covers(item: Value<'_>, ip: IpAddr) -> bool {
    match item {
        Value::Ip(other) => other == ip,
        Value::Cidr(net) => net.contains(&ip),
        _ => false,
    }
}
