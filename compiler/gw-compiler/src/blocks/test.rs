//! `test`: requests with what is expected of them, run by the production engine.

mod expectation;
mod given;
mod mock;
mod model;
mod request;
mod row;
mod words;

pub use model::{
    BackendFailure, BodyValue, Expectation, Expected, Given, GivenTime, GivenTls, HeaderValue,
    Message, MockBackend, MockOutcome, Test, TestRequest, TestStep,
};

use crate::cx::Cx;
use crate::resolve::Kind;
use crate::shape;
use crate::spec::{BlockSpec, Braces, Repeats, Shape, Value, Words};
use crate::suggest::nearest;
use gw_syntax::{Code, Diagnostic, Ident, Part, Severity, Statement};

/// `test`
pub(crate) const SPEC: BlockSpec = BlockSpec {
    keyword: "test",
    parents: &["file"],
    usage: "test \"NAME\" { row … given … when METHOD /PATH then … }",
    shape: Shape::of(Words::One).block(),
    doc: "Requests with what is expected of them. Run by `gwc test` on the production engine with a clock of its own and mocked backends. Several `when` run one after the other against the same limits.",
    example: "test \"an editor of another org is refused\" {\n  given jwt { sub: \"u1\", org: \"acme\", roles: [editor] }\n  when POST /v1/other/orders json { items: [] }\n  then status 403, reason \"no allow matched\", rule writes\n}",
    fields: &[],
    repeats: Repeats::Often,
};

/// `row`
pub(crate) const ROW: BlockSpec = BlockSpec {
    keyword: "row",
    parents: &["test"],
    usage: "row [\"NAME\"] { COLUMN: VALUE, … }",
    shape: Shape::of(Words::Read).block(),
    doc: "Makes the test a table: it holds for each row, and reports name each as `TEST: ROW`. The name of a column stands for its value, in a path as `{column}`. Every row has the columns of the first.",
    example: "row \"a viewer\" { role: viewer, org: \"acme\", answer: 403 }",
    fields: &[],
    repeats: Repeats::Often,
};

/// `given`
pub(crate) const GIVEN: BlockSpec = BlockSpec {
    keyword: "given",
    parents: &["test"],
    usage: "given jwt { … } | key { … } | certificate { … } | source IP | time \"RFC 3339\" | header \"NAME\" = \"VALUE\" | tls { version: \"1.3\" } | listener NAME | backend NAME { status: 503 }",
    shape: Shape::of(Words::Some).assigned().maybe_block(),
    doc: "What holds for the requests that follow: a verified token with these claims, an API key with this record, the client's address, the time, a header, TLS, the listener. A mocked backend answers with `status`, `headers` and `body` or `json`, after a `delay` that its timeouts are held against, or it fails: `fail: connect`, `reset` or `timeout`. With `times: N` only the first N tries of each request meet that, and a `retry` may find 200.",
    example: "given backend orders { status: 503, headers: { \"retry-after\": \"30\" }, delay: 200ms }",
    fields: &[],
    repeats: Repeats::Often,
};

/// `when` in a test
pub(crate) const WHEN: BlockSpec = BlockSpec {
    keyword: "when",
    parents: &["test"],
    usage: "when METHOD /PATH [on \"HOST\"] [after DURATION] [repeat N [every DURATION | within DURATION]] [json { … }]",
    shape: Shape::of(Words::Some).maybe_block(),
    doc: "Sends a request. Without a host it goes to the first host of the route that has the path. `after` lets time pass before it. `repeat` sends it several times: all at once, one `every` so often, or evenly `within` a time; the clock then stands at the last one.",
    example: "when GET /orders/42 on \"api.example.com\" repeat 20 within 1s",
    fields: &[],
    repeats: Repeats::Often,
};

