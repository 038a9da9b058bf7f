//! CEL's math extension on bits.

use super::{Declaration, Outcome, mismatch};
use crate::cost::Cost;
use crate::{EvalError, Scratch, Value};

pub(super) const TABLE: &[Declaration] = &[
    Declaration {
        name: "math.bitAnd",
        signatures: &[
            "math.bitAnd(int, int) -> int",
            "math.bitAnd(uint, uint) -> uint",
        ],
        doc: "The bits that both have.",
        may_fail: false,
        cost: Cost::STEP,
        eval: |args, _| combine(args, |a, b| a & b),
    },
    Declaration {
        name: "math.bitOr",
        signatures: &[
            "math.bitOr(int, int) -> int",
            "math.bitOr(uint, uint) -> uint",
        ],
        doc: "The bits that either has.",
        may_fail: false,
        cost: Cost::STEP,
        eval: |args, _| combine(args, |a, b| a | b),
    },
    Declaration {
        name: "math.bitXor",
        signatures: &[
            "math.bitXor(int, int) -> int",
            "math.bitXor(uint, uint) -> uint",
        ],
        doc: "The bits that exactly one has.",
        may_fail: false,
        cost: Cost::STEP,
        eval: |args, _| combine(args, |a, b| a ^ b),
    },
    Declaration {
        name: "math.bitNot",
        signatures: &["math.bitNot(int) -> int", "math.bitNot(uint) -> uint"],
        doc: "Every bit turned over.",
        may_fail: false,
        cost: Cost::STEP,
        eval: not,
    },
    Declaration {
        name: "math.bitShiftLeft",
        signatures: &[
            "math.bitShiftLeft(int, int) -> int",
            "math.bitShiftLeft(uint, int) -> uint",
        ],
        doc: "The bits moved up; 0 from 64 places on. The offset must not be negative.",
        may_fail: true,
        cost: Cost::STEP,
        eval: |args, _| shift(args, |bits, places| bits.checked_shl(places)),
    },
    Declaration {
        name: "math.bitShiftRight",
        signatures: &[
            "math.bitShiftRight(int, int) -> int",
            "math.bitShiftRight(uint, int) -> uint",
        ],
        doc: "The bits moved down, zeros coming in; 0 from 64 places on. The offset must not be negative.",
        may_fail: true,
        cost: Cost::STEP,
        eval: |args, _| shift(args, |bits, places| bits.checked_shr(places)),
    },
];

fn combine<'a>(args: &[Value<'a>], apply: impl Fn(u64, u64) -> u64) -> Outcome<'a> {
    match args {
        [Value::Int(a), Value::Int(b)] => Ok(Value::Int(
            apply(a.cast_unsigned(), b.cast_unsigned()).cast_signed(),
        )),
        [Value::Uint(a), Value::Uint(b)] => Ok(Value::Uint(apply(*a, *b))),
        _ => mismatch(args),
    }
}

fn not<'a>(args: &[Value<'a>], _: &'a Scratch) -> Outcome<'a> {
    match args {
        [Value::Int(n)] => Ok(Value::Int(!n)),
        [Value::Uint(n)] => Ok(Value::Uint(!n)),
        _ => mismatch(args),
    }
}

fn shift<'a>(args: &[Value<'a>], apply: impl Fn(u64, u32) -> Option<u64>) -> Outcome<'a> {
    let [bits @ (Value::Int(_) | Value::Uint(_)), Value::Int(places)] = args else {
        return mismatch(args);
    };
    if *places < 0 {
        return Err(EvalError::BadArgument);
    }
    let places = u32::try_from(*places).unwrap_or(u32::MAX);
    Ok(match bits {
        Value::Int(n) => Value::Int(apply(n.cast_unsigned(), places).unwrap_or(0).cast_signed()),
        Value::Uint(n) => Value::Uint(apply(*n, places).unwrap_or(0)),
        _ => return mismatch(args),
    })
}
