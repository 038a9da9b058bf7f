//! The syntax corpus: each `.gw` file of tests/cases/syntax makes one claim. Its snapshot holds
//! the source, the findings as a reader sees them, the tree, and the canonical form where it
//! differs. Adding a case adds a file.

#![allow(
    clippy::disallowed_methods,
    reason = "tests read data and generated files"
)]
#![expect(
    clippy::unwrap_used,
    reason = "a corpus that cannot be read fails the test"
)]

use gw_syntax::{Code, Diagnostic, FileId, Label, Source, dump, format, parse_bytes};
use std::fmt::Write;
use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/cases/syntax")
}

fn cases() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder()).unwrap();
    let mut files: Vec<PathBuf> = entries.map(|e| e.unwrap().path()).collect();
    files.retain(|p| p.extension().is_some_and(|e| e == "gw"));
    files.sort();
    files
}

#[test]
fn syntax() {
    for path in cases() {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let report = report(&std::fs::read(&path).unwrap());
        insta::with_settings!({
            snapshot_path => folder(),
            prepend_module_to_snapshot => false,
            omit_expression => true,
        }, { insta::assert_snapshot!(name, report) });
    }
}

/// Every syntax code has a case that brings it about, apart from those that need 16 MiB.
#[test]
fn every_syntax_code_has_a_case() {
    let mut seen: Vec<Code> = Vec::new();
    for path in cases() {
        let (_, findings) = parse_bytes(FileId(0), &std::fs::read(path).unwrap());
        seen.extend(findings.iter().map(|f| f.code));
    }
    let (_, large) = parse_bytes(FileId(0), &vec![b' '; gw_syntax::MAX_SOURCE_BYTES + 1]);
    seen.extend(large.iter().map(|f| f.code));
    let syntax = Code::ALL.iter().filter(|c| c.number() < 100);
    let missing: Vec<_> = syntax.filter(|c| !seen.contains(c)).collect();
    assert!(
        missing.is_empty(),
        "no case in tests/cases/syntax for {missing:?}"
    );
}

/// Where a finding has a fix, applying it removes the finding.
#[test]
fn fixes_mend() {
    let mut tried = 0;
    for path in cases() {
        let bytes = std::fs::read(&path).unwrap();
        let Ok(text) = String::from_utf8(bytes) else {
            continue;
        };
        let (_, before) = gw_syntax::parse(FileId(0), &text);
        for fix in before.iter().filter_map(|f| f.fix.as_ref()) {
            let mut mended = text.clone();
            for (span, replacement) in fix.edits.iter().rev() {
                mended.replace_range(span.start as usize..span.end as usize, replacement);
            }
            let (_, after) = gw_syntax::parse(FileId(0), &mended);
            tried += 1;
            assert!(
                after.len() < before.len(),
                "{}: {} does not mend\n{mended}",
                path.display(),
                fix.title
            );
        }
    }
    assert!(tried > 5, "only {tried} fixes in the corpus");
}

fn report(bytes: &[u8]) -> String {
    let (file, findings) = parse_bytes(FileId(0), bytes);
    let text = String::from_utf8_lossy(bytes).into_owned();
    let mut out = format!("{}\n", visible(text.trim_end()));
    let source = Source::new("case", text.clone());
    out.push_str("---- findings\n");
    findings.iter().for_each(|f| finding(f, &source, &mut out));
    let _ = write!(out, "---- tree\n{}", dump(&file));
    if let Ok(formatted) = format(&text)
        && formatted != text
    {
        let _ = write!(out, "---- canonical\n{formatted}");
    }
    out
}

fn finding(finding: &Diagnostic, source: &Source, out: &mut String) {
    let _ = writeln!(out, "{} {}", finding.code, finding.message);
    finding.labels.iter().for_each(|l| label(l, source, out));
    if let Some(help) = &finding.help {
        let _ = writeln!(out, "  help: {help}");
    }
    if let Some(fix) = &finding.fix {
        let _ = writeln!(out, "  fix: {}", fix.title);
    }
}

/// The line of a label with carets under its place.
fn label(label: &Label, source: &Source, out: &mut String) {
    let at = source.line_col(label.span.start);
    let line = source.text.lines().nth(at.line as usize - 1).unwrap_or("");
    let under = source
        .text
        .get(label.span.start as usize..label.span.end as usize)
        .unwrap_or("");
    let width = under.lines().next().unwrap_or("").chars().count().max(1);
    let indent = " ".repeat(at.column as usize - 1);
    let number = format!("{:>4}", at.line);
    let _ = writeln!(out, "{number} | {}", visible(line));
    let _ = writeln!(out, "     | {indent}{} {}", "^".repeat(width), label.text);
}

/// Characters that cannot be seen, as themselves in braces.
fn visible(text: &str) -> String {
    let odd = |c: char| (c.is_control() && c != '\n') || ('\u{2000}'..'\u{2070}').contains(&c);
    text.chars()
        .map(|c| if odd(c) { '\u{00b7}' } else { c })
        .collect()
}
