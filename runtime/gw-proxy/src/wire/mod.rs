//! What lies between a socket and the HTTP implementation: the guard that refuses ambiguous
//! HTTP/1.x, the state of a connection, and the transport that joins them. Must not know routes.

mod chunked;
mod guard;
mod guarded;
mod head;
mod small;
mod state;
mod transport;

pub(crate) use guarded::Guarded;
pub(crate) use head::HeadLimits;
pub(crate) use small::Small;
pub(crate) use state::{ConnState, Phase};
pub(crate) use transport::Transport;

use gw_graph::Builtin;

/// A breach of the HTTP/1.x message syntax.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Violation {
    /// The reason that the client and the log see.
    pub(crate) reason: Builtin,
    /// What exactly.
    pub(crate) detail: &'static str,
}

impl Violation {
    pub(crate) fn new(reason: Builtin, detail: &'static str) -> Self {
        Self { reason, detail }
    }
}
