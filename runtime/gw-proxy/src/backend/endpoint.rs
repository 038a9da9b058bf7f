//! One address of a backend, as one core sees it.

use super::connect::Dial;
use super::health::Health;
use super::pool::Pool;
use gw_graph::Target;
use smol_str::SmolStr;
use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::sync::Arc;

/// One address of a backend.
pub(crate) struct Endpoint {
    /// How to reach it; a new policy may bring new TLS settings for new connections.
    pub(crate) dial: RefCell<Dial>,
    /// `127.0.0.1:9000`, for logs.
    pub(crate) label: SmolStr,
    /// Put before every path; empty for none.
    pub(crate) base_path: SmolStr,
    /// Share of requests.
    pub(crate) weight: u32,
    /// The target's `Host`.
    pub(crate) host: SmolStr,
    /// `http` or `https`.
    pub(crate) scheme: &'static str,
    pub(crate) health: Arc<Health>,
    /// Exchanges under way on this core.
    pub(crate) active: Cell<u32>,
    /// Smooth weighted round robin's running score.
    pub(super) score: Cell<i64>,
    /// Stable across restarts, for rendezvous hashing.
    pub(super) seed: u64,
    pub(crate) pool: Pool,
}

impl Endpoint {
    pub(super) fn new(
        target: &Target,
        address: SocketAddr,
        dial: Dial,
        health: Arc<Health>,
    ) -> Self {
        let default = if target.tls { 443 } else { 80 };
        let name = match target.host.contains(':') {
            true => format!("[{}]", target.host),
            false => target.host.clone(),
        };
        let host = match target.port == default {
            true => SmolStr::from(name),
            false => SmolStr::from(format!("{name}:{}", target.port)),
        };
        let label = SmolStr::from(address.to_string());
        Self {
            seed: fnv(format!("{host}|{label}").as_bytes()),
            dial: RefCell::new(dial),
            label,
            base_path: target.base_path.trim_end_matches('/').into(),
            weight: target.weight.max(1),
            host,
            scheme: if target.tls { "https" } else { "http" },
            health,
            active: Cell::new(0),
            score: Cell::new(0),
            pool: Pool::default(),
        }
    }
}

/// FNV-1a: equal on every machine, unlike the seeded hashers.
fn fnv(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
