//! Evaluation of predicates, as bools throughout.

use super::collect::{length, with_variables};
use super::eval::eval;
use super::frame::{Context, Frame};
use super::node::{Node, Quantifier, Test};
use crate::operators::{self, equal};
use crate::{EvalError, Facts, List, Operator, OwnedValue, Value};

type Verdict = Result<bool, EvalError>;

/// The truth of a predicate.
pub(super) fn test<'a, F: Facts + ?Sized>(
    test: &'a Test,
    cx: &Context<'a, F>,
    frame: Option<&Frame<'_, 'a>>,
) -> Verdict {
    match test {
        Test::And(parts) => absorb(parts, false, cx, frame),
        Test::Or(parts) => absorb(parts, true, cx, frame),
        Test::Not(operand) => self::test(operand, cx, frame).map(|truth| !truth),
        Test::Truth(node) => eval(node, cx, frame)?.truth(),
        Test::Present(node) => Ok(!operand(node, cx, frame)?.is_absent()),
        Test::TextIs(id, text, negated) => {
            let same = matches!(cx.facts.fact(*id)?, Value::Str(t) if *t == **text);
            Ok(same != *negated)
        }
        Test::IntIs(id, number, negated) => {
            let same = match cx.facts.fact(*id)? {
                Value::Int(n) => n == *number,
                other => equal(other, Value::Int(*number)),
            };
            Ok(same != *negated)
        }
        Test::Same(left, right, negated) => {
            let same = match (cx.facts.fact(*left)?, cx.facts.fact(*right)?) {
                (Value::Str(a), Value::Str(b)) => a == b,
                (a, b) => equal(a, b),
            };
            Ok(same != *negated)
        }
        Test::IntOrder(id, operator, number) => match cx.facts.fact(*id)? {
            Value::Int(n) => Ok(match operator {
                Operator::Lt => n < *number,
                Operator::Le => n <= *number,
                Operator::Gt => n > *number,
                _ => n >= *number,
            }),
            other => operators::test(*operator, other, Value::Int(*number)),
        },
        Test::Compare(operator, parts) => compare(*operator, parts, cx, frame),
        Test::StartsWith(node, prefix) => {
            text(node, cx, frame).map(|t| t.starts_with(prefix.as_ref()))
        }
        Test::EndsWith(node, suffix) => text(node, cx, frame).map(|t| t.ends_with(suffix.as_ref())),
        Test::Contains(node, part) => text(node, cx, frame).map(|t| t.contains(part.as_ref())),
        Test::Matches(node, regex) => text(node, cx, frame).map(|t| regex.is_match(t)),
        Test::InTexts(node, set) => match operand(node, cx, frame)? {
            Value::Str(text) => Ok(set.has(text)),
            _ => Ok(false),
        },
        Test::InNets(node, set) => match operand(node, cx, frame)? {
            Value::Ip(ip) => Ok(set.has(ip)),
            Value::Absent => Ok(false),
            _ => Err(EvalError::NoMatchingOverload),
        },
        Test::AnyOf(list, values) => any_of(operand(list, cx, frame)?, values),
        Test::Exists(quantifier) => quantify(quantifier, true, cx, frame),
        Test::All(quantifier) => quantify(quantifier, false, cx, frame),
    }
}

/// The value of an operand, which mostly is a fact.
#[inline]
fn operand<'a, F: Facts + ?Sized>(
    node: &'a Node,
    cx: &Context<'a, F>,
    frame: Option<&Frame<'_, 'a>>,
) -> Result<Value<'a>, EvalError> {
    match node {
        Node::Fact(id) => cx.facts.fact(*id),
        Node::Local(index) => Frame::local(frame, *index),
        other => eval(other, cx, frame),
    }
}

#[inline(never)]
fn compare<'a, F: Facts + ?Sized>(
    operator: Operator,
    [left, right]: &'a [Node; 2],
    cx: &Context<'a, F>,
    frame: Option<&Frame<'_, 'a>>,
) -> Verdict {
    let left = operand(left, cx, frame)?;
    operators::test(operator, left, operand(right, cx, frame)?)
}

/// CEL's `&&` and `||`: the deciding value wins over errors, wherever it stands.
fn absorb<'a, F: Facts + ?Sized>(
    parts: &'a [Test],
    deciding: bool,
    cx: &Context<'a, F>,
    frame: Option<&Frame<'_, 'a>>,
) -> Verdict {
    let mut failure = None;
    for part in parts {
        match test(part, cx, frame) {
            Ok(truth) if truth == deciding => return Ok(deciding),
            Ok(_) => {}
            Err(error) => {
                failure.get_or_insert(error);
            }
        }
    }
    failure.map_or(Ok(!deciding), Err)
}

fn text<'a, F: Facts + ?Sized>(
    node: &'a Node,
    cx: &Context<'a, F>,
    frame: Option<&Frame<'_, 'a>>,
) -> Result<&'a str, EvalError> {
    match operand(node, cx, frame)? {
        Value::Str(text) => Ok(text),
        Value::Absent => Err(EvalError::Absent),
        _ => Err(EvalError::NoMatchingOverload),
    }
}

/// Whether the list, or the keys of the map, have one of the values.
fn any_of(collection: Value<'_>, values: &[Box<str>]) -> Verdict {
    let listed = |text: &str| values.iter().any(|value| **value == *text);
    match collection {
        Value::List(List::Owned(elements)) => Ok(elements
            .iter()
            .any(|element| matches!(element, OwnedValue::Str(text) if listed(text.as_str())))),
        Value::List(List::Values(elements)) => Ok(elements
            .iter()
            .any(|element| matches!(element, Value::Str(text) if listed(text)))),
        Value::Absent => Ok(false),
        other => {
            for value in values {
                if operators::contains(other, Value::Str(value))? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
    }
}

#[inline(never)]
fn quantify<'a, F: Facts + ?Sized>(
    quantifier: &'a Quantifier,
    deciding: bool,
    cx: &Context<'a, F>,
    frame: Option<&Frame<'_, 'a>>,
) -> Verdict {
    let range = eval(&quantifier.range, cx, frame)?;
    let mut failure = None;
    let mut decide = |inner: &Frame<'_, 'a>| {
        cx.step()?;
        match test(&quantifier.body, cx, Some(inner)) {
            Ok(truth) => Ok(truth == deciding),
            Err(error) => {
                failure.get_or_insert(error);
                Ok(false)
            }
        }
    };
    let decided = match range {
        Value::List(List::Owned(elements)) if !quantifier.two_variables => {
            let one = |element: &'a OwnedValue| {
                decide(&Frame {
                    value: Ok(element.as_value()),
                    outer: frame,
                })
            };
            any(elements.iter().map(one))
        }
        _ => {
            let variables = |index| (range, index, quantifier.two_variables);
            let one = |index| with_variables(variables(index), frame, &mut decide);
            any((0..length(range)?).map(one))
        }
    };
    match (decided?, failure) {
        (true, _) => Ok(deciding),
        (false, Some(error)) => Err(error),
        (false, None) => Ok(!deciding),
    }
}

/// Whether one of the outcomes is true; the first error ends the search.
fn any(outcomes: impl Iterator<Item = Verdict>) -> Verdict {
    for outcome in outcomes {
        if outcome? {
            return Ok(true);
        }
    }
    Ok(false)
}
