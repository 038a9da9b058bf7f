//! A header without its opening brace: its lines stand beside it, and its closing brace closes what is
//! around it. That is one mistake.

use super::{Cover, is_stray};
use crate::resolve::Program;
use gw_syntax::{Code, Diagnostic, Span};

/// What headers without a brace explain.
#[derive(Default)]
pub(super) struct Bare {
    /// Headers with the stray brace that closes them.
    closed: Vec<(Span, Span)>,
    /// The lines that were meant to be inside.
    lines: Cover,
}

impl Bare {
    /// Whether a finding is gone once the brace stands.
    pub(super) fn explains(&self, diagnostic: &Diagnostic) -> bool {
        let span = diagnostic.span();
        match diagnostic.code {
            Code::UnexpectedClose => self.closed.iter().any(|(_, stray)| *stray == span),
            Code::MisplacedBlock | Code::UnknownBlock | Code::UnknownField => {
                self.lines.holds(span)
            }
            _ => false,
        }
    }
}

/// Most headers that are paired: each is looked for among all declarations.
const MOST: usize = 64;

/// Gives each header the first stray brace behind it.
pub(super) fn find(program: &Program<'_>, found: &[Diagnostic]) -> Bare {
    let headers = found.iter().filter(|d| d.code == Code::MissingBlock);
    let mut strays: Vec<Span> = found
        .iter()
        .filter(|d| is_stray(d))
        .map(Diagnostic::span)
        .collect();
    let mut headers: Vec<Span> = headers.map(Diagnostic::span).collect();
    headers.sort_by_key(|span| (span.file, span.start));
    strays.sort_by_key(|span| (span.file, span.start));
    headers.dedup();
    let mut closed = Vec::new();
    let mut lines = Vec::new();
    for header in headers.into_iter().take(MOST) {
        let behind = |stray: &Span| stray.file == header.file && stray.start >= header.end;
        let Some(at) = strays.iter().position(behind) else {
            continue;
        };
        let stray = strays.remove(at);
        // Inside another block, the lines end with that block: its brace was taken for theirs.
        let around = |span: &Span| {
            span.file == header.file && span.start < header.start && header.end < span.end
        };
        let items = program.decls.iter().map(|d| d.statement.span);
        let outer = items.filter(around).max_by_key(|span| span.start);
        let end = outer.map_or(stray.start, |span| span.end);
        lines.push(Span::new(header.file, header.end as usize, end as usize));
        closed.push((header, stray));
    }
    Bare {
        closed,
        lines: Cover::of(lines),
    }
}

/// Where the closing brace is there, the opening one is all that is missing.
pub(super) fn offer_brace(bare: &Bare, found: &mut [Diagnostic]) {
    for diagnostic in found.iter_mut().filter(|d| d.code == Code::MissingBlock) {
        let span = diagnostic.span();
        if bare.closed.iter().any(|(header, _)| *header == span) {
            let end = Span::new(span.file, span.end as usize, span.end as usize);
            *diagnostic =
                diagnostic
                    .clone()
                    .help("end the line with `{`")
                    .fix("write `{`", end, " {");
        }
    }
}
