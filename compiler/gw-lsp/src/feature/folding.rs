//! What can be folded: blocks over several lines, and comments that follow each other.

use crate::snapshot::View;
use gw_syntax::{Comment, Statement};
use lsp_types::{FoldingRange, FoldingRangeKind};

/// The ranges of a file.
pub(crate) fn ranges(view: &View) -> Vec<FoldingRange> {
    let mut out = Vec::new();
    let file = view.file();
    comments(view, &file.edition_trivia.before, &mut out);
    file.items.iter().for_each(|s| statement(view, s, &mut out));
    imports(view, &mut out);
    comments(view, &file.tail, &mut out);
    out.sort_by_key(|r| (r.start_line, r.end_line));
    out
}

fn statement(view: &View, s: &Statement, out: &mut Vec<FoldingRange>) {
    comments(view, &s.trivia.before, out);
    let Some(block) = &s.block else { return };
    let first = view.text.line(block.span.start as usize);
    let last = view.text.line((block.span.end as usize).saturating_sub(1));
    // The closing brace stays in sight.
    push(out, first, last.saturating_sub(1), None);
    block
        .statements
        .iter()
        .for_each(|s| statement(view, s, out));
    comments(view, &block.tail, out);
}

fn comments(view: &View, list: &[Comment], out: &mut Vec<FoldingRange>) {
    let line = |c: &Comment| view.text.line(c.span.start as usize);
    for run in list.chunk_by(|a, b| line(a) + 1 == line(b)) {
        if let (Some(first), Some(last)) = (run.first(), run.last()) {
            push(
                out,
                line(first),
                line(last),
                Some(FoldingRangeKind::Comment),
            );
        }
    }
}

fn imports(view: &View, out: &mut Vec<FoldingRange>) {
    let spans: Vec<_> = crate::scope::imports(view)
        .map(|i| i.statement.span)
        .collect();
    if let (Some(first), Some(last)) = (spans.first(), spans.last()) {
        let first = view.text.line(first.start as usize);
        let last = view.text.line((last.end as usize).saturating_sub(1));
        push(out, first, last, Some(FoldingRangeKind::Imports));
    }
}

fn push(out: &mut Vec<FoldingRange>, first: usize, last: usize, kind: Option<FoldingRangeKind>) {
    if first < last {
        out.push(FoldingRange {
            start_line: crate::text::narrow(first),
            end_line: crate::text::narrow(last),
            kind,
            ..FoldingRange::default()
        });
    }
}
