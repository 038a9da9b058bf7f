//! Functions on lists (CEL's lists extension).

use super::{Declaration, Outcome, mismatch};
use crate::cost::{Cost, Growth, Work};
use crate::operators::{compare, equal};
use crate::value::Inner;
use crate::{EvalError, List, Scratch, Value};
use bumpalo::collections::Vec;

pub(super) const TABLE: &[Declaration] = &[
    Declaration {
        name: "lists.range",
        signatures: &["lists.range(int) -> list<int>"],
        doc: "The ints from 0 up to, and without, the given one; at most 100,000.",
        may_fail: true,
        cost: Cost::of(Work::Make, Growth::Range),
        eval: range,
    },
    Declaration {
        name: "distinct",
        signatures: &["list<A>.distinct() -> list<A>"],
        doc: "The elements without repetitions, in the order of their first occurrence.",
        may_fail: false,
        cost: Cost::of(Work::Pairs, Growth::First),
        eval: distinct,
    },
    Declaration {
        name: "flatten",
        signatures: &[
            "list<list<A>>.flatten() -> list<A>",
            "list<json>.flatten(int) -> list<json>",
        ],
        doc: "The elements of the elements, as many levels deep as given.",
        may_fail: false,
        cost: Cost::of(Work::Make, Growth::Flat),
        eval: flatten,
    },
    Declaration {
        name: "sort",
        signatures: &["list<A>.sort() -> list<A>"],
        doc: "The elements in ascending order; they must be comparable with each other.",
        may_fail: true,
        cost: Cost::of(Work::Sort, Growth::First),
        eval: sort,
    },
    Declaration {
        name: "slice",
        signatures: &["list<A>.slice(int, int) -> list<A>"],
        doc: "The elements from an index up to, and without, another.",
        may_fail: true,
        cost: Cost::of(Work::Make, Growth::First),
        eval: slice,
    },
    Declaration {
        name: "first",
        signatures: &["list<A>.first() -> optional<A>"],
        doc: "The first element, if there is one.",
        may_fail: false,
        cost: Cost::of(Work::Fixed, Growth::OptionalElement),
        eval: |args, scratch| end(args, scratch, |list| list.at(0)),
    },
    Declaration {
        name: "last",
        signatures: &["list<A>.last() -> optional<A>"],
        doc: "The last element, if there is one.",
        may_fail: false,
        cost: Cost::of(Work::Fixed, Growth::OptionalElement),
        eval: |args, scratch| end(args, scratch, |list| list.at(list.len().checked_sub(1)?)),
    },
];

const MOST_ELEMENTS: i64 = 100_000;

fn finish<'a>(values: Vec<'a, Value<'a>>) -> Outcome<'a> {
    Ok(Value::List(List::Values(values.into_bump_slice())))
}

fn range<'a>(args: &[Value<'a>], scratch: &'a Scratch) -> Outcome<'a> {
    let [Value::Int(count)] = args else {
        return mismatch(args);
    };
    if *count > MOST_ELEMENTS {
        return Err(EvalError::TooCostly);
    }
    finish(Vec::from_iter_in((0..*count).map(Value::Int), &scratch.0))
}

fn distinct<'a>(args: &[Value<'a>], scratch: &'a Scratch) -> Outcome<'a> {
    let [Value::List(list)] = args else {
        return mismatch(args);
    };
    let mut kept: Vec<'a, Value<'a>> = Vec::new_in(&scratch.0);
    for element in list.iter() {
        if !kept.iter().any(|other| equal(*other, element)) {
            kept.push(element);
        }
    }
    finish(kept)
}

fn flatten<'a>(args: &[Value<'a>], scratch: &'a Scratch) -> Outcome<'a> {
    let (list, depth) = match args {
        [Value::List(list)] => (*list, 1),
        [Value::List(list), Value::Int(depth)] if *depth >= 0 => (*list, *depth),
        [Value::List(_), Value::Int(_)] => return Err(EvalError::BadArgument),
        _ => return mismatch(args),
    };
    let mut values = Vec::new_in(&scratch.0);
    append(&mut values, list, depth);
    finish(values)
}

fn append<'a>(values: &mut Vec<'a, Value<'a>>, list: List<'a>, depth: i64) {
    for element in list.iter() {
        match element {
            Value::List(inner) if depth > 0 => append(values, inner, depth - 1),
            other => values.push(other),
        }
    }
}

fn sort<'a>(args: &[Value<'a>], scratch: &'a Scratch) -> Outcome<'a> {
    let [Value::List(list)] = args else {
        return mismatch(args);
    };
    let mut values = Vec::from_iter_in(list.iter(), &scratch.0);
    sort_by_key(&mut values, |value| *value)?;
    finish(values)
}

/// Sorts by keys, equal ones in the order in which they stood. The keys must be of one type that
/// has an order.
pub(crate) fn sort_by_key<'a, T>(
    values: &mut [T],
    key: impl Fn(&T) -> Value<'a>,
) -> Result<(), EvalError> {
    if let Some(first) = values.first().map(&key) {
        for value in values.iter() {
            ordered_alike(first, key(value))?;
        }
    }
    // What has one ordered type compares; NaN stays where it is.
    values.sort_by(|a, b| {
        let order = compare(key(a), key(b)).unwrap_or(None);
        order.unwrap_or(std::cmp::Ordering::Equal)
    });
    Ok(())
}

/// Whether two keys have the same type, and that type has an order.
fn ordered_alike(first: Value<'_>, other: Value<'_>) -> Result<(), EvalError> {
    compare(first, other)?;
    match std::mem::discriminant(&first) == std::mem::discriminant(&other) {
        true => Ok(()),
        false => Err(EvalError::NoMatchingOverload),
    }
}

fn slice<'a>(args: &[Value<'a>], scratch: &'a Scratch) -> Outcome<'a> {
    let [Value::List(list), Value::Int(start), Value::Int(end)] = args else {
        return mismatch(args);
    };
    let bound = |n: i64| usize::try_from(n).map_err(|_| EvalError::IndexOutOfRange);
    let (start, end) = (bound(*start)?, bound(*end)?);
    if start > end || end > list.len() {
        return Err(EvalError::IndexOutOfRange);
    }
    finish(Vec::from_iter_in(
        (start..end).filter_map(|at| list.at(at)),
        &scratch.0,
    ))
}

fn end<'a>(
    args: &[Value<'a>],
    scratch: &'a Scratch,
    pick: impl Fn(List<'a>) -> Option<Value<'a>>,
) -> Outcome<'a> {
    let [Value::List(list)] = args else {
        return mismatch(args);
    };
    let picked = pick(*list).map(|value| Inner::Value(scratch.0.alloc(value)));
    Ok(Value::Optional(picked))
}

pub(super) fn reverse<'a>(args: &[Value<'a>], scratch: &'a Scratch) -> Outcome<'a> {
    let [Value::List(list)] = args else {
        return mismatch(args);
    };
    let mut values = Vec::from_iter_in(list.iter(), &scratch.0);
    values.reverse();
    finish(values)
}
