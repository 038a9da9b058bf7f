//! How lines are told apart and looked for without a look at their names.

use crate::fields::Line;
use crate::known::{Known, KnownSet};

/// What tells most names apart without a look at them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Mark {
    pub(crate) known: Known,
    length: u32,
}

impl Mark {
    /// Of no line: none has an empty name.
    pub(crate) const NONE: Self = Self {
        known: Known::Other,
        length: 0,
    };

    pub(crate) fn new(known: Known, name: &[u8]) -> Self {
        let length = u32::try_from(name.len()).unwrap_or(u32::MAX);
        Self { known, length }
    }

    pub(crate) fn of(name: &[u8]) -> Self {
        Self::new(Known::of(name), name)
    }

    /// Of a line that was read.
    pub(crate) fn read(line: &Line) -> Self {
        Self {
            known: line.known,
            length: line.name.length(),
        }
    }

    /// Bytes of the name.
    pub(crate) fn length(self) -> usize {
        self.length as usize
    }
}

/// Marks of lines: most questions are about one that is not there. In one word, since heads are moved.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Marks {
    known: KnownSet,
    /// A bit for each length of other names, up to [`LONG`], and the two below.
    others: u32,
}

/// This length and all above it.
const LONG: u32 = 29;
/// Of a name that holds an underscore.
const UNDERSCORED: u32 = 1 << 30;
/// Of a line that may not go out as it came, or that does not lie right behind the one before.
const SCATTERED: u32 = 1 << 31;

impl Marks {
    /// Of one line that was read.
    pub(crate) fn of(line: &Line) -> Self {
        let mut marks = Self::default();
        marks.add(Mark::read(line));
        if line.underscored {
            marks.others |= UNDERSCORED;
        }
        if line.whole().is_none() {
            marks.scatter();
        }
        marks
    }

    pub(crate) fn add(&mut self, mark: Mark) {
        self.known = self.known.and(KnownSet::of(&[mark.known]));
        if mark.known == Known::Other {
            self.others |= 1 << mark.length.min(LONG);
        }
    }

    /// Adds those of other lines.
    pub(crate) fn add_all(&mut self, others: Self) {
        self.known = self.known.and(others.known);
        self.others |= others.others;
    }

    /// A line does not lie right behind the one before.
    pub(crate) fn scatter(&mut self) {
        self.others |= SCATTERED;
    }

    pub(crate) fn have(self, mark: Mark) -> bool {
        match mark.known {
            Known::Other => self.others & 1 << mark.length.min(LONG) != 0,
            known => self.known.has(known),
        }
    }

    pub(crate) fn have_any(self, fields: KnownSet) -> bool {
        self.known.has_any(fields)
    }

    pub(crate) fn have_underscores(self) -> bool {
        self.others & UNDERSCORED != 0
    }

    /// Whether what lies from the first line to the end of the last may go out as it came.
    pub(crate) fn are_one_piece(self) -> bool {
        self.others & SCATTERED == 0
    }

    pub(crate) fn remove(&mut self, fields: KnownSet) {
        self.known = self.known.without(fields);
    }
}
