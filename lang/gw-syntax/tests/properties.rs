//! Properties over generated and mutated sources: no panic, places in bounds, and a formatter
//! that changes neither meaning nor comments and is its own fixed point.

#![allow(
    clippy::disallowed_methods,
    reason = "tests read data and generated files"
)]

use gw_syntax::{FileId, Source, dump, dump_expr, format, parse, parse_expr};
use proptest::prelude::*;
use std::path::{Path, PathBuf};

const SHOP: &str = include_str!("../../../tests/cases/syntax/shop.gw");

/// Pieces that are spliced into good text to make it almost good.
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
    "/// doc\n",
    "\n\n",
    "=",
    ":",
    "==",
    "&&",
    "||",
    "??",
    "?.",
    "?",
    ".",
    "..=",
    "!",
    "-",
    "- 1",
    "in",
    "when x",
    "reason \"r\"",
    "because \"b\"",
    "by k",
    "switch a { b => c, _ => d }",
    "10%",
    "5m",
    "64KiB",
    "1/min",
    "::1",
    "10.0.0.0/8",
    "2xx",
    "1..=9",
    "/a/{b:int}/**",
    "GET|HEAD",
    "f(a = 1)",
    "{ a: 1 }",
    "[1, 2]",
    "x?",
    "list<int>",
    "a `b`",
    "`",
    "\\",
    "\u{202e}",
    "é",
    "\u{1F600}",
    "\"\"\"",
    "'''",
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
    "\r\n",
    "\t",
];

fn mutated() -> impl Strategy<Value = String> {
    let edit = (0..SHOP.len(), 0..40usize, prop::sample::select(PIECES));
    prop::collection::vec(edit, 0..6).prop_map(|edits| {
        let mut text = SHOP.to_owned();
        for (at, length, piece) in edits {
            let floor = |text: &str, mut at: usize| {
                at = at.min(text.len());
                while !text.is_char_boundary(at) {
                    at -= 1;
                }
                at
            };
            let start = floor(&text, at);
            let end = floor(&text, start + if length > 20 { 0 } else { length });
            text.replace_range(start..end.max(start), piece);
        }
        text
    })
}

/// Sources of expressions with random nesting, parentheses and blanks.
fn expression() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(vec![
        "a",
        "b.c",
        "1",
        "-1",
        "1.5",
        ".5",
        "\"s\"",
        "r'\\d'",
        "b\"x\"",
        "true",
        "null",
        "5m",
        "10% ",
        "1/min",
        "2xx",
        "::1",
        "fe80::1",
        "10.0.0.0/8",
        "10.0.0.1",
        "64KiB",
        "7u",
        "0x1F",
        ".r",
        "f()",
        "has(a.b)",
        "min",
        "switch_",
        "-9223372036854775808",
        "1..=9 ",
        "a.`b-c`",
    ])
    .prop_map(str::to_owned);
    leaf.prop_recursive(5, 40, 3, |inner| {
        let op = prop::sample::select(vec![
            "||", "&&", "??", "==", "!=", "<", "<=", ">", ">=", " in ", "+", "-", "*", " / ", " % ",
        ]);
        prop_oneof![
            (inner.clone(), op, inner.clone()).prop_map(|(a, op, b)| format!("{a} {op} {b}")),
            inner.clone().prop_map(|a| format!("({a})")),
            inner.clone().prop_map(|a| format!("-{a}")),
            inner.clone().prop_map(|a| format!("!{a}")),
            inner.clone().prop_map(|a| format!("({a}).f")),
            inner.clone().prop_map(|a| format!("({a})?.f")),
            inner.clone().prop_map(|a| format!("({a}).?f")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a})[{b}]")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a}).m({b}, x)")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("f(x = {a}, {b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("[{a}, ?{b} weight 3]")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{{({a}): {b}, k: 1}}")),
            (inner.clone(), inner.clone(), inner.clone())
                .prop_map(|(a, b, c)| format!("({a}) ? ({b}) : {c}")),
            (inner.clone(), inner.clone(), inner)
                .prop_map(|(a, b, c)| format!("switch ({a}) {{ {b} => {c}, _ => 0 }}")),
        ]
    })
}

