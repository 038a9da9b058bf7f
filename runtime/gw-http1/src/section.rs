//! A field section that is edited and then written out: lines borrow from the message that was
//! read and from the policy's values, so that nothing is copied before it is written.

use crate::classes::is_value;
use crate::fields::{Field, Fields};
use crate::known::Known;
use crate::span::Span;
use std::borrow::Cow;

/// How many lines are usually added: the gateway's own and a few of the policy.
const ROOM: usize = 8;

/// The lines of a message on its way out.
#[derive(Debug, Default)]
pub struct Section<'s> {
    /// What lines that were read point into.
    text: &'s [u8],
    lines: Vec<Line<'s>>,
    /// Which lines there may be.
    marks: Marks,
}

/// Memory for the lines of a section, to be used again.
#[derive(Debug, Default)]
pub struct Room(Vec<Line<'static>>);

impl Room {
    /// For how many lines it is.
    pub fn size(&self) -> usize {
        self.0.capacity()
    }
}

/// A field value that may be written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Value<'s>(Cow<'s, [u8]>);

#[derive(Clone, Debug)]
struct Line<'s> {
    mark: Mark,
    text: Text<'s>,
}

/// What tells most names apart without a look at them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Mark {
    known: Known,
    length: u32,
}

impl Mark {
    fn new(known: Known, name: &[u8]) -> Self {
        let length = u32::try_from(name.len()).unwrap_or(u32::MAX);
        Self { known, length }
    }

    fn of(name: &[u8]) -> Self {
        Self::new(Known::of(name), name)
    }

    /// Bytes of the name.
    fn length(self) -> usize {
        self.length as usize
    }
}

/// Marks of lines that may be there: most questions are about one that is not.
#[derive(Clone, Copy, Debug, Default)]
struct Marks {
    /// A bit for each [`Known`], of which there are fewer than 32.
    known: u32,
    /// A bit for each length of other names; the highest one for all that are longer.
    lengths: u64,
}

impl Marks {
    fn add(&mut self, mark: Mark) {
        self.known |= 1 << mark.known as u32;
        if mark.known == Known::Other {
            self.lengths |= 1 << mark.length.min(63);
        }
    }

    fn have(self, mark: Mark) -> bool {
        match mark.known {
            Known::Other => self.lengths & 1 << mark.length.min(63) != 0,
            known => self.have_known(known),
        }
    }

    fn have_known(self, known: Known) -> bool {
        self.known & 1 << known as u32 != 0
    }

    fn remove_known(&mut self, known: Known) {
        self.known &= !(1 << known as u32);
    }
}

#[derive(Clone, Debug)]
enum Text<'s> {
    /// As it was read: the name, `: `, the value and the line's end.
    Read(Span),
    /// The same, written elsewhere.
    Written(&'s [u8]),
    /// Made here, or read in another shape.
    Made(&'s [u8], Cow<'s, [u8]>),
    /// Removed: the lines behind it stay where they are.
    Gone,
}

impl<'s> Value<'s> {
    /// A value without control characters but tabs (RFC 9110 section 5.5), or none.
    pub fn new(value: impl Into<Cow<'s, [u8]>>) -> Option<Self> {
        let value = value.into();
        is_value(&value).then_some(Self(value))
    }

    /// A value that is written in the source or was read as one.
    pub fn known_good(value: &'s [u8]) -> Self {
        Self(Cow::Borrowed(value))
    }

    /// Digits.
    pub fn number(value: u64) -> Self {
        Self(Cow::Owned(value.to_string().into_bytes()))
    }

    /// Its bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl<'s> Line<'s> {
    /// What is left of a line that was removed. No line has an empty name.
    const GONE: Self = Self {
        mark: Mark {
            known: Known::Other,
            length: 0,
        },
        text: Text::Gone,
    };

    fn is_gone(&self) -> bool {
        matches!(self.text, Text::Gone)
    }

    fn made(mark: Mark, name: &'s [u8], value: Cow<'s, [u8]>) -> Self {
        let text = Text::Made(name, value);
        Self { mark, text }
    }

    /// Its name; `text` is what the section's lines point into.
    fn name<'l>(&'l self, text: &'l [u8]) -> &'l [u8] {
        let whole = match &self.text {
            Text::Read(span) => span.slice(text),
            Text::Written(whole) => whole,
            Text::Made(name, _) => name,
            Text::Gone => &[],
        };
        whole.get(..self.mark.length()).unwrap_or_default()
    }

    fn value<'l>(&'l self, text: &'l [u8]) -> &'l [u8] {
        match &self.text {
            Text::Read(span) => value_of(span.slice(text), self.mark),
            Text::Written(whole) => value_of(whole, self.mark),
            Text::Made(_, value) => value,
            Text::Gone => &[],
        }
    }

