//! Parses a file but for the insides of many similar statements, which are read one by one when
//! their turn comes: the tree of a large file takes thirty times its text. Must not know what the
//! statements mean.

use super::alone::alone;
use super::item::{Input, build_file};
use super::scan::{self, Dialect};
use super::{MAX_SOURCE_BYTES, Span};
use crate::{File, FileId, Statement};

/// Which statements are left unread.
#[derive(Clone, Copy, Debug)]
pub struct Unread {
    /// Their first word.
    pub head: &'static str,
    /// The first words of statements that may hold them; the empty one stands for the file.
    pub parents: &'static [&'static str],
    /// Text that keeps a statement from being left unread.
    pub unless: &'static str,
}

/// Parses a file, leaving some statements [`unread`](Statement::unread). `None` where that is
/// not safe, because of any finding: [`parse`](super::parse) gives all of them.
///
/// Every statement that is left must be read by [`read_statement`] in the end. If one cannot be,
/// the file was not what it seemed, and has to be parsed as a whole.
pub fn parse_sparsely(id: FileId, text: &str, unread: Unread) -> Option<File> {
    if text.len() > MAX_SOURCE_BYTES {
        return None;
    }
    let mut scan = scan::scan(id, text, Dialect::Policy);
    let comments = std::mem::take(&mut scan.comments);
    let input = Input {
        source: text,
        comments: &comments,
        unread: Some(unread),
    };
    let (file, diagnostics) = build_file(id, scan, input);
    diagnostics.is_empty().then_some(file)
}

/// Reads a statement that [`parse_sparsely`] left unread in a file with this text; `None` where the
/// whole file has to be parsed. Comments in it are left out.
pub fn read_statement(text: &str, span: Span) -> Option<Statement> {
    let range = span.start as usize..span.end as usize;
    alone(span.file, text, range, PARENTS).map(|alone| alone.statement)
}

/// Statements that are left unread stand in the file, or in a statement of it.
const PARENTS: usize = 1;
