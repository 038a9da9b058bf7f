//! `test`: requests with what is expected of them, run by the production engine.

mod expectation;
mod model;
mod request;

pub use model::{Expectation, Given, MockBackend, Test, TestRequest, TestStep};

use super::record::json_of;
use crate::cx::Cx;
use crate::load::assigned;
use crate::resolve::Kind;
use crate::spec::{BlockSpec, Repeats};
use crate::suggest::nearest;
use gw_expr::{OwnedValue, Type};
use gw_syntax::{
    Code, Diagnostic, Expr, ExprKind, Ident, Literal, Part, Severity, Span, Statement,
};
use serde_json::Value as Json;
use std::net::IpAddr;

/// `test`
pub(crate) const SPEC: BlockSpec = BlockSpec {
    keyword: "test",
    parents: &["file"],
    usage: "test \"NAME\" { given … when METHOD /PATH then … }",
    doc: "Requests with what is expected of them. Run by `gwc test` on the production engine with a fixed clock and mocked backends. Several `when` run one after the other against the same limits.",
    example: "test \"an editor of another org is refused\" {\n  given jwt { sub: \"u1\", org: \"acme\", roles: [editor] }\n  when POST /v1/other/orders json { items: [] }\n  then status 403, reason \"no allow matched\", rule writes\n}",
    fields: &[],
    repeats: Repeats::Often,
};

/// `given`
pub(crate) const GIVEN: BlockSpec = BlockSpec {
    keyword: "given",
    parents: &["test"],
    usage: "given jwt { … } | key { … } | source IP | time \"RFC 3339\" | header \"NAME\" = \"VALUE\" | backend NAME { status: 503 }",
    doc: "What holds for the requests that follow: a verified token with these claims, an API key with this record, the client's address, the time, a header, a backend's answer.",
    example: "given jwt { sub: \"u1\", roles: [editor] }",
    fields: &[],
    repeats: Repeats::Often,
};

/// `when` in a test
pub(crate) const WHEN: BlockSpec = BlockSpec {
    keyword: "when",
    parents: &["test"],
    usage: "when METHOD /PATH [on \"HOST\"] [repeat N] [after DURATION] [json { … }]",
    doc: "Sends a request. Without a host it goes to the first host of the route that has the path. `repeat` sends it several times, `after` lets time pass before it.",
    example: "when GET /orders/42 on \"api.example.com\"",
    fields: &[],
    repeats: Repeats::Often,
};

/// `then`
pub(crate) const THEN: BlockSpec = BlockSpec {
    keyword: "then",
    parents: &["test"],
    usage: "then status N [, reason \"TEXT\"] [, rule NAME] [, route NAME] [, backend NAME] [, path \"/PATH\"] [, header \"NAME\" = \"VALUE\"] [, body \"TEXT\"]",
    doc: "What the last request must give; of repeated requests, the last one.",
    example: "then status 403, reason \"no allow matched\", rule writes",
    fields: &[],
    repeats: Repeats::Often,
};

/// All tests of the policy.
pub(crate) fn lower_all(cx: &mut Cx<'_, '_>) -> Vec<Test> {
    let tests: Vec<(usize, &Statement)> = cx.program.tests.clone();
    tests
        .into_iter()
        .filter_map(|(module, s)| lower(cx, module, s))
        .collect()
}

fn lower(cx: &mut Cx<'_, '_>, module: usize, statement: &Statement) -> Option<Test> {
    let Some(Part::Value(name)) = statement.parts.first() else {
        cx.report(bad(statement.span, "a test has no name", SPEC.usage));
        return None;
    };
    let mut test = Test {
        name: cx.text_of(module, name)?,
        span: statement.head.ident().span.to(name.span),
        origin: cx.origin(statement.head.ident().span.to(name.span)),
        steps: Vec::new(),
    };
    let mut given = Given::default();
    let before = cx.diagnostics.len();
    for item in statement.block.iter().flat_map(|b| &b.statements) {
        match item.head.ident().name.as_str() {
            "given" => given_one(cx, module, item, &mut given),
            "when" => {
                let step = request::lower(cx, module, item, &given)?;
                test.steps.push(step);
            }
            _ => expectation::lower(cx, module, item, &mut test),
        }
    }
    let broken = cx.diagnostics.len() > before;
    if !broken && test.steps.iter().all(|s| s.then.is_empty()) {
        cx.report(
            Diagnostic::new(Code::BadTest, test.span, "this test expects nothing")
                .here("no `then` after a `when`")
                .help("add `when GET /path` and `then status 200`"),
        );
        return None;
    }
    Some(test)
}

fn bad(span: Span, message: impl Into<String>, usage: &str) -> Diagnostic {
    Diagnostic::new(Code::BadTest, span, message)
        .here("cannot stand like this")
        .help(format!("write `{usage}`"))
}

