//! The hash of a limit's key: equal values count together, whatever they are made of.

use foldhash::quality::FixedState;
use gw_expr::Value;
use std::hash::{BuildHasher, Hash, Hasher};

/// What makes hashes of keys unforeseeable.
#[derive(Clone, Debug)]
pub(crate) struct Seed(FixedState);

impl Seed {
    pub(crate) fn new(seed: u64) -> Self {
        Self(FixedState::with_seed(seed))
    }
}

/// The hash of a value under a seed.
pub(crate) fn hash_value(seed: &Seed, value: Value<'_>) -> u64 {
    let mut hasher = seed.0.build_hasher();
    write(value, &mut hasher);
    hasher.finish()
}

/// Every kind begins with its own number, so that `1`, `"1"` and `[1]` stay apart.
fn write(value: Value<'_>, to: &mut impl Hasher) {
    match value {
        Value::Absent => to.write_u8(0),
        Value::Null => to.write_u8(1),
        Value::Bool(b) => (2u8, b).hash(to),
        Value::Int(n) => (3u8, n).hash(to),
        Value::Uint(n) => (4u8, n).hash(to),
        Value::Double(d) => (5u8, d.to_bits()).hash(to),
        Value::Str(text) => (6u8, text).hash(to),
        Value::Bytes(bytes) => (7u8, bytes).hash(to),
        Value::Duration(nanos) => (8u8, nanos).hash(to),
        Value::Timestamp(at) => (9u8, at).hash(to),
        Value::Ip(ip) => (10u8, ip).hash(to),
        Value::Cidr(net) => (11u8, net).hash(to),
        Value::Rate(rate) => (12u8, rate).hash(to),
        Value::Range(first, last) => (13u8, first, last).hash(to),
        Value::Type(name) => (14u8, name).hash(to),
        Value::List(list) => {
            (15u8, list.len()).hash(to);
            list.iter().for_each(|element| write(element, to));
        }
        Value::Map(map) => {
            (16u8, map.len()).hash(to);
            for (key, value) in map.iter() {
                write(key, to);
                write(value, to);
            }
        }
        Value::Optional(inner) => {
            (17u8, inner.is_some()).hash(to);
            inner.into_iter().for_each(|inner| write(inner.value(), to));
        }
        Value::Lookup(_) => to.write_u8(18),
    }
}
