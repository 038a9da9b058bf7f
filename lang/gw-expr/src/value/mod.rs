//! Values during an evaluation: small, copyable, borrowed from the request, the program or the
//! scratch memory. Must not know expressions.

mod collection;
mod display;
mod owned;
mod scalar;

pub use collection::{Inner, List, Lookup, Map};
pub(crate) use owned::KeyRef;
pub use owned::{MapKey, OwnedMap, OwnedValue};
pub use scalar::{Rate, Timestamp, TypeName};

use crate::EvalError;
use ipnet::IpNet;
use std::net::IpAddr;

/// A value. `'a` is the life of the request's facts, the program and the scratch memory.
#[derive(Clone, Copy, Debug)]
pub enum Value<'a> {
    /// What a fact of type `T?` is when there is none.
    Absent,
    /// `null`.
    Null,
    /// `true`, `false`.
    Bool(bool),
    /// An int; sizes are ints too.
    Int(i64),
    /// A uint.
    Uint(u64),
    /// A double; percentages are doubles out of 100.
    Double(f64),
    /// Text; enum values are text too.
    Str(&'a str),
    /// Octets.
    Bytes(&'a [u8]),
    /// Nanoseconds.
    Duration(i64),
    /// A point in time.
    Timestamp(Timestamp),
    /// An address. IPv4-mapped IPv6 addresses must have been unmapped.
    Ip(IpAddr),
    /// A network.
    Cidr(IpNet),
    /// Events per period.
    Rate(Rate),
    /// `first..=last`.
    Range(i64, i64),
    /// The type of a value.
    Type(TypeName<'a>),
    /// A list.
    List(List<'a>),
    /// A map or record.
    Map(Map<'a>),
    /// CEL's optional value.
    Optional(Option<Inner<'a>>),
    /// A string-keyed view such as the headers.
    Lookup(&'a dyn Lookup),
}

impl<'a> Value<'a> {
    /// The bool, or CEL's `no matching overload`.
    pub fn truth(self) -> Result<bool, EvalError> {
        match self {
            Value::Bool(b) => Ok(b),
            Value::Absent => Err(EvalError::Absent),
            _ => Err(EvalError::NoMatchingOverload),
        }
    }

    /// The text, if it is one.
    pub fn text(self) -> Option<&'a str> {
        match self {
            Value::Str(text) => Some(text),
            _ => None,
        }
    }

    /// Whether it is [`Value::Absent`].
    pub fn is_absent(self) -> bool {
        matches!(self, Value::Absent)
    }
}
