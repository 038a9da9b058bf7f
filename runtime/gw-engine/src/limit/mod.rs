//! Limits: how many requests pass, by key. Must not know routes, nor how a key is computed.

mod cell;
mod header;
mod key;
mod table;
#[cfg(test)]
mod tests;

pub(crate) use cell::{Allowance, Verdict};
pub(crate) use header::{Asked, headers};
pub(crate) use key::hash_value;

use gw_graph::Algorithm;
use smallvec::SmallVec;
use std::sync::Arc;
use table::KeyTable;

/// The state of one limit, shared by all cores and kept across reloads.
#[derive(Debug)]
pub(crate) struct Limiter {
    keys: KeyTable,
}

/// A counted request, which can be taken back.
#[derive(Debug)]
struct Ticket {
    limiter: Arc<Limiter>,
    key: u64,
    allowance: Allowance,
    at: u64,
}

/// The requests that an exchange has counted so far. Dropped without being kept, all are taken
/// back: rejected requests do not consume.
#[derive(Debug, Default)]
pub(crate) struct Tickets {
    open: SmallVec<[Ticket; 2]>,
}

/// Places under concurrency limits; dropping it gives them back. Hold it until the response's body
/// has ended.
#[derive(Debug, Default)]
pub struct Permits {
    _places: Tickets,
}

impl Limiter {
    /// Remembers at most so many keys.
    pub(crate) fn new(max_keys: u32) -> Self {
        Self {
            keys: KeyTable::new(max_keys),
        }
    }

    /// Changes the bound.
    pub(crate) fn resize(&self, max_keys: u32) {
        self.keys.resize(max_keys);
    }

    /// Counts a request of a key if it passes. Time in nanoseconds.
    pub(crate) fn acquire(&self, key: u64, allowance: &Allowance, now: u64) -> Verdict {
        self.keys.acquire(key, allowance, now)
    }
}

impl Tickets {
    /// Counts a request if it passes.
    pub(crate) fn acquire(
        &mut self,
        limiter: &Arc<Limiter>,
        key: u64,
        allowance: Allowance,
        at: u64,
    ) -> Verdict {
        let verdict = limiter.acquire(key, &allowance, at);
        if verdict.admitted.is_ok() {
            self.open.push(Ticket {
                limiter: Arc::clone(limiter),
                key,
                allowance,
                at,
            });
        }
        verdict
    }

    /// The request passes: what was counted stays; places under concurrency limits are returned.
    pub(crate) fn keep(&mut self) -> Permits {
        let mut places = Tickets::default();
        for ticket in self.open.drain(..) {
            if ticket.allowance.algorithm == Algorithm::Concurrency {
                places.open.push(ticket);
            }
        }
        Permits { _places: places }
    }
}

impl Drop for Tickets {
    fn drop(&mut self) {
        for ticket in &self.open {
            ticket
                .limiter
                .keys
                .undo(ticket.key, &ticket.allowance, ticket.at);
        }
    }
}
