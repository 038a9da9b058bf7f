//! Diagnostics as plain lines, fit for logs and for `/status`. `gwc check` draws them.

use gw_syntax::{Diagnostic, Severity, Sources, Span};
use std::fmt::Write;

/// Each finding on its own lines; empty for none.
pub(crate) fn diagnostics(sources: &Sources, diagnostics: &[Diagnostic]) -> String {
    let mut text = String::new();
    for diagnostic in diagnostics {
        let severity = match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Advice => "advice",
        };
        let (place, code) = (place(sources, diagnostic.span()), diagnostic.code);
        let _ = writeln!(text, "{place}: {severity}[{code}]: {}", diagnostic.message);
        for label in diagnostic.labels.iter().filter(|l| !l.text.is_empty()) {
            let _ = writeln!(
                text,
                "  {}: {}",
                self::place(sources, label.span),
                label.text
            );
        }
        if let Some(help) = &diagnostic.help {
            let _ = writeln!(text, "  help: {help}");
        }
    }
    text
}

fn place(sources: &Sources, span: Span) -> String {
    let Some(source) = sources.get(span.file) else {
        return "policy".to_owned();
    };
    let at = source.line_col(span.start);
    format!("{}:{}:{}", source.name, at.line, at.column)
}
