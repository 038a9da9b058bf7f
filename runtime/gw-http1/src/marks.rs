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

/// Marks of lines that may be there: most questions are about one that is not.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Marks {
    known: KnownSet,
    /// A bit for each length of other names; the highest one for all that are longer.
    lengths: u32,
    /// Whether the name of a line that was read holds an underscore.
    underscores: bool,
}

impl Marks {
    pub(crate) fn add(&mut self, mark: Mark) {
        self.known = self.known.and(KnownSet::of(&[mark.known]));
        if mark.known == Known::Other {
            self.lengths |= 1 << mark.length.min(31);
        }
    }

    /// Of one line that was read.
    pub(crate) fn of(line: &Line) -> Self {
        let mut marks = Self {
            underscores: line.underscored,
            ..Self::default()
        };
        marks.add(Mark::read(line));
        marks
    }

    /// Adds those of other lines.
    pub(crate) fn add_all(&mut self, others: Self) {
        self.known = self.known.and(others.known);
        self.lengths |= others.lengths;
        self.underscores |= others.underscores;
    }

    pub(crate) fn have(self, mark: Mark) -> bool {
        match mark.known {
            Known::Other => self.lengths & 1 << mark.length.min(31) != 0,
            known => self.known.has(known),
        }
    }

    pub(crate) fn have_any(self, fields: KnownSet) -> bool {
        self.known.has_any(fields)
    }

    pub(crate) fn have_underscores(self) -> bool {
        self.underscores
    }

    pub(crate) fn remove(&mut self, fields: KnownSet) {
        self.known = self.known.without(fields);
    }
}
