//! What a decision reads besides the request: state that outlives a reload, and tables.

use crate::TableData;
use gw_graph::TableId;
use std::sync::Arc;

/// State that outlives a reload, shared by all cores. Keyed by stable names.
#[derive(Debug)]
pub struct State {
    seed: u64,
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
        Self { seed }
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
