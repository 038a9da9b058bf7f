//! What a condition says about what is evaluated after it: after `has(x) && …` x is present, after
//! `n != 0 && …` a division by n does not fail. Only for expressions that are written alike.

use super::Checker;
use crate::{FactPath, Ir, Missing, Operator, OwnedValue};

/// Something that holds where the checker is.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Known {
    /// The path is present.
    Path(FactPath),
    /// A read has a value. Variables count from the scope of the given depth.
    Read(usize, Ir),
    /// A number is not zero.
    NonZero(usize, Ir),
    /// A list has more elements than that.
    Longer(usize, Ir, i64),
}

impl Checker<'_> {
    /// Whether a path is known to be present: it, or something read from it, was tested.
    pub(super) fn known_present(&self, path: &FactPath) -> bool {
        self.known.iter().any(|known| match known {
            Known::Path(tested) => {
                tested.root == path.root && tested.steps.starts_with(&path.steps)
            }
            Known::Read(..) | Known::NonZero(..) | Known::Longer(..) => false,
        })
    }

    /// Whether a read is known to have a value.
    pub(super) fn known_read(&self, code: &Ir) -> bool {
        let depth = self.scope.len();
        self.known.iter().any(|known| match (known, code) {
            (Known::Read(at, tested), _) => *at == depth && same_read(tested, code),
            (Known::Longer(at, list, size), Ir::Index { operand, index, .. }) => {
                let index = match index.as_ref() {
                    Ir::Const(OwnedValue::Int(index)) => *index,
                    _ => return false,
                };
                *at == depth && list == operand.as_ref() && (0..=*size).contains(&index)
            }
            (Known::Path(_) | Known::NonZero(..) | Known::Longer(..), _) => false,
        })
    }

    /// Whether a number is known not to be zero.
    pub(super) fn known_non_zero(&self, code: &Ir) -> bool {
        let tested = Known::NonZero(self.scope.len(), code.clone());
        self.known.contains(&tested)
    }

    /// What holds if `condition` has that truth.
    pub(super) fn learnt(&self, condition: &Ir, truth: bool) -> Vec<Known> {
        let mut known = Vec::new();
        self.implied(condition, truth, &mut known);
        known
    }

    /// Runs `body` knowing that `condition` turned out as `truth`.
    pub(super) fn knowing<T>(
        &mut self,
        condition: &Ir,
        truth: bool,
        body: impl FnOnce(&mut Self) -> T,
    ) -> T {
        let before = self.known.len();
        let learnt = self.learnt(condition, truth);
        self.known.extend(learnt);
        let result = body(self);
        self.known.truncate(before);
        result
    }

    fn implied(&self, condition: &Ir, truth: bool, known: &mut Vec<Known>) {
        match condition {
            Ir::Present(inner) if truth => self.present(inner, known),
            Ir::HasField { operand, field } if truth => {
                let (operand, field) = (operand.clone(), field.clone());
                let read = Ir::Select {
                    operand,
                    field,
                    missing: Missing::Error,
                };
                known.push(Known::Read(self.scope.len(), read));
            }
            Ir::Operation(operator, operands) => {
                self.operation(*operator, operands, truth, known);
            }
            Ir::And(parts) if truth => parts.iter().for_each(|p| self.implied(p, true, known)),
            Ir::Or(parts) if !truth => parts.iter().for_each(|p| self.implied(p, false, known)),
            _ => {}
        }
    }

    fn operation(&self, operator: Operator, operands: &[Ir], truth: bool, known: &mut Vec<Known>) {
        let depth = self.scope.len();
        match (operator, operands, truth) {
            (Operator::Not, [operand], _) => self.implied(operand, !truth, known),
            // Absent equals nothing, so that both sides of a true `==` are present.
            (Operator::Eq, [a, b], true) | (Operator::Ne, [a, b], false) => {
                self.present(a, known);
                self.present(b, known);
            }
            (Operator::Ne, [a, Ir::Const(zero)], true)
            | (Operator::Eq, [a, Ir::Const(zero)], false)
                if is_zero(zero) =>
            {
                known.push(Known::NonZero(depth, a.clone()));
            }
            (Operator::Gt, [Ir::Call(size, list), Ir::Const(OwnedValue::Int(least))], true)
                if size.declaration().name == "size" && *least >= 0 =>
            {
                known.extend(
                    list.first()
                        .map(|l| Known::Longer(depth, l.clone(), *least)),
                );
            }
            (Operator::Gt, [a, Ir::Const(OwnedValue::Int(least))], true) if *least >= 0 => {
                known.push(Known::NonZero(depth, a.clone()));
            }
            (Operator::In, [element, set], true) => {
                self.present(element, known);
                let (operand, index) = (Box::new(set.clone()), Box::new(element.clone()));
                let read = Ir::Index {
                    operand,
                    index,
                    missing: Missing::Error,
                };
                known.push(Known::Read(depth, read));
            }
            _ => {}
        }
    }

    fn present(&self, code: &Ir, known: &mut Vec<Known>) {
        match code {
            Ir::Fact(id) => known.extend(self.facts.path(*id).cloned().map(Known::Path)),
            Ir::Select { .. } | Ir::Index { .. } => {
                known.push(Known::Read(self.scope.len(), code.clone()));
            }
            _ => {}
        }
    }
}

/// Whether two reads are of the same thing, whatever they do where it is missing.
fn same_read(a: &Ir, b: &Ir) -> bool {
    match (a, b) {
        (
            Ir::Select {
                operand: x,
                field: f,
                ..
            },
            Ir::Select {
                operand: y,
                field: g,
                ..
            },
        ) => f == g && same_read(x, y),
        (
            Ir::Index {
                operand: x,
                index: i,
                ..
            },
            Ir::Index {
                operand: y,
                index: j,
                ..
            },
        ) => i == j && same_read(x, y),
        _ => a == b,
    }
}

fn is_zero(value: &OwnedValue) -> bool {
    matches!(value, OwnedValue::Int(0) | OwnedValue::Uint(0))
}
