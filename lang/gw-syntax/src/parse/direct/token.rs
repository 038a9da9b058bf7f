//! Blanks and words, under the names that they have in the grammar.

use super::Direct;
use crate::parse::lexeme::is_name_char;
use crate::{CLAUSE_WORDS, Ident};

impl Direct<'_, '_, '_> {
    pub(super) fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    pub(super) fn peek_at(&self, at: usize) -> Option<u8> {
        self.bytes.get(at).copied()
    }

    pub(super) fn eat(&mut self, byte: u8) -> bool {
        let fits = self.peek() == Some(byte);
        self.at += usize::from(fits);
        fits
    }

    pub(super) fn blank(&mut self) {
        self.skip(|b| matches!(b, b' ' | b'\t'));
    }

    pub(super) fn gap(&mut self) {
        self.skip(|b| matches!(b, b' ' | b'\t' | b'\n'));
    }

    pub(super) fn seps(&mut self) {
        self.skip(|b| matches!(b, b' ' | b'\t' | b'\n' | b';' | b','));
    }

    fn skip(&mut self, fits: impl Fn(u8) -> bool) {
        while self.peek().is_some_and(&fits) {
            self.at += 1;
        }
    }

    /// Where the name that begins at `start` ends.
    pub(super) fn name_end(&self, start: usize) -> usize {
        let rest = self.bytes.get(start..).unwrap_or_default();
        start + rest.iter().take_while(|b| is_name_char(**b)).count()
    }

    /// The text from `start` to where we are, with its place.
    pub(super) fn ident_from(&self, start: usize) -> Ident {
        Ident {
            name: self.text.get(start..self.at).unwrap_or_default().into(),
            span: self.span(start),
        }
    }

    /// `ident`, which begins here.
    pub(super) fn ident(&mut self) -> Ident {
        let start = self.at;
        self.at = self.name_end(start);
        self.ident_from(start)
    }

    /// Whether a clause begins here: `clause_start`.
    pub(super) fn at_clause(&self) -> bool {
        self.at_clause_word(|word| CLAUSE_WORDS.contains(&word))
    }

    /// `clause_start` for some of its words.
    pub(super) fn at_clause_word(&self, fits: impl FnOnce(&str) -> bool) -> bool {
        let end = self.name_end(self.at);
        let word = self.text.get(self.at..end).unwrap_or_default();
        fits(word) && self.clause_goes_on(end)
    }

    /// `clause_go`: what follows can be the expression of a clause.
    fn clause_goes_on(&self, from: usize) -> bool {
        let rest = self.bytes.get(from..).unwrap_or_default();
        let next = rest.iter().find(|b| !matches!(b, b' ' | b'\t'));
        next.is_some_and(|b| !matches!(b, b'=' | b':' | b';' | b',' | b'\n' | b'{' | b'}' | b')'))
    }
}

/// `name_start`.
pub(super) fn is_name_start(byte: u8) -> bool {
    is_name_char(byte) && !byte.is_ascii_digit()
}
