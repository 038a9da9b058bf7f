//! Connections of one core to one endpoint: idle HTTP/1.1 ones for reuse, HTTP/2 ones to share,
//! and a bound on how many are open.

use super::connect::{ConnectError, Dial, Fresh, connect};
use super::endpoint::Endpoint;
use crate::clock;
use crate::net::Link;
use crate::upload::Upload;
use hyper::client::conn::http2;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// Streams on one HTTP/2 connection before another is opened.
const STREAMS: u32 = 100;

/// The pool.
#[derive(Default)]
pub(crate) struct Pool {
    idle: RefCell<Vec<Idle>>,
    shared: RefCell<Vec<Rc<Shared>>>,
    open: Rc<Cell<u32>>,
    waiting: Rc<RefCell<VecDeque<oneshot::Sender<()>>>>,
    connecting_h2: Cell<bool>,
}

struct Idle {
    // On the heap: it passes from hand to hand with every request.
    link: Box<Link>,
    open: Open,
    since: Instant,
}

struct Shared {
    sender: http2::SendRequest<Upload>,
    streams: Cell<u32>,
    idle_since: Cell<Instant>,
}

/// Counts an open connection while it lives.
pub(super) struct Open {
    open: Rc<Cell<u32>>,
    waiting: Rc<RefCell<VecDeque<oneshot::Sender<()>>>>,
}

impl Drop for Open {
    fn drop(&mut self) {
        self.open.set(self.open.get().saturating_sub(1));
        wake_one(&self.waiting);
    }
}

fn wake_one(waiting: &RefCell<VecDeque<oneshot::Sender<()>>>) {
    loop {
        let next = waiting.borrow_mut().pop_front();
        // One that gave up does not count.
        if next.is_none_or(|waiter| waiter.send(()).is_ok()) {
            return;
        }
    }
}

/// A connection that a request may be sent on.
pub(crate) enum Connection {
    /// For this request alone.
    H1(Box<Link>),
    /// One of several streams.
    H2(http2::SendRequest<Upload>),
}

/// The use of a connection by one exchange.
pub(crate) struct Lease {
    endpoint: Rc<Endpoint>,
    kind: LeaseKind,
}

enum LeaseKind {
    H1(Option<Open>),
    H2(Rc<Shared>),
}

impl Lease {
    /// Which endpoint.
    pub(crate) fn endpoint(&self) -> &Rc<Endpoint> {
        &self.endpoint
    }

    /// Gives an HTTP/1.1 connection back after the last byte of the response.
    pub(crate) fn reuse(mut self, link: Box<Link>) {
        let LeaseKind::H1(open) = &mut self.kind else {
            return;
        };
        let Some(open) = open.take().filter(|_| !link.has_more()) else {
            return;
        };
        let pool = &self.endpoint.pool;
        pool.idle.borrow_mut().push(Idle {
            link,
            open,
            since: clock::now(),
        });
        wake_one(&pool.waiting);
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let endpoint = &self.endpoint;
        endpoint.active.set(endpoint.active.get().saturating_sub(1));
        match &mut self.kind {
            // A connection that was not given back is closed; its place goes to the next.
            LeaseKind::H1(_) => {}
            LeaseKind::H2(shared) => {
                shared.streams.set(shared.streams.get().saturating_sub(1));
                shared.idle_since.set(clock::now());
                wake_one(&endpoint.pool.waiting);
            }
        }
    }
}

/// What a request asks of the pool.
#[derive(Clone)]
pub(crate) struct Ask {
    pub(crate) dial: Dial,
    pub(crate) timeout: Duration,
    pub(crate) max_connections: u32,
}

impl Pool {
    /// A new connection, or one that becomes free while there is no place for a new one.
    pub(crate) async fn acquire(
        endpoint: &Rc<Endpoint>,
        ask: Ask,
    ) -> Result<(Connection, Lease), ConnectError> {
        let timeout = ask.timeout;
        tokio::time::timeout(timeout, Self::open(endpoint, ask))
            .await
            .unwrap_or(Err(ConnectError::Timeout))
    }

