//! A name that is looked for in a section.

use crate::known::Known;
use crate::marks::Mark;

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
