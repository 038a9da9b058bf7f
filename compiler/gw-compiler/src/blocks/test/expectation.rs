//! `then …`: what a step must come to.

use super::words::{count, header_name, pause, text_or_word, wrong};
use super::{
    BodyValue, Expectation, Expected, HeaderValue, Message, THEN, Test, known_backend, known_route,
};
use crate::blocks::record::json_of;
use crate::cx::Cx;
use crate::load::assigned;
use crate::suggest::nearest;
use gw_expr::{OwnedValue, Type};
use gw_syntax::{Code, Diagnostic, Expr, ExprKind, Ident, Literal, Part, Statement};

pub(super) fn lower(cx: &mut Cx<'_, '_>, module: usize, item: &Statement, test: &mut Test) {
    let head = item.head.ident();
    let (word, parts) = match (head.name.as_str(), item.parts.split_first()) {
        ("then", Some((Part::Word(word), rest))) => (word, rest),
        ("then", _) => {
            return cx.report(wrong(item.span, "this `then` expects nothing", THEN.usage));
        }
        _ => (head, item.parts.as_slice()),
    };
    let (parts, times) = match parts {
        [what @ .., Part::Word(w), number] if w.name == "times" => {
            let Some(times) = count(cx, module, w, Some(number)) else {
                return;
            };
            (what, Some(times))
        }
        _ => (parts, None),
    };
    let before = cx.diagnostics.len();
    let what = expectation(cx, module, item, word, parts);
    let Some(step) = test.steps.last_mut() else {
        return cx.report(
            Diagnostic::new(Code::BadTest, item.span, "nothing was sent yet")
                .here("expects something of no request")
                .help(
                    "put `when GET /path` before it; what is sent has a `given` of its own, each",
                ),
        );
    };
    let span = item.span;
    match what {
        Some(what) => step.then.push(Expected { what, times, span }),
        None if cx.diagnostics.len() == before => cx.report(not_expected(item, &word.name)),
        None => {}
    }
    if let Some(clause) = item.clauses.iter().find(|c| c.word.name == "reason")
        && let (Some(text), Some(step)) = (cx.text_of(module, &clause.expr), test.steps.last_mut())
    {
        step.then.push(Expected {
            what: Expectation::Reason(text),
            times,
            span: clause.expr.span,
        });
    }
}

fn expectation(
    cx: &mut Cx<'_, '_>,
    module: usize,
    item: &Statement,
    word: &Ident,
    parts: &[Part],
) -> Option<Expectation> {
    match (word.name.as_str(), parts) {
        ("status", [Part::Value(v)]) => status(cx, module, v),
        ("reason", _) => text_of(cx, module, parts).map(Expectation::Reason),
        ("rule", _) => text_of(cx, module, parts).map(Expectation::Rule),
        ("shadow", _) => text_of(cx, module, parts).map(Expectation::Shadow),
        ("route", _) => {
            if let [Part::Word(name)] = parts {
                known_route(cx, name);
            }
            text_of(cx, module, parts).map(Expectation::Route)
        }
        ("backend", _) => {
            if let [Part::Word(name)] = parts
                && name.name != "none"
            {
                known_backend(cx, module, name);
            }
            text_of(cx, module, parts).map(Expectation::Backend)
        }
        ("path", [Part::Path(p)]) => Some(Expectation::Path(p.text.to_string())),
        ("path", _) => text_of(cx, module, parts).map(Expectation::Path),
        ("query", _) => text_of(cx, module, parts).map(Expectation::Query),
        ("waited", [part]) => pause(cx, module, word, Some(part)).map(Expectation::Waited),
        ("tries", [part]) => count(cx, module, word, Some(part)).map(Expectation::Tries),
        ("body", [Part::Word(w)]) if w.name == "json" => {
            json_of(cx, module, item).map(|json| Expectation::Body(BodyValue::Json(json)))
        }
        ("body", [Part::Word(w), Part::Value(v)]) if w.name == "contains" => cx
            .text_of(module, v)
            .map(|text| Expectation::Body(BodyValue::Contains(text))),
        ("body", _) => {
            text_of(cx, module, parts).map(|text| Expectation::Body(BodyValue::Is(text)))
        }
        ("header", _) => header(cx, module, item, Message::Response, parts),
        ("sent", [Part::Word(w), rest @ ..]) if w.name == "header" => {
            header(cx, module, item, Message::Sent, rest)
        }
        _ => None,
    }
}

/// What a `then` may begin with.
const EXPECTATIONS: &[&str] = &[
    "status", "reason", "rule", "route", "backend", "path", "query", "header", "sent", "body",
    "waited", "tries", "shadow",
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

/// A bare word or a text.
fn text_of(cx: &mut Cx<'_, '_>, module: usize, parts: &[Part]) -> Option<String> {
    match parts {
        [Part::Word(word)] => Some(word.name.to_string()),
        [Part::Value(expr)] => cx.text_of(module, expr),
        _ => None,
    }
}

/// `"NAME" = "VALUE"`, `"NAME" = null` or `"NAME" contains "TEXT"`.
fn header(
    cx: &mut Cx<'_, '_>,
    module: usize,
    item: &Statement,
    message: Message,
    parts: &[Part],
) -> Option<Expectation> {
    let (name, value) = match (parts, assigned(item)) {
        ([Part::Value(name)], Some(value)) => {
            let absent = matches!(value.kind, ExprKind::Literal(Literal::Null));
            let value = match absent {
                true => HeaderValue::Absent,
                false => HeaderValue::Is(text_or_word(cx, module, value)?),
            };
            (name, value)
        }
        ([Part::Value(name), Part::Word(w), Part::Value(text)], None) if w.name == "contains" => {
            (name, HeaderValue::Contains(cx.text_of(module, text)?))
        }
        _ => return None,
    };
    let name = header_name(cx, module, name)?;
    Some(Expectation::Header(message, name, value))
}
