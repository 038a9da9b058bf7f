//! The snippets of the VS Code extension: each, with its placeholders filled in, is a policy or a
//! part of one that parses and stands in canonical form.

#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "the snippets are read from the disk, and a wrong one fails by panicking"
)]

mod corpus;

use corpus::folder;
use gw_syntax::FileId;
use serde_json::Value;
use std::collections::HashMap;

#[test]
fn snippets_are_policies() {
    let file = folder("editors/vscode/snippets").join("gw.json");
    let snippets: HashMap<String, Value> =
        serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    assert!(snippets.len() >= 10);
    for (name, snippet) in &snippets {
        let lines = snippet["body"].as_array().unwrap().iter();
        let body: Vec<&str> = lines.map(|l| l.as_str().unwrap()).collect();
        let text = within_a_policy(&filled(&body.join("\n")));
        let (_, findings) = gw_syntax::parse(FileId(0), &text);
        assert!(findings.is_empty(), "{name}: {findings:?}\n{text}");
        assert_eq!(gw_syntax::format(&text).unwrap(), text, "{name}");
    }
}

/// What an author who accepts every placeholder has typed.
fn filled(body: &str) -> String {
    let mut out = String::new();
    let mut defaults: HashMap<String, String> = HashMap::new();
    let mut rest = body;
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        let (number, value, next) = placeholder(after);
        let value = value.or_else(|| defaults.get(&number).cloned());
        let value = value.unwrap_or_default();
        out.push_str(&value);
        defaults.insert(number, value);
        rest = next;
    }
    out + rest
}

/// The number, the default and what follows `$1`, `${1:default}` or `${1|first,second|}`.
fn placeholder(text: &str) -> (String, Option<String>, &str) {
    let digits = |t: &str| t.chars().take_while(char::is_ascii_digit).count();
    let Some(inside) = text.strip_prefix('{') else {
        let (number, next) = text.split_at(digits(text));
        return (number.to_owned(), None, next);
    };
    let (number, value) = inside.split_at(digits(inside));
    if let Some(choices) = value.strip_prefix('|') {
        let (choices, next) = choices.split_once("|}").unwrap();
        let first = choices.split(',').next().unwrap();
        return (number.to_owned(), Some(first.to_owned()), next);
    }
    let (default, next) = value.strip_prefix(':').unwrap().split_once('}').unwrap();
    (number.to_owned(), Some(default.to_owned()), next)
}

/// Puts an action into a route, everything else behind the edition line.
fn within_a_policy(text: &str) -> String {
    let text = text.trim_end();
    match text {
        _ if text.starts_with("gw 1") => format!("{text}\n"),
        _ if text.starts_with("to ") => {
            format!("gw 1\n\nroute r GET /x {{\n  public \"demo\"\n  {text}\n}}\n")
        }
        _ => format!("gw 1\n\n{text}\n").replace("\n\n  \n}", "\n}"),
    }
}
