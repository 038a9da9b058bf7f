//! Findings for people, drawn by miette. The only file that knows miette.

use gw_syntax::{Diagnostic, Label, Severity, Sources, Span};
use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteDiagnostic};
use miette::{NamedSource, NarratableReportHandler, Report};
use std::io::IsTerminal;

/// How findings are shown to people.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Drawing {
    /// The source with marks, in colours.
    Colour,
    /// The same without colours.
    Plain,
    /// In sentences, without drawings: for screen readers and braille displays.
    Narrated,
}

impl Drawing {
    /// What suits standard error: sentences where `NO_GRAPHICS` is set, no colours where
    /// `NO_COLOR` is (no-color.org), or where nobody looks.
    fn for_errors() -> Self {
        let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        if is_set("NO_GRAPHICS") {
            Drawing::Narrated
        } else if is_set("NO_COLOR") || !std::io::stderr().is_terminal() {
            Drawing::Plain
        } else {
            Drawing::Colour
        }
    }
}

/// All findings, followed by a line that counts them.
pub(crate) fn render(sources: &Sources, diagnostics: &[Diagnostic]) -> String {
    render_as(Drawing::for_errors(), sources, diagnostics)
}

/// The same in a given way.
pub(crate) fn render_as(drawing: Drawing, sources: &Sources, diagnostics: &[Diagnostic]) -> String {
    let mut text: String = diagnostics
        .iter()
        .take(SHOWN)
        .map(|d| one(sources, d, drawing))
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

/// Columns of the terminal; `COLUMNS` goes first, 100 where there is no terminal.
fn width() -> usize {
    let stated = std::env::var("COLUMNS").ok().and_then(|c| c.parse().ok());
    let measured = || terminal_size::terminal_size_of(std::io::stderr());
    let width = stated.or_else(|| measured().map(|(width, _)| usize::from(width.0)));
    width.unwrap_or(100).clamp(40, 160)
}

fn draw(drawing: Drawing, report: &Report, text: &mut String) -> std::fmt::Result {
    let theme = match drawing {
        Drawing::Colour => GraphicalTheme::unicode(),
        Drawing::Plain => GraphicalTheme::unicode_nocolor(),
        Drawing::Narrated => {
            return NarratableReportHandler::new().render_report(text, report.as_ref());
        }
    };
    GraphicalReportHandler::new_themed(theme)
        .with_width(width())
        .with_links(false)
        .render_report(text, report.as_ref())
}

fn one(sources: &Sources, diagnostic: &Diagnostic, drawing: Drawing) -> String {
    if !fits(sources, diagnostic) {
        return diagnostic.plain(sources) + "\n";
    }
    let (beside, apart): (Vec<&Label>, Vec<&Label>) = diagnostic
        .labels
        .iter()
        .partition(|label| is_beside(sources, label.span, diagnostic.span()));
    let mut reports = vec![report(sources, diagnostic, &beside)];
    // What stands elsewhere is shown after the culprit, wherever it stands in the file.
    reports.extend(apart.iter().map(|label| {
        MietteDiagnostic::new(label.text.clone())
            .with_severity(miette::Severity::Advice)
            .with_labels([LabeledSpan::new_primary_with_span(None, bytes(label.span))])
    }));
    if let Some(last) = reports.last_mut() {
        last.help.clone_from(&diagnostic.help);
    }
    let files = std::iter::once(diagnostic.span()).chain(apart.iter().map(|l| l.span));
    let mut text = String::new();
    for (report, span) in reports.into_iter().zip(files) {
        let error = Report::new(report);
        let error = match sources.get(span.file) {
            Some(source) if !source.text.is_empty() => {
                error.with_source_code(NamedSource::new(&source.name, source.text.clone()))
            }
            Some(_) | None => error,
        };
        if draw(drawing, &error, &mut text).is_err() {
            text.push_str(&format!("{}: {}\n", diagnostic.code, diagnostic.message));
        }
    }
    text.push('\n');
    text
}

/// Whether two places are drawn as one piece of source, which their lines of context make.
fn is_beside(sources: &Sources, a: Span, b: Span) -> bool {
    let line = |span: Span| Some(sources.get(span.file)?.line_col(span.start).line);
    let lines = line(a).zip(line(b));
    a.file == b.file && lines.is_none_or(|(a, b)| a.abs_diff(b) <= 3)
}

fn bytes(span: Span) -> (usize, usize) {
    (span.start as usize, (span.end - span.start) as usize)
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
            let text = Some(label.text.clone()).filter(|t| !t.is_empty());
            if index == 0 {
                LabeledSpan::new_primary_with_span(text, bytes(label.span))
            } else {
                LabeledSpan::new_with_span(text, bytes(label.span))
            }
        });
    MietteDiagnostic::new(diagnostic.message.clone())
        .with_code(diagnostic.code.to_string())
        .with_severity(severity)
        .with_labels(spans)
}
