//! What one core thread owns: its view of the policy, its connections, counters and log buffer.
//! Nothing here is shared with another core except through `Shared`.

use crate::authn::{RemoteSets, VerifiedTokens};
use crate::backend::{BackendSet, Backends};
use crate::buffers::Buffers;
use crate::date::Date;
use crate::host::Hosts;
use crate::log::LogBuffer;
use crate::metrics::{Metrics, NO_ROUTE, RouteCounts, Series};
use crate::net::Pipes;
use crate::snapshot::Snapshot;
use crate::timers::{Alarm, Timers};
use gw_engine::State;
use gw_graph::RouteId;
use slab::Slab;
use smol_str::SmolStr;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;
use std::time::{Duration, Instant};

/// What all cores share.
pub(crate) struct Shared {
    /// Limits and their like.
    pub(crate) state: State,
    pub(crate) backends: Backends,
    pub(crate) remote_sets: RemoteSets,
    /// Open connections by listener.
    pub(crate) open: std::sync::Mutex<HashMap<SmolStr, Arc<AtomicU32>>>,
}

/// The policy as one core uses it.
pub(crate) struct View {
    pub(crate) snapshot: Arc<Snapshot>,
    pub(crate) backends: BackendSet,
    /// The requests that ended while it was in service.
    counts: RefCell<RouteCounts>,
}

/// One core.
pub(crate) struct Core {
    pub(crate) shared: Arc<Shared>,
    view: RefCell<Rc<View>>,
    pub(crate) verified: RefCell<VerifiedTokens>,
    pub(crate) metrics: RefCell<Metrics>,
    pub(crate) log: RefCell<LogBuffer>,
    pub(crate) random: RefCell<fastrand::Rng>,
    pub(crate) buffers: Buffers,
    pub(crate) pipes: Pipes,
    pub(crate) timers: Timers,
    pub(crate) date: Date,
    pub(crate) hosts: Hosts,
    /// Of open client connections.
    connections: RefCell<Slab<Rc<Alarm>>>,
    draining: Cell<bool>,
}

impl View {
    fn new(snapshot: Arc<Snapshot>, backends: BackendSet) -> Self {
        Self {
            snapshot,
            backends,
            counts: RefCell::default(),
        }
    }

    /// The name of a route, which is empty for a request that has none.
    pub(crate) fn route_name(&self, route: Option<RouteId>) -> &SmolStr {
        let route = route.and_then(|id| self.snapshot.route(id));
        route.map_or(&NO_ROUTE, |route| &route.name)
    }

    fn add_counts(&self, metrics: &mut Metrics) {
        let routes = &self.snapshot.graph().routes;
        let names = routes.iter().map(|route| &route.name);
        metrics.add_routes(&self.counts.borrow(), names);
    }
}

impl Core {
    pub(crate) fn new(shared: Arc<Shared>, snapshot: Arc<Snapshot>, log: LogBuffer) -> Rc<Self> {
        let backends = BackendSet::new(&snapshot, None, &shared.backends);
        Rc::new(Self {
            shared,
            view: RefCell::new(Rc::new(View::new(snapshot, backends))),
            verified: RefCell::new(VerifiedTokens::new()),
            metrics: RefCell::default(),
            log: RefCell::new(log),
            random: RefCell::new(fastrand::Rng::new()),
            buffers: Buffers::default(),
            pipes: Pipes::default(),
            timers: Timers::new(),
            date: Date::default(),
            hosts: Hosts::default(),
            connections: RefCell::default(),
            draining: Cell::new(false),
        })
    }

    /// The policy in service. A request takes it once.
    pub(crate) fn view(&self) -> Rc<View> {
        Rc::clone(&self.view.borrow())
    }

    /// Serves another policy from the next request on.
    pub(crate) fn adopt(&self, snapshot: Arc<Snapshot>) {
        let last = self.view();
        let backends = BackendSet::new(&snapshot, Some(&last.backends), &self.shared.backends);
        *self.view.borrow_mut() = Rc::new(View::new(snapshot, backends));
        last.add_counts(&mut self.metrics.borrow_mut());
        self.wake_all();
    }

    /// A request is over that began with this view.
    pub(crate) fn count(
        &self,
        view: &View,
        route: Option<RouteId>,
        series: Series,
        took: Duration,
    ) {
        if std::ptr::eq(view, &**self.view.borrow()) {
            return view.counts.borrow_mut().count(route, series, took);
        }
        let name = view.route_name(route);
        let mut metrics = self.metrics.borrow_mut();
        metrics.late_request(name, series, took);
    }

    /// Lets exchanges under way end and takes no new ones on open connections.
    pub(crate) fn drain(&self) {
        self.draining.set(true);
        self.wake_all();
    }

    pub(crate) fn draining(&self) -> bool {
        self.draining.get()
    }

    /// Remembers how to wake a connection, until [`Core::unregister`].
    pub(crate) fn register(&self, alarm: &Rc<Alarm>) -> usize {
        self.connections.borrow_mut().insert(Rc::clone(alarm))
    }

    pub(crate) fn unregister(&self, id: usize) {
        self.connections.borrow_mut().try_remove(id);
    }

    /// Open client connections on this core.
    pub(crate) fn open_connections(&self) -> usize {
        self.connections.borrow().len()
    }

    pub(crate) fn wake_all(&self) {
        for (_, alarm) in self.connections.borrow().iter() {
            alarm.ring();
        }
    }

    /// The counters with what is measured rather than counted.
    pub(crate) fn report(&self) -> Metrics {
        let mut metrics = self.metrics.borrow().clone();
        let view = self.view();
        view.add_counts(&mut metrics);
        metrics.backend_connections = view.backends.connections().into_iter().collect();
        metrics
    }

    /// What has to be done every now and then.
    pub(crate) fn tick(&self, now: Instant) {
        self.view().backends.sweep(now);
        self.buffers.trim();
        self.pipes.trim();
        self.log.borrow_mut().tick();
    }
}
