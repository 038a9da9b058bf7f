//! A listener on one core: its socket's settings as the policy in service has them.

use crate::snapshot::Snapshot;
use crate::tls::Trusting;
use gw_graph::{HttpSettings, ListenerId};
use rustls::ServerConfig;
use smol_str::SmolStr;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// A listener on one core.
pub(crate) struct Slot {
    pub(crate) name: SmolStr,
    /// Its identity in the policy in service.
    id: Cell<ListenerId>,
    http: RefCell<Rc<HttpSettings>>,
    tls: RefCell<Option<Trusting<ServerConfig>>>,
    /// Goes on when connections must end that were accepted before: what they have shown is not what
    /// is asked for now, or no policy in service has the listener any more.
    era: Cell<u32>,
    /// Open connections on all cores.
    open: Arc<AtomicU32>,
}

impl Slot {
    /// The slot of a listener, if the policy has it.
    pub(crate) fn new(name: SmolStr, snapshot: &Snapshot, open: Arc<AtomicU32>) -> Rc<Self> {
        let slot = Rc::new(Self {
            name,
            id: Cell::new(ListenerId(0)),
            http: RefCell::default(),
            tls: RefCell::default(),
            era: Cell::new(0),
            open,
        });
        slot.adopt(snapshot);
        slot
    }

    /// Takes over the settings of another policy, or closes if it has no such listener.
    pub(crate) fn adopt(&self, snapshot: &Snapshot) {
        let listeners = &snapshot.graph().listeners;
        let found = listeners.iter().position(|l| l.name == self.name);
        let found = found.and_then(|index| Some((index, listeners.get(index)?)));
        let Some((index, listener)) = found else {
            return self.close();
        };
        self.id.set(ListenerId::from_index(index));
        *self.http.borrow_mut() = Rc::new(listener.http.clone());
        let tls = snapshot.listener_tls.get(index).cloned().flatten();
        let trust = |tls: &Option<Trusting<ServerConfig>>| tls.as_ref().map(|tls| tls.trust);
        let last = self.tls.replace(tls);
        if trust(&last) != trust(&self.tls.borrow()) {
            self.close();
        }
    }

    pub(crate) fn id(&self) -> ListenerId {
        self.id.get()
    }

    pub(crate) fn http(&self) -> Rc<HttpSettings> {
        Rc::clone(&self.http.borrow())
    }

    pub(crate) fn tls(&self) -> Option<Arc<ServerConfig>> {
        self.tls
            .borrow()
            .as_ref()
            .map(|tls| Arc::clone(&tls.config))
    }

    /// What a connection remembers of the time at which it is accepted.
    pub(crate) fn era(&self) -> u32 {
        self.era.get()
    }

    /// Ends the connections that were accepted before.
    pub(crate) fn close(&self) {
        self.era.set(self.era.get().wrapping_add(1));
    }

    /// A place for one more connection, unless the limit is reached.
    pub(crate) fn admit(&self) -> Option<Admitted> {
        let most = self.http.borrow().max_connections;
        if self.open.fetch_add(1, Ordering::Relaxed) >= most {
            self.open.fetch_sub(1, Ordering::Relaxed);
            return None;
        }
        Some(Admitted(Arc::clone(&self.open)))
    }
}

/// A place for a connection, given back when dropped.
pub(crate) struct Admitted(Arc<AtomicU32>);

impl Drop for Admitted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
