//! References are found all at once, and routes that are alike are asked about once; definitions
//! are found one at a time. Both must say the same: the references of a name are the words whose
//! definition is where it is declared.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test whose answers have another shape has failed; cases are read from the disk"
)]

mod editor;

use editor::{Editor, folder, marked};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Routes that are alike, and such as only look alike: their words have other meanings.
const ROUTES: &str = include_str!("references.gw");

#[test]
fn references_are_words_with_that_definition() {
    let mut members = 0;
    for (uri, text) in policies() {
        let mut editor = Editor::new();
        editor.open(&uri, &text);
        for (declared, (place, words)) in definitions(&mut editor, &uri, &text) {
            let params = json!({
                "textDocument": { "uri": uri }, "position": place,
                "context": { "includeDeclaration": true },
            });
            let found = editor.ask("textDocument/references", params).unwrap();
            let found = found.as_array().unwrap().iter();
            let own = found.filter(|r| r["uri"] == json!(uri));
            let own: BTreeSet<String> = own.map(|r| r["range"].to_string()).collect();
            assert_eq!(own, words, "{uri}: what {declared} means\n{text}");
            members += usize::from(words.len() > 2);
        }
    }
    assert!(members > 100, "{members} names with several references");
}

/// Where words of a file are declared, each with one of these words and the ranges of all.
fn definitions(
    editor: &mut Editor,
    uri: &str,
    text: &str,
) -> BTreeMap<String, (Value, BTreeSet<String>)> {
    let mut out = BTreeMap::new();
    for (line, content) in text.lines().enumerate() {
        let mut before = ' ';
        for (at, letter) in content.char_indices() {
            let begins = is_name(letter) && !is_name(before);
            before = letter;
            if !begins {
                continue;
            }
            let column = content[..at].encode_utf16().count();
            let place = json!({ "line": line, "character": column });
            let params = json!({ "textDocument": { "uri": uri }, "position": place });
            let links = editor.ask("textDocument/definition", params).unwrap();
            for link in links.as_array().into_iter().flatten() {
                let word = &link["originSelectionRange"];
                // Files and descriptions are no names.
                let to_name = link["targetSelectionRange"]["end"]["line"] != 0
                    && link["targetUri"].as_str().unwrap().ends_with(".gw");
                if !to_name || word["start"] != place {
                    continue;
                }
                let declared = format!("{} {}", link["targetUri"], link["targetSelectionRange"]);
                let entry = out
                    .entry(declared)
                    .or_insert_with(|| (place.clone(), BTreeSet::new()));
                entry.1.insert(word.to_string());
            }
        }
    }
    out
}

fn is_name(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// The policies of the corpus and the examples, and the one that was written for this.
fn policies() -> Vec<(String, String)> {
    let mut out = vec![("file:///cases/routes.gw".to_owned(), ROUTES.to_owned())];
    for (at, name) in [("tests/cases/lsp", "cases"), ("examples", "examples")] {
        for entry in std::fs::read_dir(folder(at)).unwrap() {
            let file = entry.unwrap().file_name().into_string().unwrap();
            if file.ends_with(".gw") {
                let text = std::fs::read_to_string(folder(at).join(&file)).unwrap();
                out.push((format!("file:///{name}/{file}"), marked(&text).0));
            }
        }
    }
    out
}
