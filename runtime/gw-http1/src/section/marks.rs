//! How lines are told apart, found and left out without a look at their names.

use crate::fields;
use crate::known::Known;

/// What tells most names apart without a look at them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Mark {
    pub(super) known: Known,
    length: u32,
}

impl Mark {
    /// Of no line: none has an empty name.
    pub(super) const NONE: Self = Self {
        known: Known::Other,
        length: 0,
    };

    pub(super) fn new(known: Known, name: &[u8]) -> Self {
        let length = u32::try_from(name.len()).unwrap_or(u32::MAX);
        Self { known, length }
    }

    pub(super) fn of(name: &[u8]) -> Self {
        Self::new(Known::of(name), name)
    }

    /// Of a line that was read.
    pub(super) fn read(line: &fields::Line) -> Self {
        Self {
            known: line.known,
            length: line.name.length(),
        }
    }

    /// Bytes of the name.
    pub(super) fn length(self) -> usize {
        self.length as usize
    }
}

/// Marks of lines that may be there: most questions are about one that is not.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Marks {
    /// A bit for each [`Known`], of which there are fewer than 32.
    known: u32,
    /// A bit for each length of other names; the highest one for all that are longer.
    lengths: u64,
}

impl Marks {
    pub(super) fn add(&mut self, mark: Mark) {
        self.known |= 1 << mark.known as u32;
        if mark.known == Known::Other {
            self.lengths |= 1 << mark.length.min(63);
        }
    }

    pub(super) fn have(self, mark: Mark) -> bool {
        match mark.known {
            Known::Other => self.lengths & 1 << mark.length.min(63) != 0,
            known => self.have_known(known),
        }
    }

    pub(super) fn have_known(self, known: Known) -> bool {
        self.known & 1 << known as u32 != 0
    }

    pub(super) fn remove_known(&mut self, known: Known) {
        self.known &= !(1 << known as u32);
    }
}

/// A name that lines are looked for by.
#[derive(Clone, Copy)]
pub(super) struct Wanted<'n> {
    pub(super) mark: Mark,
    pub(super) name: &'n [u8],
}

impl<'n> Wanted<'n> {
    pub(super) fn new(name: &'n str) -> Self {
        let name = name.as_bytes();
        let mark = Mark::of(name);
        Self { mark, name }
    }

    /// Whether it is the name of a line that has its mark.
    pub(super) fn is(self, name: &[u8]) -> bool {
        self.mark.known != Known::Other || self.name == name
    }
}

/// Places in a list; almost always among the first 64.
#[derive(Clone, Debug, Default)]
pub(super) struct Gone {
    first: u64,
    rest: Vec<u64>,
}

impl Gone {
    pub(super) fn add(&mut self, at: usize) {
        let Some(at) = at.checked_sub(64) else {
            self.first |= 1 << at;
            return;
        };
        if self.rest.len() <= at / 64 {
            self.rest.resize(at / 64 + 1, 0);
        }
        if let Some(word) = self.rest.get_mut(at / 64) {
            *word |= 1 << (at % 64);
        }
    }

    pub(super) fn has(&self, at: usize) -> bool {
        let word = match at.checked_sub(64) {
            None => self.first,
            Some(at) => self.rest.get(at / 64).copied().unwrap_or_default(),
        };
        word & 1 << (at % 64) != 0
    }
}
