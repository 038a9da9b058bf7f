//! `&&`, `||`, `!`: flattened, with what each operand says about the next.

use super::{Checker, Typed};
use crate::{Ir, Operator, Type};
use gw_syntax::{BinaryOp, Code, Diagnostic, Expr, ExprKind, Span};

impl Checker<'_> {
    /// A chain of `&&` or of `||`.
    pub(super) fn chain(&mut self, op: BinaryOp, left: &Expr, right: &Expr, span: Span) -> Typed {
        let conjunction = op == BinaryOp::And;
        let mut operands = Vec::new();
        flatten(op, left, &mut operands);
        flatten(op, right, &mut operands);
        let mut parts: Vec<Ir> = Vec::with_capacity(operands.len());
        let before = self.known.len();
        for operand in operands {
            let part = self.truth(operand);
            // What is evaluated next runs only if this one did not decide.
            let learnt = self.learnt(&part, conjunction);
            self.known.extend(learnt);
            parts.push(part);
        }
        self.known.truncate(before);
        let code = if conjunction {
            Ir::And(parts)
        } else {
            Ir::Or(parts)
        };
        self.folded(code, Type::Bool, span)
    }

    /// An operand that must be a bool.
    pub(super) fn truth(&mut self, expr: &Expr) -> Ir {
        let typed = self.expr(expr, None);
        let ty = self.needed(&typed, "a condition");
        match ty.base() {
            Type::Bool | Type::Error => {}
            Type::Dyn | Type::Param(_) => {
                self.types.assignable(&ty, &Type::Bool);
                self.risk(
                    expr.span,
                    "the value is `json` and may not be a bool",
                    "compare it: `… == true`",
                );
            }
            other => {
                let message = format!("a condition is a bool, this is `{other}`");
                let mut diagnostic = Diagnostic::new(Code::TypeMismatch, expr.span, message)
                    .here(format!("this is `{other}`"));
                diagnostic = diagnostic.help(match other {
                    Type::String => "compare it: `… == \"text\"`, or test it: `… != \"\"`",
                    Type::List(_) | Type::Map(..) => "test it: `size(…) > 0`, or `x in …`",
                    _ => "compare it with something: `… == …`",
                });
                return match self.fail(diagnostic).form {
                    // Where checks are off, the value itself decides at run time.
                    super::Form::Code(_) if !self.checked() => self.code(typed),
                    super::Form::Code(ir) => ir,
                    super::Form::Path(_) => Ir::Fail(crate::EvalError::NoMatchingOverload),
                };
            }
        }
        self.code(typed)
    }

    pub(super) fn not(&mut self, operand: &Expr, span: Span) -> Typed {
        let operand = self.truth(operand);
        self.folded(
            Ir::Operation(Operator::Not, vec![operand]),
            Type::Bool,
            span,
        )
    }
}

/// The operands of a chain of the same operator, left to right. Iterative on the left, so that
/// long chains need no deep stack.
fn flatten<'x>(op: BinaryOp, expr: &'x Expr, operands: &mut Vec<&'x Expr>) {
    let mut pending = vec![expr];
    while let Some(next) = pending.pop() {
        match &next.kind {
            ExprKind::Binary(inner, _, left, right) if *inner == op => {
                pending.push(right);
                pending.push(left);
            }
            _ => operands.push(next),
        }
    }
}
