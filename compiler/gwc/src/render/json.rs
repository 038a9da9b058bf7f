//! Findings for tools: one JSON object, documented in docs/json.md.

use gw_syntax::{Diagnostic, Severity, Sources, Span};
use serde::Serialize;

/// The whole output of `gwc check --format json`.
#[derive(Serialize)]
struct Report<'d> {
    /// Version of this shape.
    version: u32,
    /// Findings sorted by place.
    diagnostics: Vec<Entry<'d>>,
    /// Counts by severity.
    errors: usize,
    warnings: usize,
    /// With `--list-public`.
    #[serde(skip_serializing_if = "Option::is_none")]
    public_routes: Option<&'d [PublicRoute]>,
}

/// A route that lets everybody in.
#[derive(Serialize)]
pub(crate) struct PublicRoute {
    /// Its name.
    pub(crate) route: String,
    /// The reason that the policy gives.
    pub(crate) why: String,
    /// `shop.gw:12:3`.
    pub(crate) place: String,
}

#[derive(Serialize)]
struct Entry<'d> {
    code: String,
    severity: &'static str,
    message: &'d str,
    #[serde(flatten)]
    place: Place<'d>,
    labels: Vec<Label<'d>>,
    help: Option<&'d str>,
    fix: Option<Fix<'d>>,
}

#[derive(Serialize)]
struct Label<'d> {
    text: &'d str,
    #[serde(flatten)]
    place: Place<'d>,
}

#[derive(Serialize)]
struct Fix<'d> {
    title: &'d str,
    edits: Vec<Edit<'d>>,
}

#[derive(Serialize)]
struct Edit<'d> {
    replacement: &'d str,
    #[serde(flatten)]
    place: Place<'d>,
}

/// Lines and columns count from 1, columns in Unicode scalar values; the end is exclusive.
#[derive(Serialize)]
pub(crate) struct Place<'d> {
    pub(crate) file: &'d str,
    pub(crate) line: u32,
    pub(crate) column: u32,
    pub(crate) end_line: u32,
    pub(crate) end_column: u32,
}

/// The findings as one JSON object on one line.
pub(crate) fn render(
    sources: &Sources,
    diagnostics: &[Diagnostic],
    public_routes: Option<&[PublicRoute]>,
) -> String {
    let count = |severity| {
        diagnostics
            .iter()
            .filter(|d| d.severity == severity)
            .count()
    };
    let report = Report {
        version: 1,
        diagnostics: diagnostics.iter().map(|d| entry(sources, d)).collect(),
        errors: count(Severity::Error),
        warnings: count(Severity::Warning),
        public_routes,
    };
    serde_json::to_string(&report)
        .map(|text| text + "\n")
        .unwrap_or_default()
}

fn entry<'d>(sources: &'d Sources, diagnostic: &'d Diagnostic) -> Entry<'d> {
    let labels = diagnostic.labels.iter();
    Entry {
        code: diagnostic.code.to_string(),
        severity: match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Advice => "advice",
        },
        message: &diagnostic.message,
        place: place(sources, diagnostic.span()),
        labels: labels
            .map(|l| Label {
                text: &l.text,
                place: place(sources, l.span),
            })
            .collect(),
        help: diagnostic.help.as_deref(),
        fix: diagnostic.fix.as_ref().map(|fix| Fix {
            title: &fix.title,
            edits: fix
                .edits
                .iter()
                .map(|(span, text)| Edit {
                    replacement: text,
                    place: place(sources, *span),
                })
                .collect(),
        }),
    }
}

/// A place for flattening into an object.
pub(crate) fn place(sources: &Sources, span: Span) -> Place<'_> {
    let Some(source) = sources.get(span.file) else {
        return Place {
            file: "",
            line: 1,
            column: 1,
            end_line: 1,
            end_column: 1,
        };
    };
    let (start, end) = (source.line_col(span.start), source.line_col(span.end));
    Place {
        file: &source.name,
        line: start.line,
        column: start.column,
        end_line: end.line,
        end_column: end.column,
    }
}