    /// Takes its value out; the line is gone.
    fn take(&mut self, text: &'s [u8]) -> Cow<'s, [u8]> {
        let Self { mark, text: line } = std::mem::replace(self, Self::GONE);
        match line {
            Text::Read(span) => Cow::Borrowed(value_of(span.slice(text), mark)),
            Text::Written(whole) => Cow::Borrowed(value_of(whole, mark)),
            Text::Made(_, value) => value,
            Text::Gone => Cow::Borrowed(&[]),
        }
    }

    /// Gives the value another name.
    fn rename(&mut self, mark: Mark, new: &'s [u8], text: &'s [u8]) {
        *self = Self::made(mark, new, self.take(text));
    }

    /// Whether this is a line of that name, whose mark is given.
    fn is(&self, mark: Mark, name: &[u8], text: &[u8]) -> bool {
        self.mark == mark && (mark.known != Known::Other || self.name(text) == name)
    }

    fn known(&self) -> Known {
        self.mark.known
    }
}

/// Whether names of one length differ in nothing but `_` and `-`.
fn is_alike(one: &[u8], other: &[u8]) -> bool {
    let dash = |byte: u8| matches!(byte, b'-' | b'_');
    one.iter()
        .zip(other)
        .all(|(a, b)| a == b || (dash(*a) && dash(*b)))
}

/// The value of a whole line.
fn value_of(whole: &[u8], name: Mark) -> &[u8] {
    let end = whole.len().saturating_sub(2);
    whole.get(name.length() + 2..end).unwrap_or_default()
}

impl<'s> Section<'s> {
    /// The lines of `fields` for which `keep` holds.
    pub fn of(fields: &'s Fields, keep: impl FnMut(&Field<'s>) -> bool) -> Self {
        Self::within(Room::default(), fields, keep)
    }