fn comments(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let (file, _) = parse(FileId(0), text);
    collect(&file.items, &mut found);
    found.extend(file.tail.iter().map(|c| c.text.to_string()));
    let own = file
        .edition_trivia
        .before
        .iter()
        .chain(file.edition_trivia.after.as_deref());
    found.extend(own.map(|c| c.text.to_string()));
    found.sort();
    found
}

fn collect(statements: &[gw_syntax::Statement], found: &mut Vec<String>) {
    for statement in statements {
        let own = statement
            .trivia
            .before
            .iter()
            .chain(statement.trivia.after.as_deref());
        found.extend(own.map(|c| c.text.to_string()));
        if let Some(block) = &statement.block {
            collect(&block.statements, found);
            found.extend(block.tail.iter().map(|c| c.text.to_string()));
        }
    }
}

fn check_format(text: &str) -> Result<(), TestCaseError> {
    let Ok(once) = format(text) else {
        return Ok(());
    };
    let (before, _) = parse(FileId(0), text);
    let (after, findings) = parse(FileId(0), &once);
    prop_assert!(
        findings.is_empty(),
        "formatted text does not parse: {:?}\n{}",
        findings,
        once
    );
    prop_assert_eq!(dump(&before), dump(&after), "another tree:\n{}", once);
    prop_assert_eq!(comments(text), comments(&once), "other comments:\n{}", once);
    prop_assert_eq!(
        text.matches("//").count(),
        once.matches("//").count(),
        "{}",
        once
    );
    let twice = format(&once);
    prop_assert_eq!(Ok(&once), twice.as_ref());
    Ok(())
}

/// Sources below a folder of the project.
fn sources(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, out);
        } else if path.extension().is_some_and(|e| e == "gw") {
            out.push(path);
        }
    }
}

#[test]
fn sources_of_the_project_survive_formatting() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut files = Vec::new();
    sources(&root.join("examples"), &mut files);
    sources(&root.join("tests/cases"), &mut files);
    assert!(files.len() > 20, "only {} sources found", files.len());
    for path in files {
        let Ok(text) = std::fs::read_to_string(&path) else {
            continue;
        };
        if let Err(error) = check_format(&text) {
            panic!("{}: {error}", path.display());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let (_, findings) = gw_syntax::parse_bytes(FileId(0), &bytes);
        prop_assert!(!findings.is_empty() || bytes.starts_with(b"gw"));
    }

    #[test]
    fn arbitrary_text_never_panics(text in "\\PC*") {
        let _ = parse(FileId(0), &text);
        let _ = parse_expr(FileId(0), &text, 7);
        let _ = gw_syntax::parse_type(FileId(0), &text, 7);
        let span = gw_syntax::Span::new(FileId(0), 0, text.len() + 2);
        let _ = gw_syntax::parse_template(&text, span);
        let _ = gw_syntax::parse_path(&text, span);
    }

    #[test]
    fn mutations_have_findings_in_bounds(text in mutated()) {
        let (_, findings) = parse(FileId(0), &text);
        let source = Source::new("mutated", text.clone());
        for finding in &findings {
            prop_assert!(finding.help.is_some(), "no help: {:?}", finding);
            prop_assert!(!finding.message.is_empty());
            for label in &finding.labels {
                let range = label.span.start as usize..label.span.end as usize;
                prop_assert!(source.text.get(range).is_some(), "out of bounds: {:?}", finding);
            }
        }
    }

    #[test]
    fn formatting_keeps_meaning_and_comments(text in mutated()) {
        check_format(&text)?;
    }

    #[test]
    fn expressions_survive_formatting(text in expression()) {
        let Ok(before) = parse_expr(FileId(0), &text, 0) else { return Ok(()) };
        let policy = format!("gw 1\nlet x = {text}\nlet y = 1\n");
        let formatted = format(&policy);
        prop_assert!(formatted.is_ok(), "{:?}", formatted);
        check_format(&policy)?;
        let printed = formatted.unwrap_or_default();
        let body = printed.trim_start_matches("gw 1\nlet x = ").trim_end().trim_end_matches("let y = 1");
        let after = parse_expr(FileId(0), body, 0);
        prop_assert!(after.is_ok(), "{:?}\n{}", after, body);
        if let Ok(after) = after {
            prop_assert_eq!(dump_expr(&before), dump_expr(&after), "{}", body);
        }
    }
}
