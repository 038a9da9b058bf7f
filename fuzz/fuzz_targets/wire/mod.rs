//! The guard before the proxy's HTTP/1.x parser. It is private to gw-proxy and does no input or
//! output, so its files are taken as they are.
#![allow(dead_code, reason = "the proxy uses more of it than the target")]

#[path = "../../../runtime/gw-proxy/src/wire/chunked.rs"]
mod chunked;
#[path = "../../../runtime/gw-proxy/src/wire/guard.rs"]
mod guard;
#[path = "../../../runtime/gw-proxy/src/wire/head.rs"]
mod head;

pub(crate) use guard::{Guard, Seen};
pub(crate) use head::HeadLimits;

use gw_graph::Builtin;

/// As in gw-proxy's `wire`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Violation {
    pub(crate) reason: Builtin,
    pub(crate) detail: &'static str,
}

impl Violation {
    pub(crate) fn new(reason: Builtin, detail: &'static str) -> Self {
        Self { reason, detail }
    }
}
