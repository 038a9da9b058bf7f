//! The checker: from the syntax tree and the declared names to a typed, resolved [`Ir`]. Collects
//! every finding; an expression with a finding has type [`Type::Error`] and suppresses follow-ons.

use crate::{Env, EvalError, FactTable, Ir, Type};
use gw_syntax::{Diagnostic, Expr, Span};

/// A checked expression with its type.
#[derive(Clone, Debug)]
pub struct Checked {
    /// What to evaluate.
    pub ir: Ir,
    /// Its type.
    pub ty: Type,
    /// Where it stands.
    pub span: Span,
    /// GW0212, for places that may fail at run time; the caller decides whether to show them.
    pub risks: Vec<Diagnostic>,
}

/// Checks an expression of any type.
pub fn check(
    expr: &Expr,
    _env: &Env,
    _facts: &mut FactTable,
    _diagnostics: &mut Vec<Diagnostic>,
) -> Checked {
    let ir = Ir::Fail(EvalError::Unavailable);
    Checked {
        ir,
        ty: Type::Error,
        span: expr.span,
        risks: Vec::new(),
    }
}

/// Checks an expression where a type is expected: literals of numbers adapt to it, bare names of
/// variants and records of constants too. The result has exactly that type, or [`Type::Error`].
pub fn check_as(
    expr: &Expr,
    _expected: &Type,
    env: &Env,
    facts: &mut FactTable,
    diagnostics: &mut Vec<Diagnostic>,
) -> Checked {
    check(expr, env, facts, diagnostics)
}
