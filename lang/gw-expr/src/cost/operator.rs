//! What operators cost, and how large their results are.

use super::bulk::{Bulk, ELEMENT};
use super::function::bytes;
use crate::Operator;

/// The steps of an operator, and the size of its result.
pub(crate) fn operation(operator: Operator, operands: &[Bulk]) -> (u64, Bulk) {
    let [left, right] = operands else {
        return (1, operands.first().cloned().unwrap_or_else(Bulk::scalar));
    };
    let (work, result) = match operator {
        Operator::Eq | Operator::Ne => (compared(left, right), Bulk::scalar()),
        Operator::Lt | Operator::Le | Operator::Gt | Operator::Ge => {
            (bytes(left.weight.min(right.weight)), Bulk::scalar())
        }
        Operator::In => (member(left, right), Bulk::scalar()),
        Operator::Add => {
            let sum = added(left, right);
            (bytes(sum.weight), sum)
        }
        Operator::Not
        | Operator::Negate
        | Operator::Sub
        | Operator::Mul
        | Operator::Div
        | Operator::Rem => (0, Bulk::scalar()),
    };
    (work.saturating_add(1), result)
}

/// The steps of comparing two values for equality. The entries of a computed map are searched one
/// by one.
pub(crate) fn compared(left: &Bulk, right: &Bulk) -> u64 {
    let shorter = bytes(left.weight.min(right.weight));
    let elements = left.weight.min(right.weight) / ELEMENT;
    match left.has_entries() || right.has_entries() {
        true => shorter.saturating_add(elements.saturating_mul(elements)),
        false => shorter,
    }
}

/// `element in collection`: the elements or keys are compared one by one.
fn member(element: &Bulk, collection: &Bulk) -> u64 {
    let comparison = compared(element, &collection.element()).saturating_add(1);
    collection.len.saturating_mul(comparison)
}

/// Two texts or lists, one after the other.
fn added(left: &Bulk, right: &Bulk) -> Bulk {
    left.clone().or(right.clone()).grown(
        left.len.saturating_add(right.len),
        left.weight.saturating_add(right.weight),
    )
}
