//! The tree that is built directly is the grammar's, for good text and for text that is almost
//! good.

use crate::parse::build::Builder;
use crate::parse::{direct, item, scan};
use crate::{Comment, Diagnostic, FileId, Statement};
use proptest::prelude::*;
use std::path::{Path, PathBuf};

const SHOP: &str = include_str!("../../../../../tests/cases/syntax/shop.gw");

/// What makes good text almost good, or good in another way.
const PIECES: &[&str] = &[
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    "\"",
    "'",
    "\n",
    ";",
    ",",
    "//x\n",
    "\n\n",
    " ",
    "=",
    ":",
    "==",
    "=>",
    "&&",
    "||",
    "??",
    "?.",
    ".?",
    "?",
    ".",
    "..=",
    "!",
    "!!",
    "-",
    "- 1",
    " in ",
    "when x",
    "when GET /a",
    "when.x",
    "reason \"r\"",
    "\nreason \"r\"",
    "\nbecause \"b\" { c }",
    "by k",
    "weight 3",
    "switch a { b => c, _ => d }",
    "switch (a)",
    "10%",
    "5m",
    "64KiB",
    "1/min",
    "::1",
    "a:b:c",
    "fe80::1",
    "10.0.0.0/8",
    "2xx",
    "1..=9",
    "/a/{b:int}/**",
    "/it's",
    "/{a:\"}",
    "/{a:{1}}",
    "/a{",
    "GET|HEAD",
    "a|",
    "f(a = 1)",
    "f(a == 1, b)",
    "{ a: 1 }",
    "{a = 1}",
    "{ \"x-y\": 1 }",
    "[1, 2,]",
    "[?a]",
    "x[?0]",
    "x[\"y\"]",
    "x?",
    "list<int>",
    "list <int>?",
    ": a<b>c",
    ": int 1..=9",
    ": int max 3",
    ": string = \"x\"",
    ": x => y",
    "a `b`",
    ".`b-c`",
    "`",
    "\\",
    "\\n",
    "\\q",
    "\"\\u00e9\"",
    "\u{202e}",
    "é",
    "\u{1F600}",
    "\"\"\"a\nb\"\"\"",
    "''",
    "r\"\\\"",
    "b\"x\"",
    "gw 1",
    "max 3",
    "0x1F",
    "1u",
    "1e3",
    ".5",
    "-5.abs()",
    "-(5)",
    "true",
    "null",
    "for",
    "99999999999999999999",
    "a ? b : c",
    "a ?.5:1",
    "a?.b(c)",
    "\r\n",
    "\t",
];

/// Reads each item of a text in both ways. How many items there are, and how many of them were
/// built directly.
fn compare(text: &str) -> (usize, usize) {
    let mut scan = scan::scan(FileId(0), text, scan::Dialect::Policy);
    let comments = std::mem::take(&mut scan.comments);
    let (mut items, mut direct) = (0, 0);
    for item in scan.items.iter().filter(|i| i.sound && i.nesting < 30) {
        let part = scan.text.get(item.start..item.end).unwrap();
        let builder = || Builder::new(FileId(0), item.start).with_source(text, &comments);
        let (mut here, mut there) = (builder(), builder());
        items += 1;
        let before = state(None, &here);
        let Some(statements) = direct::items(part, &mut here) else {
            assert_eq!(
                state(None, &here),
                before,
                "giving up leaves something behind: {part}"
            );
            continue;
        };
        direct += 1;
        let expected = item::item_by_grammar(part, &mut there);
        let expected = expected.unwrap_or_else(|e| panic!("the grammar refuses {part}: {e}"));
        assert_eq!(
            state(Some(&statements), &here),
            state(Some(&expected), &there),
            "{part}"
        );
    }
    (items, direct)
}

