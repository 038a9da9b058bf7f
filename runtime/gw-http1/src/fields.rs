//! A field section as it was read: lines that point into the bytes of the head.

use crate::classes::{has_underscore, is_token, lower};
use crate::known::{Known, KnownSet};
use crate::marks::Marks;
use crate::span::Span;
use std::ops::Range;

/// The field lines of a message in their order, and the bytes that they point into.
#[derive(Clone, Debug, Default)]
pub struct Fields {
    pub(crate) text: Vec<u8>,
    pub(crate) lines: Vec<Line>,
    /// Which lines there are.
    pub(crate) marks: Marks,
}

/// One field line. Names are in lower case.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line {
    pub(crate) name: Span,
    pub(crate) value: Span,
    pub(crate) known: Known,
    /// Whether the name holds an underscore.
    pub(crate) underscored: bool,
    /// Whether the text reads name, `: `, value and CR LF.
    pub(crate) usual: bool,
}

/// One field line, borrowed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Field<'f> {
    /// Which field, where it is known.
    pub known: Known,
    /// Its name in lower case.
    pub name: &'f [u8],
    /// Its value without surrounding white space; any bytes but control characters.
    pub value: &'f [u8],
}

impl Line {
    /// A line of `text`, whose name is put into lower case there.
    pub(crate) fn new(name: Span, value: Span, text: &mut [u8]) -> Self {
        lower(name.slice_mut(text));
        let between = text.get(name.end()..value.start());
        let end = text.get(value.end()..value.end() + 2);
        let usual = between == Some(b": ") && end == Some(b"\r\n");
        let text = name.slice(text);
        let known = Known::of(text);
        Self {
            name,
            value,
            known,
            underscored: is_underscored(known, text),
            usual,
        }
    }

    /// The same line in a text where it begins so much later.
    pub(crate) fn behind(self, at: usize) -> Self {
        Self {
            name: self.name.behind(at),
            value: self.value.behind(at),
            ..self
        }
    }

    /// The whole line with its end, if it may go out as it is.
    pub(crate) fn whole(self) -> Option<Range<usize>> {
        self.usual.then(|| self.name.start()..self.value.end() + 2)
    }

    pub(crate) fn field(self, text: &[u8]) -> Field<'_> {
        Field {
            known: self.known,
            name: self.name.slice(text),
            value: self.value.slice(text),
        }
    }
}

/// Names that the gateway knows hold none.
fn is_underscored(known: Known, name: &[u8]) -> bool {
    known == Known::Other && has_underscore(name)
}

impl Fields {
    /// No lines, with room for `bytes` of names and values.
    pub fn with_capacity(bytes: usize) -> Self {
        Self {
            text: Vec::with_capacity(bytes),
            ..Self::default()
        }
    }

    /// No lines, with room for some.
    pub(crate) fn with_lines(lines: usize) -> Self {
        Self {
            lines: Vec::with_capacity(lines),
            ..Self::default()
        }
    }

    /// Copies the bytes that the lines point into.
    pub(crate) fn copy(&mut self, text: &[u8]) {
        self.text.extend_from_slice(text);
    }

    /// No lines, in the memory of these.
    pub(crate) fn emptied(mut self) -> Self {
        self.text.clear();
        self.lines.clear();
        self.marks = Marks::default();
        self
    }

    /// For how many lines and bytes there is memory.
    pub(crate) fn room(&self) -> (usize, usize) {
        (self.lines.capacity(), self.text.capacity())
    }

    /// Adds a line. The name is a token; the value holds no control character but tabs.
    pub fn push(&mut self, name: &str, value: &[u8]) {
        let (name, value) = self.write(name.as_bytes(), value);
        let line = Line::new(name, value, &mut self.text);
        self.push_line(line);
    }

    /// Adds a line whose name is in lower case and told apart already.
    pub fn push_known(&mut self, known: Known, name: &[u8], value: &[u8]) {
        let underscored = is_underscored(known, name);
        let (name, value) = self.write(name, value);
        self.push_line(Line {
            name,
            value,
            known,
            underscored,
            usual: true,
        });
    }

