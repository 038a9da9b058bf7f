//! Texts and the places that editors name in them: lines and columns in the units that were
//! agreed on. Any place an editor sends leads somewhere inside the text. Must not know what the
//! text means.

use lsp_types::{Position, PositionEncodingKind, Range, TextDocumentContentChangeEvent};
use std::sync::Arc;

/// The units that columns count in.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum Encoding {
    /// Bytes.
    Utf8,
    /// UTF-16 code units: what every editor understands.
    #[default]
    Utf16,
    /// Unicode scalar values.
    Utf32,
}

impl Encoding {
    /// The cheapest encoding that an editor offers.
    pub(crate) fn agree(offered: Option<&[PositionEncodingKind]>) -> Self {
        let offers = |kind: &PositionEncodingKind| offered.is_some_and(|o| o.contains(kind));
        if offers(&PositionEncodingKind::UTF8) {
            Encoding::Utf8
        } else if offers(&PositionEncodingKind::UTF32) && !offers(&PositionEncodingKind::UTF16) {
            Encoding::Utf32
        } else {
            Encoding::Utf16
        }
    }

    pub(crate) fn kind(self) -> PositionEncodingKind {
        match self {
            Encoding::Utf8 => PositionEncodingKind::UTF8,
            Encoding::Utf16 => PositionEncodingKind::UTF16,
            Encoding::Utf32 => PositionEncodingKind::UTF32,
        }
    }

    /// How many units a text takes.
    fn units(self, text: &str) -> usize {
        if self == Encoding::Utf8 || text.is_ascii() {
            return text.len();
        }
        text.chars().map(|c| self.width(c)).sum()
    }

    /// How many units a character takes.
    fn width(self, character: char) -> usize {
        match self {
            Encoding::Utf8 => character.len_utf8(),
            Encoding::Utf16 => character.len_utf16(),
            Encoding::Utf32 => 1,
        }
    }
}

/// A text with its lines.
#[derive(Clone, Debug)]
pub(crate) struct Text {
    pub(crate) text: Arc<str>,
    starts: Arc<[u32]>,
}

impl Text {
    pub(crate) fn new(text: impl Into<Arc<str>>) -> Self {
        let text: Arc<str> = text.into();
        let ends = memchr::memchr_iter(b'\n', text.as_bytes());
        let starts: Vec<u32> = std::iter::once(0)
            .chain(ends.map(|at| narrow(at + 1)))
            .collect();
        let starts = starts.into();
        Self { text, starts }
    }

    /// The line of an offset, from 0.
    pub(crate) fn line(&self, offset: usize) -> usize {
        let offset = narrow(offset);
        self.starts.partition_point(|s| *s <= offset).max(1) - 1
    }

    /// Where a line begins; the end of the text for lines after the last.
    pub(crate) fn line_start(&self, line: usize) -> usize {
        self.starts
            .get(line)
            .map_or(self.text.len(), |s| *s as usize)
    }

    /// A line without its end.
    fn line_text(&self, line: usize) -> &str {
        let (start, end) = (self.line_start(line), self.line_start(line + 1));
        let text = self.text.get(start..end).unwrap_or("");
        text.trim_end_matches('\n').trim_end_matches('\r')
    }

    /// The place of an offset. Offsets inside a character mean its beginning.
    pub(crate) fn position(&self, offset: usize, encoding: Encoding) -> Position {
        let offset = self.floor(offset);
        let line = self.line(offset);
        let before = self
            .text
            .get(self.line_start(line)..offset)
            .unwrap_or_default();
        Position::new(narrow(line), narrow(encoding.units(before)))
    }

    /// The place of an offset that is not before one whose place is known: quick for many places
    /// on one long line.
    pub(crate) fn position_from(
        &self,
        (known, at): (usize, Position),
        offset: usize,
        encoding: Encoding,
    ) -> Position {
        let between = self.text.get(known..offset);
        match between.filter(|t| !t.contains('\n')) {
            Some(between) => {
                let units = encoding.units(between);
                Position::new(at.line, at.character + narrow(units))
            }
            None => self.position(offset, encoding),
        }
    }

