//! Statements that are left unread: their head, their name, and where they end.

use super::Direct;
use super::token::is_name_start;
use crate::parse::lexeme::{Extent, string_extent};
use crate::{Head, Part, Statement};
use thin_vec::thin_vec;

impl Direct<'_, '_, '_> {
    /// The statement of `parent` that begins here, if it may be left unread; goes to its end.
    pub(super) fn unread(&mut self, parent: &str) -> Option<Statement> {
        let unread = self.builder.unread?;
        let start = self.at;
        let head_end = self.name_end(start);
        if self.text.get(start..head_end) != Some(unread.head) || !unread.parents.contains(&parent)
        {
            return None;
        }
        let end = self.block_end(head_end)?;
        if self.text.get(start..end)?.contains(unread.unless) {
            return None;
        }
        let statement = self.outline(start, head_end, end);
        self.at = if statement.is_some() { end } else { start };
        statement
    }

    fn outline(&mut self, start: usize, head_end: usize, end: usize) -> Option<Statement> {
        self.at = head_end;
        let head = self.ident_from(start);
        self.blank();
        if self.at == head_end || !self.peek().is_some_and(is_name_start) {
            return None;
        }
        let name = self.ident();
        if !matches!(self.peek(), Some(b' ' | b'\t')) {
            return None;
        }
        let mut statement = self.builder.open_statement(self.builder.place(start, end));
        statement.head = Head::Name(head);
        statement.parts = thin_vec![Part::Word(name)];
        statement.unread = true;
        self.builder.close_statement(&mut statement);
        Some(statement)
    }

    /// Where the block ends that a statement ends in, as far as brackets tell.
    fn block_end(&self, from: usize) -> Option<usize> {
        let (mut at, mut depth) = (from, 0usize);
        loop {
            match self.peek_at(at)? {
                b'"' | b'\'' => match string_extent(self.bytes, at) {
                    Extent::Closed(end) => {
                        at = end;
                        continue;
                    }
                    Extent::Open(_) => return None,
                },
                b'{' | b'(' | b'[' => depth += 1,
                b'}' if depth == 1 && self.separates(at + 1) => return Some(at + 1),
                b'}' | b')' | b']' => depth = depth.checked_sub(1)?,
                b'\n' | b';' | b',' if depth == 0 => return None,
                _ => {}
            }
            at += 1;
        }
    }

    /// Whether a statement can end at a place, for what follows.
    fn separates(&self, at: usize) -> bool {
        let rest = self.bytes.get(at..).unwrap_or_default();
        let next = rest.iter().find(|b| !matches!(b, b' ' | b'\t'));
        matches!(next, None | Some(b'\n' | b';' | b',' | b'}'))
    }
}
