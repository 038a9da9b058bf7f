//! The conversation: beginning and end, what was agreed on, texts that change in pieces, files
//! that are not saved or lie elsewhere, tests that are run, requests that make no sense.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test whose answers have another shape has failed; cases are read from the disk"
)]

mod editor;

use editor::{Editor, Machine};
use gw_lsp::serve;
use lsp_server::{Message, Notification, Request, RequestId};
use serde_json::{Value, json};
use std::io::BufReader;
use std::sync::Arc;

const URI: &str = "file:///w/policy.gw";
const POLICY: &str = "gw 1\nlistener http { bind = \":80\" }\nbackend web { target = \"http://127.0.0.1:1\" }\nroute home GET /** { public \"demo\"; to web }\n";

#[test]
fn the_encoding_is_agreed_on() {
    for (offered, agreed) in [
        (json!(["utf-16", "utf-8"]), "utf-8"),
        (json!(["utf-16"]), "utf-16"),
        (json!(["utf-32"]), "utf-32"),
        (Value::Null, "utf-16"),
    ] {
        let mut server = gw_lsp::Server::new(Arc::new(Machine));
        let params = json!({ "capabilities": { "general": { "positionEncodings": offered } } });
        let request = Request::new(RequestId::from(1), "initialize".to_owned(), params);
        let answer = server.handle(request.into()).remove(0);
        let answer: Value = serde_json::from_str(answer.text()).unwrap();
        let found = &answer["result"]["capabilities"]["positionEncoding"];
        assert_eq!(found, agreed);
    }
}

#[test]
fn columns_count_in_bytes_where_that_was_agreed() {
    let mut editor = Editor::with(json!({
        "capabilities": { "general": { "positionEncodings": ["utf-8"] } },
    }));
    let text = "gw 1\nparam x: string = \"𝄞𝄞\" + y\n";
    editor.open(URI, text);
    editor.check();
    let found = &editor.published[URI][0];
    assert_eq!(found["range"]["start"]["character"], 31, "{found}");
}

#[test]
fn order_is_kept() {
    let mut server = gw_lsp::Server::new(Arc::new(Machine));
    let ask = |server: &mut gw_lsp::Server, method: &str| {
        let request = Request::new(
            RequestId::from(1),
            method.to_owned(),
            json!({ "capabilities": {} }),
        );
        let answer = server.handle(request.into()).remove(0);
        serde_json::from_str::<Value>(answer.text()).unwrap()
    };
    assert_eq!(
        ask(&mut server, "textDocument/hover")["error"]["code"],
        -32002
    );
    assert!(ask(&mut server, "initialize")["result"].is_object());
    assert_eq!(ask(&mut server, "initialize")["error"]["code"], -32600);
    assert_eq!(
        ask(&mut server, "textDocument/hover")["error"]["code"],
        -32602
    );
    assert_eq!(ask(&mut server, "no/such")["error"]["code"], -32601);
    assert!(ask(&mut server, "shutdown")["result"].is_null());
    assert_eq!(
        ask(&mut server, "textDocument/hover")["error"]["code"],
        -32600
    );
    assert_eq!(server.ended(), None);
    server.handle(Notification::new("exit".to_owned(), Value::Null).into());
    assert_eq!(server.ended(), Some(0));
}

#[test]
fn an_exit_without_farewell_is_a_failure() {
    let mut editor = Editor::new();
    editor.tell("exit", Value::Null);
    assert_eq!(editor.server.ended(), Some(1));
}

#[test]
fn changes_come_in_pieces() {
    let mut editor = Editor::new();
    editor.open(URI, POLICY);
    editor.check();
    assert_eq!(editor.published[URI], json!([]));
    let range = |from: [u32; 2], to: [u32; 2]| {
        let at = |p: [u32; 2]| json!({ "line": p[0], "character": p[1] });
        json!({ "start": at(from), "end": at(to) })
    };
    editor.change(URI, Some(range([3, 36], [3, 42])), "to wbe");
    editor.check();
    let found = editor.published[URI].clone();
    assert_eq!(found[0]["code"], "GW0101", "{found}");
    assert_eq!(found[0]["range"], range([3, 39], [3, 42]), "{found}");
    editor.change(URI, Some(range([3, 39], [3, 42])), "web");
    editor.check();
    assert_eq!(editor.published[URI], json!([]));
    editor.tell(
        "textDocument/didClose",
        json!({ "textDocument": { "uri": URI } }),
    );
    editor.check();
    assert_eq!(editor.published[URI], json!([]));
}

#[test]
fn findings_of_an_older_text_are_not_published() {
    let mut editor = Editor::new();
    editor.open(URI, POLICY);
    let check = editor.server.check();
    editor.change(URI, None, "gw 1\n");
    let said = editor.server.finish(check.run());
    assert!(said.is_empty(), "{said:?}");
}

