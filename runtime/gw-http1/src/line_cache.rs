//! Header lines that were read before are not read again. The heads that pass through a core are
//! mostly made of lines that came before, byte for byte: of a backend's responses all but the date and
//! the length, of a client's requests all but the first line. A line that is kept is known by its
//! bytes, and what was found out about it is taken over: where its name ends, whether the gateway knows
//! the field, whether it may go out as it came. HTTP/2 does the same with its table of fields
//! (RFC 7541 section 2.3.2); here no peer has to agree.

use crate::classes::lower;
use crate::fields::{Fields, Line};
use crate::known::Known;
use crate::marks::Marks;
use crate::span::Span;
use crate::status_line::StatusLines;
use crate::words;
use memchr::{memchr, memmem};

/// Places that a line may have, side by side: lines that come in every head do not drive each other out.
const WAYS: usize = 4;
const SETS: usize = 16;
/// How many lines are kept.
const SLOTS: usize = SETS * WAYS;
/// Longest line that is kept, in bytes.
const LONGEST: usize = 224;
/// Longest name whose lower case is kept too.
const NAME: usize = 16;

/// Of how many heads the memory is kept, and of how large ones.
const MOST_SPARE: usize = 64;
const MOST_LINES: usize = 64;
const MOST_BYTES: usize = 4 << 10;

/// Lines of the heads that one core reads, each in one of the places that its bytes choose.
#[derive(Clone, Debug, Default)]
pub struct LineCache {
    /// Empty until the first head comes. Behind those of lines, one for the beginning of each [`Kind`].
    slots: Vec<Slot>,
    /// One for each set of places: what came to it lately and is not kept.
    doors: Vec<Door>,
    /// How many lines were kept so far: whose place the next one takes.
    turn: usize,
    /// How many lines the last head of each kind had.
    counts: [usize; 2],
    pub(crate) status_lines: StatusLines,
    /// Memory of heads that are done with; that of the last one, which is in the cache, goes first.
    spare: Vec<Fields>,
}

/// Whose lines they are.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    Request,
    Response,
}

/// The last lines that came to a set of places and are not kept, each by its short name. One that comes again is:
/// lines that come once do not drive out those that come again. As many as a set has places, since lines that take
/// turns, as those of a head do, would be new each time if only the last one were known.
#[derive(Clone, Copy, Debug, Default)]
struct Door([u32; WAYS]);

impl Door {
    /// Where a line is, whether it may be kept or not.
    fn find(&self, key: Key) -> Option<usize> {
        self.0.iter().position(|name| name | 1 == key.open())
    }

    /// Lets a line in, and forgets the one that is here the longest.
    fn push(&mut self, key: Key) {
        let Self([first, second, third, _]) = *self;
        *self = Self([key.open(), first, second, third]);
    }
}

/// What is looked at of a short line lies in one line of the processor's cache: that is what a kept line
/// costs most.
#[derive(Clone, Debug)]
#[repr(C, align(64))]
struct Slot {
    marks: Marks,
    /// Bytes of the line with its end; none if nothing is kept.
    length: u8,
    /// The place of the kept line that came next, the last time.
    next: u8,
    /// Bytes of the name, with which the line begins.
    name: u8,
    /// Where the value begins, and its bytes.
    value: [u8; 2],
    known: Known,
    underscored: bool,
    usual: bool,
    /// How the line begins, with its name in lower case.
    begin: [u8; NAME],
    /// The line as it came.
    text: [u8; LONGEST],
}

/// A line that was looked for.
enum Found {
    /// It is kept in this place.
    Kept(usize),
    /// It was read anew, and has so many bytes.
    New(Line, usize),
}

/// What tells the set of a line, and short names for it: numbers by its ends.
#[derive(Clone, Copy)]
struct Key(u32);

impl Key {
    /// Of a line that may be kept.
    fn of(line: &[u8]) -> Option<Self> {
        words::ends(line)
            .filter(|_| line.len() <= LONGEST)
            .map(Self)
    }

    /// The first of the places that the line may have.
    fn set(self) -> usize {
        words::place(self.0, SETS) * WAYS
    }

    /// The name of a line that may be kept; never that of no line.
    fn open(self) -> u32 {
        self.0 | 0b11
    }

    /// The name of one that may be secret.
    fn secret(self) -> u32 {
        self.open() ^ 1
    }
}

impl LineCache {
    /// Takes the memory of a head that is done with, for one of those to come.
    pub fn put_back(&mut self, fields: Fields) {
        let (lines, bytes) = fields.room();
        if (1..=MOST_LINES).contains(&lines) && bytes <= MOST_BYTES && self.spare.len() < MOST_SPARE
        {
            self.spare.push(fields.emptied());
        }
    }

