//! Which lines of a section are left out.

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

    /// All of them, the first ones first.
    pub(super) fn each(&self, mut found: impl FnMut(usize)) {
        for (index, word) in std::iter::once(&self.first).chain(&self.rest).enumerate() {
            let mut left = *word;
            while left != 0 {
                found(64 * index + left.trailing_zeros() as usize);
                left &= left - 1;
            }
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
