//! Templates, path literals, types and stand-alone expressions, with the places they report.

use gw_syntax::{
    Code, Diagnostic, ExprKind, FileId, PathSegmentKind, Span, TemplatePart, decode, dump_expr,
    parse_expr, parse_path, parse_template, parse_type,
};

fn literal(text: &str, start: u32) -> Span {
    let length = u32::try_from(text.len()).unwrap_or(0);
    Span {
        file: FileId(3),
        start,
        end: start + length + 2,
    }
}

fn template(text: &str) -> Result<Vec<String>, Vec<Code>> {
    let show = |part: &TemplatePart| match part {
        TemplatePart::Text(text) => format!("{text:?}"),
        TemplatePart::Expr(expr) => dump_expr(expr),
    };
    parse_template(text, literal(text, 10))
        .map(|parts| parts.iter().map(show).collect())
        .map_err(|findings| codes(&findings))
}

fn codes(findings: &[Diagnostic]) -> Vec<Code> {
    findings.iter().map(|f| f.code).collect()
}

#[test]
fn templates_hold_text_and_expressions() {
    let parts = |list: &[&str]| Ok(list.iter().map(|p| (*p).to_owned()).collect::<Vec<_>>());
    assert_eq!(template(""), parts(&[]));
    assert_eq!(template("/p/{path.id}"), parts(&["\"/p/\"", "(. path id)"]));
    assert_eq!(template("{a}{b ?? 'x}'}"), parts(&["a", "(?? b \"x}\")"]));
    assert_eq!(
        template("{{a}} {m['k']}"),
        parts(&["\"{a} \"", "([] m \"k\")"])
    );
    assert_eq!(template("{ {'a': 1}.a }"), parts(&["(. (map \"a\": 1) a)"]));
}

#[test]
fn broken_templates_are_findings() {
    assert_eq!(template("a}"), Err(vec![Code::UnexpectedClose]));
    assert_eq!(template("{a"), Err(vec![Code::UnclosedBrace]));
    assert_eq!(template("{}"), Err(vec![Code::Syntax]));
    assert_eq!(
        template("{a +} {b.}"),
        Err(vec![Code::Syntax, Code::Syntax])
    );
}

#[test]
fn places_in_templates_are_those_of_the_source() {
    let place = |text: &str, span: Span| match parse_template(text, span) {
        Ok(parts) => parts.iter().find_map(|p| match p {
            TemplatePart::Expr(expr) => Some((expr.span.start, expr.span.end)),
            TemplatePart::Text(_) => None,
        }),
        Err(_) => None,
    };
    // "/p/{path.id}" at 10: the quote is at 10, the expression at 15.
    assert_eq!(
        place("/p/{path.id}", literal("/p/{path.id}", 10)),
        Some((15, 22))
    );
    // A literal with escapes is longer than its value: the whole literal is the place.
    let longer = Span {
        file: FileId(0),
        start: 10,
        end: 40,
    };
    assert_eq!(place("\n{path.id}", longer), Some((10, 40)));
}

#[test]
fn paths_are_segments() {
    let text = "/v1/{org:slug}/{id}/*/x.y/{rest:**}";
    let pattern = parse_path(text, Span::new(FileId(0), 100, 100 + text.len())).unwrap();
    let kinds: Vec<String> = pattern.segments.iter().map(|s| kind(&s.kind)).collect();
    assert_eq!(kinds, ["v1", "{org:slug}", "{id}", "*", "x.y", "{rest:**}"]);
    let places: Vec<u32> = pattern.segments.iter().map(|s| s.span.start).collect();
    assert_eq!(places, [101, 104, 115, 120, 122, 126]);
    assert!(!pattern.trailing_slash && pattern.query.is_none());
}

fn kind(kind: &PathSegmentKind) -> String {
    match kind {
        PathSegmentKind::Exact(text) => text.to_string(),
        PathSegmentKind::Any => "*".into(),
        PathSegmentKind::Rest => "**".into(),
        PathSegmentKind::Param { name, constraint } => match constraint {
            Some(constraint) => format!("{{{}:{}}}", name.name, constraint.name),
            None => format!("{{{}}}", name.name),
        },
    }
}

