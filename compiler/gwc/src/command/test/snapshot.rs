//! Responses kept beside the policy, as `policy.gw.snap`: reviewed like code, accepted by
//! `--accept`. Once there is a snapshot, every test has a section in it.

use super::Case;
use crate::args::{Test, TestFormat};
use crate::print::Paint;
use crate::simulate::Outcome;
use crate::suite;
use crate::write;
use gw_compiler::TestStep;
use indexmap::IndexMap;
use similar::{ChangeTag, TextDiff};
use std::path::Path;

/// Whether responses are needed: there is a snapshot, or there will be.
pub(super) fn is_kept(args: &Test) -> bool {
    args.accept || Path::new(&path(args)).exists()
}

/// Compares responses with the snapshot, if there is one; writes it under `--accept`. Differences
/// go to their cases; returned are the names of tests that only the snapshot has.
pub(super) fn compare(args: &Test, cases: &mut [Case<'_>]) -> Result<Vec<String>, String> {
    if !is_kept(args) {
        return Ok(Vec::new());
    }
    let path = path(args);
    let mut kept = match std::fs::read_to_string(&path) {
        Ok(text) => sections(&text),
        Err(_) if args.accept => IndexMap::new(),
        Err(e) => return Err(format!("{path} cannot be read: {e}")),
    };
    if args.accept {
        return accept(args, cases, &mut kept).map(|()| Vec::new());
    }
    let paint = match args.format {
        TestFormat::Human => Paint::for_output(),
        TestFormat::Json | TestFormat::Junit => Paint::Plain,
    };
    for case in cases.iter_mut() {
        let new = case.kept.responses.join("\n");
        let old = kept.shift_remove(&case.test.name).unwrap_or_default();
        if old != new {
            case.snapshot = Some(format!(
                "{path}: the responses differ from the snapshot\n{}accept them with `gwc test {} --accept`\n",
                changes(&old, &new, paint),
                args.policy.file
            ));
        }
    }
    let all = args.filter.is_none();
    Ok(kept.into_keys().filter(|_| all).collect())
}

/// Writes the snapshot. Sections of tests that did not run stay where a filter kept them from it.
fn accept(
    args: &Test,
    cases: &[Case<'_>],
    kept: &mut IndexMap<String, String>,
) -> Result<(), String> {
    if args.policy.file == "-" {
        return Err("--accept needs a policy in a file, not standard input".to_owned());
    }
    if args.filter.is_none() {
        kept.clear();
    }
    for case in cases {
        kept.insert(case.test.name.clone(), case.kept.responses.join("\n"));
    }
    let section = |(name, body): (&String, &String)| format!("## {name}\n{body}\n\n");
    let text: String = kept.iter().map(section).collect();
    let path = path(args);
    write::whole(&path, text.as_bytes()).map_err(|e| format!("{path} cannot be written: {e}"))
}

fn path(args: &Test) -> String {
    format!("{}.snap", args.policy.file)
}

/// The responses of each test, by its name.
fn sections(text: &str) -> IndexMap<String, String> {
    let text = format!("\n{text}");
    let sections = text.split("\n## ").skip(1);
    let split = |section: &str| {
        let (name, body) = section.split_once('\n').unwrap_or((section, ""));
        (name.to_owned(), body.trim_end().to_owned())
    };
    sections.map(split).collect()
}

/// The lines that differ, with `-` and `+`, among those that stay.
fn changes(old: &str, new: &str, paint: Paint) -> String {
    let diff = TextDiff::from_lines(old, new);
    let groups = diff.grouped_ops(3);
    let changes = groups.iter().flatten().flat_map(|op| diff.iter_changes(op));
    let line = |change: similar::Change<&str>| {
        let text = change.value().trim_end_matches('\n');
        match change.tag() {
            ChangeTag::Delete => paint.red(&format!("  - {text}\n")),
            ChangeTag::Insert => paint.green(&format!("  + {text}\n")),
            ChangeTag::Equal => format!("    {text}\n"),
        }
    };
    changes.map(line).collect()
}

/// The response of a step in lines.
pub(super) fn describe(step: &TestStep, outcome: &Outcome) -> String {
    let mut text = format!("{} -> {}", suite::request(step), outcome.status);
    if let Some(route) = &outcome.route {
        text.push_str(&format!("\n  route {route}"));
    }
    text.push_str(&format!("\n  reason {}", outcome.reason.slug));
    if let Some(rule) = &outcome.rule {
        text.push_str(&format!("\n  rule {rule}"));
    }
    if let (Some(backend), Some((path, query))) = (&outcome.backend, &outcome.sent) {
        let mark = if query.is_empty() { "" } else { "?" };
        text.push_str(&format!("\n  backend {backend} {path}{mark}{query}"));
    }
    for (name, value) in &outcome.headers {
        text.push_str(&format!("\n  {name}: {value}"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_changed_is_marked() {
        let (old, new) = ("a\nb\nb\nc", "a\nb\nc\nd");
        let text = changes(old, new, Paint::Plain);
        assert_eq!(text, "    a\n    b\n  - b\n  - c\n  + c\n  + d\n");
    }

    #[test]
    fn sections_are_found_by_name() {
        let text = "## one: a\nGET / -> 200\n  reason allowed\n\n## two\nGET / -> 404\n\n";
        let found: Vec<_> = sections(text).into_iter().collect();
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(
            found,
            [
                pair("one: a", "GET / -> 200\n  reason allowed"),
                pair("two", "GET / -> 404")
            ]
        );
    }
}
