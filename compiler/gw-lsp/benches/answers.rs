//! How long an editor waits, on policies of 2,000 and 10,000 routes: after each key the policy is
//! another one, so that what is measured includes parsing it anew.
//!
//! `cargo bench -p gw-lsp --bench answers`

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    missing_docs,
    reason = "a benchmark fails by panicking; criterion's macros document nothing"
)]

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use gw_compiler::Files;
use gw_lsp::{Host, Server, TestRun};
use lsp_server::{Message, Notification, Request, RequestId};
use serde_json::{Value, json};
use std::fmt::Write;
use std::sync::Arc;

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
    text
}

/// A server with an open policy, and a place in the middle of it.
struct Session {
    server: Server,
    text: String,
    line: usize,
    column: usize,
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
        let found = text.lines().enumerate().skip(middle);
        let mut found = found.filter_map(|(n, l)| Some((n, l.find("jwt.org")? + 4)));
        let (line, column) = found.next().unwrap();
        Self {
            server,
            text,
            line,
            column,
            version: 0,
        }
    }

    /// Types a blank before a word in the middle, or takes it away again.
    fn type_something(&mut self) {
        self.version += 1;
        let start = json!({ "line": 1, "character": 0 });
        let even = self.version % 2 == 0;
        let end = json!({ "line": 1, "character": u8::from(even) });
        let text = if even { "" } else { " " };
        let params = json!({
            "textDocument": { "uri": URI, "version": self.version },
            "contentChanges": [{ "range": { "start": start, "end": end }, "text": text }],
        });
        let typed = Notification::new("textDocument/didChange".to_owned(), params);
        self.server.handle(typed.into());
    }

    /// Makes the path of the route in the middle longer by a letter, or shorter again.
    fn edit_a_route(&mut self) {
        let text = self.text.lines().nth(self.line).unwrap();
        let column = text.find("/svc").unwrap() + 4;
        self.version += 1;
        let even = self.version % 2 == 0;
        let start = json!({ "line": self.line, "character": column });
        let end = json!({ "line": self.line, "character": column + usize::from(even) });
        let params = json!({
            "textDocument": { "uri": URI, "version": self.version },
            "contentChanges": [{
                "range": { "start": start, "end": end },
                "text": if even { "" } else { "x" },
            }],
        });
        let typed = Notification::new("textDocument/didChange".to_owned(), params);
        self.server.handle(typed.into());
    }

    fn ask(&mut self, method: &str) -> Message {
        let params = json!({
            "textDocument": { "uri": URI },
            "position": { "line": self.line, "character": self.column },
            "range": {
                "start": { "line": self.line, "character": 0 },
                "end": { "line": self.line + 60, "character": 0 },
            },
            "context": { "diagnostics": [], "includeDeclaration": true },
            "newName": "renamed",
            "options": { "tabSize": 2, "insertSpaces": true },
        });
        let request = Request::new(RequestId::from(1), method.to_owned(), params);
        let mut said = self.server.handle(request.into());
        match said.remove(0) {
            Message::Response(r) if r.response_result.is_err() => {
                panic!("{method}: {:?} {}", r.response_result, self.text.len())
            }
            answer => answer,
        }
    }
}

const METHODS: &[&str] = &[
    "textDocument/hover",
    "textDocument/completion",
    "textDocument/definition",
    "textDocument/documentSymbol",
    "textDocument/foldingRange",
    "textDocument/semanticTokens/full",
    "textDocument/inlayHint",
    "textDocument/codeAction",
    "textDocument/formatting",
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
        let mut session = Session::new(policy(routes, layout));
        for method in METHODS {
            group.bench_with_input(BenchmarkId::new("after a key", method), method, |b, m| {
                b.iter(|| {
                    session.type_something();
                    session.ask(m)
                });
            });
        }
        group.bench_function("check after a key", |b| {
            b.iter(|| {
                session.type_something();
                let done = session.server.check().run();
                session.server.finish(done)
            });
        });
        let mut session = Session::new(policy(routes, layout));
        let done = session.server.check().run();
        session.server.finish(done);
        group.bench_function("check after an edit of a route", |b| {
            b.iter(|| {
                session.edit_a_route();
                let done = session.server.check().run();
                session.server.finish(done)
            });
        });
        group.finish();
    }
}

criterion_group!(benches, answers);
criterion_main!(benches);
