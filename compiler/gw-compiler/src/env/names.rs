//! The names that an expression mentions.

use gw_syntax::{Expr, ExprKind};
use smol_str::SmolStr;

/// Every bare name in an expression.
pub(crate) fn names_in(expr: &Expr) -> Vec<SmolStr> {
    let mut names = Vec::new();
    collect(expr, &mut names);
    names
}

fn collect(expr: &Expr, names: &mut Vec<SmolStr>) {
    if let ExprKind::Name { name, .. } = &expr.kind {
        names.push(name.clone());
    }
    expr.each_child(&mut |child| collect(child, names));
}