    /// Lets go of half of the memory for heads to come.
    pub fn trim(&mut self) {
        self.spare.truncate(self.spare.len().div_ceil(2));
    }

    /// The lines from `at` on and where the blank one behind them ends; names are put into lower case.
    /// None if that is not certain: if a line is not complete or not well formed, or if there are more
    /// than `most`. Then names may be in lower case already.
    pub(crate) fn read(
        &mut self,
        bytes: &mut [u8],
        mut at: usize,
        most: usize,
        kind: Kind,
    ) -> Option<(usize, Fields)> {
        if self.slots.is_empty() {
            self.slots = vec![Slot::empty(); SLOTS + 2];
            self.doors = vec![Door::default(); SETS];
        }
        let count = kind as usize;
        let mut fields = self.spare.pop().unwrap_or_else(|| {
            let lines = self.counts.get(count);
            Fields::with_lines(lines.map_or(0, |lines| lines + 1))
        });
        let mut last = SLOTS + count;
        let mut next = usize::from(self.slots.get(last)?.next);
        loop {
            let rest = bytes.get_mut(at..)?;
            if rest.starts_with(b"\r\n") {
                *self.counts.get_mut(count)? = fields.len();
                return Some((at + 2, fields));
            }
            if fields.len() == most {
                return None;
            }
            let mut slot = self.slots.get(next)?;
            if !slot.begins(rest) {
                match self.find(rest)? {
                    Found::Kept(place) => {
                        self.slots.get_mut(last)?.next = u8::try_from(place).ok()?;
                        next = place;
                        slot = self.slots.get(place)?;
                    }
                    Found::New(line, length) => {
                        fields.push_behind(line.behind(at), Marks::of(&line));
                        at += length;
                        continue;
                    }
                }
            }
            slot.lower(rest);
            fields.push_behind(slot.line(at), slot.marks);
            at += usize::from(slot.length);
            last = next;
            next = usize::from(slot.next);
        }
    }

    /// The line that `rest` begins with. Rare enough to be no part of its caller, which would run short of
    /// registers.
    #[inline(never)]
    fn find(&mut self, rest: &mut [u8]) -> Option<Found> {
        let length = memchr(b'\n', rest)? + 1;
        let bytes = rest.get_mut(..length)?;
        let Some(key) = Key::of(bytes) else {
            return Some(Found::New(tokenised(bytes)?, length));
        };
        let set = key.set();
        let slots = self.slots.get_mut(set..set + WAYS)?;
        if let Some(way) = slots.iter().position(|slot| slot.text() == bytes) {
            return Some(Found::Kept(set + way));
        }
        let door = self.doors.get_mut(set / WAYS)?;
        let Some(known) = door.find(key) else {
            door.push(key);
            return Some(Found::New(tokenised(bytes)?, length));
        };
        let name = door.0.get_mut(known)?;
        if *name == key.secret() {
            return Some(Found::New(tokenised(bytes)?, length));
        }
        let mut text = [0; LONGEST];
        text.get_mut(..length)?.copy_from_slice(bytes);
        let line = tokenised(bytes)?;
        if may_be_secret(line.name.slice(bytes)) {
            *name = key.secret();
            return Some(Found::New(line, length));
        }
        let free = slots.iter().position(|slot| slot.length == 0);
        let way = free.unwrap_or(self.turn % WAYS);
        *slots.get_mut(way)? = Slot::new(&line, bytes, text)?;
        self.turn = self.turn.wrapping_add(1);
        Some(Found::Kept(set + way))
    }
}

impl Slot {
    fn empty() -> Self {
        Self {
            marks: Marks::default(),
            length: 0,
            next: 0,
            name: 0,
            value: [0; 2],
            known: Known::Other,
            underscored: false,
            usual: false,
            begin: [0; NAME],
            text: [0; LONGEST],
        }
    }

    /// Of a line that came as `text` and is `lower` with its name in lower case.
    fn new(line: &Line, lower: &[u8], text: [u8; LONGEST]) -> Option<Self> {
        let byte = |length: usize| u8::try_from(length).ok();
        let mut begin = [0; NAME];
        let places = begin.iter_mut().zip(lower);
        places.for_each(|(place, byte)| *place = *byte);
        Some(Self {
            marks: Marks::of(line),
            length: byte(lower.len())?,
            next: 0,
            name: byte(line.name.end())?,
            value: [
                byte(line.value.start())?,
                u8::try_from(line.value.length()).ok()?,
            ],
            known: line.known,
            underscored: line.underscored,
            usual: line.whole().is_some(),
            begin,
            text,
        })
    }

