//! The project's own policies, and what is typed into them.

#![allow(
    clippy::disallowed_methods,
    reason = "tests read the project's sources"
)]

use gw_syntax::{FileId, parse};
use std::path::Path;
use std::sync::LazyLock;

/// The sources of the project that have no findings, and one with everything at once.
pub(crate) static SOURCES: LazyLock<Vec<String>> = LazyLock::new(|| {
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

/// What an editor may type.
pub(crate) const TYPED: &[&str] = &[
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

/// The first place of a character at or before `at`.
pub(crate) fn floor(text: &str, mut at: usize) -> usize {
    at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}
