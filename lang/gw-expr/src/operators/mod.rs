//! CEL's operators on values (cel-spec, doc/langdef.md), and the gateway's on its own types. The
//! one place where their meaning is written down; the checker only decides whether they apply.

mod arithmetic;
mod equality;
mod membership;
mod order;

pub(crate) use equality::equal;
pub(crate) use membership::contains;
pub(crate) use order::{compare, compare_numbers};

use crate::{EvalError, Operator, Scratch, Value};
use std::cmp::Ordering;

/// A prefix operator.
pub(crate) fn unary(operator: Operator, operand: Value<'_>) -> Result<Value<'_>, EvalError> {
    match (operator, operand) {
        (_, Value::Absent) => Err(EvalError::Absent),
        (Operator::Not, Value::Bool(b)) => Ok(Value::Bool(!b)),
        (Operator::Negate, Value::Int(n)) => {
            n.checked_neg().map(Value::Int).ok_or(EvalError::Overflow)
        }
        (Operator::Negate, Value::Double(d)) => Ok(Value::Double(-d)),
        (Operator::Negate, Value::Duration(n)) => n
            .checked_neg()
            .map(Value::Duration)
            .ok_or(EvalError::Overflow),
        _ => Err(EvalError::NoMatchingOverload),
    }
}

/// An infix operator.
pub(crate) fn binary<'a>(
    operator: Operator,
    left: Value<'a>,
    right: Value<'a>,
    scratch: &'a Scratch,
) -> Result<Value<'a>, EvalError> {
    match operator {
        Operator::Add => arithmetic::add(left, right, scratch),
        Operator::Sub => arithmetic::subtract(left, right),
        Operator::Mul => arithmetic::multiply(left, right),
        Operator::Div => arithmetic::divide(left, right),
        Operator::Rem => arithmetic::remainder(left, right),
        _ => test(operator, left, right).map(Value::Bool),
    }
}

/// A comparison or membership test.
pub(crate) fn test(
    operator: Operator,
    left: Value<'_>,
    right: Value<'_>,
) -> Result<bool, EvalError> {
    match operator {
        Operator::Eq => Ok(equal(left, right)),
        Operator::Ne => Ok(!equal(left, right)),
        Operator::In => contains(right, left),
        Operator::Lt => compare(left, right).map(|o| o == Some(Ordering::Less)),
        Operator::Le => compare(left, right).map(|o| o.is_some_and(Ordering::is_le)),
        Operator::Gt => compare(left, right).map(|o| o == Some(Ordering::Greater)),
        Operator::Ge => compare(left, right).map(|o| o.is_some_and(Ordering::is_ge)),
        Operator::Not
        | Operator::Negate
        | Operator::Add
        | Operator::Sub
        | Operator::Mul
        | Operator::Div
        | Operator::Rem => Err(EvalError::NoMatchingOverload),
    }
}
