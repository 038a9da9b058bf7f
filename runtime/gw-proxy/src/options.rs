//! What the gateway is told at its start. Plain data.

use gw_graph::Graph;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// A compiled policy with what the artifact does not hold.
#[derive(Clone, Debug)]
pub struct Policy {
    /// The decision graph.
    pub graph: Arc<Graph>,
    /// Its content hash, as shown in logs, metrics and `/status`.
    pub id: String,
    /// The folder that file names in the policy are relative to.
    pub base: PathBuf,
    /// The source files that were read, so that changes of them are seen.
    pub sources: Vec<PathBuf>,
}

/// Settings that are not part of a policy.
#[derive(Clone, Debug)]
pub struct Options {
    /// Threads that serve requests; at least 1.
    pub workers: usize,
    /// Where metrics and status are served.
    pub admin: SocketAddr,
    /// Where the access log goes.
    pub access_log: AccessLog,
    /// How long exchanges under way may take after a signal to end.
    pub drain: Duration,
    /// The policy's file as the user gave it, for messages.
    pub file: String,
}

/// Where the access log goes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum AccessLog {
    /// Nowhere.
    Off,
    /// Standard output.
    Stdout,
    /// Appended to a file.
    File(PathBuf),
}

impl Default for Options {
    fn default() -> Self {
        Self {
            workers: std::thread::available_parallelism().map_or(1, usize::from),
            admin: SocketAddr::from((Ipv4Addr::LOCALHOST, 9901)),
            access_log: AccessLog::Stdout,
            drain: Duration::from_secs(30),
            file: String::new(),
        }
    }
}
