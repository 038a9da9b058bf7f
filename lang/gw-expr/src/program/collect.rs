//! Evaluation of what builds lists and maps.

use super::eval::{Outcome, eval};
use super::frame::{Context, Frame};
use super::node::{Loop, LoopKind, Node};
use super::predicate;
use crate::functions::sort_by_key;
use crate::value::{Inner, KeyRef};
use crate::{EvalError, Facts, List, Map, Scratch, Value};
use bumpalo::collections::Vec;
use std::collections::HashSet;

/// `[a, ?b]`.
pub(super) fn list<'a, F: Facts + ?Sized>(
    elements: &'a [(Node, bool)],
    cx: &Context<'a, F>,
    frame: Option<&Frame<'_, 'a>>,
) -> Outcome<'a> {
    let mut values = Vec::with_capacity_in(elements.len(), &cx.scratch.0);
    for (node, optional) in elements {
        let value = eval(node, cx, frame)?;
        values.extend(if *optional {
            unwrapped(value)?
        } else {
            Some(value)
        });
    }
    Ok(Value::List(List::Values(values.into_bump_slice())))
}

/// `{a: b, ?c: d}`.
pub(super) fn map<'a, F: Facts + ?Sized>(
    entries: &'a [(Node, Node, bool)],
    cx: &Context<'a, F>,
    frame: Option<&Frame<'_, 'a>>,
) -> Outcome<'a> {
    let mut built = Distinct::new(entries.len(), cx.scratch);
    for (key, value, optional) in entries {
        let key = eval(key, cx, frame)?;
        let value = eval(value, cx, frame)?;
        if let Some(value) = if *optional {
            unwrapped(value)?
        } else {
            Some(value)
        } {
            built.insert(key, value)?;
        }
    }
    Ok(built.finish())
}

fn unwrapped(value: Value<'_>) -> Result<Option<Value<'_>>, EvalError> {
    match value {
        Value::Optional(inner) => Ok(inner.map(Inner::value)),
        _ => Err(EvalError::NoMatchingOverload),
    }
}

/// Entries with distinct keys: these are compared with each other while they are few, and found by
/// hash from then on.
struct Distinct<'a> {
    entries: Vec<'a, (Value<'a>, Value<'a>)>,
    /// All keys, once they are many.
    seen: HashSet<KeyRef<'a>>,
}

/// Most keys that are compared one by one.
pub(crate) const FEW: usize = 16;

impl<'a> Distinct<'a> {
    fn new(capacity: usize, scratch: &'a Scratch) -> Self {
        Self {
            entries: Vec::with_capacity_in(capacity, &scratch.0),
            seen: HashSet::new(),
        }
    }

    fn insert(&mut self, key: Value<'a>, value: Value<'a>) -> Result<(), EvalError> {
        let identity = match key {
            Value::Double(_) => None,
            _ => KeyRef::of(key),
        };
        let identity = identity.ok_or(EvalError::BadKey)?;
        if !self.is_new(identity) {
            return Err(EvalError::DuplicateKey);
        }
        self.entries.push((key, value));
        Ok(())
    }

    fn is_new(&mut self, identity: KeyRef<'a>) -> bool {
        let mut known = self.entries.iter().filter_map(|(k, _)| KeyRef::of(*k));
        if self.entries.len() < FEW {
            return known.all(|k| k != identity);
        }
        if self.seen.is_empty() {
            self.seen = known.collect();
        }
        self.seen.insert(identity)
    }

    fn finish(self) -> Value<'a> {
        Value::Map(Map::Entries(self.entries.into_bump_slice()))
    }
}

/// `exists_one`, `map`, `filter` and the transformations.
pub(super) fn comprehension<'a, F: Facts + ?Sized>(
    l: &'a Loop,
    cx: &Context<'a, F>,
    frame: Option<&Frame<'_, 'a>>,
) -> Outcome<'a> {
    let range = eval(&l.range, cx, frame)?;
    let mut sink = Sink::new(l.kind, cx);
    for index in 0..length(range)? {
        cx.step()?;
        with_variables((range, index, l.two_variables), frame, |inner| {
            if let Some(condition) = &l.predicate
                && !predicate::test(condition, cx, Some(inner))?
            {
                return Ok(());
            }
            sink.take(range, index, eval(&l.body, cx, Some(inner))?)
        })?;
    }
    sink.finish()
}

