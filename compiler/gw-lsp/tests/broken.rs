//! Half-typed files: every example and every case of the compiler is cut off at many places, and
//! typed anew character by character. Nothing panics, every answer has its shape, and every place
//! in it lies inside the text.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test whose answers have another shape has failed; cases are read from the disk"
)]

mod editor;

use editor::{Editor, folder, offset};
use serde_json::{Value, json};
use std::path::PathBuf;

const URI: &str = "file:///elsewhere/a%20policy%20of%20%C3%BC.gw";

/// Everything that can be asked about a place or a file.
const QUESTIONS: &[&str] = &[
    "textDocument/hover",
    "textDocument/definition",
    "textDocument/documentHighlight",
    "textDocument/completion",
    "textDocument/prepareRename",
    "textDocument/documentSymbol",
    "textDocument/foldingRange",
    "textDocument/formatting",
    "textDocument/codeLens",
    "textDocument/semanticTokens/full",
];

fn policies() -> Vec<PathBuf> {
    let folders = [
        "examples",
        "examples/shop",
        "tests/cases/check",
        "tests/cases/syntax",
    ];
    let files = folders
        .iter()
        .flat_map(|f| std::fs::read_dir(folder(f)).unwrap())
        .map(|e| e.unwrap().path())
        .filter(|p| p.extension().is_some_and(|e| e == "gw"));
    let mut files: Vec<PathBuf> = files.collect();
    files.sort();
    files
}

/// Runs on a stack as large as the server's own threads have.
fn roomy(work: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().stack_size(64 << 20).spawn(work);
    thread.unwrap().join().unwrap();
}

#[test]
fn files_that_are_cut_off() {
    roomy(|| {
        let mut editor = Editor::with(json!({ "capabilities": {} }));
        for path in policies() {
            let bytes = std::fs::read(&path).unwrap();
            let text = String::from_utf8_lossy(&bytes);
            // A prime, so that cuts fall everywhere; about a dozen for each file.
            let step = (text.len() / 12).max(1) | 1;
            for cut in (0..text.len()).step_by(step) {
                let cut = (0..=cut).rev().find(|c| text.is_char_boundary(*c)).unwrap();
                editor.open(URI, &text[..cut]);
                look(&mut editor, &text[..cut], QUESTIONS.iter().copied());
            }
        }
    });
}

#[test]
fn a_file_that_is_typed() {
    roomy(|| {
        let text = std::fs::read_to_string(folder("examples/rbac.gw")).unwrap();
        let mut editor = Editor::with(json!({ "capabilities": {} }));
        editor.open(URI, "");
        let mut typed = String::new();
        for (count, character) in text.chars().take(1_500).enumerate() {
            let end = end_of(&typed);
            let at = json!({ "start": end, "end": end });
            editor.change(URI, Some(at), &character.to_string());
            typed.push(character);
            let question = QUESTIONS[count % QUESTIONS.len()];
            look(
                &mut editor,
                &typed,
                [question, "textDocument/completion"].into_iter(),
            );
        }
        let symbols = editor
            .ask(
                "textDocument/documentSymbol",
                json!({ "textDocument": { "uri": URI } }),
            )
            .unwrap();
        assert!(symbols.as_array().unwrap().len() > 3, "{symbols}");
    });
}

#[test]
fn texts_that_are_no_policies() {
    roomy(|| {
        let mut editor = Editor::with(json!({ "capabilities": {} }));
        let deep = format!("gw 1\nlet x = {}1", "(".repeat(400));
        let chain = format!("gw 1\nlet x = 1{}", " + 1".repeat(20_000));
        let line = "route r GET /x { to y } ".repeat(4_000);
        for text in [
            "\u{feff}gw 1\r\nlet x = 1\r\n",
            "\0\0\0",
            "gw 1\nlet 𝄞 = \"𝄞",
            "{{{{[[((\"",
            "}}}",
            deep.as_str(),
            chain.as_str(),
            line.as_str(),
            "import \"./a policy of ü.gw\"\ngw 1",
            "import \"https://x/y.gw\"",
            "import \"../../../../../../etc/hosts\"",
        ] {
            editor.open(URI, text);
            look(&mut editor, text, QUESTIONS.iter().copied());
        }
    });
}

/// Asks about the end of a text, and checks what is found in it.
fn look<'q>(editor: &mut Editor, text: &str, questions: impl Iterator<Item = &'q str>) {
    for question in questions {
        let params = json!({
            "textDocument": { "uri": URI },
            "position": end_of(text),
            "options": { "tabSize": 2, "insertSpaces": true },
        });
        match editor.ask(question, params) {
            Ok(answer) => places(text, &answer),
            Err(why) => {
                let refusal = question == "textDocument/prepareRename";
                assert!(
                    refusal && !why.contains("failed"),
                    "{question}: {why}\n{text}"
                );
            }
        }
    }
    editor.check();
    let published = editor.published.get(URI);
    places(text, published.unwrap());
}

fn end_of(text: &str) -> Value {
    let last = text.rsplit('\n').next().unwrap();
    json!({ "line": text.matches('\n').count(), "character": last.encode_utf16().count() })
}

/// Every range of an answer lies inside the text, and ends after it begins.
fn places(text: &str, answer: &Value) {
    match answer {
        Value::Object(fields) => {
            if let (Some(start), Some(end)) = (fields.get("start"), fields.get("end")) {
                assert!(offset(text, start) <= offset(text, end), "{answer}");
            }
            fields.values().for_each(|v| places(text, v));
        }
        Value::Array(items) => items.iter().for_each(|v| places(text, v)),
        _ => {}
    }
}
