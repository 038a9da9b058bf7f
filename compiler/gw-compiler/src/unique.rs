//! One position for equal values of a list. Values are compared by their encoding, which tells
//! floating-point numbers apart that are equal, and finds those that are not; nothing of it is kept.

use hashbrown::HashTable;
use serde::Serialize;
use std::hash::BuildHasher;

/// Where the values of a list stand in it.
#[derive(Default)]
pub(crate) struct Positions {
    /// Hashes of encodings with positions.
    table: HashTable<(u64, u32)>,
}

impl Positions {
    /// The position of a value in the list; if it is new, at the end of it.
    pub(crate) fn of<T: Serialize>(&mut self, value: T, list: &mut Vec<T>) -> usize {
        let bytes = encoded(&value);
        let hash = foldhash::fast::FixedState::default().hash_one(&bytes);
        let is_equal = |(other, at): &(u64, u32)| {
            let known = list.get(*at as usize);
            *other == hash && known.is_some_and(|known| encoded(known) == bytes)
        };
        if let Some((_, at)) = self.table.find(hash, is_equal) {
            return *at as usize;
        }
        let at = list.len();
        let entry = (hash, u32::try_from(at).unwrap_or(u32::MAX));
        self.table.insert_unique(hash, entry, |(hash, _)| *hash);
        list.push(value);
        at
    }
}

fn encoded<T: Serialize>(value: &T) -> Vec<u8> {
    postcard::to_stdvec(value).unwrap_or_default()
}