/// What a comprehension has built so far.
enum Sink<'a> {
    Count(usize),
    List(Vec<'a, Value<'a>>),
    Keyed(Vec<'a, (Value<'a>, Value<'a>)>),
    Merged(Distinct<'a>),
    Sorted(Vec<'a, (Value<'a>, Value<'a>)>, &'a Scratch),
}

impl<'a> Sink<'a> {
    fn new<F: ?Sized>(kind: LoopKind, cx: &Context<'a, F>) -> Self {
        match kind {
            LoopKind::ExistsOne => Sink::Count(0),
            LoopKind::List => Sink::List(Vec::new_in(&cx.scratch.0)),
            LoopKind::Map => Sink::Keyed(Vec::new_in(&cx.scratch.0)),
            LoopKind::MapEntry => Sink::Merged(Distinct::new(0, cx.scratch)),
            LoopKind::SortBy => Sink::Sorted(Vec::new_in(&cx.scratch.0), cx.scratch),
        }
    }

    fn take(&mut self, range: Value<'a>, index: usize, value: Value<'a>) -> Result<(), EvalError> {
        match self {
            Sink::Count(count) => *count += usize::from(value.truth()?),
            Sink::List(values) => values.push(value),
            Sink::Keyed(entries) => entries.push((first(range, index)?, value)),
            Sink::Sorted(pairs, _) => pairs.push((value, element(range, index)?)),
            Sink::Merged(entries) => {
                let Value::Map(map) = value else {
                    return Err(EvalError::NoMatchingOverload);
                };
                for (key, value) in map.iter() {
                    entries.insert(key, value)?;
                }
            }
        }
        Ok(())
    }

    fn finish(self) -> Outcome<'a> {
        Ok(match self {
            Sink::Count(count) => Value::Bool(count == 1),
            Sink::List(values) => Value::List(List::Values(values.into_bump_slice())),
            Sink::Keyed(entries) => Value::Map(Map::Entries(entries.into_bump_slice())),
            Sink::Merged(entries) => entries.finish(),
            Sink::Sorted(mut pairs, scratch) => {
                sort_by_key(&mut pairs, |(key, _)| *key)?;
                let elements = pairs.into_iter().map(|(_, element)| element);
                let sorted = Vec::from_iter_in(elements, &scratch.0);
                Value::List(List::Values(sorted.into_bump_slice()))
            }
        })
    }
}

/// How many elements or entries a range has.
pub(super) fn length(range: Value<'_>) -> Result<usize, EvalError> {
    match range {
        Value::List(list) => Ok(list.len()),
        Value::Map(map) => Ok(map.len()),
        Value::Absent => Err(EvalError::Absent),
        _ => Err(EvalError::NoMatchingOverload),
    }
}

/// Runs `body` with the variables of one element: the element or key, or index and element, or
/// key and value.
pub(super) fn with_variables<'a, T>(
    (range, index, two): (Value<'a>, usize, bool),
    outer: Option<&Frame<'_, 'a>>,
    body: impl FnOnce(&Frame<'_, 'a>) -> Result<T, EvalError>,
) -> Result<T, EvalError> {
    if !two {
        let value = element(range, index);
        return body(&Frame { value, outer });
    }
    let key = Frame {
        value: first(range, index),
        outer,
    };
    body(&Frame {
        value: second(range, index),
        outer: Some(&key),
    })
}

/// The element of a list, the key of an entry.
fn element(range: Value<'_>, index: usize) -> Outcome<'_> {
    match range {
        Value::List(list) => list.at(index).ok_or(EvalError::IndexOutOfRange),
        _ => first(range, index),
    }
}

/// The index of an element, the key of an entry.
fn first(range: Value<'_>, index: usize) -> Outcome<'_> {
    match range {
        Value::Map(map) => map
            .at(index)
            .map(|(key, _)| key)
            .ok_or(EvalError::NoSuchKey),
        _ => Ok(Value::Int(i64::try_from(index).unwrap_or(i64::MAX))),
    }
}

fn second(range: Value<'_>, index: usize) -> Outcome<'_> {
    match range {
        Value::Map(map) => map
            .at(index)
            .map(|(_, value)| value)
            .ok_or(EvalError::NoSuchKey),
        Value::List(list) => list.at(index).ok_or(EvalError::IndexOutOfRange),
        _ => Err(EvalError::NoMatchingOverload),
    }
}
