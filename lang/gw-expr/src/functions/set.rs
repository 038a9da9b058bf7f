//! CEL's sets extension: lists as sets, by CEL's equality.

use super::{Declaration, Outcome, mismatch};
use crate::cost::{Cost, Growth, Work};
use crate::operators::equal;
use crate::{List, Value};

pub(super) const TABLE: &[Declaration] = &[
    Declaration {
        name: "sets.contains",
        signatures: &["sets.contains(list<A>, list<A>) -> bool"],
        doc: "Whether every element of the second list is in the first.",
        may_fail: false,
        cost: Cost::of(Work::Pairs, Growth::Scalar),
        eval: |args, _| related(args, |a, b| covers(a, b)),
    },
    Declaration {
        name: "sets.equivalent",
        signatures: &["sets.equivalent(list<A>, list<A>) -> bool"],
        doc: "Whether each list has every element of the other; repetitions count nothing.",
        may_fail: false,
        cost: Cost::of(Work::Pairs, Growth::Scalar),
        eval: |args, _| related(args, |a, b| covers(a, b) && covers(b, a)),
    },
    Declaration {
        name: "sets.intersects",
        signatures: &["sets.intersects(list<A>, list<A>) -> bool"],
        doc: "Whether some element is in both lists.",
        may_fail: false,
        cost: Cost::of(Work::Pairs, Growth::Scalar),
        eval: |args, _| related(args, |a, b| b.iter().any(|element| has(a, element))),
    },
];

fn related<'a>(args: &[Value<'a>], holds: impl Fn(List<'a>, List<'a>) -> bool) -> Outcome<'a> {
    match args {
        [Value::List(a), Value::List(b)] => Ok(Value::Bool(holds(*a, *b))),
        _ => mismatch(args),
    }
}

fn covers(outer: List<'_>, inner: List<'_>) -> bool {
    inner.iter().all(|element| has(outer, element))
}

fn has(list: List<'_>, element: Value<'_>) -> bool {
    list.iter().any(|other| equal(other, element))
}