    fn text(&self) -> &[u8] {
        let text = self.text.get(..usize::from(self.length));
        text.unwrap_or_default()
    }

    /// The line in a text where it begins at `at`.
    fn line(&self, at: usize) -> Line {
        let [value, length] = self.value;
        Line {
            name: Span::new(at, usize::from(self.name)),
            value: Span::new(at + usize::from(value), usize::from(length)),
            known: self.known,
            underscored: self.underscored,
            usual: self.usual,
        }
    }

    /// Whether `text` begins with the line that is kept here.
    fn begins(&self, text: &[u8]) -> bool {
        self.length > 0 && text.starts_with(self.text())
    }

    /// Puts the name at the beginning of the line into lower case. What follows a short one is the same,
    /// so that a number of bytes can be copied that is known when this is compiled.
    fn lower(&self, line: &mut [u8]) {
        match (self.name, self.length) {
            (0..=8, 8..) => self.copy::<8>(line),
            (9..=16, 16..) => self.copy::<NAME>(line),
            (name, _) => {
                let name = line.get_mut(..usize::from(name));
                lower(name.unwrap_or_default());
            }
        }
    }

    fn copy<const N: usize>(&self, line: &mut [u8]) {
        if let (Some(place), Some(begin)) = (line.first_chunk_mut::<N>(), self.begin.first_chunk())
        {
            *place = *begin;
        }
    }
}

/// What the tokeniser makes of a single line, which ends with CR LF and nowhere before.
fn tokenised(bytes: &mut [u8]) -> Option<Line> {
    let mut found = [httparse::EMPTY_HEADER];
    // No blank line follows.
    let Ok(httparse::Status::Partial) = httparse::parse_headers(bytes, &mut found) else {
        return None;
    };
    let [header] = found;
    let name = Span::of(header.name.as_bytes(), bytes);
    let value = Span::of(header.value, bytes);
    let whole = !header.name.is_empty() && bytes.ends_with(b"\r\n");
    whole.then(|| Line::new(name, value, bytes))
}

/// Whether a field may prove who sends it, or hold a link that does. Such lines are not kept beyond their
/// message, and how fast one is read tells nobody whether it came before (RFC 7541 section 7.1 on the
/// same question).
fn may_be_secret(name: &[u8]) -> bool {
    const WORDS: [&str; 12] = [
        "auth",
        "cookie",
        "credential",
        "key",
        "link",
        "location",
        "pass",
        "referer",
        "secret",
        "session",
        "sign",
        "token",
    ];
    WORDS
        .iter()
        .any(|word| memmem::find(name, word.as_bytes()).is_some())
}

/// Heads that begin with one of these lines and are mostly right.
#[cfg(test)]
pub(crate) fn heads(
    first: &'static [&'static str],
) -> impl proptest::strategy::Strategy<Value = String> {
    use proptest::prelude::*;
    let good = prop::sample::select(
        &[
            "Host: a\r\n",
            "Content-Type: text/plain\r\n",
            "content-type: text/plain\r\n",
            "Content-Length: 3\r\n",
            "Cache-Control:  no-cache \r\n",
            "X_User_Name:\t1234567\r\n",
            "X-Empty-Value:\r\n",
            "X-Empty-Value: \r\n",
            "Connection: close\r\n",
            "Connection:\r\n",
            "Via: 1.1 a\r\n",
            "Access-Control-Allow-Credentials: true\r\n",
            "Strict-Transport-Security: a\r\n",
            "Set-Cookie: a=b; Secure\r\n",
            "X-Latin-1: \u{e9}\u{e8}\r\n",
            "a:b\r\n",
        ][..],
    );
    let bad = prop::sample::select(
        &[
            "Content-Type: text/plain\n",
            "Content-Type: text\rplain\r\n",
            "Content-Type : text/plain\r\n",
            " Content-Type: text/plain\r\n",
            "Content-Type: text/plain\r\r\n",
            "Content-Type: text\0plain\r\n",
            "Content-Type\r\n",
            "Content-Type: text/plain",
            ": text/plain\r\n",
            "\n",
        ][..],
    );
    let lines = prop::collection::vec(prop_oneof![15 => good, 1 => bad], 0..9);
    let end = prop_oneof![8 => Just("\r\n"), 1 => Just("\r\nbody: 1\r\n\r\n"), 1 => Just("")];
    let first = prop::sample::select(first);
    (first, lines, end).prop_map(|(first, lines, end)| format!("{first}{}{end}", lines.concat()))
}

#[cfg(test)]
mod tests;
