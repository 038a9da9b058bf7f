//! `then …`: what a step must come to.

use super::{Expectation, THEN, Test, bad, known_backend, known_route};
use crate::cx::Cx;
use crate::load::assigned;
use crate::suggest::nearest;
use gw_expr::{OwnedValue, Type};
use gw_syntax::{Code, Diagnostic, Expr, ExprKind, Literal, Part, Statement};

pub(super) fn lower(cx: &mut Cx<'_, '_>, module: usize, item: &Statement, test: &mut Test) {
    let head = item.head.ident();
    let (word, parts) = match (head.name.as_str(), item.parts.split_first()) {
        ("then", Some((Part::Word(word), rest))) => (word.name.clone(), rest),
        ("then", _) => return cx.report(bad(item.span, "this `then` expects nothing", THEN.usage)),
        _ => (head.name.clone(), item.parts.as_slice()),
    };
    let reason_clause = item.clauses.iter().find(|c| c.word.name == "reason");
    let value = match parts {
        [Part::Value(v), ..] => Some(v),
        _ => None,
    };
    let expected = match (word.as_str(), parts) {
        ("status", [Part::Value(v)]) => status(cx, module, v),
        ("reason", _) => value
            .and_then(|v| cx.text_of(module, v))
            .map(Expectation::Reason),
        ("rule", _) => name_of(cx, module, parts).map(Expectation::Rule),
        ("route", _) => name_of(cx, module, parts).map(Expectation::Route),
        ("backend", _) => name_of(cx, module, parts).map(Expectation::Backend),
        ("path", [Part::Path(p)]) => Some(Expectation::Path(p.text.to_string())),
        ("path", _) => value
            .and_then(|v| cx.text_of(module, v))
            .map(Expectation::Path),
        ("body", _) => value
            .and_then(|v| cx.text_of(module, v))
            .map(Expectation::Body),
        ("header", _) => header(cx, module, item, value).map(|(n, v)| Expectation::Header(n, v)),
        ("sent", [Part::Word(w), Part::Value(n)]) if w.name == "header" => {
            header(cx, module, item, Some(n)).map(|(n, v)| Expectation::RequestHeader(n, v))
        }
        _ => None,
    };
    if let ("backend", [Part::Word(name)]) = (word.as_str(), parts) {
        known_backend(cx, module, name);
    }
    if let ("route", [Part::Word(name)]) = (word.as_str(), parts) {
        known_route(cx, name);
    }
    let Some(step) = test.steps.last_mut() else {
        return cx.report(
            Diagnostic::new(Code::BadTest, item.span, "nothing was sent yet")
                .here("expects something of no request")
                .help("put `when GET /path` before it"),
        );
    };
    match expected {
        Some(expected) => step.then.push((expected, item.span)),
        None => cx.report(not_expected(item, &word)),
    }
    if let Some(clause) = reason_clause
        && let (Some(text), Some(step)) = (cx.text_of(module, &clause.expr), test.steps.last_mut())
    {
        step.then
            .push((Expectation::Reason(text), clause.expr.span));
    }
}

/// What a `then` may begin with.
const EXPECTATIONS: &[&str] = &[
    "status", "reason", "rule", "route", "backend", "path", "header", "sent", "body",
];

fn not_expected(item: &Statement, word: &str) -> Diagnostic {
    let known = EXPECTATIONS.contains(&word);
    let message = match known {
        true => format!("this `{word}` has the wrong shape"),
        false => format!("`{word}` cannot be expected"),
    };
    let near = match word {
        "code" => Some("status"),
        _ => nearest(word, EXPECTATIONS.iter().copied()),
    };
    let diagnostic = Diagnostic::new(Code::BadTest, item.span, message);
    if known && item.value.is_some() && word != "header" {
        return diagnostic
            .here("what is expected follows without `=` or `:`")
            .help(format!("write `then {word} …`"));
    }
    if matches!(word, "expect" | "assert" | "should" | "verify" | "check") {
        return diagnostic
            .here("expectations begin with `then`")
            .help("write `then status 200`");
    }
    match near.filter(|_| !known) {
        Some(near) => diagnostic
            .here("not something to expect")
            .help(format!("did you mean `{near}`?")),
        None => diagnostic
            .here("cannot stand like this")
            .help(format!("write `{}`", THEN.usage)),
    }
}

fn status(cx: &mut Cx<'_, '_>, module: usize, expr: &Expr) -> Option<Expectation> {
    if let ExprKind::Literal(Literal::StatusClass(class)) = expr.kind {
        return Some(Expectation::StatusClass(class));
    }
    match cx.constant(module, expr, &Type::Int)? {
        OwnedValue::Int(n) => u16::try_from(n).ok().map(Expectation::Status),
        _ => None,
    }
}

fn name_of(cx: &mut Cx<'_, '_>, module: usize, parts: &[Part]) -> Option<String> {
    match parts {
        [Part::Word(word)] => Some(word.name.to_string()),
        [Part::Value(expr)] => cx.text_of(module, expr),
        _ => None,
    }
}

fn header(
    cx: &mut Cx<'_, '_>,
    module: usize,
    item: &Statement,
    name: Option<&Expr>,
) -> Option<(String, Option<String>)> {
    let name = cx.text_of(module, name?)?.to_lowercase();
    let value = match assigned(item) {
        Some(Expr {
            kind: ExprKind::Literal(Literal::Null),
            ..
        }) => None,
        Some(expr) => Some(cx.text_of(module, expr)?),
        None => return None,
    };
    Some((name, value))
}
