//! What a decision reads besides the request: state that outlives a reload, and tables.

use crate::TableData;
use crate::limit::{Limiter, Seed};
use gw_graph::{Algorithm, Limit, TableId};
use hashbrown::HashMap;
use parking_lot::Mutex;
use smol_str::SmolStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// State that outlives a reload, shared by all cores. Keyed by stable names: a limit that keeps
/// its name and algorithm goes on counting, also when its rate changes.
#[derive(Debug)]
pub struct State {
    seed: Seed,
    id: u64,
    /// Locked when an engine meets the state, not per request.
    limiters: Mutex<HashMap<(SmolStr, Algorithm), Arc<Limiter>>>,
}

/// The contents of a graph's tables, swapped by the caller when a file changes.
#[derive(Clone, Debug, Default)]
pub struct Tables {
    data: Vec<Arc<TableData>>,
}

/// What a decision reads besides the request.
#[derive(Clone, Copy, Debug)]
pub struct World<'w> {
    /// State that outlives a reload.
    pub state: &'w State,
    /// Tables of the graph that the engine runs.
    pub tables: &'w Tables,
}

impl State {
    /// Empty state. The seed must be random and secret, so that nobody can choose colliding keys.
    pub fn new(seed: u64) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self {
            seed: Seed::new(seed),
            id: NEXT.fetch_add(1, Ordering::Relaxed),
            limiters: Mutex::default(),
        }
    }

    /// The seed of key hashes.
    pub(crate) fn seed(&self) -> &Seed {
        &self.seed
    }

    /// Tells states of one process apart.
    pub(crate) fn id(&self) -> u64 {
        self.id
    }

    /// The limiters of these limits. Those that no engine uses any more are dropped.
    pub(crate) fn limiters(&self, limits: &[Limit]) -> Arc<[Arc<Limiter>]> {
        let mut known = self.limiters.lock();
        let find = |limit: &Limit| {
            let key = (limit.name.clone(), limit.algorithm);
            let new = || Arc::new(Limiter::new(limit.max_keys));
            let limiter = known.entry(key).or_insert_with(new);
            limiter.resize(limit.max_keys);
            Arc::clone(limiter)
        };
        let found = limits.iter().map(find).collect();
        known.retain(|_, limiter| Arc::strong_count(limiter) > 1);
        found
    }
}

impl Tables {
    /// Contents in the order of `Graph::tables`.
    pub fn new(data: Vec<Arc<TableData>>) -> Self {
        Self { data }
    }

    /// The contents of a table; none if it was not supplied.
    pub fn table(&self, id: TableId) -> Option<&TableData> {
        self.data.get(id.index()).map(Arc::as_ref)
    }
}
