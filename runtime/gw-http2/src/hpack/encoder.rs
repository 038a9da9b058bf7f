//! From lines to blocks. A line that comes a second time enters the dynamic table, so that fields
//! that change with every response, whatever their names, never push out those that stay. Strings
//! are sent plain: coding them costs more than the bytes it saves.

use super::dynamic::{Dynamic, Entry};
use super::{fixed, integer};
use foldhash::fast::RandomState;
use gw_http1::{Field, Known};
use std::hash::BuildHasher;

/// Largest dynamic table, whatever the client allows.
const TABLE: usize = 4096;
/// Largest name and value, together, that may enter the table.
const LARGEST: usize = 512;
/// Lines whose hashes end alike are told apart by as many places: those of one response do not drive each other out.
const WAYS: usize = 4;
const SETS: usize = 16;

/// The writing end of the compression.
#[derive(Debug)]
pub struct Encoder {
    table: Dynamic<()>,
    /// How many entries were ever added.
    added: u32,
    hasher: RandomState,
    /// By the end of a hash.
    sets: Box<[Set; SETS]>,
    /// The smallest size that the client asked for since the last block.
    lowest: Option<usize>,
}

/// What is known of lines whose hashes end alike, the newest first.
#[derive(Clone, Copy, Debug, Default)]
struct Set {
    /// Those that were added.
    found: [Found; WAYS],
    /// Hashes of those that were sent without the table.
    seen: [u32; WAYS],
}

#[derive(Clone, Copy, Debug, Default)]
struct Found {
    hash: u32,
    /// The how manieth entry it was, from one on.
    number: u32,
}

impl Default for Encoder {
    fn default() -> Self {
        Self {
            table: Dynamic::new(TABLE),
            added: 0,
            hasher: RandomState::default(),
            sets: Box::new([Set::default(); SETS]),
            lowest: None,
        }
    }
}

impl Encoder {
    /// The client's table holds that many bytes.
    pub fn allow(&mut self, size: usize) {
        let size = size.min(TABLE);
        if size != self.table.most() {
            self.lowest = Some(self.lowest.unwrap_or(size).min(size));
            self.table.resize(size);
        }
    }

    /// Begins a block.
    pub fn begin(&mut self, out: &mut Vec<u8>) {
        let Some(lowest) = self.lowest.take() else {
            return;
        };
        let size = self.table.most();
        if lowest < size {
            integer::write(0x20, 5, lowest, out);
        }
        integer::write(0x20, 5, size, out);
    }

    /// The status line of a response.
    pub fn status(&mut self, status: u16, out: &mut Vec<u8>) {
        match fixed::index_of_status(status) {
            0 => {
                let digit = |n: u16| b'0' + u8::try_from(n % 10).unwrap_or(0);
                let digits = [digit(status / 100), digit(status / 10), digit(status)];
                literal(Form::Plain, fixed::STATUS, (b"", &digits), out);
            }
            index => integer::write(0x80, 7, index, out),
        }
    }

    /// A field line. Its name is a token in lower case.
    pub fn line(&mut self, field: Field<'_>, out: &mut Vec<u8>) {
        let (name, value) = (field.name, field.value.trim_ascii());
        if field.known == Known::ContentLength {
            return literal(Form::Plain, fixed::CONTENT_LENGTH, (name, value), out);
        }
        if name.len() + value.len() > LARGEST {
            return unlisted(name, value, out);
        }
        let hash = self.hash(name, value);
        let Some(set) = self.sets.get_mut(hash as usize % SETS) else {
            return;
        };
        let (table, added) = (&self.table, self.added);
        let age = |found: &Found| found.age(added, hash);
        let is_line = |age: &usize| {
            let entry = table.get(*age);
            entry.is_some_and(|entry| entry.parts() == (name, value))
        };
        if let Some(age) = set.found.iter().filter_map(age).find(is_line) {
            return integer::write(0x80, 7, fixed::LENGTH + 1 + age, out);
        }
        if !set.seen.contains(&hash) {
            push(&mut set.seen, hash);
            return unlisted(name, value, out);
        }
        let index = fixed::index_of(name);
        if fixed::is_secret(index) {
            return literal(Form::Never, index, (name, value), out);
        }
        literal(Form::Added, index, (name, value), out);
        self.table.add(Entry::new(name, value, ()));
        self.added = self.added.wrapping_add(1);
        let number = self.added;
        push(&mut set.found, Found { hash, number });
    }

    fn hash(&self, name: &[u8], value: &[u8]) -> u32 {
        let hash = self.hasher.hash_one((name, value));
        #[expect(clippy::cast_possible_truncation, reason = "half of a hash is one")]
        let half = hash as u32;
        half
    }
}

impl Found {
    /// How many entries were added after this one, if it has that hash.
    fn age(self, added: u32, hash: u32) -> Option<usize> {
        (self.hash == hash && self.number != 0).then(|| added.wrapping_sub(self.number) as usize)
    }
}

/// Forgets the oldest.
fn push<T: Copy>(places: &mut [T; WAYS], newest: T) {
    let [first, second, third, _] = *places;
    *places = [newest, first, second, third];
}

