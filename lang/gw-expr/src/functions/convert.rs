//! Conversions between types, with CEL's range errors, and `type` and `dyn`.

use super::{Declaration, Outcome, format, mismatch, time};
use crate::cost::{Cost, Growth, Work};
use crate::value::{Timestamp, TypeName};
use crate::{EvalError, Scratch, Value};

pub(super) const TABLE: &[Declaration] = &[
    Declaration {
        name: "int",
        signatures: &[
            "int(int) -> int",
            "int(uint) -> int",
            "int(double) -> int",
            "int(string) -> int",
            "int(timestamp) -> int",
        ],
        doc: "The whole number: doubles lose their fraction, timestamps become seconds since 1970.",
        may_fail: true,
        cost: Cost::SCAN,
        eval: to_int,
    },
    Declaration {
        name: "uint",
        signatures: &[
            "uint(uint) -> uint",
            "uint(int) -> uint",
            "uint(double) -> uint",
            "uint(string) -> uint",
        ],
        doc: "The unsigned whole number: doubles lose their fraction.",
        may_fail: true,
        cost: Cost::SCAN,
        eval: to_uint,
    },
    Declaration {
        name: "double",
        signatures: &[
            "double(double) -> double",
            "double(int) -> double",
            "double(uint) -> double",
            "double(string) -> double",
        ],
        doc: "The nearest double.",
        may_fail: true,
        cost: Cost::SCAN,
        eval: to_double,
    },
    Declaration {
        name: "string",
        signatures: &[
            "string(string) -> string",
            "string(bool) -> string",
            "string(int) -> string",
            "string(uint) -> string",
            "string(double) -> string",
            "string(bytes) -> string",
            "string(timestamp) -> string",
            "string(duration) -> string",
            "string(ip) -> string",
            "string(cidr) -> string",
        ],
        doc: "The value as text; octets must be UTF-8.",
        may_fail: false,
        cost: Cost::of(Work::Make, Growth::Printed),
        eval: to_string,
    },
    Declaration {
        name: "bytes",
        signatures: &["bytes(bytes) -> bytes", "bytes(string) -> bytes"],
        doc: "The octets of the text in UTF-8.",
        may_fail: false,
        cost: Cost::of(Work::Fixed, Growth::First),
        eval: to_bytes,
    },
    Declaration {
        name: "bool",
        signatures: &["bool(bool) -> bool", "bool(string) -> bool"],
        doc: "The truth that a text names: `true`, `t`, `1`, `false`, `f`, `0`.",
        may_fail: true,
        cost: Cost::SCAN,
        eval: to_bool,
    },
    Declaration {
        name: "duration",
        signatures: &[
            "duration(duration) -> duration",
            "duration(string) -> duration",
        ],
        doc: "The duration that a text such as `1h30m` or `-1.5s` means.",
        may_fail: true,
        cost: Cost::SCAN,
        eval: to_duration,
    },
    Declaration {
        name: "timestamp",
        signatures: &[
            "timestamp(timestamp) -> timestamp",
            "timestamp(string) -> timestamp",
            "timestamp(int) -> timestamp",
        ],
        doc: "The time that an RFC 3339 text or a number of seconds since 1970 means.",
        may_fail: true,
        cost: Cost::SCAN,
        eval: to_timestamp,
    },
    Declaration {
        name: "dyn",
        signatures: &["dyn(A) -> json"],
        doc: "The same value, checked at run time from here on.",
        may_fail: false,
        cost: Cost::of(Work::Fixed, Growth::First),
        eval: |args, _| args.first().copied().ok_or(EvalError::NoMatchingOverload),
    },
    Declaration {
        name: "type",
        signatures: &["type(A) -> type<A>"],
        doc: "The type of the value.",
        may_fail: false,
        cost: Cost::of(Work::Fixed, Growth::Printed),
        eval: type_of,
    },
];

#[expect(
    clippy::cast_possible_truncation,
    reason = "the range is checked first"
)]
fn to_int<'a>(args: &[Value<'a>], _: &'a Scratch) -> Outcome<'a> {
    let converted = match args {
        [Value::Int(n)] => Some(*n),
        [Value::Uint(n)] => i64::try_from(*n).ok(),
        // Both ends of the range are excluded, as no double is exactly the greatest int.
        [Value::Double(d)] if d.abs() < 9_223_372_036_854_775_808.0 => Some(*d as i64),
        [Value::Double(_)] => None,
        [Value::Str(text)] => text.parse().ok(),
        [Value::Timestamp(at)] => Some(at.seconds),
        _ => return mismatch(args),
    };
    converted.map(Value::Int).ok_or(EvalError::BadConversion)
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "the range is checked first"
)]
#[expect(clippy::cast_sign_loss, reason = "the range is checked first")]
fn to_uint<'a>(args: &[Value<'a>], _: &'a Scratch) -> Outcome<'a> {
    let converted = match args {
        [Value::Uint(n)] => Some(*n),
        [Value::Int(n)] => u64::try_from(*n).ok(),
        [Value::Double(d)] if (0.0..18_446_744_073_709_551_616.0).contains(d) => Some(*d as u64),
        [Value::Double(_)] => None,
        [Value::Str(text)] if text.starts_with('+') => None,
        [Value::Str(text)] => text.parse().ok(),
        _ => return mismatch(args),
    };
    converted.map(Value::Uint).ok_or(EvalError::BadConversion)
}

