//! Evaluation of predicates, as bools throughout.

use super::eval::eval;
use super::frame::{Context, Frame};
use super::node::{Node, Quantifier, Test};
use crate::operators::{self, equal};
use crate::{EvalError, Facts, List, Value};
use smol_str::SmolStr;

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
        Test::Present(node) => Ok(!eval(node, cx, frame)?.is_absent()),
        Test::TextIs(id, text, negated) => {
            let same = matches!(cx.facts.fact(*id)?, Value::Str(t) if t == text.as_str());
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
            let left = cx.facts.fact(*left)?;
            Ok(equal(left, cx.facts.fact(*right)?) != *negated)
        }
        Test::Compare(operator, parts) => {
            let [left, right] = parts.as_ref();
            let left = eval(left, cx, frame)?;
            operators::test(*operator, left, eval(right, cx, frame)?)
        }
        Test::StartsWith(node, prefix) => {
            text(node, cx, frame).map(|t| t.starts_with(prefix.as_str()))
        }
        Test::EndsWith(node, suffix) => text(node, cx, frame).map(|t| t.ends_with(suffix.as_str())),
        Test::Contains(node, part) => text(node, cx, frame).map(|t| t.contains(part.as_str())),
        Test::Matches(node, regex) => text(node, cx, frame).map(|t| regex.is_match(t)),
        Test::InTexts(node, set) => match eval(node, cx, frame)? {
            Value::Str(text) => Ok(set.has(text)),
            _ => Ok(false),
        },
        Test::InNets(node, set) => match eval(node, cx, frame)? {
            Value::Ip(ip) => Ok(set.has(ip)),
            Value::Absent => Ok(false),
            _ => Err(EvalError::NoMatchingOverload),
        },
        Test::AnyOf(list, values) => any_of(eval(list, cx, frame)?, values),
        Test::Exists(quantifier) => quantify(quantifier, true, cx, frame),
        Test::All(quantifier) => quantify(quantifier, false, cx, frame),
    }
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
    match eval(node, cx, frame)? {
        Value::Str(text) => Ok(text),
        Value::Absent => Err(EvalError::Absent),
        _ => Err(EvalError::NoMatchingOverload),
    }
}

/// Whether the list has one of the values.
fn any_of(list: Value<'_>, values: &[SmolStr]) -> Verdict {
    let listed = |v: Value<'_>| matches!(v, Value::Str(t) if values.iter().any(|w| w == t));
    match list {
        Value::Absent => Ok(false),
        Value::List(List::Values(elements)) => Ok(elements.iter().copied().any(listed)),
        Value::List(list) => Ok(list.iter().any(listed)),
        _ => Err(EvalError::NoMatchingOverload),
    }
}

fn quantify<'a, F: Facts + ?Sized>(
    quantifier: &'a Quantifier,
    deciding: bool,
    cx: &Context<'a, F>,
    frame: Option<&Frame<'_, 'a>>,
) -> Verdict {
    let range = eval(&quantifier.range, cx, frame)?;
    let mut failure = None;
    for index in 0..super::collect::length(range)? {
        cx.step()?;
        let outcome = super::collect::with_variables(
            (range, index, quantifier.two_variables),
            frame,
            |inner| test(&quantifier.body, cx, Some(inner)),
        );
        match outcome {
            Ok(truth) if truth == deciding => return Ok(deciding),
            Ok(_) => {}
            Err(error) => {
                failure.get_or_insert(error);
            }
        }
    }
    failure.map_or(Ok(!deciding), Err)
}
