//! Expressions as s-expressions.

use super::clauses;
use crate::{Access, BinaryOp, Expr, ExprKind, ListItem, Literal, MapEntry, SwitchArm, UnaryOp};

/// The dump of an expression. Runs of one logical operator are flat, because they mean the same
/// however they are grouped.
pub fn dump_expr(expr: &Expr) -> String {
    match &expr.kind {
        ExprKind::Literal(value) => literal(value),
        ExprKind::Name { name, rooted } => format!("{}{name}", dot(*rooted)),
        ExprKind::Select {
            operand,
            field,
            access,
        } => {
            let op = match access {
                Access::Plain => ".",
                Access::Safe => "?.",
                Access::Optional => ".?",
            };
            form(op, [dump_expr(operand), field.name.to_string()])
        }
        ExprKind::Index {
            operand,
            index,
            access,
        } => {
            let op = if *access == Access::Optional {
                "[?]"
            } else {
                "[]"
            };
            form(op, [dump_expr(operand), dump_expr(index)])
        }
        ExprKind::Call { name, args, rooted } => form(
            &format!("call {}{}", dot(*rooted), name.name),
            args.iter().map(dump_expr),
        ),
        ExprKind::Method {
            receiver,
            name,
            args,
        } => {
            let parts = std::iter::once(dump_expr(receiver)).chain(args.iter().map(dump_expr));
            form(&format!("method {}", name.name), parts)
        }
        ExprKind::List(items) => form("list", items.iter().map(list_item)),
        ExprKind::Map(entries) => form("map", entries.iter().map(entry)),
        ExprKind::Unary(UnaryOp::Not, operand) => form("!", [dump_expr(operand)]),
        ExprKind::Unary(UnaryOp::Negate, operand) => form("neg", [dump_expr(operand)]),
        ExprKind::Binary(op, ..) => {
            let mut operands = Vec::new();
            run(*op, expr, &mut operands);
            form(op.symbol(), operands)
        }
        ExprKind::Conditional(condition, then, otherwise) => form(
            "?",
            [dump_expr(condition), dump_expr(then), dump_expr(otherwise)],
        ),
        ExprKind::Switch { subject, arms } => {
            let parts = std::iter::once(dump_expr(subject)).chain(arms.iter().map(arm));
            form("switch", parts)
        }
        ExprKind::Named(name, value) => form("named", [name.name.to_string(), dump_expr(value)]),
        ExprKind::Invalid => "(invalid)".into(),
    }
}

/// The operands of a run of `op`: flat for the logical operators, two for all others.
fn run(op: BinaryOp, expr: &Expr, out: &mut Vec<String>) {
    let logical = matches!(op, BinaryOp::And | BinaryOp::Or);
    match &expr.kind {
        ExprKind::Binary(inner, _, left, right) if *inner == op && logical => {
            run(op, left, out);
            run(op, right, out);
        }
        ExprKind::Binary(_, _, left, right) if !logical => {
            out.extend([dump_expr(left), dump_expr(right)]);
        }
        _ => out.push(dump_expr(expr)),
    }
}

fn form(head: &str, parts: impl IntoIterator<Item = String>) -> String {
    let parts: String = parts.into_iter().map(|p| format!(" {p}")).collect();
    format!("({head}{parts})")
}

fn dot(rooted: bool) -> &'static str {
    if rooted { "." } else { "" }
}

fn mark(optional: bool) -> &'static str {
    if optional { "?" } else { "" }
}

fn list_item(item: &ListItem) -> String {
    format!(
        "{}{}{}",
        mark(item.optional),
        dump_expr(&item.expr),
        clauses(&item.clauses)
    )
}

fn entry(entry: &MapEntry) -> String {
    format!(
        "{}{}: {}",
        mark(entry.optional),
        dump_expr(&entry.key),
        dump_expr(&entry.value)
    )
}

fn arm(arm: &SwitchArm) -> String {
    let pattern = arm.pattern.as_ref().map_or("_".into(), dump_expr);
    format!("{pattern} => {}", dump_expr(&arm.value))
}

fn literal(literal: &Literal) -> String {
    match literal {
        Literal::Null => "null".into(),
        Literal::Bool(value) => value.to_string(),
        Literal::Int(value) => value.to_string(),
        Literal::UInt(value) => format!("{value}u"),
        Literal::Double(value) => format!("{value:?}"),
        Literal::Text(value) => format!("{value:?}"),
        Literal::Bytes(value) => format!("b\"{}\"", value.escape_ascii()),
        Literal::Duration(nanos) => format!("{nanos}ns"),
        Literal::Size(bytes) => format!("{bytes}B"),
        Literal::Rate(events, period) => format!("{events}/{period}ns"),
        Literal::Percent(value) => format!("{value:?}%"),
        Literal::Ip(ip) => format!("ip:{ip}"),
        Literal::Cidr(net) => format!("net:{net}"),
        Literal::StatusClass(class) => format!("{class}xx"),
        Literal::Range(low, high) => format!("{low}..={high}"),
    }
}
