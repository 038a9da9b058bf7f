//! Routes are read when their turn comes: a large policy is routes above all, and their trees would
//! take many times its text. Where that does not go well the policy is read as a whole, so that
//! nothing hangs on it what is found.

use crate::cx::Cx;
use crate::load::{Files, Tree};
use gw_schema::{Document, SyntaxError};
use gw_syntax::{File, FileId, Sources, Statement, Unread};
use std::borrow::Cow;
use std::sync::Arc;

/// What is left unread at first. Levels of lints are looked for before routes are lowered.
pub(crate) const ROUTES: Unread = Unread {
    head: "route",
    parents: &["", "service"],
    unless: "lint",
};

/// How files are read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Reading {
    /// The entry file without its routes.
    Sparse,
    /// All at once.
    Whole,
}

/// Files whose entry was read before; it may be standard input, which has no second time.
pub(crate) struct Again<'f> {
    files: &'f dyn Files,
    entry: &'f str,
    text: &'f str,
}

impl<'f> Again<'f> {
    /// The entry file is the first of the sources.
    pub(crate) fn new(files: &'f dyn Files, entry: &'f str, sources: &'f Sources) -> Self {
        let text = sources.get(FileId(0)).map_or("", |s| &s.text);
        Self { files, entry, text }
    }
}

impl Files for Again<'_> {
    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        match path == self.entry {
            true => Ok(self.text.as_bytes().to_vec()),
            false => self.files.read(path),
        }
    }

    fn identity(&self, path: &str) -> String {
        self.files.identity(path)
    }

    fn tree(&self, id: FileId, path: &str) -> Option<Tree> {
        self.files.tree(id, path)
    }

    fn document(&self, path: &str, text: &str) -> Result<Arc<Document>, SyntaxError> {
        self.files.document(path, text)
    }
}

/// How many statements of a file were left unread.
pub(crate) fn count(file: &File) -> usize {
    let inner = |s: &Statement| s.block.as_ref().map_or(0, |b| unread(&b.statements));
    unread(&file.items) + file.items.iter().map(inner).sum::<usize>()
}

fn unread(statements: &[Statement]) -> usize {
    statements.iter().filter(|s| s.unread).count()
}

impl Cx<'_, '_> {
    /// The whole of a statement, read now if it was left unread; `None` where it cannot be read
    /// alone, and the policy will be read as a whole.
    pub(crate) fn whole_statement<'s>(
        &mut self,
        statement: &'s Statement,
    ) -> Option<Cow<'s, Statement>> {
        if !statement.unread {
            return Some(Cow::Borrowed(statement));
        }
        let source = self.sources.get(statement.span.file)?;
        let read = gw_syntax::read_statement(&source.text, statement.span)?;
        self.unread = self.unread.saturating_sub(1);
        Some(Cow::Owned(read))
    }
}
