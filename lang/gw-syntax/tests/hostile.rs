//! Hostile input: whatever the text, there are findings and no crash, in bounded time and stack.

use gw_syntax::{Code, FileId, parse, parse_expr};

fn codes(text: &str) -> Vec<Code> {
    parse(FileId(0), text).1.iter().map(|d| d.code).collect()
}

fn expr_codes(text: &str) -> Vec<Code> {
    parse_expr(FileId(0), text, 0)
        .err()
        .unwrap_or_default()
        .iter()
        .map(|d| d.code)
        .collect()
}

#[test]
fn deep_nesting_is_a_finding() {
    for open in [
        "(", "[", "{", "f(", "[{a: ", "a[", "switch (", "a.b(", "!(", "-[",
    ] {
        assert_eq!(
            expr_codes(&open.repeat(10_000)),
            [Code::NestingTooDeep],
            "{open}"
        );
    }
    assert_eq!(
        codes(&format!("gw 1\n{}", "a {\n".repeat(10_000))),
        [Code::NestingTooDeep]
    );
    let closed = format!("gw 1\n{}{}", "a {".repeat(10_000), "}".repeat(10_000));
    assert_eq!(codes(&closed), [Code::NestingTooDeep]);
}

#[test]
fn nesting_up_to_the_limit_parses() {
    let parens = format!("{}1{}", "(".repeat(250), ")".repeat(250));
    assert!(parse_expr(FileId(0), &parens, 0).is_ok());
    let lists = format!("{}1{}", "[".repeat(249), "]".repeat(249));
    assert!(parse_expr(FileId(0), &lists, 0).is_ok());
    let blocks = format!("gw 1\n{}{}", "a {".repeat(250), "}".repeat(250));
    assert_eq!(codes(&blocks), []);
    let maps = format!("gw 1\na = {}1{}", "{a: ".repeat(249), "}".repeat(249));
    assert_eq!(codes(&maps), []);
}

#[test]
fn long_chains_are_shallow_or_findings() {
    for (piece, end) in [
        ("!", "a"),
        ("-", "a"),
        ("a ? b : ", "c"),
        ("a + ", "b"),
        ("a.", "b"),
    ] {
        let text = format!("{}{end}", piece.repeat(10_000));
        assert_eq!(
            expr_codes(&text).first(),
            Some(&Code::NestingTooDeep),
            "{piece}"
        );
    }
    for op in ["&&", "||"] {
        let text = format!("{}b", format!("a == 1 {op} ").repeat(5_000));
        assert_eq!(expr_codes(&text), [], "{op}");
    }
}

#[test]
fn noise_ends_quickly() {
    for piece in [
        "}",
        "\"",
        "(",
        "{ ",
        "a = \n",
        "\u{202e}",
        "\\",
        "a b c = = \n",
        "'''",
        "`",
        "gw gw 1;",
    ] {
        let text = piece.repeat((1 << 15) / piece.len());
        let (_, findings) = parse(FileId(0), &text);
        assert!(!findings.is_empty(), "{piece:?}");
        assert!(
            findings.len() <= 300,
            "{piece:?} gives {} findings",
            findings.len()
        );
    }
}
