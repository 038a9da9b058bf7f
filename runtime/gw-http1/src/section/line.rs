//! Lines that were not read with the message.

use crate::fields::Field;
use crate::marks::Mark;
use std::borrow::Cow;

/// A line of a section.
#[derive(Clone, Debug)]
pub(super) struct Line<'s> {
    pub(super) mark: Mark,
    text: Text<'s>,
}

#[derive(Clone, Debug)]
enum Text<'s> {
    /// As it goes out: the name, `: `, the value and the line's end.
    Written(&'s [u8]),
    /// Name and value.
    Made(&'s [u8], Cow<'s, [u8]>),
    /// Removed: the lines behind it stay where they are.
    Gone,
}

impl<'s> Line<'s> {
    /// What is left of a line that was removed.
    pub(super) const GONE: Self = Self {
        mark: Mark::NONE,
        text: Text::Gone,
    };

    pub(super) fn is_gone(&self) -> bool {
        matches!(self.text, Text::Gone)
    }

    pub(super) fn made(mark: Mark, name: &'s [u8], value: Cow<'s, [u8]>) -> Self {
        let text = Text::Made(name, value);
        Self { mark, text }
    }

    pub(super) fn written(mark: Mark, whole: &'s [u8]) -> Self {
        let text = Text::Written(whole);
        Self { mark, text }
    }

    pub(super) fn name(&self) -> &[u8] {
        let whole = match &self.text {
            Text::Written(whole) => whole,
            Text::Made(name, _) => name,
            Text::Gone => &[][..],
        };
        whole.get(..self.mark.length()).unwrap_or_default()
    }

    pub(super) fn value(&self) -> &[u8] {
        match &self.text {
            Text::Written(whole) => value_of(whole, self.mark),
            Text::Made(_, value) => value,
            Text::Gone => &[],
        }
    }

    pub(super) fn field(&self) -> Field<'_> {
        Field {
            known: self.mark.known,
            name: self.name(),
            value: self.value(),
        }
    }

    /// Takes its value out; the line is gone.
    pub(super) fn take(&mut self) -> Cow<'s, [u8]> {
        let Self { mark, text } = std::mem::replace(self, Self::GONE);
        match text {
            Text::Written(whole) => Cow::Borrowed(value_of(whole, mark)),
            Text::Made(_, value) => value,
            Text::Gone => Cow::Borrowed(&[]),
        }
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) {
        match &self.text {
            Text::Written(whole) => out.extend_from_slice(whole),
            Text::Made(name, value) => write_line(name, value, out),
            Text::Gone => {}
        }
    }
}

/// Writes one line.
pub(super) fn write_line(name: &[u8], value: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(name);
    out.extend_from_slice(b": ");
    out.extend_from_slice(value);
    out.extend_from_slice(b"\r\n");
}

/// The value of a line that is written.
fn value_of(whole: &[u8], name: Mark) -> &[u8] {
    let end = whole.len().saturating_sub(2);
    whole.get(name.length() + 2..end).unwrap_or_default()
}