#[test]
fn paths_end_in_slashes_and_queries() {
    let read = |text: &str| parse_path(text, Span::new(FileId(0), 0, text.len()));
    assert!(read("/").unwrap().segments.is_empty());
    assert!(read("/a/").unwrap().trailing_slash);
    let with_query = read("/a?b=/c&d={e}").unwrap();
    assert_eq!(
        with_query.query.map(|q| q.name.to_string()).as_deref(),
        Some("b=/c&d={e}")
    );
    assert_eq!(with_query.segments.len(), 1);
    for bad in [
        "",
        "a",
        "/a b",
        "/a//b",
        "/{",
        "/a{b}",
        "/{}",
        "/**/a",
        "/{a:**}/b",
        "/a*",
    ] {
        let findings = read(bad).err().unwrap_or_default();
        assert_eq!(
            codes(&findings).first(),
            Some(&Code::BadPathPattern),
            "{bad}"
        );
    }
}

#[test]
fn types_stand_alone() {
    for good in [
        "string",
        "string?",
        "list<int 1..=9> max 5",
        "{ a: b, c?: d }",
        "map<a, b<c>>",
    ] {
        assert!(parse_type(FileId(0), good, 0).is_ok(), "{good}");
    }
    for bad in ["", "1", "list<", "list<a", "{ a }", "a b", "a.b"] {
        assert!(parse_type(FileId(0), bad, 0).is_err(), "{bad}");
    }
}

#[test]
fn places_are_shifted_by_the_offset() {
    let expr = parse_expr(FileId(2), " a + b ", 50).unwrap();
    assert_eq!(
        (expr.span.file, expr.span.start, expr.span.end),
        (FileId(2), 51, 56)
    );
    let findings = parse_expr(FileId(2), "a + ", 50).unwrap_err();
    assert!(
        findings.iter().all(|f| f.span().start >= 50),
        "{findings:?}"
    );
    let scanned = parse_expr(FileId(2), "(a", 50).unwrap_err();
    assert_eq!(
        (codes(&scanned), scanned[0].span().start),
        (vec![Code::UnclosedBrace], 50)
    );
}

#[test]
fn integers_reach_their_limits() {
    let literal = |text: &str| parse_expr(FileId(0), text, 0).map(|e| dump_expr(&e)).ok();
    assert_eq!(
        literal("-9223372036854775808").as_deref(),
        Some("-9223372036854775808")
    );
    assert_eq!(
        literal("- 9223372036854775808").as_deref(),
        Some("-9223372036854775808")
    );
    assert_eq!(
        literal("18446744073709551615u").as_deref(),
        Some("18446744073709551615u")
    );
    for bad in [
        "9223372036854775808",
        "-9223372036854775809",
        "18446744073709551616u",
        "-(9223372036854775808)",
    ] {
        assert_eq!(literal(bad), None, "{bad}");
    }
}

#[test]
fn long_runs_are_balanced() {
    let depth = |count: usize| {
        let text = vec!["a"; count].join(" && ");
        deepest(&parse_expr(FileId(0), &text, 0).unwrap())
    };
    assert_eq!(depth(10), 10);
    assert!(depth(4096) <= 13, "{}", depth(4096));
}

fn deepest(expr: &gw_syntax::Expr) -> usize {
    match &expr.kind {
        ExprKind::Binary(_, _, left, right) => 1 + deepest(left).max(deepest(right)),
        _ => 1,
    }
}

#[test]
fn bytes_that_are_not_text_have_a_place() {
    let findings = decode(FileId(0), b"gw 1\n\xff").unwrap_err();
    assert_eq!(
        (codes(&findings), findings[0].span().start),
        (vec![Code::InvalidUtf8], 5)
    );
    let large = vec![b'a'; gw_syntax::MAX_SOURCE_BYTES + 1];
    assert_eq!(
        decode(FileId(0), &large).map_err(|f| codes(&f)),
        Err(vec![Code::FileTooLarge])
    );
}
