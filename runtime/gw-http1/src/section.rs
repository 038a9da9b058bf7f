//! A field section that is edited and then written out: which lines of the message that was read
//! stay, and what is added behind them. Added lines borrow from that message and from the policy's
//! values, so that nothing is copied before it is written.

use crate::classes::is_value;
use crate::fields::{self, Field, Fields};
use crate::known::{Known, KnownSet};
use crate::marks::{Mark, Marks};
use std::borrow::Cow;

mod gone;
mod line;
#[cfg(test)]
mod tests;
mod wanted;

use gone::Gone;
use line::{Line, write_line};
use wanted::Wanted;

/// How many lines are usually added: the gateway's own and a few of the policy.
const ROOM: usize = 8;

/// The lines of a message on its way out.
#[derive(Debug, Default)]
pub struct Section<'s> {
    /// The lines that were read, and what they point into.
    read: &'s [fields::Line],
    text: &'s [u8],
    /// Whether all that lies from the first of them to the end of the last are these lines as they go out.
    /// That is so or not whatever is left out.
    one_piece: bool,
    /// Which of them are left out.
    gone: Gone,
    added: Vec<Line<'s>>,
    /// Which there are of known fields, and of others which there may be.
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

/// Whether names of one length differ in nothing but `_` and `-`.
fn is_alike(one: &[u8], other: &[u8]) -> bool {
    let dash = |byte: u8| matches!(byte, b'-' | b'_');
    one.iter()
        .zip(other)
        .all(|(a, b)| a == b || (dash(*a) && dash(*b)))
}

impl<'s> Section<'s> {
    /// The lines of `fields`.
    pub fn of(fields: &'s Fields) -> Self {
        Self::within(Room::default(), fields)
    }

    /// The same with memory that was used before.
    pub fn within(room: Room, fields: &'s Fields) -> Self {
        let mut added = room.0;
        added.reserve(ROOM);
        Self {
            read: &fields.lines,
            text: &fields.text,
            one_piece: fields.marks.are_one_piece(),
            gone: Gone::default(),
            added,
            marks: fields.marks,
        }
    }

    /// The memory of its lines.
    pub fn into_room(mut self) -> Room {
        self.added.clear();
        // Of no lines, so that the memory is all that passes on.
        Room(self.added.into_iter().map_while(|_| None).collect())
    }

    fn push(&mut self, line: Line<'s>) {
        self.marks.add(line.mark);
        self.added.push(line);
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
        self.push(Line::written(mark, line));
    }

    /// Adds a line in place of all lines of this name.
    pub fn set(&mut self, name: &'s str, value: Value<'s>) {
        let wanted = Wanted::new(name);
        self.remove_wanted(wanted);
        self.push(Line::made(wanted.mark, name.as_bytes(), value.0));
    }

    /// The same with a line that is written already: the name, `: `, a value and CR LF.
    pub fn set_written(&mut self, name: &str, line: &'s [u8]) {
        debug_assert!(line.starts_with(name.as_bytes()) && line.ends_with(b"\r\n"));
        let wanted = Wanted::new(name);
        self.remove_wanted(wanted);
        self.push(Line::written(wanted.mark, line));
    }

    /// Removes all lines of this name.
    pub fn remove(&mut self, name: &str) {
        self.remove_wanted(Wanted::new(name));
    }

    fn remove_wanted(&mut self, wanted: Wanted<'_>) {
        match wanted.mark.known {
            Known::Other if self.marks.have(wanted.mark) => {
                self.remove_where(|mark| mark == wanted.mark, |name| wanted.name == name);
            }
            Known::Other => {}
            known => self.remove_known(known),
        }
    }

    /// Removes all lines of a known field.
    pub fn remove_known(&mut self, known: Known) {
        self.remove_all(KnownSet::of(&[known]));
    }

    /// Removes all lines of these fields.
    pub fn remove_all(&mut self, fields: KnownSet) {
        if self.marks.have_any(fields) {
            self.remove_where(|mark| fields.has(mark.known), |_| true);
            self.marks.remove(fields);
        }
    }

