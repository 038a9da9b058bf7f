//! The backends of a policy on one core. A new policy takes over the endpoints, with their
//! connections, of backends that it knows by the same name and address.

use super::balance;
use super::connect::{ConnectError, Dial, Security};
use super::endpoint::Endpoint;
use super::health::HealthBook;
use super::pool::{Ask, Connection, Lease, Pool};
use super::resolve::Names;
use crate::retry::Budget;
use crate::snapshot::Snapshot;
use crate::tls::Trusting;
use gw_graph::{Backend, BackendId, BackendProtocol, Target, Targets};
use rustls::ClientConfig;
use smol_str::SmolStr;
use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;

/// What backends share across cores.
#[derive(Debug, Default)]
pub(crate) struct Backends {
    pub(crate) names: Arc<Names>,
    pub(crate) health: HealthBook,
}

/// The backends of one policy on one core, by `BackendId`.
pub(crate) struct BackendSet(Vec<Rc<CoreBackend>>);

/// One backend on one core.
struct CoreBackend {
    config: Backend,
    tls: Option<Trusting<ClientConfig>>,
    endpoints: RefCell<Rc<[Rc<Endpoint>]>>,
    /// Counts what is sent to it, and sent again, where that is bounded.
    budget: Option<Rc<Budget>>,
    /// Of the names that the endpoints were made from.
    generation: Cell<u64>,
}

impl BackendSet {
    /// The backends of `snapshot`; endpoints come from `last` where it has them.
    pub(crate) fn new(snapshot: &Snapshot, last: Option<&BackendSet>, shared: &Backends) -> Self {
        let backends = snapshot.graph().backends.iter().zip(&snapshot.backend_tls);
        let take_over = |(config, tls): (&Backend, &Option<Trusting<ClientConfig>>)| {
            let known = last.and_then(|l| l.0.iter().find(|b| b.config.name == config.name));
            let counted = || known.and_then(|k| k.budget.clone());
            let backend = CoreBackend {
                config: config.clone(),
                tls: tls.clone(),
                endpoints: RefCell::new(known.map_or_else(Rc::default, |k| k.endpoints())),
                budget: (config.retry.budget.as_ref())
                    .map(|_| counted().unwrap_or_else(Budget::starting_now)),
                generation: Cell::new(0),
            };
            backend.rebuild(shared);
            Rc::new(backend)
        };
        Self(backends.map(take_over).collect())
    }

    /// An endpoint for a request, if possible one that was not tried.
    pub(crate) fn choose(
        &self,
        id: BackendId,
        pick: Pick<'_>,
        shared: &Backends,
    ) -> Option<Rc<Endpoint>> {
        let backend = self.0.get(id.index())?;
        if backend.generation.get() != shared.names.generation() {
            backend.rebuild(shared);
        }
        backend.choose(pick)
    }

    /// How many retries a backend is given, where that is bounded.
    pub(crate) fn budget(&self, id: BackendId) -> Option<&Budget> {
        self.0.get(id.index())?.budget.as_deref()
    }

    /// A connection to an endpoint that is open and free.
    pub(crate) fn idle(&self, endpoint: &Rc<Endpoint>) -> Option<(Connection, Lease)> {
        Pool::take(endpoint)
    }

    /// A new connection to an endpoint, or one that becomes free.
    pub(crate) async fn connect(
        &self,
        id: BackendId,
        endpoint: &Rc<Endpoint>,
    ) -> Result<(Connection, Lease), ConnectError> {
        let backend = self.0.get(id.index()).ok_or(ConnectError::Unavailable)?;
        let config = &backend.config;
        let ask = Ask {
            dial: endpoint.dial.borrow().clone(),
            timeout: config.timeout.connect,
            max_connections: config.max_connections.max(1),
        };
        Pool::acquire(endpoint, ask).await
    }

    /// Closes connections that nobody used for a while.
    pub(crate) fn sweep(&self, now: Instant) {
        for backend in &self.0 {
            for endpoint in backend.endpoints().iter() {
                endpoint.pool.sweep(now, backend.config.idle_timeout);
            }
        }
    }