    /// The offset of a place; columns after the end of a line mean its end.
    pub(crate) fn offset(&self, position: Position, encoding: Encoding) -> usize {
        let line = position.line as usize;
        let start = self.line_start(line);
        let mut units = 0;
        for (at, character) in self.line_text(line).char_indices() {
            units += encoding.width(character);
            if units > position.character as usize {
                return start + at;
            }
        }
        start + self.line_text(line).len()
    }

    /// The range of two offsets.
    pub(crate) fn range(&self, start: usize, end: usize, encoding: Encoding) -> Range {
        Range::new(
            self.position(start, encoding),
            self.position(end.max(start), encoding),
        )
    }

    /// The text after a change; one without a range replaces everything.
    pub(crate) fn changed(
        &self,
        change: &TextDocumentContentChangeEvent,
        encoding: Encoding,
    ) -> Self {
        let Some(range) = change.range else {
            return Self::new(change.text.as_str());
        };
        let start = self.offset(range.start, encoding);
        let end = self.offset(range.end, encoding).max(start);
        let (head, tail) = (self.text.get(..start), self.text.get(end..));
        Self::new(
            [
                head.unwrap_or_default(),
                change.text.as_str(),
                tail.unwrap_or_default(),
            ]
            .concat(),
        )
    }

    /// The last beginning of a character at or before an offset.
    pub(crate) fn floor(&self, offset: usize) -> usize {
        let mut offset = offset.min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        offset
    }
}

/// Sizes of texts fit, since longer ones are not read.
pub(crate) fn narrow(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: &str = "gw 1\n// a 𝄞 clef\r\nend";

    #[test]
    fn places_count_in_the_agreed_units() {
        let text = Text::new(SAMPLE);
        let after_clef = SAMPLE.find(" clef").unwrap();
        let columns = [
            (Encoding::Utf8, 9),
            (Encoding::Utf16, 7),
            (Encoding::Utf32, 6),
        ];
        for (encoding, column) in columns {
            let position = text.position(after_clef, encoding);
            assert_eq!((position.line, position.character), (1, column));
            assert_eq!(text.offset(position, encoding), after_clef);
        }
    }

    #[test]
    fn any_place_is_inside() {
        let text = Text::new(SAMPLE);
        let at = |line, column| text.offset(Position::new(line, column), Encoding::Utf16);
        assert_eq!(at(1, 99), SAMPLE.find('\r').unwrap());
        assert_eq!(at(99, 0), SAMPLE.len());
        // Between the two halves of a surrogate pair lies the character itself.
        assert_eq!(at(1, 6), SAMPLE.find('𝄞').unwrap());
        let inside = SAMPLE.find('𝄞').unwrap() + 2;
        assert_eq!(text.position(inside, Encoding::Utf8), Position::new(1, 5));
    }

    #[test]
    fn changes_are_applied() {
        let change = |range, text: &str| TextDocumentContentChangeEvent {
            range,
            range_length: None,
            text: text.to_owned(),
        };
        let text = Text::new(SAMPLE);
        let range = Range::new(Position::new(0, 3), Position::new(1, 3));
        let text = text.changed(&change(Some(range), "2\n"), Encoding::Utf16);
        assert_eq!(&*text.text, "gw 2\na 𝄞 clef\r\nend");
        // A range that ends before it begins inserts.
        let backwards = Range::new(Position::new(0, 4), Position::new(0, 0));
        let text = text.changed(&change(Some(backwards), "!"), Encoding::Utf16);
        assert!(text.text.starts_with("gw 2!\n"));
        let text = text.changed(&change(None, "new"), Encoding::Utf16);
        assert_eq!(&*text.text, "new");
    }
}
