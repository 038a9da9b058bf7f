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

/// How many slots of a full table are looked at for one to give up.
const SAMPLE: usize = 64;
/// How many buckets of another are looked at for an expired key whenever a key is added.
const SWEEP: usize = 8;
const MOST_SHARDS: usize = 64;
/// A core may be held up for so long, in nanoseconds.
const HELD_UP: u64 = 1_000_000_000;

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
    table: HashTable<Slot>,
    /// The next bucket to be looked at for expiry.
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

    /// Counts a request of this key if it passes; the time that it was counted at.
    pub(crate) fn acquire(&self, key: u64, allowance: &Allowance, now: u64) -> (Verdict, u64) {
        let capacity = self.capacity.load(Ordering::Relaxed);
        let Some(shard) = self.shard(key) else {
            return (full(), now);
        };
        let mut slots = shard.0.lock();
        let Some(slot) = slots.slot(key, now, capacity) else {
            return (full(), now);
        };
        let now = slot.time(allowance, now);
        let verdict = slot.cell.acquire(allowance, now);
        slot.used = now;
        slot.expires = slot.cell.expires(allowance);
        (verdict, now)
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
            .map(|shard| shard.0.lock().table.len())
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

impl Slot {
    /// The time by which this key is counted. A core that was held up may come with an old time when
    /// others have counted on; for a limit with a short burst that would look like haste. Further
    /// back, it is the system's clock that was set: what was counted goes back with it, or the key
    /// would be refused until the clock is there again.
    fn time(&mut self, allowance: &Allowance, now: u64) -> u64 {
        let behind = self.used.saturating_sub(now);
        if behind <= HELD_UP {
            return self.used.max(now);
        }
        self.cell.set_back(allowance, behind);
        now
    }
}

impl Slots {
    fn find(&mut self, key: u64) -> Option<&mut Slot> {
        self.table.find_mut(key, |slot| slot.key == key)
    }

    /// The slot of a key; a new one, if need be in place of another. None if none can be given up.
    fn slot(&mut self, key: u64, now: u64, capacity: usize) -> Option<&mut Slot> {
        if let Some(bucket) = self.table.find_bucket_index(key, |slot| slot.key == key) {
            return self.table.get_bucket_mut(bucket);
        }
        if !self.make_room(now, capacity) {
            return None;
        }
        let fresh = Slot {
            key,
            used: now,
            expires: now,
            cell: Cell::default(),
        };
        Some(
            self.table
                .insert_unique(key, fresh, |slot| slot.key)
                .into_mut(),
        )
    }

    /// Forgets an expired key if one comes along; if the table is full, the longest unused of a
    /// sample. False if all of these have requests under way.
    fn make_room(&mut self, now: u64, capacity: usize) -> bool {
        let full = self.table.len() >= capacity;
        let buckets = self.table.num_buckets();
        let (most_buckets, most_slots) = if full {
            (buckets, SAMPLE)
        } else {
            (SWEEP, SWEEP)
        };
        let mut oldest: Option<(u64, usize)> = None;
        let mut seen = 0;
        for _ in 0..most_buckets.min(buckets) {
            let at = self.cursor % buckets;
            self.cursor = at + 1;
            let Some(slot) = self.table.get_bucket(at) else {
                continue;
            };
            if slot.expires <= now {
                self.forget(at);
                return true;
            }
            // Requests under way must be found again when they end.
            if slot.expires != u64::MAX && oldest.is_none_or(|(used, _)| slot.used < used) {
                oldest = Some((slot.used, at));
            }
            seen += 1;
            if seen == most_slots {
                break;
            }
        }
        if !full {
            return true;
        }
        if let Some((_, at)) = oldest {
            self.forget(at);
        }
        oldest.is_some()
    }

    fn forget(&mut self, bucket: usize) {
        if let Ok(entry) = self.table.get_bucket_entry(bucket) {
            entry.remove();
        }
    }
}