    /// Adds to the text as HTTP/1.x writes lines, so that a line goes out with one copy.
    fn write(&mut self, name: &[u8], value: &[u8]) -> (Span, Span) {
        let at = self.text.len();
        self.text.extend_from_slice(name);
        self.text.extend_from_slice(b": ");
        self.text.extend_from_slice(value);
        self.text.extend_from_slice(b"\r\n");
        let behind = Span::new(at + name.len() + 2, value.len());
        (Span::new(at, name.len()), behind)
    }

    /// Adds a line of the text.
    pub(crate) fn push_line(&mut self, line: Line) {
        let before = self.lines.last().map(|line| line.value.end() + 2);
        if before.is_some_and(|end| end != line.name.start()) {
            self.marks.scatter();
        }
        self.push_behind(line, Marks::of(&line));
    }

    /// The same for a line that comes right behind the one before, with its marks.
    pub(crate) fn push_behind(&mut self, line: Line, marks: Marks) {
        self.marks.add_all(marks);
        self.lines.push(line);
    }

    /// How many lines there are.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// All lines in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = Field<'_>> {
        self.lines.iter().map(|line| line.field(&self.text))
    }

    /// The values of a known field, line by line.
    pub fn all(&self, known: Known) -> impl DoubleEndedIterator<Item = &[u8]> {
        let lines: &[_] = if self.has(known) { &self.lines } else { &[] };
        lines
            .iter()
            .filter(move |line| line.known == known)
            .map(|line| line.value.slice(&self.text))
    }

    /// The first value of a known field.
    pub fn first(&self, known: Known) -> Option<&[u8]> {
        self.all(known).next()
    }

    /// Whether there is a line of a known field.
    pub fn has(&self, known: Known) -> bool {
        self.marks.have_any(KnownSet::of(&[known]))
    }

    /// Whether the name of a line that the gateway does not know holds an underscore.
    pub fn has_underscores(&self) -> bool {
        self.marks.have_underscores()
    }

    /// The first value of a known field, if it is text.
    pub fn first_text(&self, known: Known) -> Option<&str> {
        std::str::from_utf8(self.first(known)?).ok()
    }

    /// The values of a field by its name in lower case, line by line.
    pub fn named<'f>(&'f self, name: &str) -> impl Iterator<Item = &'f [u8]> {
        self.lines
            .iter()
            .filter(move |line| line.name.slice(&self.text) == name.as_bytes())
            .map(|line| line.value.slice(&self.text))
    }

    /// Whether a comma-separated field holds a word, whatever its case.
    pub fn has_word(&self, known: Known, word: &str) -> bool {
        self.all(known).any(|value| holds_word(value, word))
    }
}

/// Where the tokeniser found names and values.
pub(crate) struct Spans(Vec<(Span, Span)>);

impl Spans {
    pub(crate) fn of(head: &[u8], headers: &[httparse::Header<'_>]) -> Self {
        let span = |part: &[u8]| Span::of(part, head);
        let lines = headers.iter();
        Self(
            lines
                .map(|line| (span(line.name.as_bytes()), span(line.value)))
                .collect(),
        )
    }

    /// Where the lines begin.
    pub(crate) fn begins(&self) -> impl Iterator<Item = usize> {
        self.0.iter().map(|(name, _)| name.start())
    }

    /// The lines of `head`, whose names are put into lower case there.
    pub(crate) fn fields(self, head: &mut [u8]) -> Fields {
        let mut fields = Fields::with_lines(self.0.len());
        for (name, value) in self.0 {
            fields.push_line(Line::new(name, value, head));
        }
        fields
    }
}

/// Whether a value is a list of tokens, some of which may be missing (RFC 9110 section 5.6.1.2).
pub(crate) fn is_list(value: &[u8]) -> bool {
    let mut items = value.split(|b| *b == b',').map(<[u8]>::trim_ascii);
    items.all(|item| item.is_empty() || is_token(item))
}

/// Whether a comma-separated list holds a word, whatever its case.
pub(crate) fn holds_word(list: &[u8], word: &str) -> bool {
    list.split(|b| *b == b',')
        .any(|item| item.trim_ascii().eq_ignore_ascii_case(word.as_bytes()))
}