fn given_one(cx: &mut Cx<'_, '_>, module: usize, item: &Statement, given: &mut Given) {
    let words: Vec<&Part> = item.parts.iter().collect();
    match words.as_slice() {
        [Part::Word(w)] if w.name == "jwt" => given.jwt = json_of(cx, module, item),
        [Part::Word(w)] if w.name == "key" => given.key = json_of(cx, module, item),
        [Part::Word(w), Part::Value(v)] if w.name == "source" => given.source = ip(cx, module, v),
        [Part::Word(w), Part::Value(v)] if w.name == "time" => given.time = time(cx, module, v),
        [Part::Word(w), Part::Value(n)] if w.name == "header" => {
            let value = assigned(item).and_then(|v| cx.text_of(module, v));
            if let (Some(name), Some(value)) = (cx.text_of(module, n), value) {
                given.headers.push((name.to_lowercase(), value));
            }
        }
        [Part::Word(w), Part::Word(name)] if w.name == "backend" => {
            known_backend(cx, module, name);
            if let Some(mock) = json_of(cx, module, item).and_then(|j| mock(&name.name, &j)) {
                given.backends.push(mock);
            } else {
                cx.report(bad(
                    item.span,
                    "this is not an answer of a backend",
                    "given backend orders { status: 503 }",
                ));
            }
        }
        [Part::Word(w), ..] if matches!(w.name.as_str(), "token" | "claims" | "user") => {
            cx.report(
                Diagnostic::new(
                    Code::BadTest,
                    w.span,
                    format!("`{}` cannot be given", w.name),
                )
                .here("not a circumstance")
                .help("write `given jwt { sub: \"u1\" }` for the claims of a verified token"),
            );
        }
        _ => cx.report(bad(
            item.span,
            "this `given` has the wrong shape",
            GIVEN.usage,
        )),
    }
}

/// A finding where no backend has that name: the test could never pass, or would mock nothing.
fn known_backend(cx: &mut Cx<'_, '_>, module: usize, name: &Ident) {
    if let Err(diagnostic) = cx.program.expect(module, name, Kind::Backend) {
        cx.report(*diagnostic);
    }
}

/// A finding where no route has that name. Routes with findings of their own are not known, so
/// nothing is said where there are some.
fn known_route(cx: &mut Cx<'_, '_>, name: &Ident) {
    let short = |full: &str| full.rsplit('.').next() == Some(name.name.as_str());
    let mut names = cx.graph.routes.iter().map(|r| r.name.as_str());
    let known = names.any(|full| full == name.name || short(full));
    let errors = cx.diagnostics.iter().any(|d| d.severity == Severity::Error);
    if known || errors || name.name == "none" {
        return;
    }
    let all: Vec<&str> = cx.graph.routes.iter().map(|r| r.name.as_str()).collect();
    let last = |full: &&str| full.rsplit('.').next().map(str::to_owned);
    let shorts: Vec<String> = all.iter().filter_map(last).collect();
    let near = nearest(&name.name, shorts.iter().map(String::as_str));
    let diagnostic = Diagnostic::new(
        Code::UnknownName,
        name.span,
        format!("there is no route `{}`", name.name),
    )
    .here("not declared");
    let diagnostic = match near {
        Some(near) => diagnostic.help(format!("did you mean `{near}`?")).fix(
            format!("write `{near}`"),
            name.span,
            near,
        ),
        None => diagnostic.help(format!("declared here: `{}`", all.join("`, `"))),
    };
    cx.report(diagnostic);
}

fn mock(name: &str, json: &Json) -> Option<MockBackend> {
    let status = json
        .get("status")
        .map_or(Some(200), Json::as_u64)
        .and_then(|n| u16::try_from(n).ok())?;
    let headers = match json.get("headers").and_then(Json::as_object) {
        Some(map) => map
            .iter()
            .map(|(k, v)| Some((k.to_lowercase(), v.as_str()?.to_owned())))
            .collect::<Option<Vec<_>>>()?,
        None => Vec::new(),
    };
    let body = json
        .get("body")
        .and_then(Json::as_str)
        .unwrap_or_default()
        .to_owned();
    Some(MockBackend {
        name: name.to_owned(),
        status,
        headers,
        body,
    })
}

fn ip(cx: &mut Cx<'_, '_>, module: usize, expr: &Expr) -> Option<IpAddr> {
    if let ExprKind::Literal(Literal::Ip(ip)) = expr.kind {
        return Some(ip);
    }
    let text = cx.text_of(module, expr)?;
    let parsed = text.parse().ok();
    if parsed.is_none() {
        cx.report(
            Diagnostic::new(
                Code::BadCidr,
                expr.span,
                format!("`{text}` is not an IP address"),
            )
            .here("not an address")
            .help("write `203.0.113.7` or `\"2001:db8::1\"`"),
        );
    }
    parsed
}

fn time(cx: &mut Cx<'_, '_>, module: usize, expr: &Expr) -> Option<i64> {
    let call = Expr {
        kind: ExprKind::Call {
            name: gw_syntax::Ident {
                name: "timestamp".into(),
                span: expr.span,
            },
            args: vec![expr.clone()],
            rooted: false,
        },
        span: expr.span,
    };
    match cx.constant(module, &call, &Type::Timestamp)? {
        OwnedValue::Timestamp(t) => t
            .seconds
            .checked_mul(1_000_000_000)?
            .checked_add(i64::from(t.nanos)),
        _ => None,
    }
}
