//! `when METHOD /PATH`: the request of a step.

use super::{Given, TestRequest, TestStep, WHEN, bad};
use crate::blocks::record::json_of;
use crate::cx::Cx;
use gw_expr::{OwnedValue, Type};
use gw_graph::{HostPattern, Segment};
use gw_syntax::{Code, Diagnostic, Expr, ExprKind, Part, Statement};
use std::time::Duration;

pub(super) fn lower(
    cx: &mut Cx<'_, '_>,
    module: usize,
    item: &Statement,
    given: &Given,
) -> Option<TestStep> {
    let (mut method, mut path, mut host, mut repeat, mut after) =
        (None, None, None, 1, Duration::ZERO);
    let mut json = None;
    let mut parts = item.parts.iter();
    while let Some(part) = parts.next() {
        match part {
            Part::Path(p) => path = Some(p),
            Part::Word(w) if w.name == "json" => json = json_of(cx, module, item),
            Part::Word(w) if w.name == "on" => match parts.next() {
                Some(Part::Value(v)) => host = cx.text_of(module, v),
                Some(Part::Word(w)) => {
                    let kind = ExprKind::Name {
                        name: w.name.clone(),
                        rooted: false,
                    };
                    host = cx.text_of(module, &Expr { kind, span: w.span });
                }
                _ => cx.report(bad(w.span, "the host is missing", WHEN.usage)),
            },
            Part::Word(w) if w.name == "repeat" => repeat = count(cx, module, parts.next())?,
            Part::Word(w) if w.name == "after" => after = pause(cx, module, parts.next())?,
            Part::Word(w) if method.is_none() => method = Some(w.name.to_string()),
            other => cx.report(bad(
                other.span(),
                "this does not belong in a request",
                WHEN.usage,
            )),
        }
    }
    let (Some(method), Some(path)) = (method, path) else {
        cx.report(bad(
            item.span,
            "this request has no method or no path",
            WHEN.usage,
        ));
        return None;
    };
    let host = match host {
        Some(host) => host,
        None => default_host(cx, path.text.as_str()),
    };
    let text = path.text.split('?').next().unwrap_or("/").to_owned();
    let query = path
        .query
        .as_ref()
        .map(|q| q.name.to_string())
        .unwrap_or_default();
    let request = TestRequest {
        method,
        host,
        path: text,
        query,
        json,
    };
    Some(TestStep {
        given: given.clone(),
        request,
        repeat,
        after,
        then: Vec::new(),
        span: item.span,
    })
}

fn count(cx: &mut Cx<'_, '_>, module: usize, part: Option<&Part>) -> Option<u32> {
    let Some(Part::Value(expr)) = part else {
        return None;
    };
    let count = match cx.constant(module, expr, &Type::Int)? {
        OwnedValue::Int(n) => u32::try_from(n).ok(),
        _ => None,
    };
    let count = count.filter(|n| (1..=MOST_REPEATS).contains(n));
    if count.is_none() {
        cx.report(
            Diagnostic::new(
                Code::NumberRange,
                expr.span,
                format!("a request is repeated from 1 to {MOST_REPEATS} times"),
            )
            .here("out of range")
            .help("write `repeat 10`"),
        );
    }
    count
}

/// Most requests of one `repeat`.
const MOST_REPEATS: u32 = 1_000_000;

fn pause(cx: &mut Cx<'_, '_>, module: usize, part: Option<&Part>) -> Option<Duration> {
    let Some(Part::Value(expr)) = part else {
        return None;
    };
    match cx.constant(module, expr, &Type::Duration)? {
        OwnedValue::Duration(n) => Some(Duration::from_nanos(u64::try_from(n).ok()?)),
        _ => None,
    }
}

/// The first host of a route whose fixed segments fit the path; `test.example` where none has one.
fn default_host(cx: &Cx<'_, '_>, path: &str) -> String {
    let segments: Vec<&str> = path
        .split('?')
        .next()
        .unwrap_or("")
        .split('/')
        .skip(1)
        .collect();
    let fits = |pattern: &[Segment]| {
        pattern.iter().zip(&segments).all(|(p, s)| match p {
            Segment::Exact(text) => text == s,
            Segment::Param(..) | Segment::Any | Segment::Rest(_) => true,
        })
    };
    let route = cx
        .graph
        .routes
        .iter()
        .filter(|r| fits(&r.matcher.path))
        .find(|r| !r.matcher.hosts.is_empty());
    match route.and_then(|r| r.matcher.hosts.first()) {
        Some(HostPattern::Exact(name)) => name.to_string(),
        Some(HostPattern::Suffix(suffix)) => format!("www.{suffix}"),
        None => "test.example".to_owned(),
    }
}
