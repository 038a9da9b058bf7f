//! Values as the language writes them: `"text"`, `1.5`, `250ms`, `100/min`, `[1, 2]`.

use super::{MapKey, OwnedMap, OwnedValue, Rate};
use crate::functions::{double, time};
use std::fmt::{Display, Formatter, Result};

impl Display for OwnedValue {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            OwnedValue::Absent => f.write_str("absent"),
            OwnedValue::Null => f.write_str("null"),
            OwnedValue::Bool(b) => write!(f, "{b}"),
            OwnedValue::Int(n) => write!(f, "{n}"),
            OwnedValue::Uint(n) => write!(f, "{n}u"),
            OwnedValue::Double(d) => f.write_str(&point(&double(*d))),
            OwnedValue::Str(text) => quoted(f, text),
            OwnedValue::Bytes(bytes) => octets(f, bytes),
            OwnedValue::Duration(nanos) => f.write_str(&time::print_duration(*nanos)),
            OwnedValue::Timestamp(at) => {
                write!(f, "timestamp(\"{}\")", time::print_timestamp(*at))
            }
            OwnedValue::Ip(ip) => write!(f, "{ip}"),
            OwnedValue::Cidr(net) => write!(f, "{net}"),
            OwnedValue::Rate(rate) => rate.fmt(f),
            OwnedValue::Range(first, last) => write!(f, "{first}..={last}"),
            OwnedValue::Type(name) => f.write_str(name),
            OwnedValue::List(elements) => list(f, elements),
            OwnedValue::Map(map) => entries(f, map),
            OwnedValue::Optional(None) => f.write_str("optional.none()"),
            OwnedValue::Optional(Some(inner)) => write!(f, "optional.of({inner})"),
        }
    }
}

impl Display for Rate {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        const SECOND: i64 = 1_000_000_000;
        let unit = [
            (SECOND, "s"),
            (60 * SECOND, "min"),
            (3_600 * SECOND, "h"),
            (86_400 * SECOND, "day"),
        ];
        let unit = unit
            .iter()
            .find(|(period, _)| i128::from(*period) == i128::from(self.period));
        match unit {
            Some((_, name)) => write!(f, "{}/{name}", self.count),
            None => write!(f, "{} per {} ns", self.count, self.period),
        }
    }
}

/// A double that cannot be taken for an int.
fn point(digits: &str) -> String {
    match digits.contains(|c: char| !c.is_ascii_digit() && c != '-') {
        true => digits.to_owned(),
        false => format!("{digits}.0"),
    }
}

fn quoted(f: &mut Formatter<'_>, text: &str) -> Result {
    f.write_str("\"")?;
    for c in text.chars() {
        match c {
            '"' => f.write_str("\\\"")?,
            '\\' => f.write_str("\\\\")?,
            '\n' => f.write_str("\\n")?,
            '\r' => f.write_str("\\r")?,
            '\t' => f.write_str("\\t")?,
            c if c.is_control() => write!(f, "\\u{:04x}", u32::from(c))?,
            c => write!(f, "{c}")?,
        }
    }
    f.write_str("\"")
}

fn octets(f: &mut Formatter<'_>, bytes: &[u8]) -> Result {
    f.write_str("b\"")?;
    for byte in bytes {
        match byte {
            b'"' | b'\\' => write!(f, "\\{}", char::from(*byte))?,
            b' '..=b'~' => write!(f, "{}", char::from(*byte))?,
            other => write!(f, "\\x{other:02x}")?,
        }
    }
    f.write_str("\"")
}

fn list(f: &mut Formatter<'_>, elements: &[OwnedValue]) -> Result {
    f.write_str("[")?;
    for (at, element) in elements.iter().enumerate() {
        write!(f, "{}{element}", if at > 0 { ", " } else { "" })?;
    }
    f.write_str("]")
}

fn entries(f: &mut Formatter<'_>, map: &OwnedMap) -> Result {
    f.write_str("{")?;
    for (at, (key, value)) in map.iter().enumerate() {
        f.write_str(if at > 0 { ", " } else { "" })?;
        match key {
            MapKey::Bool(b) => write!(f, "{b}")?,
            MapKey::Int(n) => write!(f, "{n}")?,
            MapKey::Uint(n) => write!(f, "{n}u")?,
            MapKey::Str(text) => quoted(f, text)?,
        }
        write!(f, ": {value}")?;
    }
    f.write_str("}")
}
