//! Names of targets, resolved by the system in the background, so that no request waits for DNS.
//! A name that no longer resolves keeps its last addresses.

use gw_graph::{Graph, Targets};
use smol_str::SmolStr;
use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::Notify;

/// How often names are looked up again.
const REFRESH: Duration = Duration::from_secs(10);

/// How long a start or reload waits for names.
const FIRST_LOOK: Duration = Duration::from_secs(2);

/// Addresses by name and port.
#[derive(Debug, Default)]
pub(crate) struct Names {
    known: Mutex<Known>,
    /// Moves on with every change.
    generation: AtomicU64,
    wanted: Notify,
}

/// Addresses, sorted.
type Known = HashMap<(SmolStr, u16), Arc<[SocketAddr]>>;

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

    /// Makes the names of a policy's targets known, and waits a little for their addresses, so that
    /// the first requests find them. Blocks: not for core threads.
    pub(crate) fn prepare(self: &Arc<Self>, graph: &Graph) {
        let (done, finished) = std::sync::mpsc::channel();
        for (host, port) in targets(graph) {
            if !self.addresses(&host, port).is_empty() {
                continue;
            }
            let (names, done) = (Arc::clone(self), done.clone());
            std::thread::spawn(move || {
                match (host.as_str(), port).to_socket_addrs() {
                    Ok(found) => names.learn(host, port, found.collect()),
                    Err(e) => {
                        tracing::warn!(%host, error = %e, "a backend's name does not resolve")
                    }
                }
                let _ = done.send(());
            });
        }
        drop(done);
        let deadline = Instant::now() + FIRST_LOOK;
        // Ends when every look-up has, or the time is over.
        while finished
            .recv_timeout(deadline.saturating_duration_since(Instant::now()))
            .is_ok()
        {}
    }

    /// Looks up every known name once.
    async fn refresh(&self) {
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
        let changed = known
            .get(&(host.clone(), port))
            .is_none_or(|a| **a != *addresses);
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

fn targets(graph: &Graph) -> impl Iterator<Item = (SmolStr, u16)> {
    let fixed = graph
        .backends
        .iter()
        .flat_map(|backend| match &backend.targets {
            Targets::Echo => Default::default(),
            Targets::Fixed(targets) => targets.as_slice(),
        });
    fixed.map(|target| (SmolStr::from(target.host.as_str()), target.port))
}
