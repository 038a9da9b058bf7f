//! CEL's math extension on numbers.

use super::{Declaration, Outcome, mismatch};
use crate::cost::Cost;
use crate::operators::compare_numbers;
use crate::{EvalError, Scratch, Value};
use std::cmp::Ordering;

pub(super) const TABLE: &[Declaration] = &[
    Declaration {
        name: "math.greatest",
        signatures: &[
            "math.greatest(number...) -> number",
            "math.greatest(list<number>) -> number",
        ],
        doc: "The greatest of the numbers, which may be of different types.",
        may_fail: false,
        cost: Cost::SCAN,
        eval: |args, _| extreme(args, Ordering::Greater),
    },
    Declaration {
        name: "math.least",
        signatures: &[
            "math.least(number...) -> number",
            "math.least(list<number>) -> number",
        ],
        doc: "The least of the numbers, which may be of different types.",
        may_fail: false,
        cost: Cost::SCAN,
        eval: |args, _| extreme(args, Ordering::Less),
    },
    Declaration {
        name: "max",
        signatures: &["max(number...) -> number", "max(list<number>) -> number"],
        doc: "Short for `math.greatest`.",
        may_fail: false,
        cost: Cost::SCAN,
        eval: |args, _| extreme(args, Ordering::Greater),
    },
    Declaration {
        name: "min",
        signatures: &["min(number...) -> number", "min(list<number>) -> number"],
        doc: "Short for `math.least`.",
        may_fail: false,
        cost: Cost::SCAN,
        eval: |args, _| extreme(args, Ordering::Less),
    },
    Declaration {
        name: "math.ceil",
        signatures: &["math.ceil(double) -> double"],
        doc: "The least whole number that is not below.",
        may_fail: false,
        cost: Cost::STEP,
        eval: |args, _| round(args, f64::ceil),
    },
    Declaration {
        name: "math.floor",
        signatures: &["math.floor(double) -> double"],
        doc: "The greatest whole number that is not above.",
        may_fail: false,
        cost: Cost::STEP,
        eval: |args, _| round(args, f64::floor),
    },
    Declaration {
        name: "math.round",
        signatures: &["math.round(double) -> double"],
        doc: "The nearest whole number; halves away from zero.",
        may_fail: false,
        cost: Cost::STEP,
        eval: |args, _| round(args, f64::round),
    },
    Declaration {
        name: "math.trunc",
        signatures: &["math.trunc(double) -> double"],
        doc: "The number without its fraction.",
        may_fail: false,
        cost: Cost::STEP,
        eval: |args, _| round(args, f64::trunc),
    },
    Declaration {
        name: "math.sqrt",
        signatures: &[
            "math.sqrt(double) -> double",
            "math.sqrt(int) -> double",
            "math.sqrt(uint) -> double",
        ],
        doc: "The square root; NaN of a negative number.",
        may_fail: false,
        cost: Cost::STEP,
        eval: sqrt,
    },
    Declaration {
        name: "math.abs",
        signatures: &[
            "math.abs(int) -> int",
            "math.abs(uint) -> uint",
            "math.abs(double) -> double",
        ],
        doc: "The magnitude. The least int has none.",
        may_fail: true,
        cost: Cost::STEP,
        eval: abs,
    },
    Declaration {
        name: "math.sign",
        signatures: &[
            "math.sign(int) -> int",
            "math.sign(uint) -> uint",
            "math.sign(double) -> double",
        ],
        doc: "-1, 0 or 1 in the type of the number; NaN of NaN.",
        may_fail: false,
        cost: Cost::STEP,
        eval: sign,
    },
    Declaration {
        name: "math.isNaN",
        signatures: &["math.isNaN(double) -> bool"],
        doc: "Whether the double is not a number.",
        may_fail: false,
        cost: Cost::STEP,
        eval: |args, _| classify(args, f64::is_nan),
    },
    Declaration {
        name: "math.isInf",
        signatures: &["math.isInf(double) -> bool"],
        doc: "Whether the double is infinite.",
        may_fail: false,
        cost: Cost::STEP,
        eval: |args, _| classify(args, f64::is_infinite),
    },
    Declaration {
        name: "math.isFinite",
        signatures: &["math.isFinite(double) -> bool"],
        doc: "Whether the double is neither infinite nor NaN.",
        may_fail: false,
        cost: Cost::STEP,
        eval: |args, _| classify(args, f64::is_finite),
    },
];

/// The first value that no other one exceeds in the given direction.
fn extreme<'a>(args: &[Value<'a>], direction: Ordering) -> Outcome<'a> {
    match args {
        [Value::List(list)] => fold(list.iter(), direction).unwrap_or(Err(EvalError::BadArgument)),
        _ => fold(args.iter().copied(), direction).unwrap_or_else(|| mismatch(args)),
    }
}

fn fold<'a>(
    mut values: impl Iterator<Item = Value<'a>>,
    direction: Ordering,
) -> Option<Outcome<'a>> {
    let first = values.next()?;
    let number = |v| compare_numbers(v, v).is_some();
    if !number(first) {
        return Some(mismatch(&[first]));
    }
    Some(
        values.try_fold(first, |best, value| match compare_numbers(value, best) {
            Some(order) if order == Some(direction) => Ok(value),
            Some(_) => Ok(best),
            None => mismatch(&[value]),
        }),
    )
}

fn round<'a>(args: &[Value<'a>], apply: impl Fn(f64) -> f64) -> Outcome<'a> {
    match args {
        [Value::Double(d)] => Ok(Value::Double(apply(*d))),
        _ => mismatch(args),
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "the result is a double by definition"
)]
fn sqrt<'a>(args: &[Value<'a>], _: &'a Scratch) -> Outcome<'a> {
    match args {
        [Value::Double(d)] => Ok(Value::Double(d.sqrt())),
        [Value::Int(n)] => Ok(Value::Double((*n as f64).sqrt())),
        [Value::Uint(n)] => Ok(Value::Double((*n as f64).sqrt())),
        _ => mismatch(args),
    }
}

fn classify<'a>(args: &[Value<'a>], holds: impl Fn(f64) -> bool) -> Outcome<'a> {
    match args {
        [Value::Double(d)] => Ok(Value::Bool(holds(*d))),
        _ => mismatch(args),
    }
}

fn abs<'a>(args: &[Value<'a>], _: &'a Scratch) -> Outcome<'a> {
    match args {
        [Value::Int(n)] => n.checked_abs().map(Value::Int).ok_or(EvalError::Overflow),
        [Value::Uint(n)] => Ok(Value::Uint(*n)),
        [Value::Double(d)] => Ok(Value::Double(d.abs())),
        _ => mismatch(args),
    }
}

fn sign<'a>(args: &[Value<'a>], _: &'a Scratch) -> Outcome<'a> {
    match args {
        [Value::Int(n)] => Ok(Value::Int(n.signum())),
        [Value::Uint(n)] => Ok(Value::Uint((*n).min(1))),
        [Value::Double(d)] if *d == 0.0 || d.is_nan() => Ok(Value::Double(*d)),
        [Value::Double(d)] => Ok(Value::Double(d.signum())),
        _ => mismatch(args),
    }
}
