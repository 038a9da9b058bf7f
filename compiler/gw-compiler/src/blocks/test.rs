//! `test`: requests with what is expected of them, run by the production engine.

use super::action::record_json;
use crate::cx::Cx;
use crate::load::assigned;
use crate::resolve::Kind;
use crate::spec::{BlockSpec, Repeats};
use crate::suggest::nearest;
use gw_expr::{OwnedValue, Type};
use gw_graph::{HostPattern, Origin, Segment};
use gw_syntax::{
    Code, Diagnostic, Expr, ExprKind, Ident, Literal, Part, Severity, Span, Statement,
};
use serde_json::Value as Json;
use std::net::IpAddr;
use std::time::Duration;

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

/// A test of the policy.
#[derive(Clone, Debug)]
pub struct Test {
    /// What it claims.
    pub name: String,
    /// Place of its header.
    pub span: Span,
    /// Place with lines, as the graph has it.
    pub origin: Origin,
    /// Requests in order.
    pub steps: Vec<TestStep>,
}

/// One request with its circumstances and expectations.
#[derive(Clone, Debug)]
pub struct TestStep {
    /// What holds.
    pub given: Given,
    /// What is sent.
    pub request: TestRequest,
    /// How often it is sent.
    pub repeat: u32,
    /// How much time passes before it.
    pub after: Duration,
    /// What must come of it, each with its place.
    pub then: Vec<(Expectation, Span)>,
    /// Place of the `when`.
    pub span: Span,
}

/// Circumstances.
#[derive(Clone, Debug, Default)]
pub struct Given {
    /// Claims of a verified token.
    pub jwt: Option<Json>,
    /// Record of an API key.
    pub key: Option<Json>,
    /// The client's address; 192.0.2.1 (RFC 5737) unless given.
    pub source: Option<IpAddr>,
    /// Nanoseconds since 1970; 2030-01-01T00:00:00Z unless given.
    pub time: Option<i64>,
    /// Header fields.
    pub headers: Vec<(String, String)>,
    /// Answers of backends.
    pub backends: Vec<MockBackend>,
}

/// What a backend answers.
#[derive(Clone, Debug)]
pub struct MockBackend {
    /// The backend's name.
    pub name: String,
    /// Status.
    pub status: u16,
    /// Header fields.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: String,
}

/// A request of a test.
#[derive(Clone, Debug)]
pub struct TestRequest {
    /// Method.
    pub method: String,
    /// Host.
    pub host: String,
    /// Path, as a client sends it.
    pub path: String,
    /// Query without `?`.
    pub query: String,
    /// JSON body.
    pub json: Option<Json>,
}

/// An expectation.
#[derive(Clone, PartialEq, Debug)]
pub enum Expectation {
    /// The status.
    Status(u16),
    /// The class of the status, as in `status 2xx`.
    StatusClass(u8),
    /// The reason: its sentence or its slug.
    Reason(String),
    /// The name of the rule that decided.
    Rule(String),
    /// The name of the route, with or without its service.
    Route(String),
    /// The backend that is chosen.
    Backend(String),
    /// The path that the backend sees.
    Path(String),
    /// A header of the response; `None` for absent.
    Header(String, Option<String>),
    /// A header that the backend sees.
    RequestHeader(String, Option<String>),
    /// The body of the gateway's own response.
    Body(String),
}

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
                let step = request(cx, module, item, &given)?;
                test.steps.push(step);
            }
            _ => expectation(cx, module, item, &mut test),
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
        [Part::Word(w)] if w.name == "jwt" => given.jwt = record_json(cx, module, item),
        [Part::Word(w)] if w.name == "key" => given.key = record_json(cx, module, item),
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
            if let Some(mock) = record_json(cx, module, item).and_then(|j| mock(&name.name, &j)) {
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

fn request(
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
            Part::Word(w) if w.name == "json" => json = record_json(cx, module, item),
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
        Some(HostPattern::Exact(name)) => name.clone(),
        Some(HostPattern::Suffix(suffix)) => format!("www.{suffix}"),
        None => "test.example".to_owned(),
    }
}

fn expectation(cx: &mut Cx<'_, '_>, module: usize, item: &Statement, test: &mut Test) {
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