    /// The same in memory that was used before.
    pub fn within(
        room: Room,
        fields: &'s Fields,
        mut keep: impl FnMut(&Field<'s>) -> bool,
    ) -> Self {
        let mut section = Self {
            text: &fields.text,
            lines: room.0,
            marks: Marks::default(),
        };
        section.lines.reserve(fields.len() + ROOM);
        for line in &fields.lines {
            let field = fields.field(*line);
            if keep(&field) {
                let text = match line.whole(&fields.text) {
                    Some(whole) => Text::Read(whole),
                    None => Text::Made(field.name, Cow::Borrowed(field.value)),
                };
                let mark = Mark::new(field.known, field.name);
                section.push(Line { mark, text });
            }
        }
        section
    }

    /// The memory of its lines.
    pub fn into_room(mut self) -> Room {
        self.lines.clear();
        // Of no lines, so that the memory is all that passes on.
        Room(self.lines.into_iter().map_while(|_| None).collect())
    }

    fn push(&mut self, line: Line<'s>) {
        self.marks.add(line.mark);
        self.lines.push(line);
    }

    /// Adds a line. The name is in lower case.
    pub fn add(&mut self, name: &'s str, value: Value<'s>) {
        let name = name.as_bytes();
        self.push(Line::made(Mark::of(name), name, value.0));
    }

    /// Adds a line of a known field.
    pub fn add_known(&mut self, known: Known, value: Value<'s>) {
        let name = known.name().as_bytes();
        let mark = Mark::new(known, name);
        self.push(Line::made(mark, name, value.0));
    }

    /// Adds a line of a known field that is written already: its name in lower case, `: `, a value and
    /// CR LF.
    pub fn add_written(&mut self, known: Known, line: &'s [u8]) {
        debug_assert!(line.starts_with(known.name().as_bytes()) && line.ends_with(b"\r\n"));
        let mark = Mark::new(known, known.name().as_bytes());
        let text = Text::Written(line);
        self.push(Line { mark, text });
    }

    /// Replaces all lines of this name, or adds one.
    pub fn set(&mut self, name: &'s str, value: Value<'s>) {
        let name = name.as_bytes();
        let mark = Mark::of(name);
        let made = Line::made(mark, name, value.0);
        if !self.marks.have(mark) {
            return self.push(made);
        }
        let text = self.text;
        let lines = self.lines.iter_mut();
        let mut same = lines.filter(|line| line.is(mark, name, text));
        match same.next() {
            Some(first) => {
                *first = made;
                same.for_each(|other| *other = Line::GONE);
            }
            None => self.push(made),
        }
    }

    /// Removes all lines of this name.
    pub fn remove(&mut self, name: &str) {
        let name = name.as_bytes();
        let (mark, text) = (Mark::of(name), self.text);
        if self.marks.have(mark) {
            self.remove_where(|line| line.is(mark, name, text));
        }
    }

    /// Removes all lines of a known field.
    pub fn remove_known(&mut self, known: Known) {
        if self.marks.have_known(known) {
            self.remove_where(|line| line.known() == known);
            self.marks.remove_known(known);
        }
    }

    /// Removes every line whose name begins so, but for those that frame the message.
    pub fn remove_prefix(&mut self, prefix: &str) {
        let text = self.text;
        self.remove_where(|line| {
            line.name(text).starts_with(prefix.as_bytes()) && !line.known().is_framing()
        });
    }

    /// Removes all lines whose names a server may take for this one, but for those of this very name
    /// and of another. Such servers do not tell `_` from `-` (RFC 3875 section 4.1.18).
    pub fn remove_alike(&mut self, name: &str, but: &str) {
        let (name, but) = (name.as_bytes(), but.as_bytes());
        let text = self.text;
        self.remove_where(|line| {
            let found = line.name(text);
            found.len() == name.len() && is_alike(found, name) && found != name && found != but
        });
    }

    /// Removes every line whose name a server may take for one that begins so.
    pub fn remove_prefix_alike(&mut self, prefix: &str) {
        let prefix = prefix.as_bytes();
        let text = self.text;
        self.remove_where(|line| {
            let found = line.name(text).get(..prefix.len());
            found.is_some_and(|found| is_alike(found, prefix) && found != prefix)
        });
    }

    fn remove_where(&mut self, gone: impl Fn(&Line<'s>) -> bool) {
        let lines = self.lines.iter_mut().filter(|line| gone(line));
        lines.for_each(|line| *line = Line::GONE);
    }

    /// Gives the lines of the first name to the second, which loses its own.
    pub fn rename(&mut self, from: &str, to: &'s str) {
        let (from, new) = (from.as_bytes(), to.as_bytes());
        let (old, mark) = (Mark::of(from), Mark::of(new));
        let text = self.text;
        if from == new || !self.lines.iter().any(|line| line.is(old, from, text)) {
            return;
        }
        self.remove_where(|line| line.is(mark, new, text));
        self.marks.add(mark);
        for line in &mut self.lines {
            if line.is(old, from, text) {
                line.rename(mark, new, text);
            }
        }
    }

    /// The values of a known field, line by line.
    pub fn all(&self, known: Known) -> impl Iterator<Item = &[u8]> {
        let lines = match self.marks.have_known(known) {
            true => self.lines.as_slice(),
            false => &[],
        };
        let lines = lines.iter().filter(move |line| line.known() == known);
        lines.map(|line| line.value(self.text))
    }

    /// The first value of a known field.
    pub fn first(&self, known: Known) -> Option<&[u8]> {
        self.all(known).next()
    }

    /// Whether there is a line of a known field.
    pub fn has(&self, known: Known) -> bool {
        self.first(known).is_some()
    }

    /// Takes the first value of a known field out, and all its lines.
    pub fn take(&mut self, known: Known) -> Option<Value<'s>> {
        if !self.marks.have_known(known) {
            return None;
        }
        let mut lines = self.lines.iter_mut();
        let value = lines.find(|line| line.known() == known)?.take(self.text);
        self.remove_known(known);
        Some(Value(value))
    }

    /// Whether there is no line.
    pub fn is_empty(&self) -> bool {
        self.lines.iter().all(Line::is_gone)
    }

    /// All lines in order.
    pub fn iter(&self) -> impl Iterator<Item = Field<'_>> {
        let lines = self.lines.iter().filter(|line| !line.is_gone());
        lines.map(|line| Field {
            known: line.known(),
            name: line.name(self.text),
            value: line.value(self.text),
        })
    }

    /// Writes all lines and the blank one. Lines that were read one after the other are copied as one.
    pub fn write(&self, out: &mut Vec<u8>) {
        let mut run = Span::default();
        for line in &self.lines {
            if let Text::Read(span) = line.text
                && span.start() == run.end()
            {
                run = run.and(span);
                continue;
            }
            out.extend_from_slice(run.slice(self.text));
            run = Span::default();
            match &line.text {
                Text::Read(span) => run = *span,
                Text::Written(whole) => out.extend_from_slice(whole),
                Text::Made(name, value) => {
                    out.extend_from_slice(name);
                    out.extend_from_slice(b": ");
                    out.extend_from_slice(value);
                    out.extend_from_slice(b"\r\n");
                }
                Text::Gone => {}
            }
        }
        out.extend_from_slice(run.slice(self.text));
        out.extend_from_slice(b"\r\n");
    }
}

#[cfg(test)]
mod tests;