/// `then`
pub(crate) const THEN: BlockSpec = BlockSpec {
    keyword: "then",
    parents: &["test"],
    usage: "then status N [, reason \"TEXT\"] [, rule NAME] [, route NAME] [, backend NAME] [, path \"/PATH\"] [, query \"TEXT\"] [, header \"NAME\" = \"VALUE\"] [, sent header \"NAME\" = \"VALUE\"] [, body \"TEXT\"] [, waited DURATION] [, tries N] [, shadow NAME]",
    shape: Shape::of(Words::Read)
        .assigned()
        .clauses(&["reason"])
        .block(),
    doc: "What the last request must give; of repeated requests, the last one, or with `times N` exactly so many of them. `status 2xx` is a class, `route none`, `backend none` and `rule none` are none, `= null` an absent header. `header … contains \"TEXT\"`, `body contains \"TEXT\"` and `body json { … }` look closer; `sent header`, `path` and `query` are what the backend sees; `shadow` is a policy or limit in shadow mode that would have refused.",
    example: "then status 403, reason \"no allow matched\", rule writes",
    fields: &[],
    repeats: Repeats::Often,
};

/// All tests of the policy; those with rows once for each.
pub(crate) fn lower_all(cx: &mut Cx<'_, '_>) -> Vec<Test> {
    let tests: Vec<(usize, &Statement)> = cx.program.tests.clone();
    let mut out = Vec::with_capacity(tests.len());
    for (module, statement) in tests {
        lower(cx, module, statement, &mut out);
    }
    out
}

fn lower(cx: &mut Cx<'_, '_>, module: usize, statement: &Statement, out: &mut Vec<Test>) {
    let Some(Part::Value(name)) = statement.parts.first() else {
        return cx.report(words::wrong(
            statement.span,
            "a test has no name",
            SPEC.usage,
        ));
    };
    let Some(text) = cx.text_of(module, name) else {
        return;
    };
    let header = statement.head.ident().span.to(name.span);
    let test = Test {
        name: text,
        span: header,
        row: None,
        origin: cx.origin(header),
        steps: Vec::new(),
    };
    let body = || statement.block.iter().flat_map(|b| &b.statements);
    if !body().any(|s| s.head.ident().name == ROW.keyword) {
        out.extend(steps(cx, module, body(), test));
        return;
    }
    for (at, row) in row::read(cx, module, statement).iter().enumerate() {
        let Some(unrolled) = row.unroll(cx, statement) else {
            continue;
        };
        if at == 0 {
            unrolled
                .unused
                .iter()
                .for_each(|c| cx.report(row::no_use(c)));
        }
        let named = Test {
            name: format!("{}: {}", test.name, row.name),
            row: Some(row.span),
            ..test.clone()
        };
        out.extend(steps(cx, module, unrolled.statements.iter(), named));
    }
}

/// The test with its steps; `None` where one of them is wrong.
fn steps<'s>(
    cx: &mut Cx<'_, '_>,
    module: usize,
    body: impl Iterator<Item = &'s Statement>,
    mut test: Test,
) -> Option<Test> {
    let mut given = Given::default();
    let before = cx.diagnostics.len();
    for item in body {
        let found = cx.diagnostics.len();
        match item.head.ident().name.as_str() {
            "given" => given::lower(cx, module, item, &mut given),
            "when" => test.steps.push(request::lower(cx, module, item, &given)?),
            _ => expectation::lower(cx, module, item, &mut test),
        }
        if cx.diagnostics.len() == found {
            cx.diagnostics.extend(unread(item));
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

/// The finding for what a statement of a test does not read: records stand behind a few words only,
/// values behind the name of a header.
fn unread(item: &Statement) -> Option<Diagnostic> {
    let head = item.head.ident().name.as_str();
    let (spec, records): (_, &[&str]) = match head {
        "given" => (&GIVEN, &["jwt", "key", "certificate", "tls", "backend"]),
        "when" => (&WHEN, &["json"]),
        _ => (&THEN, &["json"]),
    };
    let mut words = item.parts.iter().filter_map(|p| match p {
        Part::Word(word) => Some(word.name.as_str()),
        Part::Methods(_) | Part::Path(_) | Part::Call(_) | Part::Value(_) => None,
    });
    let has = |known: &[&str], word: &str| known.contains(&word);
    let of_header = head == "header" || words.clone().any(|w| w == "header");
    let shape = Shape {
        value: match of_header {
            true => spec.shape.value,
            false => Value::None,
        },
        block: match words.any(|w| has(records, w)) {
            true => spec.shape.block,
            false => Braces::None,
        },
        ..spec.shape
    };
    shape::check(item, &shape, || format!("write `{}`", spec.usage))
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
