//! Remote JWK sets: fetched on first use, kept past reloads, refreshed in the background, fetched
//! once more for an unknown `kid`. However many requests ask, on whatever core, there is one fetch
//! at a time and a pause between fetches.

use super::http;
use super::keys::KeySet;
use crate::LoadError;
use crate::tls::Trust;
use crate::{clock, tls};
use arc_swap::ArcSwapOption;
use moka::future::Cache;
use rustls::ClientConfig;
use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Shortest pause between two fetches for the same cause.
const PAUSE: Duration = Duration::from_secs(5);

/// What was fetched last, by URL and trusted roots. Everything that reads a place shares it, of the
/// policy in service, of the one before and of one that was refused: keys that one of them saw go
/// never come back through another.
#[derive(Default)]
pub(crate) struct RemoteSets(Mutex<HashMap<Place, Arc<Last>>>);

/// URL, and who vouches for it.
type Place = (String, Trust);

/// The last set of a place, if there was one.
type Last = ArcSwapOption<Fetched>;

impl RemoteSets {
    /// The set at a URL, with what is known of it already.
    pub(super) fn open(
        &self,
        url: &str,
        ca: Option<&Path>,
        refresh: Duration,
        stale_ok: Duration,
    ) -> Result<Arc<RemoteKeys>, LoadError> {
        let tls = tls::client_config(ca, &[b"http/1.1"])?;
        let place = (url.to_owned(), tls.trust);
        let mut places = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let last = Arc::clone(places.entry(place).or_default());
        Ok(Arc::new(RemoteKeys::new(
            url, tls.config, refresh, stale_ok, last,
        )))
    }
}

/// One remote set.
pub(crate) struct RemoteKeys {
    url: String,
    tls: Arc<ClientConfig>,
    refresh: Duration,
    stale_ok: Duration,
    last: Arc<Last>,
    refreshing: AtomicBool,
    /// Holds the outcome of a fetch for the length of the pause: what single flight and the limit
    /// on fetches are made of.
    fetches: Cache<Cause, bool>,
}

/// Why a set is fetched; each cause has its own pause, so that a rotation just after a refresh is
/// seen at once.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Cause {
    Refresh,
    UnknownKid,
}

struct Fetched {
    set: Arc<KeySet>,
    /// When it was asked for.
    at: Instant,
}

impl RemoteKeys {
    fn new(
        url: &str,
        tls: Arc<ClientConfig>,
        refresh: Duration,
        stale_ok: Duration,
        last: Arc<Last>,
    ) -> Self {
        Self {
            url: url.to_owned(),
            tls,
            refresh,
            stale_ok,
            last,
            refreshing: AtomicBool::new(false),
            fetches: Cache::builder().time_to_live(PAUSE.min(refresh)).build(),
        }
    }

    /// The generation of the set at hand, if it may still be used; refreshed in the background once
    /// it is old.
    pub(super) fn generation(self: &Arc<Self>) -> Option<u64> {
        self.at_hand(|set| set.generation)
    }

    /// The set, fetched if there is none that may still be used.
    pub(super) async fn current(self: &Arc<Self>) -> Option<Arc<KeySet>> {
        if let Some(set) = self.at_hand(Arc::clone) {
            return Some(set);
        }
        self.fetch(Cause::Refresh).await;
        self.at_hand(Arc::clone)
    }

    fn at_hand<T>(self: &Arc<Self>, take: impl FnOnce(&Arc<KeySet>) -> T) -> Option<T> {
        let last = self.last.load();
        let fetched = last.as_ref()?;
        let age = clock::now().saturating_duration_since(fetched.at);
        if age > self.refresh + self.stale_ok {
            return None;
        }
        if age > self.refresh {
            self.refresh_in_background();
        }
        Some(take(&fetched.set))
    }

    /// The set after a fetch for a key that the last one lacks.
    pub(super) async fn after_unknown_kid(self: &Arc<Self>) -> Option<Arc<KeySet>> {
        self.fetch(Cause::UnknownKid).await;
        self.last.load().as_ref().map(|f| Arc::clone(&f.set))
    }

    fn refresh_in_background(self: &Arc<Self>) {
        if self.refreshing.swap(true, Ordering::AcqRel) {
            return;
        }
        let this = Arc::clone(self);
        tokio::task::spawn_local(async move {
            this.fetch(Cause::Refresh).await;
            this.refreshing.store(false, Ordering::Release);
        });
    }

    async fn fetch(&self, cause: Cause) {
        // On the heap: rare, and large, while every exchange's future holds it.
        Box::pin(self.fetches.get_with(cause, self.fetch_now())).await;
    }

    async fn fetch_now(&self) -> bool {
        let at = Instant::now();
        let text = http::fetch(&self.url, &self.tls).await;
        match text.and_then(|text| KeySet::fetched(&text)) {
            Ok(set) => {
                self.keep(Fetched {
                    set: Arc::new(set),
                    at,
                });
                true
            }
            Err(problem) => {
                tracing::warn!(url = self.url, problem, "a key set cannot be fetched");
                false
            }
        }
    }

    /// Keeps a set, unless one was asked for later and came sooner.
    fn keep(&self, fetched: Fetched) {
        let fetched = Arc::new(fetched);
        self.last.rcu(|last| match last {
            Some(last) if last.at > fetched.at => Some(Arc::clone(last)),
            Some(_) | None => Some(Arc::clone(&fetched)),
        });
    }
}
