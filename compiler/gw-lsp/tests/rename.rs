//! Renaming against the compiler: whatever an example declares can be renamed, and the policy
//! compiles to as much as before. Renaming back gives the texts as they were.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test whose answers have another shape has failed; cases are read from the disk"
)]

mod editor;

use editor::{Editor, edited, folder};
use gw_compiler::{Disk, Files, Options};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Texts by path.
type Texts = BTreeMap<String, String>;

struct Memory<'t>(&'t Texts);

impl Files for Memory<'_> {
    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        let text = self.0.get(path).ok_or("there is no such file")?;
        Ok(text.clone().into_bytes())
    }
}

#[test]
fn everything_can_be_renamed_and_back() {
    let mut renamed = 0;
    for texts in examples() {
        for (path, text) in &texts {
            for (place, old) in declared(text) {
                there_and_back(&texts, path, &place, &old);
                renamed += 1;
            }
        }
    }
    assert!(renamed > 60, "only {renamed} names were renamed");
}

fn there_and_back(texts: &Texts, path: &str, place: &Value, old: &str) {
    let what = format!("`{old}` of {path}");
    let new = "zz_renamed";
    let there = rename(texts, path, place, new).unwrap_or_else(|e| panic!("{what}: {e}"));
    let changed = applied(texts, &there);
    assert_ne!(&changed, texts, "{what}: nothing changed");
    for entry in texts.keys() {
        assert_eq!(
            outcome(&changed, entry, old, new),
            outcome(texts, entry, old, old),
            "{what}"
        );
    }
    let back = rename(&changed, path, place, old).unwrap_or_else(|e| panic!("{what}: {e}"));
    assert_eq!(&applied(&changed, &back), texts, "{what}");
}

/// The examples with the files that they import.
fn examples() -> Vec<Texts> {
    let mut out: Vec<Texts> = Vec::new();
    for entry in std::fs::read_dir(folder("examples")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|e| e != "gw") {
            continue;
        }
        let name = path.file_name().unwrap().to_str().unwrap();
        let at = folder("examples").display().to_string();
        let compiled = gw_compiler::compile(&Disk, &format!("{at}/{name}"), &Options::default());
        let sources = compiled.unwrap().sources;
        let files = sources.iter().map(|(_, s)| {
            let below = s
                .name
                .strip_prefix(&gw_compiler::join("", &at))
                .unwrap_or(&s.name);
            let below = below.strip_prefix(&at).unwrap_or(below);
            (
                format!("/w/{}", below.trim_start_matches('/')),
                s.text.to_string(),
            )
        });
        out.push(files.collect());
    }
    out
}

/// The places and names of the declarations of a text, routes and parameters included.
fn declared(text: &str) -> Vec<(Value, String)> {
    let mut out = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let indent = line.len() - line.trim_start().len();
        let mut words = line.split_whitespace();
        let (Some(keyword), Some(name)) = (words.next(), words.next()) else {
            continue;
        };
        let declares = [
            "param",
            "secret",
            "enum",
            "schema",
            "let",
            "table",
            "listener",
            "authn",
            "backend",
            "policy",
            "limit",
            "transform",
            "service",
            "route",
        ];
        let name: String = name
            .chars()
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .collect();
        let is_route = keyword == "route";
        if !declares.contains(&keyword) || name.is_empty() || (indent > 0 && !is_route) {
            continue;
        }
        let column = line[indent + keyword.len()..].find(&name).unwrap() + indent + keyword.len();
        out.push((json!({ "line": number, "character": column }), name));
    }
    out
}

fn rename(texts: &Texts, path: &str, place: &Value, name: &str) -> Result<Value, String> {
    let mut editor = Editor::with(json!({ "capabilities": {} }));
    for (path, text) in texts {
        editor.open(&format!("file://{path}"), text);
    }
    editor.ask(
        "textDocument/rename",
        json!({
            "textDocument": { "uri": format!("file://{path}") },
            "position": place, "newName": name,
        }),
    )
}

fn applied(texts: &Texts, edit: &Value) -> Texts {
    let mut out = texts.clone();
    for (uri, edits) in edit["changes"].as_object().unwrap() {
        let text = out.get_mut(uri.strip_prefix("file://").unwrap()).unwrap();
        *text = edited(text, edits);
    }
    out
}

/// What the compiler makes of a policy, without what changes with a name: how much there is of
/// everything, and every finding's code.
fn outcome(texts: &Texts, entry: &str, old: &str, new: &str) -> String {
    match gw_compiler::compile(&Memory(texts), entry, &Options::default()) {
        Ok(compiled) => {
            let graph = &compiled.graph;
            let names: Vec<String> = graph
                .routes
                .iter()
                .map(|r| {
                    r.name
                        .split('.')
                        .map(|n| if n == new { old } else { n })
                        .collect::<Vec<_>>()
                        .join(".")
                })
                .collect();
            let codes: Vec<_> = compiled.diagnostics.iter().map(|d| d.code).collect();
            format!(
                "{names:?} {} {} {} {} {} {codes:?}",
                graph.backends.len(),
                graph.atoms.len(),
                graph.exprs.len(),
                graph.rule_sets.len(),
                compiled.tests.len(),
            )
        }
        Err(failure) => {
            let found = failure.diagnostics.iter();
            found
                .map(|d| format!("{} {}\n", d.code, d.message))
                .collect()
        }
    }
}
