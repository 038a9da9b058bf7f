//! What `/status` says, and what it is made from.

use crate::backend::HealthReport;
use serde::Serialize;
use std::net::SocketAddr;
use std::time::SystemTime;

/// A listener in service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ListenerStatus {
    /// Its name.
    pub name: String,
    /// The address that it accepts on.
    pub address: SocketAddr,
    /// Whether it speaks TLS.
    pub tls: bool,
    /// `bind` as the policy has it.
    pub bind: String,
}

/// How a reload went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReloadStatus {
    /// RFC 3339.
    pub time: String,
    /// `applied` or `refused`.
    pub result: &'static str,
    /// The policy in service afterwards.
    pub policy: String,
    /// Why it was refused: rendered diagnostics, or one message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

/// The whole page.
#[derive(Serialize)]
pub(crate) struct StatusPage<'s> {
    pub(crate) state: &'static str,
    pub(crate) version: &'static str,
    pub(crate) pid: u32,
    pub(crate) started: String,
    pub(crate) uptime_seconds: u64,
    pub(crate) workers: usize,
    pub(crate) policy: PolicyStatus<'s>,
    pub(crate) listeners: &'s [ListenerStatus],
    pub(crate) reloads: ReloadCounts,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) last_reload: Option<&'s ReloadStatus>,
    pub(crate) endpoints: Vec<HealthReport>,
}

#[derive(Serialize)]
pub(crate) struct PolicyStatus<'s> {
    pub(crate) id: &'s str,
    pub(crate) file: &'s str,
    /// Counts the policies of this process.
    pub(crate) version: u64,
    pub(crate) loaded: String,
    pub(crate) routes: usize,
}

/// Reloads so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct ReloadCounts {
    pub(crate) applied: u64,
    pub(crate) refused: u64,
}

/// RFC 3339 in UTC with seconds.
pub(crate) fn rfc3339(time: SystemTime) -> String {
    let stamp = jiff::Timestamp::try_from(time).unwrap_or_default();
    stamp.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
