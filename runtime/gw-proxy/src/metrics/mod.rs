//! Counters. Each core counts for itself in plain memory and hands out a copy when asked; the
//! admin thread adds the copies up. Labels are bounded by the policy and by fixed lists.

mod histogram;
mod pairs;
mod requests;
mod text;

pub(crate) use requests::{NO_ROUTE, RouteCounts, Series};
pub(crate) use text::{Gauges, render};

use foldhash::fast::RandomState;
use histogram::Histogram;
use pairs::Pairs;
use requests::Requests;
use smol_str::SmolStr;
use std::collections::HashMap;
use std::hash::Hash;
use std::time::Duration;

type Map<K, V> = HashMap<K, V, RandomState>;

/// What one core counted, or the sum of several.
#[derive(Clone, Debug, Default)]
pub(crate) struct Metrics {
    /// By route, method and status, but for those of the policy in service.
    requests: Requests,
    /// By reason and rule.
    decisions: Pairs,
    /// By authentication and outcome.
    authn: Pairs,
    /// By limit.
    limits: Map<SmolStr, u64>,
    /// By rule and reason, of policies in shadow mode.
    shadow: Pairs,
    /// By backend and reason.
    backend_errors: Pairs,
    /// Requests sent again, by backend and cause.
    retries: Pairs,
    /// Requests that were not sent again because too many were, by backend.
    over_budget: Map<SmolStr, u64>,
    /// By listener: accepted, refused over the limit, failed TLS handshakes.
    connections: Map<SmolStr, Connections>,
    /// Open connections to backends, by backend.
    pub(crate) backend_connections: Map<SmolStr, u64>,
    /// Conditions that failed with an error.
    pub(crate) predicate_errors: u64,
    /// Requests under way.
    pub(crate) active: u64,
    /// Access log lines that were not written.
    pub(crate) log_dropped: u64,
}

/// Connections of a listener.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Connections {
    pub(crate) accepted: u64,
    pub(crate) open: u64,
    pub(crate) refused: u64,
    pub(crate) tls_failed: u64,
}

impl Metrics {
    /// A request is over whose policy is no longer in service.
    pub(crate) fn late_request(&mut self, route: &SmolStr, series: Series, took: Duration) {
        self.requests.count(route, series, took);
    }

    /// Adds what was counted for the routes of a policy.
    pub(crate) fn add_routes<'r>(
        &mut self,
        counts: &RouteCounts,
        names: impl Iterator<Item = &'r SmolStr>,
    ) {
        self.requests.add(counts, names);
    }

    pub(crate) fn decision(&mut self, reason: &SmolStr, rule: Option<&SmolStr>) {
        static NO_RULE: SmolStr = SmolStr::new_static("");
        self.decisions.count(reason, rule.unwrap_or(&NO_RULE));
    }

    pub(crate) fn authn(&mut self, authn: &SmolStr, outcome: &SmolStr) {
        self.authn.count(authn, outcome);
    }

    pub(crate) fn limited(&mut self, limit: &SmolStr) {
        add(&mut self.limits, limit, 1);
    }

    pub(crate) fn shadow(&mut self, rule: &SmolStr, reason: &SmolStr) {
        self.shadow.count(rule, reason);
    }

    pub(crate) fn backend_error(&mut self, backend: &SmolStr, reason: &SmolStr) {
        self.backend_errors.count(backend, reason);
    }

    pub(crate) fn retried(&mut self, backend: &SmolStr, cause: &SmolStr) {
        self.retries.count(backend, cause);
    }

    pub(crate) fn over_budget(&mut self, backend: &SmolStr) {
        add(&mut self.over_budget, backend, 1);
    }

    /// The counts of a listener.
    pub(crate) fn connections(&mut self, listener: &SmolStr) -> &mut Connections {
        self.connections.entry(listener.clone()).or_default()
    }

    /// Adds another core's counts.
    pub(crate) fn merge(&mut self, other: Metrics) {
        self.requests.merge(&other.requests);
        self.decisions.merge(other.decisions);
        self.authn.merge(other.authn);
        sum(&mut self.limits, other.limits);
        self.shadow.merge(other.shadow);
        self.backend_errors.merge(other.backend_errors);
        self.retries.merge(other.retries);
        sum(&mut self.over_budget, other.over_budget);
        sum(&mut self.backend_connections, other.backend_connections);
        for (listener, theirs) in other.connections {
            let mine = self.connections.entry(listener).or_default();
            mine.accepted += theirs.accepted;
            mine.open += theirs.open;
            mine.refused += theirs.refused;
            mine.tls_failed += theirs.tls_failed;
        }
        self.predicate_errors += other.predicate_errors;
        self.active += other.active;
        self.log_dropped += other.log_dropped;
    }
}

fn add<K: Hash + Eq + Clone>(map: &mut Map<K, u64>, key: &K, by: u64) {
    match map.get_mut(key) {
        Some(count) => *count += by,
        None => {
            map.insert(key.clone(), by);
        }
    }
}

fn sum<K: Hash + Eq + Clone>(mine: &mut Map<K, u64>, theirs: Map<K, u64>) {
    for (key, count) in theirs {
        add(mine, &key, count);
    }
}
