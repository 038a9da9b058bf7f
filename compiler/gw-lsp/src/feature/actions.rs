//! Code actions: the fixes that findings carry, one at a time or all at once.

use crate::feature::diagnostics::Finding;
use crate::snapshot::View;
use crate::text::Encoding;
use gw_syntax::{Fix, Span};
use lsp_types::{CodeAction, CodeActionKind, CodeActionOrCommand, TextEdit, Uri, WorkspaceEdit};
use std::collections::HashMap;

/// The kind of an action that applies every fix of a file.
pub(crate) const FIX_ALL: &str = "source.fixAll.gw";

/// A file with the findings of its text as it is.
pub(crate) struct Found<'f> {
    pub(crate) view: &'f View,
    pub(crate) uri: Uri,
    pub(crate) findings: &'f [Finding],
    pub(crate) units: Encoding,
}

/// The actions for a range of a file.
pub(crate) fn actions(
    found: &Found<'_>,
    (from, to): (usize, usize),
    only: Option<&[CodeActionKind]>,
) -> Vec<CodeActionOrCommand> {
    let wants = |kind: &CodeActionKind| {
        let asked = |o: &CodeActionKind| {
            kind == o || kind.as_str().starts_with(&format!("{}.", o.as_str()))
        };
        only.is_none_or(|only| only.iter().any(asked))
    };
    let mut out = Vec::new();
    if wants(&CodeActionKind::QUICKFIX) {
        let touched = found.findings.iter().filter(|f| {
            let span = f.diagnostic.span();
            span.start as usize <= to && from <= span.end as usize
        });
        out.extend(touched.filter_map(|f| quick_fix(found, f)));
    }
    let all = CodeActionKind::new(FIX_ALL);
    if wants(&all) {
        out.extend(fix_all(found, all));
    }
    out.into_iter()
        .map(CodeActionOrCommand::CodeAction)
        .collect()
}

fn quick_fix(found: &Found<'_>, finding: &Finding) -> Option<CodeAction> {
    let fix = finding.diagnostic.fix.as_ref()?;
    Some(CodeAction {
        title: fix.title.clone(),
        kind: Some(CodeActionKind::QUICKFIX),
        diagnostics: Some(vec![finding.shown.clone()]),
        edit: Some(edit(found, &[fix])),
        is_preferred: Some(true),
        ..CodeAction::default()
    })
}

fn fix_all(found: &Found<'_>, kind: CodeActionKind) -> Option<CodeAction> {
    let mut fixes: Vec<&Fix> = Vec::new();
    for fix in found
        .findings
        .iter()
        .filter_map(|f| f.diagnostic.fix.as_ref())
    {
        let meets = |other: &&Fix| {
            let pairs = other
                .edits
                .iter()
                .flat_map(|(a, _)| fix.edits.iter().map(move |(b, _)| (a, b)));
            pairs.into_iter().any(|(a, b)| overlap(*a, *b))
        };
        // What two fixes would change differently waits for the next round.
        if !fixes.iter().any(meets) {
            fixes.push(fix);
        }
    }
    if fixes.is_empty() {
        return None;
    }
    Some(CodeAction {
        title: "apply every fix".to_owned(),
        kind: Some(kind),
        edit: Some(edit(found, &fixes)),
        ..CodeAction::default()
    })
}

fn overlap(a: Span, b: Span) -> bool {
    a.file == b.file && a.start <= b.end && b.start <= a.end
}

/// The edit that applies fixes, all of which stay in this file.
#[expect(
    clippy::mutable_key_type,
    reason = "the protocol's type; its keys are never changed"
)]
fn edit(found: &Found<'_>, fixes: &[&Fix]) -> WorkspaceEdit {
    let edits = fixes.iter().flat_map(|f| &f.edits);
    let own = edits.map(|(span, text)| {
        let (start, end) = (span.start as usize, span.end as usize);
        let range = found.view.text.range(start, end, found.units);
        TextEdit::new(range, text.clone())
    });
    let changes: HashMap<Uri, Vec<TextEdit>> = HashMap::from([(found.uri.clone(), own.collect())]);
    WorkspaceEdit {
        changes: Some(changes),
        ..WorkspaceEdit::default()
    }
}
