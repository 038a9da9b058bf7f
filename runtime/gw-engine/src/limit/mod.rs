//! Limits: how many requests pass, by key. Must not know routes, nor how a key is computed.

mod cell;
mod header;
mod key;
mod table;
mod terms;
#[cfg(test)]
mod tests;

pub(crate) use cell::{Allowance, Verdict};
pub(crate) use header::{Asked, Label, headers, retry_after};
pub(crate) use key::{Seed, hash_value};
pub(crate) use terms::Terms;

use gw_graph::Algorithm;
use smallvec::SmallVec;
use std::borrow::Cow;
use std::sync::Arc;
use table::KeyTable;

/// The state of one limit, shared by all cores and kept across reloads.
#[derive(Debug)]
pub(crate) struct Limiter {
    keys: KeyTable,
}

/// A counted request, which can be taken back.
#[derive(Debug)]
struct Ticket<'x> {
    /// Counting references costs: only places that outlive the exchange hold one.
    limiter: Cow<'x, Arc<Limiter>>,
    key: u64,
    allowance: Allowance,
    at: u64,
}

/// The requests that an exchange has counted so far. Dropped without being kept, all are taken
/// back: rejected requests do not consume.
#[derive(Debug, Default)]
pub(crate) struct Tickets<'x> {
    open: SmallVec<[Ticket<'x>; 1]>,
}

/// Places under concurrency limits; dropping it gives them back. Hold it until the response's body
/// has ended.
#[derive(Debug, Default)]
pub struct Permits {
    places: Vec<Ticket<'static>>,
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
    #[cfg(test)]
    fn acquire(&self, key: u64, allowance: &Allowance, now: u64) -> Verdict {
        self.keys.acquire(key, allowance, now).0
    }
}

impl<'x> Tickets<'x> {
    /// Counts a request if it passes.
    pub(crate) fn acquire(
        &mut self,
        limiter: Cow<'x, Arc<Limiter>>,
        key: u64,
        allowance: Allowance,
        at: u64,
    ) -> Verdict {
        let (verdict, at) = limiter.keys.acquire(key, &allowance, at);
        if verdict.admitted.is_ok() {
            self.open.push(Ticket {
                limiter,
                key,
                allowance,
                at,
            });
        }
        verdict
    }

    /// The request passes: what was counted stays; places under concurrency limits are returned.
    pub(crate) fn keep(&mut self) -> Permits {
        let place = |ticket: &&Ticket<'_>| ticket.allowance.algorithm == Algorithm::Concurrency;
        let places = self
            .open
            .iter()
            .filter(place)
            .map(Ticket::lasting)
            .collect();
        self.open.clear();
        Permits { places }
    }
}

impl Ticket<'_> {
    /// The same, which may outlive the exchange.
    fn lasting(&self) -> Ticket<'static> {
        Ticket {
            limiter: Cow::Owned(Arc::clone(&self.limiter)),
            ..*self
        }
    }

    /// Takes the request back.
    fn undo(&self) {
        self.limiter.keys.undo(self.key, &self.allowance, self.at);
    }
}

impl Drop for Tickets<'_> {
    fn drop(&mut self) {
        self.open.iter().for_each(Ticket::undo);
    }
}

impl Drop for Permits {
    fn drop(&mut self) {
        self.places.iter().for_each(Ticket::undo);
    }
}
