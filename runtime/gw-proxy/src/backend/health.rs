//! Passive ejection: an endpoint that fails several times in a row rests for a while. Shared by
//! all cores and kept past reloads, by backend and address.

use gw_graph::Ejection;
use smol_str::SmolStr;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The health of one endpoint. Cores change it without locks; a lost update only delays or
/// hastens an ejection by one failure.
#[derive(Debug)]
pub(crate) struct Health {
    origin: Instant,
    failures: AtomicU32,
    /// Milliseconds after `origin`; zero for never.
    rests_until: AtomicU64,
    ejections: AtomicU32,
    /// All ejections ever, for metrics.
    total: AtomicU64,
}

impl Health {
    fn new() -> Self {
        Self {
            origin: Instant::now(),
            failures: AtomicU32::new(0),
            rests_until: AtomicU64::new(0),
            ejections: AtomicU32::new(0),
            total: AtomicU64::new(0),
        }
    }

    /// Whether it rests.
    pub(crate) fn rests(&self, now: Instant) -> bool {
        let until = self.rests_until.load(Relaxed);
        until != 0 && self.millis(now) < until
    }

    /// An exchange went well.
    pub(crate) fn succeeded(&self, now: Instant, settings: &Ejection) {
        if self.failures.load(Relaxed) != 0 {
            self.failures.store(0, Relaxed);
        }
        if self.ejections.load(Relaxed) != 0 {
            let calm = self.rests_until.load(Relaxed) + millis(settings.rest);
            if self.millis(now) > calm {
                self.ejections.store(0, Relaxed);
            }
        }
    }

    /// An exchange failed. Ejects after enough failures in a row.
    pub(crate) fn failed(&self, now: Instant, settings: &Ejection) {
        let failures = self.failures.fetch_add(1, Relaxed) + 1;
        if failures < settings.after || settings.after == 0 || self.rests(now) {
            return;
        }
        let doubled = self.ejections.fetch_add(1, Relaxed).min(4);
        let rest = millis(settings.rest) << doubled;
        self.failures.store(0, Relaxed);
        self.rests_until.store(self.millis(now) + rest, Relaxed);
        self.total.fetch_add(1, Relaxed);
    }

    fn millis(&self, now: Instant) -> u64 {
        millis(now.saturating_duration_since(self.origin))
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis())
        .unwrap_or(u64::MAX >> 8)
        .min(u64::MAX >> 8)
}

/// Which endpoint: its backend and address.
type Key = (SmolStr, SmolStr, SocketAddr);

/// The health of every endpoint that was ever used.
#[derive(Debug, Default)]
pub(crate) struct HealthBook(Mutex<BTreeMap<Key, Arc<Health>>>);

/// What `/status` and `/metrics` say of an endpoint.
#[derive(Clone, Debug, serde::Serialize)]
pub(crate) struct HealthReport {
    pub(crate) backend: SmolStr,
    pub(crate) host: SmolStr,
    pub(crate) address: SocketAddr,
    /// Consecutive failures.
    pub(crate) failures: u32,
    /// Whether it rests now.
    pub(crate) ejected: bool,
    /// Ejections since the start.
    pub(crate) ejections: u64,
}

impl HealthBook {
    /// The health of an endpoint.
    pub(crate) fn of(&self, backend: &SmolStr, host: &SmolStr, address: SocketAddr) -> Arc<Health> {
        let mut book = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (backend.clone(), host.clone(), address);
        Arc::clone(book.entry(key).or_insert_with(|| Arc::new(Health::new())))
    }

    /// Forgets endpoints of backends that are gone.
    pub(crate) fn retain(&self, keep: impl Fn(&str) -> bool) {
        let mut book = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        book.retain(|(backend, _, _), _| keep(backend));
    }

    /// Everything known, in order.
    pub(crate) fn report(&self, now: Instant) -> Vec<HealthReport> {
        let book = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        book.iter()
            .map(|((backend, host, address), health)| HealthReport {
                backend: backend.clone(),
                host: host.clone(),
                address: *address,
                failures: health.failures.load(Relaxed),
                ejected: health.rests(now),
                ejections: health.total.load(Relaxed),
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ejects_after_failures_in_a_row_and_doubles_the_rest() {
        let settings = Ejection {
            after: 2,
            rest: Duration::from_secs(10),
            max_percent: 50,
        };
        let health = Health::new();
        let start = health.origin + Duration::from_secs(1);
        health.failed(start, &settings);
        health.succeeded(start, &settings);
        health.failed(start, &settings);
        assert!(!health.rests(start));
        health.failed(start, &settings);
        assert!(health.rests(start + Duration::from_millis(9_900)));
        let later = start + Duration::from_millis(10_100);
        assert!(!health.rests(later));
        health.failed(later, &settings);
        health.failed(later, &settings);
        assert!(health.rests(later + Duration::from_millis(19_900)));
        assert!(!health.rests(later + Duration::from_millis(20_100)));
    }
}