#[test]
fn imports_need_not_be_saved() {
    let mut editor = Editor::new();
    let lib = "file:///w/sub%20folder/%C3%BC.gw";
    editor.open(
        URI,
        &POLICY
            .replace("gw 1\n", "gw 1\nimport \"./sub folder/ü.gw\" { spare }\n")
            .replace("to web", "to spare"),
    );
    editor.open(
        lib,
        "gw 1\nbackend spare { target = \"http://127.0.0.1:2\" }\n",
    );
    editor.check();
    assert_eq!(editor.published[lib], json!([]), "{:?}", editor.published);
    let unused = &editor.published[URI][0];
    assert_eq!(unused["code"], "GW0112", "{unused}");
    let at = json!({ "line": 4, "character": 43 });
    let found = editor
        .ask(
            "textDocument/definition",
            json!({ "textDocument": { "uri": URI }, "position": at }),
        )
        .unwrap();
    assert_eq!(found[0]["targetUri"], lib, "{found}");
    // What the imported file gets wrong is shown there.
    editor.change(lib, None, "gw 1\nbackend spare { target = \"nowhere\" }\n");
    editor.check();
    assert_eq!(
        editor.published[lib][0]["code"], "GW0503",
        "{:?}",
        editor.published
    );
}

#[test]
fn files_that_are_nowhere() {
    let mut editor = Editor::with(json!({ "capabilities": {} }));
    let untitled = "untitled:Untitled-1";
    editor.open(untitled, "gw 1\nparam x: string = y\n");
    editor.check();
    assert_eq!(
        editor.published[untitled][0]["code"], "GW0219",
        "{:?}",
        editor.published
    );
    let gone = json!({
        "textDocument": { "uri": "file:///nowhere/x.gw" },
        "position": { "line": 0, "character": 0 },
    });
    let why = editor.ask("textDocument/hover", gone).unwrap_err();
    assert!(why.contains("cannot be read"), "{why}");
}

#[test]
fn parameters_are_set_in_the_editor() {
    let text = POLICY
        .replace("gw 1\n", "gw 1\nparam port: int\n")
        .replace("\":80\"", "\":\" + string(port)");
    let mut editor = Editor::new();
    editor.open(URI, &text);
    editor.check();
    assert_eq!(editor.published[URI][0]["code"], "GW0110");
    let settings = json!({ "settings": { "gw": { "params": { "port": 8080 } } } });
    editor.tell("workspace/didChangeConfiguration", settings);
    editor.check();
    assert_eq!(editor.published[URI], json!([]));
}

#[test]
fn pages_about_codes_are_linked() {
    let docs = json!({ "docs": "https://gw.example/diagnostics/" });
    let mut editor = Editor::with(json!({ "capabilities": {}, "initializationOptions": docs }));
    editor.open(URI, "gw 1\nlet x = \n");
    editor.check();
    let found = &editor.published[URI][0];
    let code = found["code"].as_str().unwrap();
    let href = format!("https://gw.example/diagnostics/{code}.md");
    assert_eq!(found["codeDescription"]["href"], href.as_str());
}

#[test]
fn tests_are_run() {
    let mut editor = Editor::new();
    editor.open(URI, POLICY);
    let run = |editor: &mut Editor, name: &str| {
        let params = json!({ "command": "gw.runTest", "arguments": [URI, name] });
        editor.ask("workspace/executeCommand", params)
    };
    assert_eq!(run(&mut editor, "works").unwrap()["passed"], true);
    assert_eq!(editor.said.pop().unwrap()["params"]["type"], 3);
    assert_eq!(run(&mut editor, "fails").unwrap()["passed"], false);
    let shown = editor.said.pop().unwrap();
    assert_eq!(shown["params"]["type"], 1);
    assert_eq!(shown["params"]["message"], "test \"fails\" failed\nwhy");
    assert!(
        run(&mut editor, "unknown")
            .unwrap_err()
            .contains("no such test")
    );
    let other = json!({ "command": "rm", "arguments": [] });
    assert!(editor.ask("workspace/executeCommand", other).is_err());
}

/// The server on its threads, over pipes.
#[test]
fn a_whole_conversation() {
    let (input, ours) = std::io::pipe().unwrap();
    let (theirs, output) = std::io::pipe().unwrap();
    let input = BufReader::new(input);
    let server = std::thread::spawn(move || serve(input, output, Arc::new(Machine)));
    let mut theirs = BufReader::new(theirs);
    let mut hear = || Message::read(&mut theirs).unwrap().unwrap();
    let say = |message: Message| message.write(&mut &ours).unwrap();
    let ask = |id: i32, method: &str, params: Value| {
        say(Request::new(RequestId::from(id), method.to_owned(), params).into());
    };
    let tell = |method: &str, params: Value| {
        say(Notification::new(method.to_owned(), params).into());
    };
    ask(1, "initialize", json!({ "capabilities": {} }));
    assert!(matches!(hear(), Message::Response(r) if r.id == RequestId::from(1)));
    tell("initialized", json!({}));
    let document =
        json!({ "uri": URI, "languageId": "gw", "version": 7, "text": "gw 1\nlet x = y\n" });
    tell("textDocument/didOpen", json!({ "textDocument": document }));
    let Message::Notification(published) = hear() else {
        panic!("nothing was published");
    };
    assert_eq!(published.params["version"], 7);
    // Both are there before the server looks, or the answer is there before the cancellation: in
    // either case each request gets one answer.
    ask(
        2,
        "textDocument/documentSymbol",
        json!({ "textDocument": { "uri": URI } }),
    );
    tell("$/cancelRequest", json!({ "id": 2 }));
    assert!(matches!(hear(), Message::Response(r) if r.id == RequestId::from(2)));
    ask(3, "shutdown", Value::Null);
    assert!(matches!(hear(), Message::Response(r) if r.id == RequestId::from(3)));
    tell("exit", Value::Null);
    assert_eq!(server.join().unwrap(), 0);
}
