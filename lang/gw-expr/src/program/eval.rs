//! Evaluation of nodes. Allocates in the scratch memory only, and only where text or collections
//! are computed.

use super::frame::{Context, Frame};
use super::node::{Choice, Node};
use super::{collect, predicate};
use crate::operators::{binary, equal, unary};
use crate::value::{Inner, KeyRef};
use crate::{EvalError, Facts, Missing, Value};
use bumpalo::collections::Vec;

pub(super) type Outcome<'a> = Result<Value<'a>, EvalError>;

/// The value of a node.
pub(super) fn eval<'a, F: Facts + ?Sized>(
    node: &'a Node,
    cx: &Context<'a, F>,
    frame: Option<&Frame<'_, 'a>>,
) -> Outcome<'a> {
    match node {
        Node::Const(value) => Ok(value.as_value()),
        Node::Fact(id) => cx.facts.fact(*id),
        Node::Local(index) => Frame::local(frame, *index),
        Node::Test(test) => predicate::test(test, cx, frame).map(Value::Bool),
        Node::Select(operand, field, missing) => {
            let operand = eval(operand, cx, frame)?;
            member(operand, Value::Str(field), *missing, cx)
        }
        Node::Index(parts, missing) => {
            let [operand, index] = parts.as_ref();
            let operand = eval(operand, cx, frame)?;
            member(operand, eval(index, cx, frame)?, *missing, cx)
        }
        Node::HasField(operand, field) => has_field(eval(operand, cx, frame)?, field),
        Node::Unary(operator, operand) => unary(*operator, eval(operand, cx, frame)?),
        Node::Binary(operator, parts) => {
            let [left, right] = parts.as_ref();
            let left = eval(left, cx, frame)?;
            binary(*operator, left, eval(right, cx, frame)?, cx.scratch)
        }
        Node::Call(function, args) => call(*function, args, cx, frame),
        Node::Find(finder) => {
            let values = arguments(&finder.args, cx, frame)?;
            (finder.search)(&values, &finder.regex, cx.scratch)
        }
        Node::Conditional(parts) => {
            let [condition, then, otherwise] = parts.as_ref();
            let chosen = if eval(condition, cx, frame)?.truth()? {
                then
            } else {
                otherwise
            };
            eval(chosen, cx, frame)
        }
        Node::Coalesce(parts) => {
            let [left, right] = parts.as_ref();
            match eval(left, cx, frame)? {
                Value::Absent => eval(right, cx, frame),
                present => Ok(present),
            }
        }
        Node::List(elements) => collect::list(elements, cx, frame),
        Node::Map(entries) => collect::map(entries, cx, frame),
        Node::Comprehension(l) => collect::comprehension(l, cx, frame),
        Node::Let(parts) => {
            let [value, body] = parts.as_ref();
            let bound = Frame {
                value: eval(value, cx, frame),
                outer: frame,
            };
            eval(body, cx, Some(&bound))
        }
        Node::Switch(choice) => switch(choice, cx, frame),
        Node::Fail(error) => Err(*error),
    }
}

fn call<'a, F: Facts + ?Sized>(
    function: crate::functions::Evaluate,
    args: &'a [Node],
    cx: &Context<'a, F>,
    frame: Option<&Frame<'_, 'a>>,
) -> Outcome<'a> {
    match args {
        [a] => function(&[eval(a, cx, frame)?], cx.scratch),
        [a, b] => {
            let values = [eval(a, cx, frame)?, eval(b, cx, frame)?];
            function(&values, cx.scratch)
        }
        _ => function(&arguments(args, cx, frame)?, cx.scratch),
    }
}

fn arguments<'a, F: Facts + ?Sized>(
    args: &'a [Node],
    cx: &Context<'a, F>,
    frame: Option<&Frame<'_, 'a>>,
) -> Result<Vec<'a, Value<'a>>, EvalError> {
    let mut values = Vec::with_capacity_in(args.len(), &cx.scratch.0);
    for arg in args {
        values.push(eval(arg, cx, frame)?);
    }
    Ok(values)
}

