//! The keys of one limit with their state: sharded, bounded, the longest unused forgotten first.
//! Must not know what the state means.
//!
//! A key is its 64-bit hash under a secret per-process seed; two keys collide with a chance of
//! 2^-64 per pair, and then count together.

use super::cell::{Allowance, Cell, Refused, Verdict};
use hashbrown::HashTable;
use parking_lot::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// How many slots are looked at for one to give up.
const SAMPLE: usize = 64;
const MOST_SHARDS: usize = 64;

/// The state of one limit by key.
#[derive(Debug)]
pub(crate) struct KeyTable {
    shards: Box<[Shard]>,
    /// Most slots of a shard.
    capacity: AtomicUsize,
}

/// Apart from its neighbours in the cache (two lines: adjacent lines are fetched together).
#[derive(Debug)]
#[repr(align(128))]
struct Shard(Mutex<Slots>);

#[derive(Debug, Default)]
struct Slots {
    index: HashTable<u32>,
    slots: Vec<Slot>,
    /// The next slot to be looked at for expiry.
    cursor: usize,
}

#[derive(Clone, Copy, Debug)]
struct Slot {
    key: u64,
    /// Last use.
    used: u64,
    /// From then on the state is as good as none.
    expires: u64,
    cell: Cell,
}

impl KeyTable {
    /// A table for about so many keys, never more.
    pub(crate) fn new(max_keys: u32) -> Self {
        let max_keys = max_keys.max(1) as usize;
        // Small tables are exact; large ones hold enough per shard that sampling is nearly so.
        let shards = (max_keys / 128).clamp(1, MOST_SHARDS).next_power_of_two();
        let shards = if shards * 64 > max_keys { 1 } else { shards };
        Self {
            capacity: AtomicUsize::new((max_keys / shards).max(1)),
            shards: (0..shards).map(|_| Shard(Mutex::default())).collect(),
        }
    }

    /// Changes the bound; shards that are over it shrink as keys expire.
    pub(crate) fn resize(&self, max_keys: u32) {
        let capacity = (max_keys as usize / self.shards.len()).max(1);
        self.capacity.store(capacity, Ordering::Relaxed);
    }

    /// Counts a request of this key if it passes.
    pub(crate) fn acquire(&self, key: u64, allowance: &Allowance, now: u64) -> Verdict {
        let capacity = self.capacity.load(Ordering::Relaxed);
        let Some(shard) = self.shard(key) else {
            return full();
        };
        let mut slots = shard.0.lock();
        let Some(slot) = slots.slot(key, now, capacity) else {
            return full();
        };
        let verdict = slot.cell.acquire(allowance, now);
        slot.used = now;
        slot.expires = slot.cell.expires(allowance);
        verdict
    }

    /// Takes back a request that was counted at `then`, if its key is still known.
    pub(crate) fn undo(&self, key: u64, allowance: &Allowance, then: u64) {
        let Some(shard) = self.shard(key) else { return };
        let mut slots = shard.0.lock();
        if let Some(slot) = slots.find(key) {
            slot.cell.undo(allowance, then);
            slot.expires = slot.cell.expires(allowance);
        }
    }

    /// How many keys are remembered.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.shards
            .iter()
            .map(|shard| shard.0.lock().index.len())
            .sum()
    }

    /// The middle bits choose: the hash table uses both ends.
    fn shard(&self, key: u64) -> Option<&Shard> {
        let mask = self.shards.len() - 1;
        self.shards.get((key >> 28) as usize & mask)
    }
}

/// Every slot is in use by requests under way.
fn full() -> Verdict {
    Verdict {
        admitted: Err(Refused {
            retry_after: Duration::ZERO,
        }),
        remaining: 0,
        reset: Duration::ZERO,
    }
}

impl Slots {
    fn find(&mut self, key: u64) -> Option<&mut Slot> {
        let slots = &self.slots;
        let at = *self.index.find(key, |at| has_key(slots, *at, key))?;
        self.slots.get_mut(at as usize)
    }

    /// The slot of a key; a new one, if need be in place of another. None if none can be given up.
    fn slot(&mut self, key: u64, now: u64, capacity: usize) -> Option<&mut Slot> {
        let slots = &self.slots;
        if let Some(at) = self.index.find(key, |at| has_key(slots, *at, key)) {
            let at = *at as usize;
            return self.slots.get_mut(at);
        }
        let fresh = Slot {
            key,
            used: now,
            expires: now,
            cell: Cell::default(),
        };
        let at = match self.reusable(now, capacity)? {
            at if at == self.slots.len() => {
                self.slots.push(fresh);
                at
            }
            at => {
                self.replace(at, fresh);
                at
            }
        };
        let slots = &self.slots;
        let position = u32::try_from(at).ok()?;
        self.index
            .insert_unique(key, position, |at| key_at(slots, *at));
        self.slots.get_mut(at)
    }

    fn replace(&mut self, at: usize, fresh: Slot) {
        let Some(slot) = self.slots.get_mut(at) else {
            return;
        };
        let old = std::mem::replace(slot, fresh).key;
        if let Ok(entry) = self.index.find_entry(old, |other| *other as usize == at) {
            entry.remove();
        }
    }

    /// Where a new key goes: an expired slot, else a new one, else the longest unused of a sample.
    fn reusable(&mut self, now: u64, capacity: usize) -> Option<usize> {
        let len = self.slots.len();
        let looked_at = if len < capacity {
            len.min(2)
        } else {
            len.min(SAMPLE)
        };
        let mut oldest: Option<(u64, usize)> = None;
        for _ in 0..looked_at {
            let at = self.cursor % len;
            self.cursor = at + 1;
            let Some(slot) = self.slots.get(at) else {
                continue;
            };
            if slot.expires <= now {
                return Some(at);
            }
            // Requests under way must be found again when they end.
            if slot.expires != u64::MAX && oldest.is_none_or(|(used, _)| slot.used < used) {
                oldest = Some((slot.used, at));
            }
        }
        if len < capacity {
            Some(len)
        } else {
            oldest.map(|(_, at)| at)
        }
    }
}

fn has_key(slots: &[Slot], at: u32, key: u64) -> bool {
    slots.get(at as usize).is_some_and(|slot| slot.key == key)
}

fn key_at(slots: &[Slot], at: u32) -> u64 {
    slots.get(at as usize).map_or(0, |slot| slot.key)
}