#[expect(clippy::cast_precision_loss, reason = "the nearest double is meant")]
fn to_double<'a>(args: &[Value<'a>], _: &'a Scratch) -> Outcome<'a> {
    let converted = match args {
        [Value::Double(d)] => Some(*d),
        [Value::Int(n)] => Some(*n as f64),
        [Value::Uint(n)] => Some(*n as f64),
        [Value::Str(text)] => text.parse().ok(),
        _ => return mismatch(args),
    };
    converted.map(Value::Double).ok_or(EvalError::BadConversion)
}

fn to_string<'a>(args: &[Value<'a>], scratch: &'a Scratch) -> Outcome<'a> {
    match args {
        [Value::Str(text)] => Ok(Value::Str(text)),
        [Value::Bytes(bytes)] => std::str::from_utf8(bytes)
            .map(Value::Str)
            .map_err(|_| EvalError::BadConversion),
        [
            value @ (Value::Bool(_)
            | Value::Int(_)
            | Value::Uint(_)
            | Value::Double(_)
            | Value::Timestamp(_)
            | Value::Duration(_)
            | Value::Ip(_)
            | Value::Cidr(_)
            | Value::Rate(_)),
        ] => {
            let mut text = String::new();
            format::display(&mut text, *value)?;
            Ok(Value::Str(scratch.0.alloc_str(&text)))
        }
        _ => mismatch(args),
    }
}

fn to_bytes<'a>(args: &[Value<'a>], _: &'a Scratch) -> Outcome<'a> {
    match args {
        [Value::Bytes(bytes)] => Ok(Value::Bytes(bytes)),
        [Value::Str(text)] => Ok(Value::Bytes(text.as_bytes())),
        _ => mismatch(args),
    }
}

fn to_bool<'a>(args: &[Value<'a>], _: &'a Scratch) -> Outcome<'a> {
    match args {
        [Value::Bool(b)] => Ok(Value::Bool(*b)),
        [Value::Str("1" | "t" | "T" | "true" | "TRUE" | "True")] => Ok(Value::Bool(true)),
        [Value::Str("0" | "f" | "F" | "false" | "FALSE" | "False")] => Ok(Value::Bool(false)),
        [Value::Str(_)] => Err(EvalError::BadConversion),
        _ => mismatch(args),
    }
}

fn to_duration<'a>(args: &[Value<'a>], _: &'a Scratch) -> Outcome<'a> {
    match args {
        [Value::Duration(nanos)] => Ok(Value::Duration(*nanos)),
        [Value::Str(text)] => time::parse_duration(text)
            .map(Value::Duration)
            .ok_or(EvalError::BadConversion),
        _ => mismatch(args),
    }
}

fn to_timestamp<'a>(args: &[Value<'a>], _: &'a Scratch) -> Outcome<'a> {
    let at = match args {
        [Value::Timestamp(at)] => Some(*at),
        [Value::Int(seconds)] => Timestamp::from_nanos(i128::from(*seconds) * 1_000_000_000),
        [Value::Str(text)] => time::parse_timestamp(text),
        _ => return mismatch(args),
    };
    at.map(Value::Timestamp).ok_or(EvalError::BadConversion)
}

fn type_of<'a>(args: &[Value<'a>], _: &'a Scratch) -> Outcome<'a> {
    let [value] = args else { return mismatch(args) };
    Ok(Value::Type(TypeName(match value {
        Value::Absent => return Err(EvalError::Absent),
        Value::Null => "null_type",
        Value::Bool(_) => "bool",
        Value::Int(_) => "int",
        Value::Uint(_) => "uint",
        Value::Double(_) => "double",
        Value::Str(_) => "string",
        Value::Bytes(_) => "bytes",
        Value::Duration(_) => "google.protobuf.Duration",
        Value::Timestamp(_) => "google.protobuf.Timestamp",
        Value::Ip(_) => "net.IP",
        Value::Cidr(_) => "net.CIDR",
        Value::Rate(_) => "rate",
        Value::Range(..) => "range",
        Value::Type(_) => "type",
        Value::List(_) => "list",
        Value::Map(_) | Value::Lookup(_) => "map",
        Value::Optional(_) => "optional_type",
    })))
}