/// Everything that reading leaves behind.
fn state(statements: Option<&[Statement]>, builder: &Builder<'_>) -> String {
    let findings: &[Diagnostic] = &builder.diagnostics;
    let comments: Option<&[Comment]> = builder.comments.get(builder.next_comment..);
    format!("{statements:#?} {findings:#?} {comments:?}")
}

fn compare_expression(text: &str) {
    let scan = scan::scan(FileId(0), text, scan::Dialect::Expression);
    if !scan.diagnostics.is_empty() || scan.nesting >= 30 {
        return;
    }
    let mut here = Builder::new(FileId(0), 7);
    let Some(built) = direct::expression(&scan.text, &mut here) else {
        return;
    };
    let mut there = Builder::new(FileId(0), 7);
    let pairs = item::pest_parse(crate::parse::grammar::Rule::expression, &scan.text);
    let pairs = pairs.unwrap_or_else(|e| panic!("the grammar refuses {text}: {e}"));
    let inner = pairs
        .into_iter()
        .next()
        .unwrap()
        .into_inner()
        .next()
        .unwrap();
    let expected = there.conditional(inner);
    assert_eq!(
        format!("{:?}", built.expr),
        format!("{:?}", expected.expr),
        "{text}"
    );
    assert_eq!(built.depth, expected.depth, "{text}");
    assert_eq!(state(None, &here), state(None, &there), "{text}");
}

#[allow(
    clippy::disallowed_methods,
    reason = "the test reads the project's sources"
)]
fn sources(folder: &Path, out: &mut Vec<(PathBuf, String)>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, out);
        } else if path.extension().is_some_and(|e| e == "gw")
            && let Ok(text) = std::fs::read_to_string(&path)
        {
            out.push((path, text));
        }
    }
}

#[test]
fn sources_of_the_project_are_built_directly() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut files = Vec::new();
    sources(&root.join("examples"), &mut files);
    sources(&root.join("tests/cases"), &mut files);
    assert!(files.len() > 20, "only {} sources found", files.len());
    let (mut items, mut direct) = (0, 0);
    for (_, text) in &files {
        let found = compare(text);
        items += found.0;
        direct += found.1;
    }
    assert!(
        direct * 100 >= items * 95,
        "{direct} of {items} items were built directly"
    );
}

/// Text with pieces put into it, each in place of a few characters.
fn spliced(text: &str, edits: &[(usize, usize, &str)]) -> String {
    let mut text = text.to_owned();
    for (at, length, piece) in edits {
        let floor = |at: usize| {
            (0..=at.min(text.len()))
                .rev()
                .find(|i| text.is_char_boundary(*i))
        };
        let start = floor(at % (text.len() + 1)).unwrap_or(0);
        let end = floor(start + length.saturating_sub(20))
            .unwrap_or(0)
            .max(start);
        text.replace_range(start..end, piece);
    }
    text
}

/// One item, or several lines of statements, of the sample.
fn excerpt() -> impl Strategy<Value = String> {
    let lines = SHOP.lines().count();
    (0..lines, 1..12usize).prop_map(|(from, count)| {
        let lines: Vec<&str> = SHOP.lines().skip(from).take(count).map(str::trim).collect();
        lines.join("\n")
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn almost_good_items_are_the_grammars(
        text in excerpt(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0..40usize, prop::sample::select(PIECES)), 0..4),
    ) {
        let edits: Vec<_> = edits.iter().map(|(at, n, p)| (at.index(text.len() + 1), *n, *p)).collect();
        compare(&spliced(&text, &edits));
    }

    #[test]
    fn pieces_are_the_grammars(pieces in prop::collection::vec(prop::sample::select(PIECES), 1..12), glue in "[ a.\n]{0,2}") {
        compare(&format!("x {}", pieces.join(&glue)));
        compare(&format!("x {{ y = {} }}", pieces.join(&glue)));
        compare_expression(&pieces.join(&glue));
        compare_expression(&format!("a.b({})", pieces.join(&glue)));
    }
}
