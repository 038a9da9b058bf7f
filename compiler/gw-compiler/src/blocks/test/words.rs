//! What `given`, `when` and `then` share: values, names of headers, and the finding for a wrong
//! shape.

use crate::cx::Cx;
use gw_expr::{OwnedValue, Type};
use gw_syntax::{
    Code, Diagnostic, Expr, ExprKind, Ident, Literal, Part, Span, Statement, StatementValue,
};
use std::time::Duration;

/// The finding for a statement of a test that has the wrong shape.
pub(super) fn wrong(span: Span, message: impl Into<String>, usage: &str) -> Diagnostic {
    Diagnostic::new(Code::BadTest, span, message)
        .here("cannot stand like this")
        .help(format!("write `{usage}`"))
}

/// The value after `=` or `:`; what reads as a type is taken as the expression that it would be.
pub(super) fn value_of(statement: &Statement) -> Option<Expr> {
    match &statement.value {
        Some(StatementValue::Expr(expr) | StatementValue::Annotation(expr)) => {
            Some(Expr::clone(expr))
        }
        Some(StatementValue::Type(ty)) => ty.to_expr(),
        Some(StatementValue::TypedExpr(..)) | None => None,
    }
}

/// A text; a bare word that nothing declares is its own text.
pub(super) fn text_or_word(cx: &mut Cx<'_, '_>, module: usize, expr: &Expr) -> Option<String> {
    match &expr.kind {
        ExprKind::Name {
            name,
            rooted: false,
        } if cx.program.peek(module, name).is_none() => Some(name.to_string()),
        ExprKind::Literal(Literal::Int(number)) => Some(number.to_string()),
        _ => cx.text_of(module, expr),
    }
}

/// The name of a header in lower case; a finding where no header can have it.
pub(super) fn header_name(cx: &mut Cx<'_, '_>, module: usize, expr: &Expr) -> Option<String> {
    let text = cx.text_of(module, expr)?;
    if let Some(name) = gw_graph::header_name(&text) {
        return Some(name.to_string());
    }
    cx.report(
        Diagnostic::new(
            Code::BadTest,
            expr.span,
            format!("`{}` is not a header name", text.escape_debug()),
        )
        .here("has characters that no header name has")
        .help("header names are letters, digits and `-` (RFC 9110 section 5.6.2)"),
    );
    None
}

/// A whole number from 1 on.
pub(super) fn count(
    cx: &mut Cx<'_, '_>,
    module: usize,
    word: &Ident,
    part: Option<&Part>,
) -> Option<u32> {
    let Some(Part::Value(expr)) = part else {
        cx.report(lacks(word, "a number", "10"));
        return None;
    };
    let count = match cx.constant(module, expr, &Type::Int)? {
        OwnedValue::Int(n) => u32::try_from(n).ok(),
        _ => None,
    };
    let least = u32::from(word.name == "repeat");
    let count = count.filter(|n| (least..=MOST_REPEATS).contains(n));
    if count.is_none() {
        cx.report(
            Diagnostic::new(
                Code::NumberRange,
                expr.span,
                format!("a request is repeated from 1 to {MOST_REPEATS} times"),
            )
            .here("out of range")
            .help(format!("write `{} 10`", word.name)),
        );
    }
    count
}

/// Most requests of one `repeat`.
const MOST_REPEATS: u32 = 1_000_000;

/// A time that passes.
pub(super) fn pause(
    cx: &mut Cx<'_, '_>,
    module: usize,
    word: &Ident,
    part: Option<&Part>,
) -> Option<Duration> {
    let Some(Part::Value(expr)) = part else {
        cx.report(lacks(word, "a duration", "1s"));
        return None;
    };
    let OwnedValue::Duration(nanos) = cx.constant(module, expr, &Type::Duration)? else {
        return None;
    };
    let pause = u64::try_from(nanos).ok().map(Duration::from_nanos);
    if pause.is_none() {
        cx.report(
            Diagnostic::new(Code::NumberRange, expr.span, "time does not run backwards")
                .here("less than zero")
                .help(format!("write `{} 1s`", word.name)),
        );
    }
    pause
}

fn lacks(word: &Ident, what: &str, example: &str) -> Diagnostic {
    Diagnostic::new(
        Code::BadTest,
        word.span,
        format!("`{}` is followed by {what}", word.name),
    )
    .here("nothing like that follows")
    .help(format!("write `{} {example}`", word.name))
}
