//! An editor in memory: says what an editor would say and reads the answers, with the folder
//! tests/cases/lsp as its workspace `/cases`.

#![allow(dead_code, reason = "each test binary takes the part that it needs")]

use gw_compiler::{Disk, Files};
use gw_lsp::{Host, Said, Server, TestRun};
use lsp_server::{Message, Notification, Request, RequestId};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A folder below the root of the repository.
pub(crate) fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(name)
}

/// A machine whose folder `/cases` is tests/cases/lsp, and `/examples` the examples.
pub(crate) struct Machine;

impl Machine {
    fn place(path: &str) -> String {
        let mapped = [("/cases/", "tests/cases/lsp"), ("/examples/", "examples")];
        for (prefix, at) in mapped {
            if let Some(rest) = path.strip_prefix(prefix) {
                return folder(at).join(rest).display().to_string();
            }
        }
        path.to_owned()
    }
}

impl Files for Machine {
    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        Disk.read(&Self::place(path))
    }
}

impl Host for Machine {
    fn policies(&self, folder: &str) -> Vec<String> {
        let names = std::fs::read_dir(Self::place(&format!("{folder}/"))).unwrap();
        let names = names.map(|e| e.unwrap().file_name().into_string().unwrap());
        let shared = names.filter(|n| n.starts_with('_') && n.ends_with(".gw"));
        shared.map(|n| format!("{folder}/{n}")).collect()
    }

    fn run_test(&self, test: &TestRun) -> Result<Value, String> {
        match test.name.as_str() {
            "unknown" => Err("there is no such test".to_owned()),
            name => Ok(json!({ "name": name, "passed": name != "fails", "failures": ["why"] })),
        }
    }
}

/// An editor that talks to a server.
pub(crate) struct Editor {
    pub(crate) server: Server,
    next: i32,
    version: i32,
    /// What was published last, by address.
    pub(crate) published: BTreeMap<String, Value>,
    /// Other things that the server said.
    pub(crate) said: Vec<Value>,
}

impl Editor {
    /// An editor that offers what most do.
    pub(crate) fn new() -> Self {
        Self::with(json!({
            "capabilities": { "textDocument": { "definition": { "linkSupport": true } } },
            "workspaceFolders": [{ "uri": "file:///cases", "name": "cases" }],
        }))
    }

    pub(crate) fn with(initialize: Value) -> Self {
        let mut editor = Self {
            server: Server::new(Arc::new(Machine)),
            next: 0,
            version: 0,
            published: BTreeMap::new(),
            said: Vec::new(),
        };
        editor.ask("initialize", initialize).unwrap();
        editor.tell("initialized", json!({}));
        editor
    }

    pub(crate) fn tell(&mut self, method: &str, params: Value) {
        let notification = Notification::new(method.to_owned(), params);
        let said = self.server.handle(notification.into());
        self.hear(messages(&said));
    }

    /// The result of a request, or its error.
    pub(crate) fn ask(&mut self, method: &str, params: Value) -> Result<Value, String> {
        self.next += 1;
        let id = RequestId::from(self.next);
        let request = Request::new(id.clone(), method.to_owned(), params);
        let mut said = self.server.handle(request.into());
        for job in self.server.take_jobs() {
            let done = job.run();
            said.extend(self.server.finish(done));
        }
        let mut said = messages(&said);
        let of_us = |m: &Message| matches!(m, Message::Response(r) if r.id == id);
        let at = said.iter().position(of_us).unwrap();
        let Message::Response(response) = said.remove(at) else {
            panic!("not a response");
        };
        self.hear(said);
        response.response_result.map_err(|e| e.message)
    }

    /// Opens a file with a text.
    pub(crate) fn open(&mut self, uri: &str, text: &str) {
        self.version += 1;
        let document = json!({
            "uri": uri, "languageId": "gw", "version": self.version, "text": text,
        });
        self.tell("textDocument/didOpen", json!({ "textDocument": document }));
    }

    /// Replaces a range, or with `None` everything.
    pub(crate) fn change(&mut self, uri: &str, range: Option<Value>, text: &str) {
        self.version += 1;
        let mut change = json!({ "text": text });
        if let Some(range) = range {
            change["range"] = range;
        }
        self.tell(
            "textDocument/didChange",
            json!({
                "textDocument": { "uri": uri, "version": self.version },
                "contentChanges": [change],
            }),
        );
    }

    /// Does the checks that are wanted.
    pub(crate) fn check(&mut self) {
        while self.server.wants_check() {
            let done = self.server.check().run();
            let said = self.server.finish(done);
            self.hear(messages(&said));
        }
    }

    fn hear(&mut self, said: Vec<Message>) {
        for message in said {
            match message {
                Message::Notification(n) if n.method == "textDocument/publishDiagnostics" => {
                    let uri = n.params["uri"].as_str().unwrap().to_owned();
                    self.published.insert(uri, n.params["diagnostics"].clone());
                }
                other => self.said.push(serde_json::to_value(other).unwrap()),
            }
        }
    }
}

/// What was said, read as an editor does it.
pub(crate) fn messages(said: &[Said]) -> Vec<Message> {
    said.iter().map(|s| s.message().unwrap()).collect()
}

/// The place of the mark `‸` in a text, and the text without it.
pub(crate) fn marked(text: &str) -> (String, Option<Value>) {
    let Some(at) = text.find('‸') else {
        return (text.to_owned(), None);
    };
    let before = &text[..at];
    let line = before.matches('\n').count();
    let column = before.rsplit('\n').next().unwrap().encode_utf16().count();
    let place = json!({ "line": line, "character": column });
    (text.replacen('‸', "", 1), Some(place))
}

/// The offset of a place in UTF-16 units.
pub(crate) fn offset(text: &str, place: &Value) -> usize {
    let line = usize::try_from(place["line"].as_u64().unwrap()).unwrap();
    let column = usize::try_from(place["character"].as_u64().unwrap()).unwrap();
    let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
    let mut units = 0;
    for (at, character) in text[start..].char_indices() {
        if units == column {
            return start + at;
        }
        units += character.len_utf16();
    }
    assert_eq!(units, column, "a column after the end of the text");
    text.len()
}

/// A text with edits applied.
pub(crate) fn edited(text: &str, edits: &Value) -> String {
    let mut edits: Vec<(usize, usize, String)> = edits
        .as_array()
        .unwrap()
        .iter()
        .map(|e| {
            let range = &e["range"];
            let new = e["newText"].as_str().unwrap().to_owned();
            (
                offset(text, &range["start"]),
                offset(text, &range["end"]),
                new,
            )
        })
        .collect();
    edits.sort();
    let mut out = text.to_owned();
    for (start, end, new) in edits.into_iter().rev() {
        out.replace_range(start..end, &new);
    }
    out
}
