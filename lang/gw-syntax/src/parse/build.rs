//! What all builders share: places, comments, findings. The builders turn pest's pairs, which are
//! known to fit the grammar, into the tree. Must not know the grammar's shape itself.

use super::grammar::Pair;
use super::scan::{MAX_NESTING, too_deep};
use super::sparse::Unread;
use crate::{Code, Comment, Diagnostic, Expr, ExprKind, FileId, Ident, Span};

/// State of building one text's tree.
pub(super) struct Builder<'a> {
    file: FileId,
    /// Where the parsed text begins in its file.
    pub(super) base: usize,
    /// The whole source, for blank lines and raw text.
    pub(super) source: &'a [u8],
    /// Comments of the whole source, in order.
    pub(super) comments: &'a [Comment],
    /// The first comment that belongs to nobody yet.
    pub(super) next_comment: usize,
    /// What is left unread.
    pub(super) unread: Option<Unread>,
    pub(super) diagnostics: Vec<Diagnostic>,
}

/// An expression and how deep its tree is.
pub(super) struct Built {
    pub(super) expr: Expr,
    pub(super) depth: usize,
}

impl<'a> Builder<'a> {
    /// A builder for a text that begins at `base` of `file`.
    pub(super) fn new(file: FileId, base: usize) -> Self {
        Self {
            file,
            base,
            source: &[],
            comments: &[],
            next_comment: 0,
            unread: None,
            diagnostics: Vec::new(),
        }
    }

    /// Gives the builder the source and its comments, which statements need.
    pub(super) fn with_source(self, source: &'a str, comments: &'a [Comment]) -> Self {
        Self {
            source: source.as_bytes(),
            comments,
            ..self
        }
    }

    pub(super) fn span(&self, pair: &Pair<'_>) -> Span {
        let span = pair.as_span();
        self.place(span.start(), span.end())
    }

    /// A range of the parsed text as a place in the file.
    pub(super) fn place(&self, start: usize, end: usize) -> Span {
        Span::new(self.file, self.base + start, self.base + end)
    }

    pub(super) fn ident(&self, pair: &Pair<'_>) -> Ident {
        Ident {
            name: pair.as_str().into(),
            span: self.span(pair),
        }
    }

    pub(super) fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// An expression over parts that are `depth` deep; too deep a tree is reported once and cut,
    /// so that nothing downstream can run out of stack.
    pub(super) fn node(&mut self, kind: ExprKind, span: Span, depth: usize) -> Built {
        if depth < MAX_NESTING {
            return Built {
                expr: Expr { kind, span },
                depth: depth + 1,
            };
        }
        if !self
            .diagnostics
            .iter()
            .any(|d| d.code == Code::NestingTooDeep)
        {
            self.report(too_deep(span));
        }
        self.invalid(span)
    }

    /// The stand-in for text that a finding exists for.
    pub(super) fn invalid(&self, span: Span) -> Built {
        Built {
            expr: Expr {
                kind: ExprKind::Invalid,
                span,
            },
            depth: 1,
        }
    }

    /// An empty identifier, for trees that a finding exists for.
    pub(super) fn nameless(&self, span: Span) -> Ident {
        Ident {
            name: Default::default(),
            span,
        }
    }
}
