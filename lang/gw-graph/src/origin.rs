//! Where a part of the graph stands in the source. Kept in the artifact, so that a decision can be
//! explained without the source.

use serde::{Deserialize, Serialize};

/// A place in the source: lines and columns count from 1, columns in Unicode scalar values.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
pub struct Origin {
    /// Index into `Graph::files`.
    pub file: u32,
    /// First line.
    pub line: u32,
    /// First column.
    pub column: u32,
    /// Last line.
    pub end_line: u32,
    /// One past the last column.
    pub end_column: u32,
}
