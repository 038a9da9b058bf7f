//! Brackets of the scanner: pairs, strays, what is never closed, and nesting.

use super::{MAX_NESTING, Scanner};
use crate::parse::lexeme;
use crate::{Code, Diagnostic, Span};

/// Missing braces that are supplied in one file; each costs a second look at its item.
const MAX_SUPPLIED: usize = 20;

/// A bracket that waits for its partner.
#[derive(Clone, Copy)]
pub(super) struct Open {
    pub(super) byte: u8,
    pub(super) at: usize,
    /// The indentation of its line, in bytes.
    indent: usize,
}

impl Open {
    pub(super) fn partner(self) -> u8 {
        match self.byte {
            b'(' => b')',
            b'[' => b']',
            _ => b'}',
        }
    }
}

impl Scanner<'_> {
    pub(super) fn open_bracket(&mut self, byte: u8) {
        if self.open.len() >= MAX_NESTING {
            self.diagnostics
                .push(too_deep(self.span(self.at, self.at + 1)));
            self.skip_item();
            return;
        }
        self.open.push(Open {
            byte,
            at: self.at,
            indent: self.indent(),
        });
        if let Some(item) = &mut self.item {
            item.nesting = item.nesting.max(self.open.len());
        }
        self.at += 1;
    }

    pub(super) fn close_bracket(&mut self, byte: u8) {
        match self.open.iter().rposition(|o| o.partner() == byte) {
            None => self.stray(byte),
            Some(index) => {
                let unclosed = self.open.get(index + 1).copied();
                if let Some(line_end) = unclosed.and_then(|inner| self.end_of_call(inner)) {
                    self.supplied.push(line_end);
                    self.begin_again();
                    return;
                }
                if let Some(inner) = unclosed {
                    self.report_unclosed(inner, self.at, "this closes the bracket around it");
                    self.unsound();
                }
                let partner = self.open.get(index).copied();
                self.open.truncate(index);
                if let Some(partner) = partner {
                    self.note_suspect(partner);
                }
            }
        }
        self.at += 1;
    }

    /// Remembers the first brace whose closing one stands further left than its own line.
    fn note_suspect(&mut self, partner: Open) {
        if self.line_first != Some(self.at) || self.indent() >= partner.indent {
            return;
        }
        if let Some(item) = &mut self.item
            && item.suspect.is_none()
        {
            item.suspect = Some(partner);
        }
    }

    fn indent(&self) -> usize {
        self.line_first
            .unwrap_or(self.at)
            .saturating_sub(self.line_start)
    }

    fn stray(&mut self, byte: u8) {
        let follows_broken = self.items.last().is_some_and(|i| !i.sound);
        let broken = self.item.is_some_and(|i| !i.sound);
        if !(broken || follows_broken && self.item.is_some_and(|i| i.start == self.at)) {
            let span = self.span(self.at, self.at + 1);
            self.diagnostics.push(stray_bracket(span, char::from(byte)));
        }
        self.mask(self.at..self.at + 1);
    }

    /// Goes back to the start of the item whose bracket is never closed, to read it again with
    /// top-level words as firm ground. False when that has been done already.
    pub(super) fn rewind(&mut self) -> bool {
        let Some(item) = self.item.filter(|_| !self.resync) else {
            return false;
        };
        match item.suspect.and_then(|open| self.missing_brace(open)) {
            Some(line_end) => self.supplied.push(line_end),
            None => self.resync = true,
        }
        self.begin_again();
        true
    }

    /// Goes back to the start of the item.
    fn begin_again(&mut self) {
        let Some(item) = self.item.take() else { return };
        self.open.clear();
        self.comments.truncate(item.comments);
        self.diagnostics.truncate(item.diagnostics);
        if let (Some(masked), Some(bytes)) = (
            self.masked.get_mut(item.start..),
            self.bytes.get(item.start..),
        ) {
            masked.copy_from_slice(bytes);
        }
        self.at = item.start;
        self.line_start = item.line_start;
        self.line_first = None;
        self.last_end = item.start;
    }

    /// The line end where the partner of a parenthesis or a square bracket belongs, if what it opens
    /// was to stand on one line. `None` where that is no place for it.
    fn end_of_call(&self, open: Open) -> Option<usize> {
        let spent = self.resync || self.supplied.len() >= MAX_SUPPLIED;
        if open.byte == b'{' || spent || self.item.is_none() {
            return None;
        }
        let rest = self.bytes.get(open.at + 1..)?;
        let length = rest.iter().position(|b| *b == b'\n')?;
        let end = open.at + 1 + length;
        let line = self.masked.get(open.at + 1..end)?.trim_ascii_end();
        let whole = line
            .last()
            .is_some_and(|b| lexeme::is_name_char(*b) || b"\"')]".contains(b));
        let room = self.bytes.get(end + 1) == Some(&b' ');
        let usable = whole && room && end < self.at && !self.supplied.contains(&end);
        usable.then_some(end)
    }

    /// The line end where the partner of a brace belongs: before the first line that is indented
    /// no further than the brace's own. `None` where that is no place for it.
    fn missing_brace(&self, open: Open) -> Option<usize> {
        if open.indent == 0 || self.supplied.len() >= MAX_SUPPLIED {
            return None;
        }
        let first_end = open.at
            + self
                .bytes
                .get(open.at..)?
                .iter()
                .position(|b| *b == b'\n')?;
        let mut end = first_end;
        loop {
            let rest = self.bytes.get(end + 1..)?;
            let indent = rest.iter().take_while(|b| **b == b' ').count();
            let blank = matches!(rest.get(indent), Some(b'\n' | b'\r') | None);
            if !blank && indent <= open.indent {
                // Where a block holds nothing it is not its brace that is missing; a parameter of a
                // path ends on its line.
                let holds = end > first_end || self.is_parameter(open);
                let usable = indent > 0 && holds && !self.supplied.contains(&end);
                return usable.then_some(end);
            }
            end += 1 + rest.iter().position(|b| *b == b'\n')?;
        }
    }

    /// Whether a brace begins a parameter of a path.
    fn is_parameter(&self, open: Open) -> bool {
        let before = open.at.checked_sub(1).and_then(|at| self.bytes.get(at));
        before == Some(&b'/')
    }

    /// Takes the missing brace as written at this line end, and says so.
    pub(super) fn supply_brace(&mut self) {
        let Some(open) = self.open.pop() else { return };
        let (from, to) = (self.at + 1, self.at + 1 + self.indent_after());
        self.report_unclosed(open, to, "it belongs before this line");
        for (at, byte) in [(self.at, open.partner()), (from, b'\n')] {
            if let Some(slot) = self.masked.get_mut(at) {
                *slot = byte;
            }
        }
    }

    fn indent_after(&self) -> usize {
        let rest = self.bytes.get(self.at + 1..).unwrap_or_default();
        rest.iter().take_while(|b| **b == b' ').count()
    }

    /// Reports what is still open where an item has to end.
    pub(super) fn finish_unclosed(&mut self, end: usize) {
        let Some(&innermost) = self.open.last() else {
            return;
        };
        let suspect = self.item.and_then(|i| i.suspect);
        let culprit = suspect.unwrap_or(innermost);
        let text = if end >= self.bytes.len() {
            "the file ends here"
        } else {
            "the next item begins here"
        };
        if self.item.is_some_and(|i| i.sound) {
            self.report_unclosed(culprit, end, text);
        }
        self.unsound();
        self.open.clear();
    }

    fn report_unclosed(&mut self, open: Open, other: usize, text: &str) {
        // A string that is never closed has swallowed the closing bracket.
        let since = self.item.map_or(0, |i| i.diagnostics);
        let mut found = self.diagnostics.iter().skip(since);
        if found.any(|d| d.code == Code::UnclosedString) {
            return;
        }
        let span = self.span(open.at, open.at + 1);
        let word_end = other
            + self.bytes.get(other..).map_or(0, |rest| {
                rest.iter()
                    .take_while(|b| b.is_ascii_alphanumeric())
                    .count()
                    .max(1)
                    .min(rest.len())
            });
        let (opening, closing) = (char::from(open.byte), char::from(open.partner()));
        let diagnostic = Diagnostic::new(
            Code::UnclosedBrace,
            span,
            format!("this `{opening}` is never closed"),
        )
        .here(format!("a `{closing}` is missing for it"))
        .because(self.span(other, word_end), text);
        self.diagnostics.push(match self.hidden_in_comment(open) {
            Some(comment) => diagnostic
                .because(
                    comment,
                    format!("`//` begins a comment, and its `{closing}` does not count"),
                )
                .help("put an address into quotes: \"http://host\""),
            None => diagnostic.help(format!("add `{closing}` where the part ends")),
        });
    }

    /// A comment on the line of an opening bracket that holds the closing one.
    fn hidden_in_comment(&self, open: Open) -> Option<Span> {
        let rest = self.bytes.get(open.at..)?;
        let end = open.at + rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len());
        let on_line = |span: &Span| (open.at..end).contains(&(span.start as usize));
        let comment = self.comments.iter().rev().find(|c| on_line(&c.span))?;
        comment
            .text
            .contains(char::from(open.partner()))
            .then_some(comment.span)
    }
}

fn stray_bracket(span: Span, bracket: char) -> Diagnostic {
    let opening = match bracket {
        ')' => '(',
        ']' => '[',
        _ => '{',
    };
    Diagnostic::new(
        Code::UnexpectedClose,
        span,
        format!("`{bracket}` closes nothing"),
    )
    .here(format!("no `{opening}` is open here"))
    .help("remove it, or look for a bracket above that closes too early")
    .fix(format!("remove `{bracket}`"), span, "")
}

/// The finding for brackets or expressions that stand too deep.
pub(crate) fn too_deep(span: Span) -> Diagnostic {
    Diagnostic::new(
        Code::NestingTooDeep,
        span,
        format!("nesting goes deeper than {MAX_NESTING}"),
    )
    .here("too deep from here on")
    .help("name inner parts with `let`, or split the block")
}