/// `operand[key]` and `operand.key`.
fn member<'a, F: ?Sized>(
    operand: Value<'a>,
    key: Value<'a>,
    missing: Missing,
    cx: &Context<'a, F>,
) -> Outcome<'a> {
    let found = match operand {
        Value::Optional(inner) => {
            let Some(inner) = inner else {
                return Ok(Value::Optional(None));
            };
            lookup(inner.value(), key)
        }
        Value::Absent if missing == Missing::Absent => return Ok(Value::Absent),
        other => lookup(other, key),
    };
    let optional = missing == Missing::OptionalNone || matches!(operand, Value::Optional(_));
    match (found, missing) {
        (Ok(Value::Absent) | Err(NOTHING | EvalError::IndexOutOfRange), _) if optional => {
            Ok(Value::Optional(None))
        }
        (Ok(value), _) if optional => Ok(Value::Optional(Some(Inner::Value(
            cx.scratch.0.alloc(value),
        )))),
        (Err(NOTHING | EvalError::IndexOutOfRange), Missing::Absent) => Ok(Value::Absent),
        (found, _) => found,
    }
}

const NOTHING: EvalError = EvalError::NoSuchKey;

fn lookup<'a>(operand: Value<'a>, key: Value<'a>) -> Outcome<'a> {
    match (operand, key) {
        (Value::Absent, _) | (_, Value::Absent) => Err(EvalError::Absent),
        (Value::Map(map), _) => {
            if KeyRef::of(key).is_none() && !matches!(key, Value::Double(_)) {
                return Err(EvalError::NoMatchingOverload);
            }
            map.find(key).ok_or(NOTHING)
        }
        (Value::Lookup(lookup), Value::Str(key)) => lookup.lookup(key),
        (Value::List(list), _) => list.at(list_index(key)?).ok_or(EvalError::IndexOutOfRange),
        _ => Err(EvalError::NoMatchingOverload),
    }
}

fn list_index(key: Value<'_>) -> Result<usize, EvalError> {
    match (key, KeyRef::of(key)) {
        (Value::Int(_) | Value::Uint(_) | Value::Double(_), Some(KeyRef::Number(n))) => {
            usize::try_from(n).map_err(|_| EvalError::IndexOutOfRange)
        }
        _ => Err(EvalError::NoMatchingOverload),
    }
}

fn has_field<'a>(operand: Value<'a>, field: &str) -> Outcome<'a> {
    let found = match operand {
        Value::Optional(None) => return Ok(Value::Bool(false)),
        Value::Optional(Some(inner)) => inner.value(),
        other => other,
    };
    match found {
        Value::Map(map) => Ok(Value::Bool(
            map.find(Value::Str(field)).is_some_and(|v| !v.is_absent()),
        )),
        Value::Lookup(lookup) => Ok(Value::Bool(!lookup.lookup(field)?.is_absent())),
        Value::Absent => Ok(Value::Bool(false)),
        _ => Err(EvalError::NoMatchingOverload),
    }
}

fn switch<'a, F: Facts + ?Sized>(
    choice: &'a Choice,
    cx: &Context<'a, F>,
    frame: Option<&Frame<'_, 'a>>,
) -> Outcome<'a> {
    let subject = eval(&choice.subject, cx, frame)?;
    for (pattern, value) in &choice.arms {
        let fits = match eval(pattern, cx, frame)? {
            range @ (Value::Range(..) | Value::Cidr(_)) if !equal(subject, range) => {
                crate::operators::contains(range, subject).unwrap_or(false)
            }
            other => equal(subject, other),
        };
        if fits {
            return eval(value, cx, frame);
        }
    }
    choice
        .otherwise
        .as_ref()
        .map_or(Ok(Value::Absent), |other| eval(other, cx, frame))
}
