//! Holds `editors/keywords.json`, from which the editor grammars are generated, to the registries
//! of blocks and functions. `UPDATE_KEYWORDS=1` writes the file anew; then run
//! `node editors/generate.mjs`.

#![allow(
    clippy::disallowed_methods,
    reason = "tests read data and generated files"
)]

use gw_compiler::registry;
use gw_expr::Function;
use serde_json::json;
use std::collections::BTreeSet;
use std::path::Path;

#[test]
fn editors_know_every_word() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../editors/keywords.json");
    let expected = format!("{}\n", serde_json::to_string_pretty(&keywords()).unwrap());
    if std::env::var_os("UPDATE_KEYWORDS").is_some() {
        std::fs::write(&path, &expected).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == expected,
        "editors/keywords.json has drifted from the registries: run `UPDATE_KEYWORDS=1 cargo test \
         -p gw-compiler --test keywords`, then `node editors/generate.mjs`"
    );
}

fn keywords() -> serde_json::Value {
    let at_top = |keyword: &&str| {
        registry::ALL
            .iter()
            .any(|s| s.keyword == *keyword && s.parents.contains(&"file"))
    };
    let words: BTreeSet<&str> = registry::keywords().into_iter().collect();
    let (declarations, statements): (BTreeSet<&str>, BTreeSet<&str>) =
        words.into_iter().partition(at_top);
    let fields: BTreeSet<&str> = registry::field_names().into_iter().collect();
    let functions: BTreeSet<&str> = Function::all()
        .map(|f| f.declaration().name)
        .filter(|n| is_word(n))
        .collect();
    let clauses: BTreeSet<&str> = gw_syntax::CLAUSE_WORDS.iter().copied().collect();
    json!({
        "declarations": declarations,
        "statements": statements,
        "fields": fields,
        "clauses": clauses,
        "functions": functions,
    })
}

/// Operators are functions too, under names that are no words.
fn is_word(name: &str) -> bool {
    name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}
