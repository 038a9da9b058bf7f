//! `<` and its kin.

use crate::{EvalError, Value};
use std::cmp::Ordering;

/// How two values compare; `None` where NaN is involved.
pub(crate) fn compare(left: Value<'_>, right: Value<'_>) -> Result<Option<Ordering>, EvalError> {
    Ok(match (left, right) {
        (Value::Int(a), Value::Int(b)) => Some(a.cmp(&b)),
        (Value::Str(a), Value::Str(b)) => Some(a.cmp(b)),
        (Value::Bool(a), Value::Bool(b)) => Some(a.cmp(&b)),
        (Value::Bytes(a), Value::Bytes(b)) => Some(a.cmp(b)),
        (Value::Duration(a), Value::Duration(b)) => Some(a.cmp(&b)),
        (Value::Timestamp(a), Value::Timestamp(b)) => Some(a.cmp(&b)),
        (Value::Absent, _) | (_, Value::Absent) => return Err(EvalError::Absent),
        _ => return compare_numbers(left, right).ok_or(EvalError::NoMatchingOverload),
    })
}

/// How two numbers of any type compare; outer `None` where one is no number.
pub(crate) fn compare_numbers(left: Value<'_>, right: Value<'_>) -> Option<Option<Ordering>> {
    match (left, right) {
        (Value::Double(a), Value::Double(b)) => Some(a.partial_cmp(&b)),
        (Value::Double(a), b) => Some(compare_mixed(a, whole(b)?)),
        (a, Value::Double(b)) => Some(compare_mixed(b, whole(a)?).map(Ordering::reverse)),
        (a, b) => Some(Some(whole(a)?.cmp(&whole(b)?))),
    }
}

fn whole(value: Value<'_>) -> Option<i128> {
    match value {
        Value::Int(n) => Some(i128::from(n)),
        Value::Uint(n) => Some(i128::from(n)),
        _ => None,
    }
}

/// Compares a double with a 64-bit whole number: as doubles where the double is in range of the
/// number's type, as the reference implementation does.
#[expect(clippy::cast_precision_loss, reason = "the nearest double is meant")]
fn compare_mixed(double: f64, whole: i128) -> Option<Ordering> {
    double.partial_cmp(&(whole as f64))
}
