//! A field section as it was read: lines that point into the bytes of the head.

use crate::classes::{is_token, lower};
use crate::known::Known;
use crate::span::Span;
use std::ops::Range;

/// The field lines of a message in their order, and the bytes that they point into.
#[derive(Clone, Debug, Default)]
pub struct Fields {
    pub(crate) text: Vec<u8>,
    pub(crate) lines: Lines,
}

/// On the heap, so that a head is small and cheap to hand on.
pub(crate) type Lines = Vec<Line>;

/// One field line. Names are in lower case.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line {
    pub(crate) name: Span,
    pub(crate) value: Span,
    pub(crate) known: Known,
    /// Whether the text reads name, `: `, value and CR LF.
    usual: bool,
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
    /// A line of `text`.
    pub(crate) fn new(name: Span, value: Span, text: &[u8]) -> Self {
        let between = text.get(name.end()..value.start());
        let end = text.get(value.end()..value.end() + 2);
        Self {
            name,
            value,
            known: Known::Other,
            usual: between == Some(b": ") && end == Some(b"\r\n"),
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

impl Fields {
    /// No lines, with room for `bytes` of names and values.
    pub fn with_capacity(bytes: usize) -> Self {
        Self {
            text: Vec::with_capacity(bytes),
            lines: Lines::new(),
        }
    }

    /// Adds a line. The name is a token; the value holds no control character but tabs.
    pub fn push(&mut self, name: &str, value: &[u8]) {
        let at = self.text.len();
        self.push_known(Known::Other, name.as_bytes(), value);
        let Some(line) = self.lines.last_mut() else {
            return;
        };
        let name = Span::new(at, name.len()).slice_mut(&mut self.text);
        lower(name);
        line.known = Known::of(name);
    }

    /// Adds a line whose name is in lower case and told apart already. Names and values are kept as
    /// HTTP/1.x writes lines, so that a line goes out with one copy.
    pub fn push_known(&mut self, known: Known, name: &[u8], value: &[u8]) {
        let at = self.text.len();
        self.text.extend_from_slice(name);
        self.text.extend_from_slice(b": ");
        self.text.extend_from_slice(value);
        self.text.extend_from_slice(b"\r\n");
        self.lines.push(Line {
            name: Span::new(at, name.len()),
            value: Span::new(at + name.len() + 2, value.len()),
            known,
            usual: true,
        });
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
        self.lines
            .iter()
            .filter(move |line| line.known == known)
            .map(|line| line.value.slice(&self.text))
    }

    /// The first value of a known field.
    pub fn first(&self, known: Known) -> Option<&[u8]> {
        self.all(known).next()
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
