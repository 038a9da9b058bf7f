//! Places in source text. Knows files and offsets; must not know what the text means.

use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// One source file of a compilation, an index into [`Sources`].
#[derive(
    Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Default, Serialize, Deserialize,
)]
pub struct FileId(pub u32);

/// A half-open byte range `start..end` of one file. Offsets are bytes of the UTF-8 text.
#[derive(
    Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Default, Serialize, Deserialize,
)]
pub struct Span {
    /// The file that the range belongs to.
    pub file: FileId,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// The range `start..end` of `file`.
    pub fn new(file: FileId, start: usize, end: usize) -> Self {
        let clamp = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Self {
            file,
            start: clamp(start),
            end: clamp(end),
        }
    }

    /// The smallest range that covers both, which must be of the same file.
    #[must_use]
    pub fn to(self, other: Span) -> Span {
        Span {
            file: self.file,
            start: self.start.min(other.start),
            end: self.end.max(other.end),
        }
    }

    /// An empty range at the first byte.
    #[must_use]
    pub fn at_start(self) -> Span {
        Span {
            end: self.start,
            ..self
        }
    }

    /// An empty range just after the last byte.
    #[must_use]
    pub fn at_end(self) -> Span {
        Span {
            start: self.end,
            ..self
        }
    }
}

/// A line and column for people: both count from 1, the column in Unicode scalar values.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct LineCol {
    /// Line, from 1.
    pub line: u32,
    /// Column, from 1, in Unicode scalar values.
    pub column: u32,
}

/// One source text with its display name.
#[derive(Clone, Debug)]
pub struct Source {
    /// Name as diagnostics print it, usually the path as the user gave it.
    pub name: String,
    /// The whole text.
    pub text: Arc<str>,
    line_starts: Vec<u32>,
    /// How many characters begin before each multiple of [`STRIDE`] bytes.
    begun: Vec<u32>,
}

/// A column is counted over no more bytes than this, however long its line is.
const STRIDE: usize = 4 << 10;

impl Source {
    /// A source with its line index.
    pub fn new(name: impl Into<String>, text: impl Into<Arc<str>>) -> Self {
        let text = text.into();
        let newlines = memchr::memchr_iter(b'\n', text.as_bytes());
        let line_starts = std::iter::once(0)
            .chain(newlines.map(|i| u32::try_from(i + 1).unwrap_or(u32::MAX)))
            .collect();
        let blocks = text.as_bytes().chunks(STRIDE);
        let begun = std::iter::once(0).chain(blocks.scan(0, |sum, block| {
            *sum += narrow(beginnings(block));
            Some(*sum)
        }));
        Self {
            name: name.into(),
            begun: begun.collect(),
            text,
            line_starts,
        }
    }

    /// The text of a line without its end, counted from 1; empty past the end.
    pub fn line(&self, number: u32) -> &str {
        let at = |n: u32| self.line_starts.get(n as usize).map(|s| *s as usize);
        let start = number.checked_sub(1).and_then(at).unwrap_or(usize::MAX);
        let end = at(number).unwrap_or(self.text.len());
        let line = self.text.get(start..end).unwrap_or("");
        line.trim_end_matches(['\n', '\r'])
    }

    /// Line and column of a byte offset; an offset past the end means the end.
    pub fn line_col(&self, offset: u32) -> LineCol {
        let line = self.line_starts.partition_point(|s| *s <= offset).max(1);
        self.in_line(line, offset)
    }

    /// Lines and columns of both ends of a range, which usually stand on one line.
    pub fn line_cols(&self, start: u32, end: u32) -> (LineCol, LineCol) {
        let from = self.line_col(start);
        let line = from.line as usize;
        let same = start <= end && self.line_starts.get(line).is_none_or(|next| end < *next);
        let to = match same {
            true => self.in_line(line, end),
            false => self.line_col(end),
        };
        (from, to)
    }

    /// Line and column of an offset in a line that is known.
    fn in_line(&self, line: usize, offset: u32) -> LineCol {
        let start = self.line_starts.get(line - 1).copied().unwrap_or(0) as usize;
        let end = (offset as usize).min(self.text.len());
        let column = match self.text.get(start..end) {
            Some(before) if self.is_ascii() => before.len(),
            Some(before) if before.len() <= STRIDE => beginnings(before.as_bytes()),
            Some(_) => self.characters_before(end) - self.characters_before(start),
            None => 0,
        };
        LineCol {
            line: narrow(line),
            column: narrow(column + 1),
        }
    }

    /// Whether every character is a byte, as in most sources.
    fn is_ascii(&self) -> bool {
        let characters = self.begun.last().copied().unwrap_or(0);
        characters as usize == self.text.len()
    }

    fn characters_before(&self, offset: usize) -> usize {
        let block = offset / STRIDE;
        let begun = self.begun.get(block).copied().unwrap_or(0) as usize;
        let rest = self.text.as_bytes().get(block * STRIDE..offset);
        begun + rest.map_or(0, beginnings)
    }
}

/// How many characters begin in these bytes of a text.
fn beginnings(bytes: &[u8]) -> usize {
    let continues = |byte: u8| byte & 0b1100_0000 == 0b1000_0000;
    bytes.iter().filter(|byte| !continues(**byte)).count()
}

fn narrow(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// The source texts of one compilation.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    files: Vec<Source>,
}

impl Sources {
    /// Adds a text and returns its identity.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<Arc<str>>) -> FileId {
        self.files.push(Source::new(name, text));
        FileId(u32::try_from(self.files.len() - 1).unwrap_or(u32::MAX))
    }

    /// The text with that identity, if it is one of this compilation.
    pub fn get(&self, file: FileId) -> Option<&Source> {
        self.files.get(file.0 as usize)
    }

    /// The text under a range; empty where the range is not in bounds.
    pub fn text(&self, span: Span) -> &str {
        let source = self.get(span.file);
        source
            .and_then(|s| s.text.get(span.start as usize..span.end as usize))
            .unwrap_or("")
    }

    /// All files, in the order of their identities.
    pub fn iter(&self) -> impl Iterator<Item = (FileId, &Source)> {
        (0u32..).map(FileId).zip(&self.files)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ends_of_a_range_stand_where_each_does() {
        let source = Source::new("a.gw", "one\nzwei é\n\nthree");
        for start in 0..22 {
            for end in 0..22 {
                let each = (source.line_col(start), source.line_col(end));
                assert_eq!(source.line_cols(start, end), each, "{start}..{end}");
            }
        }
        let last = LineCol { line: 4, column: 6 };
        assert_eq!(source.line_col(99), last);
    }

    #[test]
    fn columns_of_long_lines_are_those_of_short_ones() {
        for text in [
            "é".repeat(2 * STRIDE),
            "a€𝄞".repeat(STRIDE),
            "x".repeat(3 * STRIDE),
        ] {
            let source = Source::new("a.gw", format!("\n{text}"));
            for (before, (at, _)) in text.char_indices().enumerate().step_by(97) {
                let column = u32::try_from(before + 1).unwrap();
                let place = source.line_col(u32::try_from(at + 1).unwrap());
                assert_eq!(place, LineCol { line: 2, column });
            }
            let end = source.line_col(u32::MAX).column as usize;
            assert_eq!(end, text.chars().count() + 1);
        }
    }
}
