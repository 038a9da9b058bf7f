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
    match &expr.kind {
        ExprKind::Name { name, .. } => names.push(name.clone()),
        ExprKind::Literal(_) | ExprKind::Invalid => {}
        ExprKind::Select { operand, .. } => collect(operand, names),
        ExprKind::Index { operand, index, .. } => {
            [operand, index].iter().for_each(|e| collect(e, names))
        }
        ExprKind::Call { args, .. } => args.iter().for_each(|e| collect(e, names)),
        ExprKind::Method { receiver, args, .. } => {
            collect(receiver, names);
            args.iter().for_each(|e| collect(e, names));
        }
        ExprKind::List(items) => items.iter().for_each(|i| collect(&i.expr, names)),
        ExprKind::Map(entries) => entries
            .iter()
            .flat_map(|e| [&e.key, &e.value])
            .for_each(|e| collect(e, names)),
        ExprKind::Unary(_, inner) | ExprKind::Named(_, inner) => collect(inner, names),
        ExprKind::Binary(_, _, a, b) => [a, b].iter().for_each(|e| collect(e, names)),
        ExprKind::Conditional(a, b, c) => [a, b, c].iter().for_each(|e| collect(e, names)),
        ExprKind::Switch { subject, arms } => {
            collect(subject, names);
            arms.iter()
                .flat_map(|a| a.pattern.iter().chain([&a.value]))
                .for_each(|e| collect(e, names));
        }
    }
}
