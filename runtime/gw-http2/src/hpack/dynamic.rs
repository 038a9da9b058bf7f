//! The dynamic table (RFC 7541 section 2.3.2): the lines that were added last, within a size.

use super::OVERHEAD;
use std::collections::VecDeque;

/// A dynamic table, with what is known of each entry.
#[derive(Debug)]
pub(super) struct Dynamic<T> {
    /// The oldest first.
    entries: VecDeque<Entry<T>>,
    size: usize,
    most: usize,
}

/// An entry: name and value in one piece.
#[derive(Debug)]
pub(super) struct Entry<T> {
    text: Box<[u8]>,
    name: usize,
    pub(super) note: T,
}

impl<T> Entry<T> {
    pub(super) fn new(name: &[u8], value: &[u8], note: T) -> Self {
        Self {
            text: [name, value].concat().into_boxed_slice(),
            name: name.len(),
            note,
        }
    }

    /// Name and value.
    pub(super) fn parts(&self) -> (&[u8], &[u8]) {
        self.text.split_at_checked(self.name).unwrap_or_default()
    }
}

impl<T> Dynamic<T> {
    pub(super) fn new(most: usize) -> Self {
        Self {
            entries: VecDeque::new(),
            size: 0,
            most,
        }
    }

    /// The entry that was added that many entries before the last one.
    pub(super) fn get(&self, age: usize) -> Option<&Entry<T>> {
        let index = self.entries.len().checked_sub(age + 1)?;
        self.entries.get(index)
    }

    /// Largest size, in bytes as RFC 7541 section 4.1 counts them.
    pub(super) fn most(&self) -> usize {
        self.most
    }

    /// Changes the largest size.
    pub(super) fn resize(&mut self, most: usize) {
        self.most = most;
        self.evict(0);
    }

    /// Adds an entry. One that is larger than the table empties it (RFC 7541 section 4.4).
    pub(super) fn add(&mut self, entry: Entry<T>) {
        let size = entry.text.len() + OVERHEAD;
        self.evict(size);
        if size <= self.most {
            self.size += size;
            self.entries.push_back(entry);
        }
    }

    fn evict(&mut self, needed: usize) {
        while self.size + needed > self.most
            && let Some(oldest) = self.entries.pop_front()
        {
            self.size -= oldest.text.len() + OVERHEAD;
        }
    }

    #[cfg(test)]
    pub(super) fn size(&self) -> usize {
        self.size
    }
}
