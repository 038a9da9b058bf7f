//! Findings for people, drawn by miette. The only file that knows miette.

use gw_syntax::{Diagnostic, Label, Severity, Sources};
use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteDiagnostic, NamedSource};
use std::io::IsTerminal;

/// All findings, followed by a line that counts them.
pub(crate) fn render(sources: &Sources, diagnostics: &[Diagnostic]) -> String {
    let colour = std::env::var_os("NO_COLOR").is_none() && std::io::stderr().is_terminal();
    let mut text: String = diagnostics
        .iter()
        .take(SHOWN)
        .map(|d| one(sources, d, colour))
        .collect();
    if let Some(more) = diagnostics.len().checked_sub(SHOWN).filter(|n| *n > 0) {
        text.push_str(&format!(
            "{more} more are not shown; `--format json` has them all\n"
        ));
    }
    text.push_str(&summary(diagnostics));
    text
}

/// Most findings that are drawn: nobody reads more at once.
const SHOWN: usize = 100;

/// `2 errors, 1 warning`; empty where there is nothing.
fn summary(diagnostics: &[Diagnostic]) -> String {
    let count = |severity| {
        diagnostics
            .iter()
            .filter(|d| d.severity == severity)
            .count()
    };
    let words = [
        (Severity::Error, "error"),
        (Severity::Warning, "warning"),
        (Severity::Advice, "note"),
    ];
    let parts: Vec<String> = words
        .iter()
        .map(|(severity, word)| (count(*severity), word))
        .filter(|(n, _)| *n > 0)
        .map(|(n, word)| format!("{n} {word}{}", if n == 1 { "" } else { "s" }))
        .collect();
    if parts.is_empty() {
        String::new()
    } else {
        format!("{}\n", parts.join(", "))
    }
}

fn one(sources: &Sources, diagnostic: &Diagnostic, colour: bool) -> String {
    let theme = if colour {
        GraphicalTheme::unicode()
    } else {
        GraphicalTheme::unicode_nocolor()
    };
    let width = std::env::var("COLUMNS")
        .ok()
        .and_then(|c| c.parse().ok())
        .unwrap_or(100);
    let handler = GraphicalReportHandler::new_themed(theme)
        .with_width(width)
        .with_links(false);
    let main = diagnostic.span().file;
    if !fits(sources, diagnostic) {
        return diagnostic.plain(sources) + "\n";
    }
    let (here, elsewhere): (Vec<&Label>, Vec<&Label>) =
        diagnostic.labels.iter().partition(|l| l.span.file == main);
    let mut report = report(sources, diagnostic, &here);
    for label in elsewhere {
        let place = place(sources, label);
        let note = format!("{place}: {}", label.text);
        let help = report.help.take();
        report.help = Some(help.map_or(note.clone(), |h| format!("{h}\n{note}")));
    }
    let mut text = String::new();
    let error = miette::Report::new(report);
    let error = match sources.get(main) {
        Some(source) if !source.text.is_empty() => {
            error.with_source_code(NamedSource::new(&source.name, source.text.clone()))
        }
        Some(_) | None => error,
    };
    if handler.render_report(&mut text, error.as_ref()).is_err() {
        text = format!("{}: {}\n", diagnostic.code, diagnostic.message);
    }
    text.push('\n');
    text
}

/// Longest line that is drawn whole, in bytes.
const WIDEST: usize = 400;

/// Whether the sources can be drawn: there is text, and no line is as long as generated ones are.
fn fits(sources: &Sources, diagnostic: &Diagnostic) -> bool {
    diagnostic.labels.iter().all(|label| {
        sources.get(label.span.file).is_some_and(|source| {
            let at = label.span.start as usize;
            let before = source.text.get(..at).unwrap_or("");
            let after = source.text.get(at..).unwrap_or("");
            let start = at - before.rfind('\n').map_or(0, |i| i + 1);
            let length = start + after.find('\n').unwrap_or(after.len());
            !source.text.is_empty() && length <= WIDEST
        })
    })
}

fn report(sources: &Sources, diagnostic: &Diagnostic, labels: &[&Label]) -> MietteDiagnostic {
    let severity = match diagnostic.severity {
        Severity::Error => miette::Severity::Error,
        Severity::Warning => miette::Severity::Warning,
        Severity::Advice => miette::Severity::Advice,
    };
    let has_text = |l: &&&Label| sources.get(l.span.file).is_some_and(|s| !s.text.is_empty());
    let spans = labels
        .iter()
        .filter(has_text)
        .enumerate()
        .map(|(index, label)| {
            let length = (label.span.end - label.span.start) as usize;
            let text = Some(label.text.clone()).filter(|t| !t.is_empty());
            let start = label.span.start as usize;
            if index == 0 {
                LabeledSpan::new_primary_with_span(text, (start, length))
            } else {
                LabeledSpan::new_with_span(text, (start, length))
            }
        });
    let mut report = MietteDiagnostic::new(diagnostic.message.clone())
        .with_code(diagnostic.code.to_string())
        .with_severity(severity)
        .with_labels(spans);
    if let Some(help) = &diagnostic.help {
        report = report.with_help(help.clone());
    }
    report
}

fn place(sources: &Sources, label: &Label) -> String {
    sources
        .get(label.span.file)
        .map_or_else(String::new, |source| {
            let at = source.line_col(label.span.start);
            format!("{}:{}:{}", source.name, at.line, at.column)
        })
}
