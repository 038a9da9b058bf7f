//! Reading texts by a shape: path parameters and query parameters.

use super::shape::{Kind, Shape};
use crate::OwnedValue;
use crate::functions::{net, time};

pub(super) fn read(shape: &Shape, text: &str) -> Option<OwnedValue> {
    let value = match &shape.kind {
        Kind::Optional(inner) => return read(inner, text),
        Kind::Any | Kind::Text => OwnedValue::text(text),
        Kind::Enum(variants) => OwnedValue::Str(variants.iter().find(|v| *v == text)?.clone()),
        kind => scalar(kind, text)?,
    };
    shape.admits(&value).then_some(value)
}

/// A scalar that JSON writes as text too.
pub(super) fn scalar(kind: &Kind, text: &str) -> Option<OwnedValue> {
    Some(match kind {
        Kind::Bool => OwnedValue::Bool(text.parse().ok()?),
        Kind::Int => OwnedValue::Int(canonical(text)?.parse().ok()?),
        Kind::Uint => OwnedValue::Uint(canonical(text)?.parse().ok()?),
        Kind::Double => OwnedValue::Double(text.parse().ok().filter(|d: &f64| d.is_finite())?),
        Kind::Duration => OwnedValue::Duration(time::parse_duration(text)?),
        Kind::Timestamp => OwnedValue::Timestamp(time::parse_timestamp(text)?),
        Kind::Ip => OwnedValue::Ip(net::parse_ip(text)?),
        Kind::Cidr => OwnedValue::Cidr(net::parse_cidr(text)?),
        Kind::Any
        | Kind::Null
        | Kind::Text
        | Kind::Bytes
        | Kind::List(_)
        | Kind::Map(_)
        | Kind::Record(_)
        | Kind::Enum(_)
        | Kind::Optional(_)
        | Kind::Never => return None,
    })
}

/// Numbers have one text each, so that one resource has one path: no plus sign, no leading zero.
fn canonical(text: &str) -> Option<&str> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = digits.bytes().all(|b| b.is_ascii_digit());
    let zero = digits.starts_with('0') && (digits.len() > 1 || text.len() > 1);
    (plain && !digits.is_empty() && !zero).then_some(text)
}
