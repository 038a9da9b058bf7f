//! Names of targets, resolved by the system in the background, so that no request waits for DNS.
//! A name that no longer resolves keeps its last addresses.

use smol_str::SmolStr;
use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;

/// How often names are looked up again.
const REFRESH: Duration = Duration::from_secs(10);

/// Addresses by name and port.
#[derive(Debug, Default)]
pub(crate) struct Names {
    known: Mutex<HashMap<(SmolStr, u16), Arc<[SocketAddr]>>>,
    /// Moves on with every change.
    generation: AtomicU64,
    wanted: Notify,
}

impl Names {
    /// Addresses of a host; none while its name is not resolved.
    pub(crate) fn addresses(&self, host: &SmolStr, port: u16) -> Arc<[SocketAddr]> {
        if let Ok(ip) = host.parse::<IpAddr>() {
            return Arc::from([SocketAddr::new(ip, port)]);
        }
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = known.entry((host.clone(), port)).or_insert_with(|| {
            self.wanted.notify_one();
            Arc::from([])
        });
        Arc::clone(entry)
    }

    /// Differs from the last one seen if any name has other addresses.
    pub(crate) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// Looks up every known name once.
    pub(crate) async fn refresh(&self) {
        let names: Vec<_> = {
            let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            known.keys().cloned().collect()
        };
        for (host, port) in names {
            let found = tokio::net::lookup_host((host.as_str(), port)).await;
            match found.map(Iterator::collect) {
                Ok(found) => self.learn(host, port, found),
                Err(e) => tracing::warn!(%host, error = %e, "a backend's name does not resolve"),
            }
        }
    }

    fn learn(&self, host: SmolStr, port: u16, mut addresses: Vec<SocketAddr>) {
        addresses.sort_unstable();
        addresses.dedup();
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let changed = known.get(&(host.clone(), port)).is_none_or(|a| **a != *addresses);
        if changed && !addresses.is_empty() {
            known.insert((host, port), addresses.into());
            self.generation.fetch_add(1, Ordering::Release);
        }
    }

    /// Keeps names fresh for as long as it is polled.
    pub(crate) async fn keep_fresh(&self) {
        loop {
            self.refresh().await;
            let _ = tokio::time::timeout(REFRESH, self.wanted.notified()).await;
        }
    }
}
