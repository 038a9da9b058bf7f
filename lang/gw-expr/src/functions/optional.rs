//! CEL's optional values.

use super::{Declaration, Outcome, mismatch};
use crate::cost::{Cost, Growth, Work};
use crate::value::Inner;
use crate::{EvalError, List, Scratch, Value};
use bumpalo::collections::Vec;

pub(super) const TABLE: &[Declaration] = &[
    Declaration {
        name: "optional.of",
        signatures: &["optional.of(A) -> optional<A>"],
        doc: "An optional with that value.",
        may_fail: false,
        cost: Cost::of(Work::Fixed, Growth::Optional),
        eval: of,
    },
    Declaration {
        name: "optional.none",
        signatures: &["optional.none() -> optional<A>"],
        doc: "An optional without a value.",
        may_fail: false,
        cost: Cost::of(Work::Fixed, Growth::Optional),
        eval: |_, _| Ok(Value::Optional(None)),
    },
    Declaration {
        name: "optional.ofNonZeroValue",
        signatures: &["optional.ofNonZeroValue(A) -> optional<A>"],
        doc: "An optional with that value, or without one if it is null, false, zero or empty.",
        may_fail: false,
        cost: Cost::of(Work::Fixed, Growth::Optional),
        eval: of_non_zero,
    },
    Declaration {
        name: "hasValue",
        signatures: &["optional<A>.hasValue() -> bool"],
        doc: "Whether the optional has a value.",
        may_fail: false,
        cost: Cost::STEP,
        eval: has_value,
    },
    Declaration {
        name: "value",
        signatures: &["optional<A>.value() -> A"],
        doc: "The value of an optional that has one.",
        may_fail: true,
        cost: Cost::of(Work::Fixed, Growth::Inner),
        eval: value,
    },
    Declaration {
        name: "or",
        signatures: &["optional<A>.or(optional<A>) -> optional<A>"],
        doc: "The optional if it has a value, else the other one.",
        may_fail: false,
        cost: Cost::of(Work::Fixed, Growth::Either),
        eval: or,
    },
    Declaration {
        name: "orValue",
        signatures: &["optional<A>.orValue(A) -> A"],
        doc: "The value of the optional if it has one, else the other value.",
        may_fail: false,
        cost: Cost::of(Work::Fixed, Growth::Either),
        eval: or_value,
    },
    Declaration {
        name: "optional.unwrap",
        signatures: &["optional.unwrap(list<optional<A>>) -> list<A>"],
        doc: "The values of those optionals that have one.",
        may_fail: false,
        cost: Cost::of(Work::Make, Growth::Unwrapped),
        eval: unwrap,
    },
    Declaration {
        name: "unwrapOpt",
        signatures: &["list<optional<A>>.unwrapOpt() -> list<A>"],
        doc: "The values of those optionals that have one.",
        may_fail: false,
        cost: Cost::of(Work::Make, Growth::Unwrapped),
        eval: unwrap,
    },
];

fn of<'a>(args: &[Value<'a>], scratch: &'a Scratch) -> Outcome<'a> {
    let [inner] = args else { return mismatch(args) };
    Ok(Value::Optional(Some(Inner::Value(scratch.0.alloc(*inner)))))
}

fn of_non_zero<'a>(args: &[Value<'a>], scratch: &'a Scratch) -> Outcome<'a> {
    let empty = match args {
        [Value::Null | Value::Absent | Value::Bool(false) | Value::Int(0) | Value::Uint(0)] => true,
        [Value::Duration(0) | Value::Optional(None)] => true,
        [Value::Double(d)] => *d == 0.0,
        [Value::Str(text)] => text.is_empty(),
        [Value::Bytes(bytes)] => bytes.is_empty(),
        [Value::List(list)] => list.is_empty(),
        [Value::Map(map)] => map.is_empty(),
        _ => false,
    };
    if empty {
        Ok(Value::Optional(None))
    } else {
        of(args, scratch)
    }
}

fn has_value<'a>(args: &[Value<'a>], _: &'a Scratch) -> Outcome<'a> {
    let [Value::Optional(inner)] = args else {
        return mismatch(args);
    };
    Ok(Value::Bool(inner.is_some()))
}

fn value<'a>(args: &[Value<'a>], _: &'a Scratch) -> Outcome<'a> {
    let [Value::Optional(inner)] = args else {
        return mismatch(args);
    };
    inner.map(Inner::value).ok_or(EvalError::OptionalNone)
}

fn or<'a>(args: &[Value<'a>], _: &'a Scratch) -> Outcome<'a> {
    match args {
        [first @ Value::Optional(Some(_)), Value::Optional(_)] => Ok(*first),
        [Value::Optional(None), second @ Value::Optional(_)] => Ok(*second),
        _ => mismatch(args),
    }
}

fn or_value<'a>(args: &[Value<'a>], _: &'a Scratch) -> Outcome<'a> {
    match args {
        [Value::Optional(inner), other] => Ok(inner.map_or(*other, Inner::value)),
        _ => mismatch(args),
    }
}

fn unwrap<'a>(args: &[Value<'a>], scratch: &'a Scratch) -> Outcome<'a> {
    let [Value::List(list)] = args else {
        return mismatch(args);
    };
    let mut values = Vec::new_in(&scratch.0);
    for element in list.iter() {
        match element {
            Value::Optional(inner) => values.extend(inner.map(Inner::value)),
            _ => return mismatch(args),
        }
    }
    Ok(Value::List(List::Values(values.into_bump_slice())))
}
