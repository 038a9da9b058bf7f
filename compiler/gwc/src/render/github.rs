//! Findings as workflow commands, which GitHub Actions shows beside the changed lines
//! (docs.github.com, "Workflow commands for GitHub Actions").

use super::json::place;
use gw_syntax::{Diagnostic, Severity, Sources};

/// One command a line; nothing where there is nothing.
pub(crate) fn render(sources: &Sources, diagnostics: &[Diagnostic]) -> String {
    diagnostics.iter().map(|d| command(sources, d)).collect()
}

fn command(sources: &Sources, diagnostic: &Diagnostic) -> String {
    let kind = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Advice => "notice",
    };
    let at = place(sources, diagnostic.span());
    let mut properties = format!(
        "file={},line={},endLine={}",
        property(at.file),
        at.line,
        at.end_line
    );
    // Columns count within one line only, and the last one is part of the place.
    if at.line == at.end_line {
        let last = at.end_column.saturating_sub(1).max(at.column);
        properties.push_str(&format!(",col={},endColumn={last}", at.column));
    }
    let title = property(&format!("{} {}", diagnostic.code, diagnostic.code.title()));
    let text = data(&text(sources, diagnostic));
    format!("::{kind} {properties},title={title}::{text}\n")
}

/// The message, why, and what to type.
fn text(sources: &Sources, diagnostic: &Diagnostic) -> String {
    let mut text = diagnostic.message.clone();
    for label in diagnostic.labels.iter().filter(|l| !l.text.is_empty()) {
        let at = place(sources, label.span);
        text.push_str(&format!("\n{}:{}: {}", at.file, at.line, label.text));
    }
    if let Some(help) = &diagnostic.help {
        text.push_str(&format!("\nhelp: {help}"));
    }
    text
}

fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
