//! Findings as the protocol has them. Which policies are checked follows from imports: a file is
//! checked as part of every policy that leads to it.

use crate::scope::imports;
use crate::snapshot::Snapshot;
use crate::text::{Encoding, Text};
use gw_compiler::{Checked, Files};
use gw_syntax::{Code, Diagnostic, FileId, Severity, Source, Sources, Span};
use lsp_types::{
    CodeDescription, DiagnosticRelatedInformation, DiagnosticSeverity, DiagnosticTag, Location,
    NumberOrString,
};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// A finding with what the editor shows of it.
#[derive(Clone)]
pub(crate) struct Finding {
    pub(crate) diagnostic: Diagnostic,
    pub(crate) shown: lsp_types::Diagnostic,
}

/// What was found in a file, and the text in which it was found.
#[derive(Clone)]
pub(crate) struct Findings {
    pub(crate) text: Arc<str>,
    pub(crate) list: Vec<Finding>,
}

/// How findings are shown.
#[derive(Clone, Default)]
pub(crate) struct Style {
    pub(crate) units: Encoding,
    /// Where the pages about codes are, if anywhere.
    pub(crate) docs: Option<String>,
}

/// Checks every policy that an open file belongs to; findings by file.
pub(crate) fn check(snapshot: &Snapshot, style: &Style) -> BTreeMap<String, Findings> {
    let mut out: BTreeMap<String, Findings> = BTreeMap::new();
    let entries = entries(snapshot);
    snapshot.keep_memos(&entries);
    for entry in entries {
        let Checked {
            sources,
            diagnostics,
        } = snapshot.check(&entry);
        let shown = Shown::new(snapshot, &sources, style);
        for (_, source) in sources.iter() {
            out.entry(source.name.clone()).or_insert_with(|| Findings {
                text: std::sync::Arc::clone(&source.text),
                list: Vec::new(),
            });
        }
        for diagnostic in diagnostics {
            let Some(source) = sources.get(diagnostic.span().file) else {
                continue;
            };
            let Some(of_file) = out.get_mut(&source.name) else {
                continue;
            };
            let finding = Finding {
                shown: shown.diagnostic(&diagnostic),
                diagnostic,
            };
            // Policies that share a file find the same in it.
            if !of_file.list.iter().any(|f| f.shown == finding.shown) {
                of_file.list.push(finding);
            }
        }
    }
    out
}

/// The policies that open files belong to: the files that lead to them by imports and that
/// nothing imports, or the open file itself.
fn entries(snapshot: &Snapshot) -> BTreeSet<String> {
    let mut importers: HashMap<String, Vec<String>> = HashMap::new();
    for view in snapshot.known() {
        for import in imports(&view) {
            let to = importers
                .entry(snapshot.identity(&import.path))
                .or_default();
            to.push(view.path.to_string());
        }
    }
    let mut entries = BTreeSet::new();
    for path in snapshot.open.keys() {
        let mut seen = BTreeSet::new();
        let mut todo = vec![path.clone()];
        let before = entries.len();
        while let Some(next) = todo.pop() {
            match importers.get(&snapshot.identity(&next)) {
                Some(list) => {
                    todo.extend(list.iter().filter(|p| seen.insert((*p).clone())).cloned())
                }
                None => drop(entries.insert(next)),
            }
        }
        // Files that import each other in a circle have nothing above them.
        if entries.len() == before && !entries.iter().any(|e| seen.contains(e) || e == path) {
            entries.insert(path.clone());
        }
    }
    entries
}

/// Shows findings of one compilation.
struct Shown<'s> {
    snapshot: &'s Snapshot,
    sources: &'s Sources,
    texts: HashMap<FileId, Text>,
    style: &'s Style,
}

impl<'s> Shown<'s> {
    fn new(snapshot: &'s Snapshot, sources: &'s Sources, style: &'s Style) -> Self {
        let text = |source: &Source| {
            let known = snapshot.text(&source.name);
            let known = known.filter(|text| *text.text == *source.text);
            known.unwrap_or_else(|| Text::new(std::sync::Arc::clone(&source.text)))
        };
        let texts = sources.iter().map(|(id, s)| (id, text(s)));
        Self {
            snapshot,
            sources,
            texts: texts.collect(),
            style,
        }
    }

    fn range(&self, span: Span) -> lsp_types::Range {
        self.texts
            .get(&span.file)
            .map_or_else(Default::default, |text| {
                text.range(span.start as usize, span.end as usize, self.style.units)
            })
    }

    fn diagnostic(&self, d: &Diagnostic) -> lsp_types::Diagnostic {
        let code = d.code.to_string();
        let link = self.style.docs.as_ref();
        let link = link.and_then(|docs| format!("{docs}{code}.md").parse().ok());
        lsp_types::Diagnostic {
            range: self.range(d.span()),
            severity: Some(severity(d.severity)),
            code_description: link.map(|href| CodeDescription { href }),
            code: Some(NumberOrString::String(code)),
            source: Some("gw".to_owned()),
            message: message(d),
            related_information: self.related(d),
            tags: (d.code == Code::UnusedName).then(|| vec![DiagnosticTag::UNNECESSARY]),
            data: None,
        }
    }

    fn related(&self, d: &Diagnostic) -> Option<Vec<DiagnosticRelatedInformation>> {
        let others = d.labels.iter().skip(1);
        let related: Vec<_> = others
            .filter_map(|label| {
                let source = self.sources.get(label.span.file)?;
                Some(DiagnosticRelatedInformation {
                    location: Location::new(
                        self.snapshot.uri(&source.name)?,
                        self.range(label.span),
                    ),
                    message: label.text.clone(),
                })
            })
            .collect();
        (!related.is_empty()).then_some(related)
    }
}

/// What is wrong, why here, and what to type.
fn message(d: &Diagnostic) -> String {
    let here = d.labels.first().map_or("", |l| l.text.as_str());
    let mut text = d.message.clone();
    if !here.is_empty() {
        text.push_str(&format!("\n{here}"));
    }
    if let Some(help) = &d.help {
        text.push_str(&format!("\nhelp: {help}"));
    }
    text
}

fn severity(severity: Severity) -> DiagnosticSeverity {
    match severity {
        Severity::Error => DiagnosticSeverity::ERROR,
        Severity::Warning => DiagnosticSeverity::WARNING,
        Severity::Advice => DiagnosticSeverity::INFORMATION,
    }
}
