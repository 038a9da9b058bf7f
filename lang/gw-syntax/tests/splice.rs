//! Trees that are brought up to date after edits are those of the whole text.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests read the project's sources"
)]

use gw_syntax::{File, FileId, parse, reparse};
use proptest::prelude::*;
use std::path::Path;
use std::sync::LazyLock;

/// The sources of the project that have no findings, and one with everything at once.
static SOURCES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut sources = Vec::new();
    for folder in [
        "examples",
        "tests/cases/check",
        "tests/cases/decide",
        "tests/cases/syntax",
    ] {
        let entries = std::fs::read_dir(root.join(folder)).into_iter().flatten();
        let paths = entries.flatten().map(|e| e.path());
        let mut paths: Vec<_> = paths
            .filter(|p| p.extension().is_some_and(|e| e == "gw"))
            .collect();
        paths.sort();
        sources.extend(paths.iter().filter_map(|p| std::fs::read_to_string(p).ok()));
    }
    sources.retain(|text| parse(FileId(0), text).1.is_empty());
    assert!(sources.len() > 20, "only {} sources", sources.len());
    sources
});

const TYPED: &[&str] = &[
    "a",
    "1",
    " ",
    "\n",
    ".",
    "\"",
    "{",
    "}",
    "(",
    ")",
    ";",
    ",",
    "=",
    ":",
    "/",
    "//",
    "// c\n",
    "|",
    "&&",
    " when x",
    " because \"b\"",
    "reason ",
    "allow\n",
    "to web",
    "é",
    "\t",
    "\r",
    "{ a }",
    "{\n}",
    "\n\n",
    "**",
];

fn floor(text: &str, mut at: usize) -> usize {
    at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// The tree after edits one after the other, by `reparse` where it can; how often it could.
fn edited(source: &str, edits: &[(prop::sample::Index, usize, usize)]) -> usize {
    let mut text = source.to_owned();
    let mut tree = parse(FileId(0), &text).0;
    let mut quick = 0;
    for (at, length, piece) in edits {
        let start = floor(&text, at.index(text.len() + 1));
        let end = floor(&text, start + length.saturating_sub(4)).max(start);
        let mut new = text.clone();
        new.replace_range(start..end, TYPED.get(*piece).copied().unwrap_or(""));
        let (whole, findings) = parse(FileId(0), &new);
        if reparse(&mut tree, &text, &new) {
            assert!(findings.is_empty(), "{new}");
            same(&tree, &whole, &new);
            quick += 1;
        } else if findings.is_empty() {
            tree = whole;
        } else {
            // The tree is as before, and the next edit begins there.
            same(&tree, &parse(FileId(0), &text).0, &text);
            continue;
        }
        text = new;
    }
    quick
}

fn same(found: &File, whole: &File, text: &str) {
    assert_eq!(format!("{found:#?}"), format!("{whole:#?}"), "{text}");
}

proptest! {
    #[test]
    fn any_edits(
        source in any::<prop::sample::Index>(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0..9usize, 0..=TYPED.len()), 1..12),
    ) {
        edited(&SOURCES[source.index(SOURCES.len())], &edits);
    }
}

#[test]
fn typing_in_a_route_parses_that_route() {
    let text = "gw 1\n// c\nservice s {\n  // d\n  route a /a { to web } // e\n  route b /b { to web }\n}\n// f\n";
    let (mut tree, findings) = parse(FileId(0), text);
    assert!(findings.is_empty());
    let new = text.replacen("/a {", "/abc/{id:int} {", 1);
    assert!(reparse(&mut tree, text, &new));
    same(&tree, &parse(FileId(0), &new).0, &new);
    assert!(!reparse(
        &mut tree,
        &new,
        &new.replacen("{ to", "{ // x\n to", 1)
    ));
    assert!(!reparse(
        &mut tree,
        &new,
        &new.replacen("route a", "rout a", 1)
    ));
}
