//! A field section that is edited and then written out: lines borrow from the message that was
//! read and from the policy's values, so that nothing is copied before it is written.

use crate::classes::{is_token, is_value};
use crate::fields::{Field, Fields};
use crate::known::Known;
use std::borrow::Cow;

/// How many lines are usually added.
const ROOM: usize = 12;

/// The lines of a message on its way out.
#[derive(Debug, Default)]
pub struct Section<'s> {
    lines: Vec<Out<'s>>,
}

/// A field value that may be written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Value<'s>(Cow<'s, [u8]>);

#[derive(Clone, Debug)]
struct Out<'s> {
    known: Known,
    name: &'s [u8],
    value: Cow<'s, [u8]>,
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

impl<'s> Section<'s> {
    /// The lines of `fields` for which `keep` holds.
    pub fn of(fields: &'s Fields, mut keep: impl FnMut(&Field<'s>) -> bool) -> Self {
        let mut lines = Vec::with_capacity(fields.len() + ROOM);
        lines.extend(fields.iter().filter(|field| keep(field)).map(|field| Out {
            known: field.known,
            name: field.name,
            value: Cow::Borrowed(field.value),
        }));
        Self { lines }
    }

    /// Adds a line. The name is in lower case.
    pub fn add(&mut self, name: &'s str, value: Value<'s>) {
        self.lines.push(Out {
            known: Known::of(name.as_bytes()),
            name: name.as_bytes(),
            value: value.0,
        });
    }

    /// Replaces all lines of this name, or adds one.
    pub fn set(&mut self, name: &'s str, value: Value<'s>) {
        let mut found = false;
        let name = name.as_bytes();
        let known = Known::of(name);
        let mut value = Some(value.0);
        self.lines.retain_mut(|line| {
            if line.known != known || line.name != name {
                return true;
            }
            if let Some(value) = value.take() {
                line.value = value;
            }
            !std::mem::replace(&mut found, true)
        });
        if let Some(value) = value {
            self.lines.push(Out { known, name, value });
        }
    }

    /// Removes all lines of this name.
    pub fn remove(&mut self, name: &str) {
        self.lines.retain(|line| line.name != name.as_bytes());
    }

    /// Removes all lines of a known field.
    pub fn remove_known(&mut self, known: Known) {
        self.lines.retain(|line| line.known != known);
    }

    /// Removes every line whose name begins so.
    pub fn remove_prefix(&mut self, prefix: &str) {
        self.lines
            .retain(|line| !line.name.starts_with(prefix.as_bytes()));
    }

    /// Gives the lines of the first name to the second, which loses its own.
    pub fn rename(&mut self, from: &str, to: &'s str) {
        let (from, new) = (from.as_bytes(), to.as_bytes());
        if !self.lines.iter().any(|line| line.name == from) || from == new {
            return;
        }
        self.remove(to);
        for line in self.lines.iter_mut().filter(|line| line.name == from) {
            line.name = new;
            line.known = Known::of(new);
        }
    }

    /// The first value of a known field.
    pub fn first(&self, known: Known) -> Option<&[u8]> {
        let line = self.lines.iter().find(|line| line.known == known)?;
        Some(&line.value)
    }

    /// Whether there is a line of a known field.
    pub fn has(&self, known: Known) -> bool {
        self.first(known).is_some()
    }

    /// Takes the first value of a known field out, and all its lines.
    pub fn take(&mut self, known: Known) -> Option<Value<'s>> {
        let at = self.lines.iter().position(|line| line.known == known)?;
        let value = self.lines.remove(at).value;
        self.remove_known(known);
        Some(Value(value))
    }

    /// All lines in order.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.lines.iter().map(|line| (line.name, &*line.value))
    }

    /// Writes all lines and the blank one.
    pub fn write(&self, out: &mut Vec<u8>) {
        let sizes = self
            .lines
            .iter()
            .map(|line| line.name.len() + line.value.len() + 4);
        out.reserve(sizes.sum::<usize>() + 2);
        for line in &self.lines {
            out.extend_from_slice(line.name);
            out.extend_from_slice(b": ");
            out.extend_from_slice(&line.value);
            out.extend_from_slice(b"\r\n");
        }
        out.extend_from_slice(b"\r\n");
    }
}

/// Whether a name may be written: a token in lower case.
pub fn is_name(name: &str) -> bool {
    is_token(name.as_bytes()) && !name.bytes().any(|b| b.is_ascii_uppercase())
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

    #[test]
    fn values_hold_no_line_ends() {
        assert_eq!(Value::new(&b"a\r\nb"[..]), None);
        assert!(Value::new(&b"a\tb"[..]).is_some());
        assert!(is_name("x-a") && !is_name("X-A") && !is_name("a b") && !is_name(""));
    }
}
