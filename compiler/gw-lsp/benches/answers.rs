//! How long an editor waits, on policies of 2,000 and 10,000 routes: after each key the policy is
//! another one, so that what is measured includes bringing its tree up to date.
//!
//! `cargo bench -p gw-lsp --bench answers`, and for some of it `-- '2,000.*in a route'`

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    missing_docs,
    reason = "a benchmark fails by panicking; criterion's macros document nothing"
)]

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use gw_compiler::Files;
use gw_lsp::{Host, Said, Server, TestRun};
use lsp_server::{Notification, Request, RequestId};
use serde_json::{Value, json};
use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

const URI: &str = "file:///w/policy.gw";

/// A machine without files.
struct Nothing;

impl Files for Nothing {
    fn read(&self, _: &str) -> Result<Vec<u8>, String> {
        Err("there is no such file".to_owned())
    }
}

impl Host for Nothing {
    fn policies(&self, _: &str) -> Vec<String> {
        Vec::new()
    }

    fn run_test(&self, _: &TestRun) -> Result<Value, String> {
        Err("no tests here".to_owned())
    }
}

/// How routes stand in a policy.
#[derive(Clone, Copy)]
enum Layout {
    /// All in one service.
    Service,
    /// Each alone.
    TopLevel,
}

/// A policy with rules, edits and typed parameters.
fn policy(routes: usize, layout: Layout) -> String {
    let mut text = String::from(
        "gw 1\nenum Role { viewer, admin inherits viewer }\n\
         schema Claims { sub: string, org: slug, roles: list<Role> }\n\
         listener http { bind = \":8080\" }\nbackend web { target = \"http://127.0.0.1:9000\" }\n\
         authn idp: jwt<Claims> { issuer = \"https://i\", audience = \"shop\", algorithms = [RS256], keys = file(\"k\") }\n\
         policy p { allow when Role.viewer in jwt.roles }\n",
    );
    let inside = matches!(layout, Layout::Service);
    if inside {
        text.push_str("service s on \"api.example\" {\n  authn idp\n  use policy p\n");
    }
    let own = if inside {
        ""
    } else {
        "authn idp; use policy p; "
    };
    for i in 0..routes {
        match i % 3 {
            0 => writeln!(text, "  route r{i} GET /svc{i}/items/{{id:int}} {{ {own}to web }}"),
            1 => writeln!(
                text,
                "  route r{i} POST /svc{i}/{{name:slug}} {{ {own}allow when path.name == jwt.org; to web }}"
            ),
            _ => writeln!(
                text,
                "  route r{i} DELETE /svc{i} {{ {own}request {{ set header \"x-tenant\" = jwt.org }}; to web }}"
            ),
        }
        .unwrap();
    }
    text.push_str(if inside { "}\n" } else { "" });
    text.push_str("test \"t\" { when GET /svc0/items/1; then status 401 }\n");
    text
}

/// Where a key is pressed, again and again.
#[derive(Clone, Copy)]
enum Key {
    /// In the path of a route: its statement is read again.
    Route,
    /// In the address of the backend: its statement is read again, and all routes are checked.
    Declaration,
    /// It opens a text in a route, and the next one takes it away: the file is read again, and does
    /// not parse.
    Quote,
}

impl Key {
    const ALL: [Key; 3] = [Key::Route, Key::Declaration, Key::Quote];

    fn name(self) -> &'static str {
        match self {
            Key::Route => "after a key in a route",
            Key::Declaration => "after a key in a declaration",
            Key::Quote => "after a key that breaks it",
        }
    }
}

/// The word that is asked about.
#[derive(Clone, Copy)]
enum Word {
    /// `jwt.org`, whose meaning follows from types; it stands in two of three routes.
    Member,
    /// The backend to which all routes go.
    Backend,
}

impl Word {
    fn text(self) -> &'static str {
        match self {
            Word::Member => "jwt.org",
            Word::Backend => "to web",
        }
    }
}

/// A server with an open policy, and a route in the middle of it.
struct Session {
    server: Server,
    text: String,
    line: usize,
    version: i32,
}

impl Session {
    fn new(text: String) -> Self {
        let mut server = Server::new(Arc::new(Nothing));
        let params = json!({ "capabilities": {} });
        server.handle(Request::new(RequestId::from(0), "initialize".to_owned(), params).into());
        let document = json!({ "uri": URI, "languageId": "gw", "version": 0, "text": text });
        let params = json!({ "textDocument": document });
        server.handle(Notification::new("textDocument/didOpen".to_owned(), params).into());
        let middle = text.lines().count() / 2;
        let mut found = text.lines().enumerate().skip(middle);
        let (line, _) = found.find(|(_, l)| l.contains("jwt.org")).unwrap();
        Self {
            server,
            text,
            line,
            version: 0,
        }
    }

