//! A listener on one core: its socket's settings as the policy in service has them.

use crate::snapshot::Snapshot;
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
    tls: RefCell<Option<Arc<ServerConfig>>>,
    /// No policy in service has it any more.
    closed: Cell<bool>,
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
            closed: Cell::new(true),
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
            self.closed.set(true);
            return;
        };
        self.closed.set(false);
        self.id.set(ListenerId::from_index(index));
        *self.http.borrow_mut() = Rc::new(listener.http.clone());
        *self.tls.borrow_mut() = snapshot.listener_tls.get(index).cloned().flatten();
    }

    pub(crate) fn id(&self) -> ListenerId {
        self.id.get()
    }

    pub(crate) fn http(&self) -> Rc<HttpSettings> {
        Rc::clone(&self.http.borrow())
    }

    pub(crate) fn tls(&self) -> Option<Arc<ServerConfig>> {
        self.tls.borrow().clone()
    }

    pub(crate) fn closed(&self) -> bool {
        self.closed.get()
    }

    pub(crate) fn close(&self) {
        self.closed.set(true);
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
