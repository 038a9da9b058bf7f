//! `given backend NAME { … }`: what a backend does instead of being asked.

use super::words::value_of;
use super::{BackendFailure, MockBackend, MockOutcome};
use crate::blocks::record::{json, json_of};
use crate::cx::Cx;
use crate::suggest::nearest;
use gw_expr::{OwnedValue, Type};
use gw_syntax::{Code, Diagnostic, Expr, ExprKind, Ident, Span, Statement};
use std::time::Duration;

/// What the block of a mock may hold.
const KEYS: &[&str] = &[
    "status", "headers", "body", "json", "delay", "fail", "times",
];

const FAILURES: &[(&str, BackendFailure)] = &[
    ("connect", BackendFailure::Connect),
    ("reset", BackendFailure::Reset),
    ("timeout", BackendFailure::Timeout),
];

/// The mock of a backend; `None` with a finding where it makes no sense.
pub(super) fn lower(
    cx: &mut Cx<'_, '_>,
    module: usize,
    backend: &Ident,
    item: &Statement,
) -> Option<MockBackend> {
    let mut draft = Draft::default();
    for field in item.block.iter().flat_map(|b| &b.statements) {
        draft.take(cx, module, field)?;
    }
    if let (Some((_, fail)), Some(answer)) = (draft.fail, draft.answer) {
        cx.report(
            bad(fail, "a backend that fails does not answer")
                .because(answer, "an answer")
                .help("write either `fail`, or `status`, `headers` and `body`"),
        );
        return None;
    }
    let outcome = match draft.fail {
        Some((failure, _)) => MockOutcome::Fail(failure),
        None => MockOutcome::Answer {
            status: draft.status.unwrap_or(200),
            headers: draft.headers,
            body: draft.body,
        },
    };
    Some(MockBackend {
        name: backend.name.to_string(),
        delay: draft.delay,
        outcome,
        times: draft.times,
    })
}

fn bad(span: Span, message: impl Into<String>) -> Diagnostic {
    Diagnostic::new(Code::BadMock, span, message).here("not something that a backend does")
}

/// A mock under construction.
#[derive(Default)]
struct Draft {
    status: Option<u16>,
    headers: Vec<(String, String)>,
    body: String,
    delay: Duration,
    fail: Option<(BackendFailure, Span)>,
    times: Option<u32>,
    /// Where something of an answer stands.
    answer: Option<Span>,
}

impl Draft {
    fn take(&mut self, cx: &mut Cx<'_, '_>, module: usize, field: &Statement) -> Option<()> {
        let key = field.head.ident();
        let Some(value) = value_of(field) else {
            // `json { … }` has its value in its block.
            if key.name == "json" && field.block.is_some() {
                return self.json(json_of(cx, module, field)?, field.span);
            }
            cx.report(unknown(key));
            return None;
        };
        match key.name.as_str() {
            "status" => self.status = Some(status(cx, module, &value)?),
            "headers" => self.headers.extend(headers(cx, module, &value)?),
            "body" => self.body = cx.text_of(module, &value)?,
            "json" => return self.json(json(cx, module, &value)?, field.span),
            "delay" => self.delay = delay(cx, module, &value)?,
            "times" => self.times = Some(times(cx, module, &value)?),
            "fail" => self.fail = Some((failure(cx, &value)?, field.span)),
            _ => {
                cx.report(unknown(key));
                return None;
            }
        }
        if matches!(key.name.as_str(), "status" | "headers" | "body") {
            self.answer = Some(field.span);
        }
        Some(())
    }

    fn json(&mut self, value: serde_json::Value, span: Span) -> Option<()> {
        let field = ("content-type".to_owned(), "application/json".to_owned());
        self.headers.push(field);
        self.body = value.to_string();
        self.answer = Some(span);
        Some(())
    }
}

fn unknown(key: &Ident) -> Diagnostic {
    let diagnostic = bad(key.span, format!("a mock has no `{}`", key.name));
    match nearest(&key.name, KEYS.iter().copied()) {
        Some(near) => diagnostic.help(format!("did you mean `{near}`?")).fix(
            format!("write `{near}`"),
            key.span,
            near,
        ),
        None => diagnostic.help(format!("it has `{}`", KEYS.join("`, `"))),
    }
}

fn status(cx: &mut Cx<'_, '_>, module: usize, value: &Expr) -> Option<u16> {
    let OwnedValue::Int(number) = cx.constant(module, value, &Type::Int)? else {
        return None;
    };
    let status = u16::try_from(number)
        .ok()
        .filter(|s| (200..=599).contains(s));
    if status.is_none() {
        cx.report(
            bad(value.span, format!("no final response has status {number}"))
                .help("write a status from 200 to 599"),
        );
    }
    status
}

fn headers(cx: &mut Cx<'_, '_>, module: usize, value: &Expr) -> Option<Vec<(String, String)>> {
    let written = json(cx, module, value)?;
    let fields = written.as_object().map(|object| {
        let field = |(name, value): (&String, &serde_json::Value)| {
            let named = gw_graph::header_name(name).is_some();
            named.then_some((name.to_lowercase(), value.as_str()?.to_owned()))
        };
        object.iter().map(field).collect::<Option<Vec<_>>>()
    });
    let fields = fields.flatten();
    if fields.is_none() {
        cx.report(
            bad(value.span, "these are not header fields")
                .help("write `headers: { \"retry-after\": \"30\" }`"),
        );
    }
    fields
}

fn delay(cx: &mut Cx<'_, '_>, module: usize, value: &Expr) -> Option<Duration> {
    let OwnedValue::Duration(nanos) = cx.constant(module, value, &Type::Duration)? else {
        return None;
    };
    let delay = u64::try_from(nanos).ok().map(Duration::from_nanos);
    if delay.is_none() {
        cx.report(bad(value.span, "a delay cannot be negative").help("write `delay: 3s`"));
    }
    delay
}

fn times(cx: &mut Cx<'_, '_>, module: usize, value: &Expr) -> Option<u32> {
    let OwnedValue::Int(number) = cx.constant(module, value, &Type::Int)? else {
        return None;
    };
    let times = u32::try_from(number).ok().filter(|n| (1..=100).contains(n));
    if times.is_none() {
        cx.report(
            bad(value.span, format!("nothing happens {number} times"))
                .help("write a number from 1 to 100: so many tries of each request meet it"),
        );
    }
    times
}

fn failure(cx: &mut Cx<'_, '_>, value: &Expr) -> Option<BackendFailure> {
    let word = match &value.kind {
        ExprKind::Name { name, .. } => name.as_str(),
        _ => "",
    };
    if let Some((_, failure)) = FAILURES.iter().find(|(w, _)| *w == word) {
        return Some(*failure);
    }
    let words: Vec<&str> = FAILURES.iter().map(|(w, _)| *w).collect();
    let message = format!("`{}` is not how a backend fails", cx.excerpt(value.span));
    let diagnostic = bad(value.span, message);
    cx.report(match nearest(word, words.iter().copied()) {
        Some(near) => diagnostic.help(format!("did you mean `{near}`?")).fix(
            format!("write `{near}`"),
            value.span,
            near,
        ),
        None => diagnostic.help(format!("a backend fails by `{}`", words.join("`, `"))),
    });
    None
}