    /// Open connections by backend name.
    pub(crate) fn connections(&self) -> Vec<(SmolStr, u64)> {
        let open = |b: &Rc<CoreBackend>| {
            let sizes = b.endpoints().iter().map(|e| u64::from(e.pool.size())).sum();
            (b.config.name.clone(), sizes)
        };
        self.0.iter().map(open).collect()
    }
}

/// What the choice of an endpoint depends on.
pub(crate) struct Pick<'p> {
    pub(crate) hash: Option<u64>,
    /// Endpoints that failed it, the last one at the end.
    pub(crate) tried: &'p [Rc<Endpoint>],
    pub(crate) random: &'p mut fastrand::Rng,
    pub(crate) now: Instant,
}

impl CoreBackend {
    fn endpoints(&self) -> Rc<[Rc<Endpoint>]> {
        Rc::clone(&self.endpoints.borrow())
    }

    fn choose(&self, pick: Pick<'_>) -> Option<Rc<Endpoint>> {
        let all = self.endpoints();
        if let [only] = &*all {
            return Some(Rc::clone(only));
        }
        let rested: Vec<&Rc<Endpoint>> = all.iter().filter(|e| !e.health.rests(pick.now)).collect();
        let resting = all.len() - rested.len();
        // Too many failures at once say more about the backend than about its endpoints.
        let too_many = resting * 100 > all.len() * usize::from(self.config.ejection.max_percent);
        let mut usable = if too_many || rested.is_empty() {
            all.iter().collect()
        } else {
            rested
        };
        if let Some(last) = pick.tried.last()
            && usable.len() > 1
        {
            let is = |e: &&Rc<Endpoint>, tried| Rc::ptr_eq(e, tried);
            let all_tried = usable.iter().all(|e| pick.tried.iter().any(|t| is(e, t)));
            usable.retain(|e| match all_tried {
                true => !is(e, last),
                false => !pick.tried.iter().any(|t| is(e, t)),
            });
        }
        balance::choose(&self.config.balance, &usable, pick.hash, pick.random).cloned()
    }

    fn rebuild(&self, shared: &Backends) {
        self.generation.set(shared.names.generation());
        let Targets::Fixed(targets) = &self.config.targets else {
            return;
        };
        let known = self.endpoints();
        let mut endpoints = Vec::new();
        for target in targets {
            let host = SmolStr::from(target.host.as_str());
            for address in shared.names.addresses(&host, target.port).iter() {
                endpoints.push(self.endpoint(target, *address, &known, shared));
            }
        }
        *self.endpoints.borrow_mut() = endpoints.into();
    }

    fn endpoint(
        &self,
        target: &Target,
        address: SocketAddr,
        known: &[Rc<Endpoint>],
        shared: &Backends,
    ) -> Rc<Endpoint> {
        let host = SmolStr::from(target.host.as_str());
        let health = shared.health.of(&self.config.name, &host, address);
        let fresh = Endpoint::new(target, address, self.dial(target, address), health);
        let same = known.iter().find(|e| same_endpoint(e, &fresh));
        let Some(same) = same else {
            return Rc::new(fresh);
        };
        *same.dial.borrow_mut() = fresh.dial.into_inner();
        Rc::clone(same)
    }

    fn dial(&self, target: &Target, address: SocketAddr) -> Dial {
        let name = self.config.tls.server_name.as_ref().unwrap_or(&target.host);
        Dial {
            address,
            security: match target.tls {
                true => Security::tls(self.tls.as_ref(), name),
                false => Security::Plain,
            },
            prior_knowledge: self.config.protocol == BackendProtocol::Http2,
        }
    }
}

/// Whether connections of one can serve the other.
fn same_endpoint(a: &Endpoint, b: &Endpoint) -> bool {
    let (x, y) = (a.dial.borrow(), b.dial.borrow());
    x.address == y.address
        && x.prior_knowledge == y.prior_knowledge
        && x.security.proof() == y.security.proof()
        && (a.scheme, &a.host, &a.base_path, a.weight)
            == (b.scheme, &b.host, &b.base_path, b.weight)
}