    /// Presses a key, or takes what it typed away again.
    fn press(&mut self, key: Key) {
        // A text that breaks is not that of the route that is asked about.
        let (line, before, typed) = match key {
            Key::Route => (self.line, "/svc", "x"),
            Key::Declaration => (4, "127.0.0.1:", "1"),
            Key::Quote => (self.line - 2, "/svc", "\""),
        };
        let text = self.text.lines().nth(line).unwrap();
        let column = text.find(before).unwrap() + before.len();
        self.version += 1;
        let even = self.version % 2 == 0;
        let params = json!({
            "textDocument": { "uri": URI, "version": self.version },
            "contentChanges": [{
                "range": {
                    "start": { "line": line, "character": column },
                    "end": { "line": line, "character": column + usize::from(even) },
                },
                "text": if even { "" } else { typed },
            }],
        });
        let typed = Notification::new("textDocument/didChange".to_owned(), params);
        self.server.handle(typed.into());
    }

    fn ask(&mut self, method: &str, word: Word) -> Said {
        let text = self.text.lines().nth(self.line).unwrap();
        // The letter that a key may have typed before it leads no further than to the word's end.
        let column = text.find(word.text()).unwrap() + word.text().len() - 1;
        let params = json!({
            "textDocument": { "uri": URI },
            "position": { "line": self.line, "character": column },
            "range": {
                "start": { "line": self.line, "character": 0 },
                "end": { "line": self.line + 60, "character": 0 },
            },
            "context": { "diagnostics": [], "includeDeclaration": true },
            "newName": "renamed",
            "query": "r1",
            "options": { "tabSize": 2, "insertSpaces": true },
        });
        let request = Request::new(RequestId::from(1), method.to_owned(), params);
        self.server.handle(request.into()).remove(0)
    }
}

/// Where the text is whole, nothing is refused.
fn check(answer: &Said, key: Key, method: &str) {
    let whole = matches!(key, Key::Route | Key::Declaration);
    let refused = answer
        .text()
        .get(..40)
        .is_some_and(|t| t.contains("\"error\""));
    assert!(!(whole && refused), "{method}: {}", answer.text());
}

const METHODS: &[(&str, Word)] = &[
    ("textDocument/hover", Word::Member),
    ("textDocument/completion", Word::Member),
    ("textDocument/definition", Word::Member),
    ("textDocument/references", Word::Member),
    ("textDocument/references", Word::Backend),
    ("textDocument/documentHighlight", Word::Backend),
    ("textDocument/prepareRename", Word::Backend),
    ("textDocument/rename", Word::Backend),
    ("textDocument/documentSymbol", Word::Backend),
    ("textDocument/foldingRange", Word::Backend),
    ("textDocument/semanticTokens/full", Word::Backend),
    ("textDocument/inlayHint", Word::Backend),
    ("textDocument/codeLens", Word::Backend),
    ("textDocument/codeAction", Word::Backend),
    ("textDocument/formatting", Word::Backend),
    ("workspace/symbol", Word::Backend),
];

fn answers(criterion: &mut Criterion) {
    for (routes, layout, name) in [
        (2_000, Layout::Service, "2,000 routes of a service"),
        (2_000, Layout::TopLevel, "2,000 routes alone"),
        (10_000, Layout::Service, "10,000 routes of a service"),
        (10_000, Layout::TopLevel, "10,000 routes alone"),
    ] {
        let mut group = criterion.benchmark_group(name);
        group.sample_size(10);
        group.warm_up_time(Duration::from_millis(200));
        group.measurement_time(Duration::from_secs(1));
        for key in Key::ALL {
            let mut session = Session::new(policy(routes, layout));
            for (method, word) in METHODS {
                let asked = format!("{method} of `{}`", word.text());
                group.bench_function(BenchmarkId::new(key.name(), asked), |b| {
                    b.iter(|| {
                        session.press(key);
                        let answer = session.ask(method, *word);
                        check(&answer, key, method);
                        answer
                    });
                });
            }
            let done = session.server.check().run();
            session.server.finish(done);
            group.bench_function(BenchmarkId::new(key.name(), "check"), |b| {
                b.iter(|| {
                    session.press(key);
                    let done = session.server.check().run();
                    session.server.finish(done)
                });
            });
        }
        group.finish();
    }
}

criterion_group!(benches, answers);
criterion_main!(benches);
