//! Findings as SARIF 2.1.0 (OASIS, Static Analysis Results Interchange Format), for code hosts and
//! viewers.

use super::json::place;
use crate::command::page;
use gw_syntax::{Code, Diagnostic, Fix, Label, Severity, Sources, Span};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::path::Path;

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// One log with one run, on one line.
pub(crate) fn render(sources: &Sources, diagnostics: &[Diagnostic]) -> String {
    let rules = occurring(diagnostics);
    let mut prints = Fingerprints::default();
    let results: Vec<Value> = diagnostics
        .iter()
        .map(|d| result(sources, d, &rules, &mut prints))
        .collect();
    let driver = json!({
        "name": "gwc",
        "semanticVersion": env!("CARGO_PKG_VERSION"),
        "rules": rules.iter().map(|c| rule(*c)).collect::<Vec<_>>(),
    });
    let log = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": driver },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    format!("{log}\n")
}

/// The codes that occur, sorted.
fn occurring(diagnostics: &[Diagnostic]) -> Vec<Code> {
    let mut codes: Vec<Code> = diagnostics.iter().map(|d| d.code).collect();
    codes.sort_unstable();
    codes.dedup();
    codes
}

fn rule(code: Code) -> Value {
    let page = page(code);
    json!({
        "id": code.to_string(),
        "name": pascal_case(&code.name()),
        "shortDescription": { "text": code.title() },
        "fullDescription": { "text": first_paragraph(page) },
        "help": { "text": page, "markdown": page },
        "defaultConfiguration": { "level": level(code.severity()) },
    })
}

/// What a page says before its first example.
fn first_paragraph(page: &str) -> &str {
    page.split("\n\n").nth(1).unwrap_or_default().trim()
}

fn pascal_case(name: &str) -> String {
    let capital = |word: &str| {
        let mut chars = word.chars();
        let first = chars.next().map(|c| c.to_ascii_uppercase());
        first.into_iter().chain(chars).collect::<String>()
    };
    name.split('_').map(capital).collect()
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Advice => "note",
    }
}

fn result(
    sources: &Sources,
    diagnostic: &Diagnostic,
    rules: &[Code],
    prints: &mut Fingerprints,
) -> Value {
    let mut message = diagnostic.message.clone();
    if let Some(help) = &diagnostic.help {
        message.push_str(&format!("\n{help}"));
    }
    let mut result = json!({
        "ruleId": diagnostic.code.to_string(),
        "ruleIndex": rules.iter().position(|c| *c == diagnostic.code),
        "level": level(diagnostic.severity),
        "message": { "text": message },
        "locations": diagnostic.labels.first().map(|l| vec![location(sources, l)]),
        "partialFingerprints": { "gwFinding/v1": prints.of(sources, diagnostic) },
    });
    let related: Vec<Value> = diagnostic
        .labels
        .iter()
        .skip(1)
        .map(|l| location(sources, l))
        .collect();
    if !related.is_empty() {
        set(&mut result, "relatedLocations", related.into());
    }
    if let Some(fix) = &diagnostic.fix {
        set(&mut result, "fixes", json!([change(sources, fix)]));
    }
    result
}

fn set(object: &mut Value, key: &str, value: Value) {
    if let Some(map) = object.as_object_mut() {
        map.insert(key.to_owned(), value);
    }
}

fn location(sources: &Sources, label: &Label) -> Value {
    let at = place(sources, label.span);
    let mut location = json!({
        "physicalLocation": {
            "artifactLocation": artifact(at.file),
            "region": region(sources, label.span),
        },
    });
    if !label.text.is_empty() {
        set(&mut location, "message", json!({ "text": label.text }));
    }
    location
}

fn change(sources: &Sources, fix: &Fix) -> Value {
    let file = fix
        .edits
        .first()
        .map(|(span, _)| place(sources, *span).file);
    let replacements: Vec<Value> = fix
        .edits
        .iter()
        .map(|(span, text)| {
            json!({
                "deletedRegion": region(sources, *span),
                "insertedContent": { "text": text },
            })
        })
        .collect();
    json!({
        "description": { "text": fix.title },
        "artifactChanges": [{
            "artifactLocation": artifact(file.unwrap_or_default()),
            "replacements": replacements,
        }],
    })
}

/// Lines and columns count from 1, the end is exclusive: as SARIF has it (section 3.30).
fn region(sources: &Sources, span: Span) -> Value {
    let at = place(sources, span);
    json!({
        "startLine": at.line,
        "startColumn": at.column,
        "endLine": at.end_line,
        "endColumn": at.end_column,
    })
}

/// Files below the working folder are relative to the root of the sources, so that logs of
/// different machines name the same files.
fn artifact(name: &str) -> Value {
    let here = std::env::current_dir().unwrap_or_default();
    let path = Path::new(name);
    let relative = path.strip_prefix(&here).unwrap_or(path);
    let text = relative.to_string_lossy().replace('\\', "/");
    let text = text.strip_prefix("./").unwrap_or(&text);
    let encoded = utf8_percent_encode(text, PATH).to_string();
    if relative.is_absolute() {
        json!({ "uri": format!("file://{encoded}") })
    } else {
        json!({ "uri": encoded, "uriBaseId": "%SRCROOT%" })
    }
}

/// What a path of a URI cannot hold (RFC 3986 section 3.3), and `:`, which would make its first
/// segment a scheme.
const PATH: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b':')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// What tells findings apart across commits: code, file and the text of the line, not its number;
/// equal ones are numbered.
#[derive(Default)]
struct Fingerprints {
    seen: HashMap<String, usize>,
}

impl Fingerprints {
    fn of(&mut self, sources: &Sources, diagnostic: &Diagnostic) -> String {
        let at = place(sources, diagnostic.span());
        let source = sources.get(diagnostic.span().file);
        let line = source.map_or("", |s| s.line(at.line)).trim();
        let (code, file) = (diagnostic.code, at.file);
        let key = hex(&Sha256::digest(format!("{code}\n{file}\n{line}")));
        let count = self.seen.entry(key.clone()).or_insert(0);
        *count += 1;
        format!("{key}:{count}")
    }
}

/// The first 16 bytes.
fn hex(digest: &[u8]) -> String {
    digest.iter().take(16).map(|b| format!("{b:02x}")).collect()
}
