//! The corpus: every `.gw` file of tests/cases/lsp says in its first line what the editor asks,
//! `// ask hover`, with the place marked by `‸`; the answer is compared with the snapshot beside
//! it. Files that begin with `_` are only imported.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test whose answers have another shape has failed; cases are read from the disk"
)]

mod editor;
mod show;

use editor::{Editor, folder, marked};
use serde_json::json;

#[test]
fn answers() {
    let mut names: Vec<String> = std::fs::read_dir(folder("tests/cases/lsp"))
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .filter(|n| n.ends_with(".gw") && !n.starts_with('_'))
        .collect();
    names.sort();
    assert!(names.len() > 30, "the corpus is not where it should be");
    for name in names {
        let text = std::fs::read_to_string(folder("tests/cases/lsp").join(&name)).unwrap();
        let shown = answer(&name, &text);
        insta::with_settings!({
            snapshot_path => folder("tests/cases/lsp"),
            prepend_module_to_snapshot => false,
            omit_expression => true,
        }, { insta::assert_snapshot!(name.trim_end_matches(".gw"), shown) });
    }
}

fn answer(name: &str, text: &str) -> String {
    let (text, place) = marked(text);
    let first = text.lines().next().unwrap();
    let words: Vec<&str> = first.trim_start_matches("// ask ").split(' ').collect();
    let uri = format!("file:///cases/{name}");
    let mut editor = Editor::new();
    editor.open(&uri, &text);
    editor.check();
    let place = place.unwrap_or_else(|| json!({ "line": 0, "character": 0 }));
    let show = show::Show {
        uri: &uri,
        text: &text,
        place,
    };
    show.answer(&mut editor, &words)
}