    /// A connection that is open and free.
    pub(crate) fn take(endpoint: &Rc<Endpoint>) -> Option<(Connection, Lease)> {
        if let Some(found) = Self::share(endpoint) {
            return Some(found);
        }
        loop {
            // The last one used is the least likely to have been closed meanwhile.
            let Idle { mut link, open, .. } = endpoint.pool.idle.borrow_mut().pop()?;
            if link.is_quiet() {
                let lease = Self::lease(endpoint, LeaseKind::H1(Some(open)));
                return Some((Connection::H1(link), lease));
            }
        }
    }

    fn share(endpoint: &Rc<Endpoint>) -> Option<(Connection, Lease)> {
        let mut shared = endpoint.pool.shared.borrow_mut();
        if shared.is_empty() {
            return None;
        }
        shared.retain(|s| !s.sender.is_closed());
        let free = shared.iter().filter(|s| s.streams.get() < STREAMS);
        let chosen = Rc::clone(free.min_by_key(|s| s.streams.get())?);
        chosen.streams.set(chosen.streams.get() + 1);
        let connection = Connection::H2(chosen.sender.clone());
        Some((connection, Self::lease(endpoint, LeaseKind::H2(chosen))))
    }

    fn lease(endpoint: &Rc<Endpoint>, kind: LeaseKind) -> Lease {
        endpoint.active.set(endpoint.active.get() + 1);
        Lease {
            endpoint: Rc::clone(endpoint),
            kind,
        }
    }

    async fn open(endpoint: &Rc<Endpoint>, ask: Ask) -> Result<(Connection, Lease), ConnectError> {
        let pool = &endpoint.pool;
        let multiplexed = ask.dial.prior_knowledge;
        while pool.open.get() >= ask.max_connections || (multiplexed && pool.connecting_h2.get()) {
            let (waiter, woken) = oneshot::channel();
            pool.waiting.borrow_mut().push_back(waiter);
            let _ = woken.await;
            if let Some(found) = Self::take(endpoint) {
                return Ok(found);
            }
        }
        pool.open.set(pool.open.get() + 1);
        let open = Open {
            open: Rc::clone(&pool.open),
            waiting: Rc::clone(&pool.waiting),
        };
        let _connecting = multiplexed.then(|| Connecting::begin(pool));
        match connect(ask.dial, open).await? {
            Fresh::H1(link, open) => Ok((
                Connection::H1(link),
                Self::lease(endpoint, LeaseKind::H1(Some(open))),
            )),
            Fresh::H2(sender) => {
                let shared = Rc::new(Shared {
                    sender: sender.clone(),
                    streams: Cell::new(1),
                    idle_since: Cell::new(Instant::now()),
                });
                pool.shared.borrow_mut().push(Rc::clone(&shared));
                Ok((
                    Connection::H2(sender),
                    Self::lease(endpoint, LeaseKind::H2(shared)),
                ))
            }
        }
    }

    /// Closes connections that nobody used for a while.
    pub(crate) fn sweep(&self, now: Instant, idle: Duration) {
        let old = |since: Instant| now.saturating_duration_since(since) > idle;
        self.idle
            .borrow_mut()
            .retain_mut(|i| !old(i.since) && i.link.is_quiet());
        self.shared
            .borrow_mut()
            .retain(|s| s.streams.get() > 0 || !(s.sender.is_closed() || old(s.idle_since.get())));
    }

    /// Open connections.
    pub(crate) fn size(&self) -> u32 {
        self.open.get()
    }
}

/// One HTTP/2 handshake at a time; the others wait for its result.
struct Connecting<'p>(&'p Pool);

impl<'p> Connecting<'p> {
    fn begin(pool: &'p Pool) -> Self {
        pool.connecting_h2.set(true);
        Self(pool)
    }
}

impl Drop for Connecting<'_> {
    fn drop(&mut self) {
        self.0.connecting_h2.set(false);
        let waiting = std::mem::take(&mut *self.0.waiting.borrow_mut());
        for waiter in waiting {
            let _ = waiter.send(());
        }
    }
}
