//! Comments, strings and path literals of the scanner.

use super::{Dialect, Scanner, blank_before, chars};
use crate::parse::lexeme::{self, Extent};
use crate::{Code, Comment, Diagnostic, Span};

impl Scanner<'_> {
    pub(super) fn comment(&mut self) {
        let start = self.at;
        let rest = self.bytes.get(start..).unwrap_or_default();
        let length = rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len());
        let text = self
            .source
            .get(start..start + length)
            .unwrap_or_default()
            .trim_end();
        self.check_chars(start, start + text.len(), chars::Place::Comment);
        self.comments.push(Comment {
            text: text.into(),
            span: self.span(start, start + text.len()),
            blank_before: blank_before(self.bytes, start),
        });
        self.mask(start..start + length);
        self.at = start + length;
    }

    pub(super) fn string(&mut self) {
        let start = self.at;
        match lexeme::string_extent(self.bytes, start) {
            Extent::Closed(end) => {
                self.check_chars(start, end, chars::Place::String);
                self.at = end;
            }
            Extent::Open(end) => {
                self.diagnostics
                    .push(unclosed_string(self.span(start, end), self.opening(start)));
                let end = self.before_closing(start, end);
                self.patch_string(start, end);
                self.at = end;
            }
        }
    }

    /// Where a string that is never closed may be taken to end: before the brackets at the end of its
    /// line that belong to others on this line, as in `header { name = "x }`.
    fn before_closing(&self, start: usize, end: usize) -> usize {
        let swallowed = self.bytes.get(start..end).unwrap_or_default();
        if swallowed.contains(&b'\n') {
            return end;
        }
        let ends = swallowed.iter().enumerate().rev();
        let ends = ends.take_while(|(_, b)| b" \t\r)]}".contains(b));
        let brackets = ends.filter(|(_, b)| b")]}".contains(b));
        let mut brackets: Vec<(usize, u8)> = brackets.map(|(at, b)| (at, *b)).collect();
        brackets.reverse();
        let own = || {
            self.open
                .iter()
                .rev()
                .take_while(|o| o.at >= self.line_start)
        };
        let closes = |these: &[(usize, u8)]| {
            let pairs = these.iter().zip(own());
            these.len() <= own().count() && pairs.into_iter().all(|((_, b), o)| *b == o.partner())
        };
        let mut candidates = (0..brackets.len()).filter_map(|from| brackets.get(from..));
        match candidates
            .find(|these| closes(these))
            .and_then(|c| c.first())
        {
            Some((at, _)) if *at >= 2 => start + at,
            _ => end,
        }
    }

    /// Puts a whole string in the place of a broken one, so that the rest can be read.
    fn patch_string(&mut self, start: usize, end: usize) {
        self.mask(start..end);
        let multiline = self
            .bytes
            .get(start..end)
            .is_some_and(|b| b.contains(&b'\n'));
        if multiline || end < start + 2 {
            self.unsound();
            return;
        }
        for at in [start, end - 1] {
            if let Some(byte) = self.masked.get_mut(at) {
                *byte = b'"';
            }
        }
    }

    fn opening(&self, start: usize) -> &'static str {
        match self.bytes.get(start..start + 3) {
            Some(b"\"\"\"") => "\"\"\"",
            Some(b"'''") => "'''",
            _ if self.bytes.get(start) == Some(&b'\'') => "'",
            _ => "\"",
        }
    }

    /// A path literal where only the words of a declaration stand before it on its line: quotes
    /// and brackets of its regular expressions are none of the file's.
    pub(super) fn is_path(&self) -> bool {
        let before = self.at.checked_sub(1).and_then(|i| self.bytes.get(i));
        if self.dialect == Dialect::Expression || !matches!(before, Some(b' ' | b'\t')) {
            return false;
        }
        let line = self
            .masked
            .get(self.line_start..self.at)
            .unwrap_or_default();
        let from = line
            .iter()
            .rposition(|b| matches!(b, b'{' | b'}' | b';' | b','));
        let header = line.get(from.map_or(0, |i| i + 1)..).unwrap_or_default();
        let header = header.trim_ascii();
        let wordy = |b: &u8| lexeme::is_name_char(*b) || matches!(b, b' ' | b'\t' | b'|' | b'.');
        let mut words = header.split(|b| matches!(b, b' ' | b'\t'));
        !header.is_empty()
            && header.iter().all(wordy)
            && !words
                .by_ref()
                .skip(1)
                .any(|w| matches!(w, b"when" | b"where" | b"by" | b"in"))
    }

    pub(super) fn path(&mut self) {
        self.at = lexeme::path_end(self.bytes, self.at)
            .unwrap_or(self.at)
            .max(self.at + 1);
    }
}

fn unclosed_string(span: Span, quote: &str) -> Diagnostic {
    let end = if quote.len() > 1 { "file" } else { "line" };
    Diagnostic::new(Code::UnclosedString, span, "this string is never closed")
        .here(format!("no closing {quote} before the {end} ends"))
        .help(format!(
            "close it with {quote}; text over several lines stands between \"\"\" and \"\"\""
        ))
}