    /// Removes the lines for which `keep` does not hold.
    pub fn retain(&mut self, keep: impl Fn(&Field<'_>) -> bool) {
        for (at, line) in self.read.iter().enumerate() {
            if !keep(&line.field(self.text)) {
                self.gone.add(at);
            }
        }
        for line in &mut self.added {
            if !line.is_gone() && !keep(&line.field()) {
                *line = Line::GONE;
            }
        }
        self.mark_again();
    }

    /// Removes every line whose name begins so, but for those that frame the message.
    pub fn remove_prefix(&mut self, prefix: &str) {
        let prefix = prefix.as_bytes();
        self.remove_looked_at(
            |mark| !mark.known.is_framing(),
            |name| name.starts_with(prefix),
        );
    }

    /// Removes all lines whose names a server may take for this one, but for those of this very name
    /// and of another. Such servers do not tell `_` from `-` (RFC 3875 section 4.1.18).
    pub fn remove_alike(&mut self, name: &str, but: &str) {
        let (name, but) = (name.as_bytes(), but.as_bytes());
        self.remove_looked_at(
            |mark| mark.length() == name.len(),
            |found| is_alike(found, name) && found != name && found != but,
        );
    }

    /// Removes every line whose name a server may take for one that begins so.
    pub fn remove_prefix_alike(&mut self, prefix: &str) {
        let prefix = prefix.as_bytes();
        self.remove_looked_at(
            |mark| mark.length() >= prefix.len(),
            |found| {
                let found = found.get(..prefix.len());
                found.is_some_and(|found| is_alike(found, prefix) && found != prefix)
            },
        );
    }

    /// Removes the lines for whose marks and names both hold, whatever fields they are.
    fn remove_looked_at(&mut self, mark: impl Fn(Mark) -> bool, name: impl Fn(&[u8]) -> bool) {
        self.remove_where(mark, name);
        self.mark_again();
    }

    /// Marks what is left, after fields were removed that were not told apart.
    fn mark_again(&mut self) {
        let mut marks = Marks::default();
        self.kept().for_each(|line| marks.add(Mark::read(line)));
        self.added.iter().for_each(|line| marks.add(line.mark));
        self.marks = marks;
    }

    /// Removes the lines for whose marks and names both hold, which are of no known field or all of one:
    /// marks are left to the caller.
    fn remove_where(&mut self, mark: impl Fn(Mark) -> bool, name: impl Fn(&[u8]) -> bool) {
        for (at, line) in self.read.iter().enumerate() {
            if mark(Mark::read(line)) && name(line.name.slice(self.text)) {
                self.gone.add(at);
            }
        }
        for line in &mut self.added {
            if mark(line.mark) && name(line.name()) {
                *line = Line::GONE;
            }
        }
    }

    /// Gives the lines of the first name to the second, which loses its own.
    pub fn rename(&mut self, from: &str, to: &'s str) {
        let (from, to) = (Wanted::new(from), Wanted::new(to));
        if from.name == to.name || !self.marks.have(from.mark) {
            return;
        }
        let values = self.take_wanted(from);
        if values.is_empty() {
            return;
        }
        self.remove_wanted(to);
        for value in values {
            self.push(Line::made(to.mark, to.name, value));
        }
    }

    /// Takes the values of all lines of a name out; the lines are gone.
    fn take_wanted(&mut self, wanted: Wanted<'_>) -> Vec<Cow<'s, [u8]>> {
        let text = self.text;
        let is = |mark, name: &[u8]| wanted.mark == mark && wanted.is(name);
        let read = self.kept();
        let read = read.filter(|line| is(Mark::read(line), line.name.slice(text)));
        let mut values: Vec<_> = read
            .map(|line| Cow::Borrowed(line.value.slice(text)))
            .collect();
        let added = self.added.iter_mut();
        let added = added.filter(|line| is(line.mark, line.name()));
        values.extend(added.map(Line::take));
        self.remove_wanted(wanted);
        values
    }

    /// The lines that were read and are not left out.
    fn kept(&self) -> impl Iterator<Item = &'s fields::Line> {
        let lines = self.read.iter().enumerate();
        lines.filter_map(|(at, line)| (!self.gone.has(at)).then_some(line))
    }

    /// The values of a known field, line by line.
    pub fn all(&self, known: Known) -> impl Iterator<Item = &[u8]> {
        let some = self.has(known);
        let read = some.then(|| self.kept().filter(move |line| line.known == known));
        let read = read
            .into_iter()
            .flatten()
            .map(|line| line.value.slice(self.text));
        let added: &[_] = if some { &self.added } else { &[] };
        let added = added.iter().filter(move |line| line.mark.known == known);
        read.chain(added.map(Line::value))
    }

    /// The first value of a known field.
    pub fn first(&self, known: Known) -> Option<&[u8]> {
        self.all(known).next()
    }

    /// Whether there is a line of a known field.
    pub fn has(&self, known: Known) -> bool {
        self.marks.have_any(KnownSet::of(&[known]))
    }

    /// Takes the first value of a known field out, and all its lines.
    pub fn take(&mut self, known: Known) -> Option<Value<'s>> {
        if !self.has(known) {
            return None;
        }
        let text = self.text;
        let read = self.kept().find(|line| line.known == known);
        let value = match read {
            Some(line) => Cow::Borrowed(line.value.slice(text)),
            None => {
                let mut added = self.added.iter_mut();
                added.find(|line| line.mark.known == known)?.take()
            }
        };
        self.remove_known(known);
        Some(Value(value))
    }

    /// Whether there is no line.
    pub fn is_empty(&self) -> bool {
        self.kept().next().is_none() && self.added.iter().all(Line::is_gone)
    }

    /// All lines in order.
    pub fn iter(&self) -> impl Iterator<Item = Field<'_>> {
        let read = self.kept().map(|line| line.field(self.text));
        let added = self.added.iter().filter(|line| !line.is_gone());
        read.chain(added.map(Line::field))
    }

    /// Writes all lines and the blank one. Lines that were read one after the other are copied as one.
    pub fn write(&self, out: &mut Vec<u8>) {
        match self.one_piece {
            true => self.write_pieces(out),
            false => self.write_lines(out),
        }
        self.added.iter().for_each(|line| line.write(out));
        out.extend_from_slice(b"\r\n");
    }

    /// Writes what lies between the lines that are left out.
    fn write_pieces(&self, out: &mut Vec<u8>) {
        let mut from = self.read.first().map_or(0, |line| line.name.start());
        let end = self.read.last().map_or(0, |line| line.value.end() + 2);
        self.gone.each(|at| {
            if let Some(line) = self.read.get(at).and_then(|line| line.whole()) {
                out.extend_from_slice(self.text.get(from..line.start).unwrap_or_default());
                from = line.end;
            }
        });
        out.extend_from_slice(self.text.get(from..end).unwrap_or_default());
    }

    fn write_lines(&self, out: &mut Vec<u8>) {
        for line in self.kept() {
            let field = line.field(self.text);
            write_line(field.name, field.value, out);
        }
    }
}
