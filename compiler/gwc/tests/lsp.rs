//! `gwc lsp` as an editor starts it: a process with pipes. What it answers is tested in gw-lsp.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a server that does not answer has failed"
)]

mod tool;

use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use tool::Folder;

/// An editor at the other ends of the pipes.
struct Editor {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Editor {
    fn start(arguments: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_gwc"))
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        Self {
            input: child.stdin.take().unwrap(),
            output: BufReader::new(child.stdout.take().unwrap()),
            child,
        }
    }

    fn send(&mut self, message: &Value) {
        let text = message.to_string();
        write!(self.input, "Content-Length: {}\r\n\r\n{text}", text.len()).unwrap();
        self.input.flush().unwrap();
    }

    fn tell(&mut self, method: &str, params: Value) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    /// The response with that identity; what is said before is passed over.
    fn ask(&mut self, id: i32, method: &str, params: Value) -> Value {
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }));
        self.until(|m| m["id"] == id)
    }

    fn until(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        loop {
            let message = self.hear();
            if wanted(&message) {
                return message;
            }
        }
    }

    fn hear(&mut self) -> Value {
        let mut length = 0;
        loop {
            let mut line = String::new();
            assert!(
                self.output.read_line(&mut line).unwrap() > 0,
                "the server has gone"
            );
            match line.trim_end().split_once(": ") {
                Some(("Content-Length", n)) => length = n.parse().unwrap(),
                Some(_) => {}
                None => break,
            }
        }
        let mut body = vec![0; length];
        self.output.read_exact(&mut body).unwrap();
        serde_json::from_slice(&body).unwrap()
    }

    fn end(mut self) -> i32 {
        self.ask(99, "shutdown", Value::Null);
        self.tell("exit", Value::Null);
        drop(self.input);
        self.child.wait().unwrap().code().unwrap()
    }
}

const POLICY: &str = "gw 1\nimport \"./lib.gw\" { web }\nlistener http { bind = \":80\" }\nroute home GET /** { public \"demo\"; to web }\ntest \"it answers\" { when GET /x\n then status 200, route home }\ntest \"it answers with 201\" { when GET /x\n then status 201 }\n";

fn folder(name: &str) -> Folder {
    let folder = Folder::new(name);
    folder.write(
        "lib.gw",
        "gw 1\nbackend web { target = \"http://127.0.0.1:1\" }\n",
    );
    folder.write("policy.gw", POLICY);
    folder
}

#[test]
fn an_editor_is_served() {
    let folder = folder("lsp serves");
    let root = format!(
        "file://{}",
        folder.path("").display().to_string().replace(' ', "%20")
    );
    let uri = format!("{}/policy.gw", root.trim_end_matches('/'));
    let mut editor = Editor::start(&["lsp", "--stdio"]);
    let folders = json!([{ "uri": root, "name": "w" }]);
    let params = json!({ "capabilities": {}, "workspaceFolders": folders });
    let answer = editor.ask(1, "initialize", params);
    assert_eq!(answer["result"]["serverInfo"]["name"], "gwc lsp");
    editor.tell("initialized", json!({}));
    let broken = POLICY.replace("to web", "to wbe");
    let document = json!({ "uri": uri, "languageId": "gw", "version": 1, "text": broken });
    editor.tell("textDocument/didOpen", json!({ "textDocument": document }));
    let own =
        |m: &Value| m["method"] == "textDocument/publishDiagnostics" && m["params"]["uri"] == uri;
    let found = editor.until(own);
    assert_eq!(
        found["params"]["diagnostics"][0]["code"], "GW0101",
        "{found}"
    );
    let change = json!({
        "textDocument": { "uri": uri, "version": 2 },
        "contentChanges": [{ "text": POLICY }],
    });
    editor.tell("textDocument/didChange", change);
    let at = json!({ "textDocument": { "uri": uri }, "position": { "line": 3, "character": 40 } });
    let hover = editor.ask(2, "textDocument/hover", at);
    let text = hover["result"]["contents"]["value"].as_str().unwrap();
    assert!(text.contains("backend web"), "{text}");
    assert_eq!(editor.end(), 0);
}

#[test]
fn a_test_is_run_on_what_is_typed() {
    let folder = folder("lsp runs tests");
    let root = folder.path("").display().to_string().replace(' ', "%20");
    let uri = format!("file://{}/policy.gw", root.trim_end_matches('/'));
    let mut editor = Editor::start(&["lsp"]);
    editor.ask(1, "initialize", json!({ "capabilities": {} }));
    editor.tell("initialized", json!({}));
    let document = json!({ "uri": uri, "languageId": "gw", "version": 1, "text": POLICY });
    editor.tell("textDocument/didOpen", json!({ "textDocument": document }));
    let run = |editor: &mut Editor, id, name: &str| {
        let params = json!({ "command": "gw.runTest", "arguments": [uri, name] });
        editor.ask(id, "workspace/executeCommand", params)
    };
    let passed = run(&mut editor, 2, "it answers");
    assert_eq!(passed["result"]["passed"], true, "{passed}");
    let failed = run(&mut editor, 3, "it answers with 201");
    assert_eq!(failed["result"]["passed"], false, "{failed}");
    // What is not saved counts.
    let change = json!({
        "textDocument": { "uri": uri, "version": 2 },
        "contentChanges": [{ "text": POLICY.replace("to web", "respond 201") }],
    });
    editor.tell("textDocument/didChange", change);
    let passed = run(&mut editor, 4, "it answers with 201");
    assert_eq!(passed["result"]["passed"], true, "{passed}");
    let broken = json!({
        "textDocument": { "uri": uri, "version": 3 },
        "contentChanges": [{ "text": POLICY.replace("to web", "to wbe") }],
    });
    editor.tell("textDocument/didChange", broken);
    let refused = run(&mut editor, 5, "it answers");
    let why = refused["error"]["message"].as_str().unwrap();
    assert!(why.contains("there is no backend `wbe`"), "{why}");
    assert_eq!(editor.end(), 0);
}

#[test]
fn an_editor_that_goes_away_ends_the_server() {
    let editor = Editor::start(&["lsp"]);
    let Editor {
        mut child,
        input,
        output,
    } = editor;
    drop(input);
    drop(output);
    assert_ne!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn noise_ends_the_server() {
    let mut editor = Editor::start(&["lsp"]);
    editor
        .input
        .write_all(b"Content-Length: 5\r\n\r\n\xff\xfe{}!")
        .unwrap();
    drop(editor.input);
    assert_ne!(editor.child.wait().unwrap().code(), Some(0));
}
