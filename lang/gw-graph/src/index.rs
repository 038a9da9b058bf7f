//! The way from a request to its route: hosts, path tree and leaves, as flat arenas.
//! Built by the compiler, walked by the engine.

use serde::{Deserialize, Serialize};

/// The route index.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct RouteIndex {}
