//! A field section that is edited and then written out: lines borrow from the message that was
//! read and from the policy's values, so that nothing is copied before it is written.

use crate::classes::is_value;
use crate::fields::{Field, Fields};
use crate::known::Known;
use std::borrow::Cow;

/// How many lines are usually added.
const ROOM: usize = 12;

/// The lines of a message on its way out.
#[derive(Debug, Default)]
pub struct Section<'s> {
    lines: Vec<Line<'s>>,
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
}

#[derive(Clone, Debug)]
enum Text<'s> {
    /// As it was read: the name, of this length, `: `, the value and the line's end.
    Read(&'s [u8], usize),
    /// Made here, or read in another shape.
    Made(&'s [u8], Cow<'s, [u8]>),
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
    fn made(mark: Mark, name: &'s [u8], value: Cow<'s, [u8]>) -> Self {
        let text = Text::Made(name, value);
        Self { mark, text }
    }

    fn name(&self) -> &[u8] {
        match &self.text {
            Text::Read(whole, name) => whole.get(..*name).unwrap_or_default(),
            Text::Made(name, _) => name,
        }
    }

    fn value(&self) -> &[u8] {
        match &self.text {
            Text::Read(whole, name) => value_of(whole, *name),
            Text::Made(_, value) => value,
        }
    }

    fn into_value(self) -> Cow<'s, [u8]> {
        match self.text {
            Text::Read(whole, name) => Cow::Borrowed(value_of(whole, name)),
            Text::Made(_, value) => value,
        }
    }

    /// Gives the value another name.
    fn rename(&mut self, mark: Mark, new: &'s [u8]) {
        self.mark = mark;
        match &mut self.text {
            Text::Read(whole, name) => {
                self.text = Text::Made(new, Cow::Borrowed(value_of(whole, *name)));
            }
            Text::Made(name, _) => *name = new,
        }
    }

    /// Whether this is a line of that name, whose mark is given.
    fn is(&self, mark: Mark, name: &[u8]) -> bool {
        self.mark == mark && (mark.known != Known::Other || self.name() == name)
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

/// The value of a whole line whose name has that length.
fn value_of(whole: &[u8], name: usize) -> &[u8] {
    whole.get(name + 2..whole.len() - 2).unwrap_or_default()
}

impl<'s> Section<'s> {
    /// The lines of `fields` for which `keep` holds.
    pub fn of(fields: &'s Fields, mut keep: impl FnMut(&Field<'s>) -> bool) -> Self {
        let mut lines = Vec::with_capacity(fields.len() + ROOM);
        for line in &fields.lines {
            let field = fields.field(*line);
            if keep(&field) {
                let text = match line.whole(&fields.text) {
                    Some(whole) => Text::Read(whole, field.name.len()),
                    None => Text::Made(field.name, Cow::Borrowed(field.value)),
                };
                let mark = Mark::new(field.known, field.name);
                lines.push(Line { mark, text });
            }
        }
        Self { lines }
    }

    /// Adds a line. The name is in lower case.
    pub fn add(&mut self, name: &'s str, value: Value<'s>) {
        let name = name.as_bytes();
        self.lines.push(Line::made(Mark::of(name), name, value.0));
    }

    /// Adds a line of a known field.
    pub fn add_known(&mut self, known: Known, value: Value<'s>) {
        let name = known.name().as_bytes();
        let mark = Mark::new(known, name);
        self.lines.push(Line::made(mark, name, value.0));
    }

    /// Replaces all lines of this name, or adds one.
    pub fn set(&mut self, name: &'s str, value: Value<'s>) {
        let name = name.as_bytes();
        let mark = Mark::of(name);
        let made = Line::made(mark, name, value.0);
        let mut same = self.lines.iter_mut().filter(|line| line.is(mark, name));
        let Some(first) = same.next() else {
            return self.lines.push(made);
        };
        let more = same.next().is_some();
        *first = made;
        if more {
            let mut seen = false;
            self.lines
                .retain(|line| !line.is(mark, name) || !std::mem::replace(&mut seen, true));
        }
    }

    /// Removes all lines of this name.
    pub fn remove(&mut self, name: &str) {
        let name = name.as_bytes();
        let mark = Mark::of(name);
        self.remove_where(|line| line.is(mark, name));
    }

    /// Removes all lines of a known field.
    pub fn remove_known(&mut self, known: Known) {
        self.remove_where(|line| line.known() == known);
    }

    /// Removes every line whose name begins so, but for those that frame the message.
    pub fn remove_prefix(&mut self, prefix: &str) {
        self.remove_where(|line| {
            line.name().starts_with(prefix.as_bytes()) && !line.known().is_framing()
        });
    }

    /// Removes all lines whose names a server may take for this one, but for those of this very name
    /// and of another. Such servers do not tell `_` from `-` (RFC 3875 section 4.1.18).
    pub fn remove_alike(&mut self, name: &str, but: &str) {
        let (name, but) = (name.as_bytes(), but.as_bytes());
        self.remove_where(|line| {
            let found = line.name();
            found.len() == name.len() && is_alike(found, name) && found != name && found != but
        });
    }

    /// Removes every line whose name a server may take for one that begins so.
    pub fn remove_prefix_alike(&mut self, prefix: &str) {
        let prefix = prefix.as_bytes();
        self.remove_where(|line| {
            let found = line.name().get(..prefix.len());
            found.is_some_and(|found| is_alike(found, prefix) && found != prefix)
        });
    }

    /// Most often there is nothing to remove.
    fn remove_where(&mut self, gone: impl Fn(&Line<'s>) -> bool) {
        if self.lines.iter().any(&gone) {
            self.lines.retain(|line| !gone(line));
        }
    }

    /// Gives the lines of the first name to the second, which loses its own.
    pub fn rename(&mut self, from: &str, to: &'s str) {
        let (from, new) = (from.as_bytes(), to.as_bytes());
        let (old, mark) = (Mark::of(from), Mark::of(new));
        if from == new || !self.lines.iter().any(|line| line.is(old, from)) {
            return;
        }
        self.remove_where(|line| line.is(mark, new));
        for line in self.lines.iter_mut().filter(|line| line.is(old, from)) {
            line.rename(mark, new);
        }
    }

    /// The values of a known field, line by line.
    pub fn all(&self, known: Known) -> impl Iterator<Item = &[u8]> {
        let lines = self.lines.iter().filter(move |line| line.known() == known);
        lines.map(Line::value)
    }

    /// The first value of a known field.
    pub fn first(&self, known: Known) -> Option<&[u8]> {
        self.all(known).next()
    }

    /// Whether there is a line of a known field.
    pub fn has(&self, known: Known) -> bool {
        self.lines.iter().any(|line| line.known() == known)
    }

    /// Takes the first value of a known field out, and all its lines.
    pub fn take(&mut self, known: Known) -> Option<Value<'s>> {
        let at = self.lines.iter().position(|line| line.known() == known)?;
        let value = self.lines.remove(at).into_value();
        self.remove_known(known);
        Some(Value(value))
    }

    /// Whether there is no line.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// All lines in order.
    pub fn iter(&self) -> impl Iterator<Item = Field<'_>> {
        self.lines.iter().map(|line| Field {
            known: line.known(),
            name: line.name(),
            value: line.value(),
        })
    }

    /// Writes all lines and the blank one.
    pub fn write(&self, out: &mut Vec<u8>) {
        let size = |line: &Line<'_>| match &line.text {
            Text::Read(whole, _) => whole.len(),
            Text::Made(name, value) => name.len() + value.len() + 4,
        };
        out.reserve(self.lines.iter().map(size).sum::<usize>() + 2);
        for line in &self.lines {
            match &line.text {
                Text::Read(whole, _) => out.extend_from_slice(whole),
                Text::Made(name, value) => {
                    out.extend_from_slice(name);
                    out.extend_from_slice(b": ");
                    out.extend_from_slice(value);
                    out.extend_from_slice(b"\r\n");
                }
            }
        }
        out.extend_from_slice(b"\r\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn section() -> Section<'static> {
        let mut section = Section::default();
        for (name, value) in [("a", "1"), ("b", "2"), ("a", "3"), ("x-c", "4")] {
            section.add(name, Value::known_good(value.as_bytes()));
        }
        section
    }

    fn written(section: &Section<'_>) -> String {
        let mut out = Vec::new();
        section.write(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn edits() {
        let mut one = section();
        one.set("a", Value::known_good(b"9"));
        one.set("d", Value::number(5));
        assert_eq!(written(&one), "a: 9\r\nb: 2\r\nx-c: 4\r\nd: 5\r\n\r\n");
        one.rename("b", "a");
        assert_eq!(written(&one), "a: 2\r\nx-c: 4\r\nd: 5\r\n\r\n");
        one.remove_prefix("x-");
        one.remove("a");
        assert_eq!(written(&one), "d: 5\r\n\r\n");
        one.rename("nothing", "d");
        assert_eq!(written(&one), "d: 5\r\n\r\n");
    }

    /// Lines that were read, in the usual shape and in others, are edited like those made here.
    #[test]
    fn lines_that_were_read() {
        let head =
            "GET / HTTP/1.1\r\nHost: h\r\nA:1\r\nB: 2 \r\nX-C: 4\r\nA: 3\r\nE:\r\nF: \r\n\r\n";
        let limits = crate::Limits {
            max_head: 1 << 10,
            max_headers: 10,
        };
        let mut bytes = head.as_bytes().to_vec();
        let (_, request) = crate::Request::parse(&mut bytes, limits).unwrap().unwrap();
        let request = request.take(bytes);
        let mut one = Section::of(&request.fields, |field| field.known != Known::Host);
        let all = "a: 1\r\nb: 2\r\nx-c: 4\r\na: 3\r\ne: \r\nf: \r\n\r\n";
        assert_eq!(written(&one), all);
        one.rename("x-c", "via");
        assert_eq!(one.take(Known::Via).unwrap().bytes(), b"4");
        one.set("a", Value::known_good(b"9"));
        one.remove("b");
        one.add_known(Known::Date, Value::known_good(b"now"));
        assert_eq!(written(&one), "a: 9\r\ne: \r\nf: \r\ndate: now\r\n\r\n");
        let last = one.iter().last().unwrap();
        assert_eq!((last.name, last.value), (&b"date"[..], &b"now"[..]));
    }

    #[test]
    fn values_hold_no_line_ends() {
        assert_eq!(Value::new(&b"a\r\nb"[..]), None);
        assert!(Value::new(&b"a\tb"[..]).is_some());
    }
}