/// A line that stays out of the table.
fn unlisted(name: &[u8], value: &[u8], out: &mut Vec<u8>) {
    let index = fixed::index_of(name);
    let form = match fixed::is_secret(index) {
        true => Form::Never,
        false => Form::Plain,
    };
    literal(form, index, (name, value), out);
}

/// What becomes of a literal in tables (RFC 7541 section 6.2).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Form {
    /// It enters them.
    Added,
    /// It does not.
    Plain,
    /// It must not, wherever it goes.
    Never,
}

fn literal(form: Form, index: usize, (name, value): (&[u8], &[u8]), out: &mut Vec<u8>) {
    match form {
        Form::Added => integer::write(0x40, 6, index, out),
        Form::Plain => integer::write(0, 4, index, out),
        Form::Never => integer::write(0x10, 4, index, out),
    }
    if index == 0 {
        string(name, out);
    }
    string(value, out);
}

fn string(text: &[u8], out: &mut Vec<u8>) {
    integer::write(0, 7, text.len(), out);
    out.extend_from_slice(text);
}

#[cfg(test)]
mod tests {
    use super::super::{Decoder, Undecodable};
    use super::*;
    use proptest::prelude::*;

    fn block(encoder: &mut Encoder, status: u16, lines: &[(String, String)]) -> Vec<u8> {
        let mut out = Vec::new();
        encoder.begin(&mut out);
        encoder.status(status, &mut out);
        for (name, value) in lines {
            let field = Field {
                known: Known::of(name.as_bytes()),
                name: name.as_bytes(),
                value: value.as_bytes(),
            };
            encoder.line(field, &mut out);
        }
        out
    }

    type Lines = Vec<(String, String)>;

    fn decoded(decoder: &mut Decoder, block: &[u8]) -> Result<Lines, Undecodable> {
        let mut all = Vec::new();
        decoder.decode(block, |line| {
            let text = |part: &[u8]| String::from_utf8(part.to_vec()).unwrap();
            all.push((text(line.name), text(line.value)));
        })?;
        Ok(all)
    }

    fn line(name: &str, value: &str) -> (String, String) {
        (name.to_owned(), value.to_owned())
    }

    #[test]
    fn what_stays_is_one_byte_from_the_third_time_on() {
        let mut encoder = Encoder::default();
        let stays = [line("server", "gw"), line("x-a", "b")];
        let sizes: Vec<_> = (0..4)
            .map(|_| block(&mut encoder, 200, &stays).len())
            .collect();
        assert_eq!(sizes, [13, 12, 3, 3]);
        for n in 0..1000 {
            block(&mut encoder, 200, &[line("etag", &n.to_string())]);
        }
        assert_eq!(block(&mut encoder, 200, &stays).len(), 3);
    }

    /// Whatever their hashes are, which are others for each connection.
    #[test]
    fn lines_of_a_response_do_not_drive_each_other_out() {
        let lines = [
            line("server", "gw"),
            line("x-a", "b"),
            line("x-c", "d"),
            line("x-e", "f"),
        ];
        for _ in 0..1000 {
            let mut encoder = Encoder::default();
            let mut sizes = (0..3).map(|_| block(&mut encoder, 200, &lines).len());
            assert_eq!(sizes.nth(2), Some(1 + lines.len()));
        }
    }

    #[test]
    fn secrets_are_never_indexed() {
        let mut encoder = Encoder::default();
        for _ in 0..3 {
            let out = block(&mut encoder, 404, &[line("set-cookie", "a=b")]);
            assert_eq!(out, [0x8d, 0x1f, 55 - 15, 3, b'a', b'=', b'b']);
        }
    }

    #[test]
    fn the_client_sizes_the_table() {
        let (mut encoder, mut decoder) = (Encoder::default(), Decoder::default());
        let lines = [line("server", "gw")];
        for size in [4096, 0, 4096, 100, 1 << 20] {
            encoder.allow(size);
            for _ in 0..3 {
                let out = block(&mut encoder, 503, &lines);
                let all = decoded(&mut decoder, &out).unwrap();
                assert_eq!(all, [line(":status", "503"), lines[0].clone()]);
            }
        }
        encoder.allow(0);
        encoder.allow(50);
        assert!(block(&mut encoder, 200, &lines).starts_with(&[0x20, 0x3f, 19]));
    }

    proptest! {
        /// What is encoded is decoded, line by line, whatever was sent before.
        #[test]
        fn blocks(responses in proptest::collection::vec(
            (100u16..600, proptest::collection::vec(("[a-c]{1,2}|set-cookie|date|content-length", "[a-b]{0,3}|x{90,600}"), 0..6), proptest::option::of(0usize..5000)),
            1..40,
        )) {
            let (mut encoder, mut decoder) = (Encoder::default(), Decoder::default());
            for (status, lines, size) in responses {
                if let Some(size) = size {
                    encoder.allow(size);
                }
                let out = block(&mut encoder, status, &lines);
                let mut expected = vec![line(":status", &status.to_string())];
                expected.extend(lines);
                prop_assert_eq!(decoded(&mut decoder, &out).unwrap(), expected);
            }
        }
    }
}
