//! What is written down about an exchange, once, on every exit: counters and the access log line.
//! The record travels with the response body; if it is dropped early, the client went away.

use crate::backend::Endpoint;
use crate::clock;
use crate::conn::Conn;
use crate::core::View;
use crate::decode::Arrival;
use crate::inbound::http1::Violation;
use crate::log::Line;
use crate::metrics::Series;
use crate::pipeline::Turn;
use crate::upload::BodyError;
use gw_engine::{Exchange, Permits};
use gw_graph::{BackendId, Builtin, Edit, Few, Route, RouteId};
use smol_str::{SmolStr, ToSmolStr};
use std::rc::Rc;
use std::time::{Duration, Instant};

/// The record of one exchange.
pub(crate) struct Record {
    conn: Rc<Conn>,
    view: Rc<View>,
    arrival: Rc<Arrival>,
    started: Instant,
    status: u16,
    route: Option<RouteId>,
    reason: SmolStr,
    rule: Option<SmolStr>,
    principal: Option<SmolStr>,
    shadow: Few<(SmolStr, SmolStr)>,
    upstream: Upstream,
    bytes_out: u64,
    permits: Option<Permits>,
    done: bool,
}

/// How a response ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum End {
    /// All of it passed.
    Complete,
    /// The backend broke off.
    Backend,
    /// The exchange's time was over.
    TimedOut,
    /// The client no longer wants it.
    ClientGone,
}

impl End {
    /// Of a response whose body broke off, or whose request did.
    pub(crate) fn of(error: BodyError) -> Self {
        match error {
            BodyError::Backend => End::Backend,
            BodyError::Broken | BodyError::TooLarge | BodyError::TooSlow => End::ClientGone,
        }
    }
}

/// What is known of the backend's part.
#[derive(Default)]
pub(crate) struct Upstream {
    pub(crate) backend: Option<BackendId>,
    pub(crate) endpoint: Option<Rc<Endpoint>>,
    pub(crate) tries: u32,
    pub(crate) head_after: Option<Duration>,
}

impl Record {
    /// Begins a record. Until it is told otherwise, the client went away.
    pub(crate) fn begin(turn: &Turn, started: Instant) -> Box<Self> {
        turn.conn.exchange_began();
        turn.conn.core.metrics.borrow_mut().active += 1;
        // Memory first, so that it is made where it stays.
        let record = Box::new_uninit();
        let new = Self {
            conn: Rc::clone(&turn.conn),
            view: Rc::clone(&turn.view),
            arrival: Rc::clone(&turn.arrival),
            started,
            status: Builtin::ClientGone.status(),
            route: None,
            reason: SmolStr::new_static("client-closed-request"),
            rule: None,
            principal: None,
            shadow: Few::new(),
            upstream: Upstream::default(),
            bytes_out: 0,
            permits: None,
            done: false,
        };
        Box::write(record, new)
    }

    /// When the exchange began.
    pub(crate) fn started(&self) -> Instant {
        self.started
    }

    /// The backend's part.
    pub(crate) fn upstream(&mut self) -> &mut Upstream {
        &mut self.upstream
    }

    /// Notes the decision.
    pub(crate) fn decided(&mut self, exchange: &mut Exchange<'_>) {
        self.route = exchange.route_id();
        self.principal = exchange.principal_id().map(SmolStr::new);
        let decision = exchange.decision();
        self.reason = decision.reason.slug.clone();
        self.rule = decision.rule.cloned();
        let mut metrics = self.conn.core.metrics.borrow_mut();
        metrics.decision(&self.reason, self.rule.as_ref());
        metrics.predicate_errors += u64::from(decision.errors);
        let graph = self.view.snapshot.graph();
        for limit in decision
            .limits
            .iter()
            .filter_map(|id| graph.limits.get(id.index()))
        {
            metrics.limited(&limit.name);
        }
        for shadow in &decision.shadow {
            metrics.shadow(&shadow.rule, &shadow.reason.slug);
            self.shadow
                .push((shadow.rule.clone(), shadow.reason.slug.clone()));
        }
        drop(metrics);
        self.permits = Some(exchange.permits());
    }

    /// Notes what goes to the client, with the reason where it is not the decision's.
    pub(crate) fn answered(&mut self, status: u16, reason: Option<SmolStr>) {
        self.status = status;
        if let Some(reason) = reason {
            if let Some(backend) = self.backend_name() {
                self.conn
                    .core
                    .metrics
                    .borrow_mut()
                    .backend_error(backend, &reason);
            }
            self.reason = reason;
        }
    }

    /// What the route changes in responses.
    pub(crate) fn response_edits(&self) -> &[Edit] {
        let route = self.route();
        route.map_or(&[], |route| route.response_edits.as_slice())
    }

    fn route(&self) -> Option<&Route> {
        self.view.snapshot.route(self.route?)
    }

    fn backend_name(&self) -> Option<&SmolStr> {
        let id = self.upstream.backend?;
        self.view.snapshot.backend(id).map(|b| &b.name)
    }

    /// A piece of the response body passed.
    pub(crate) fn passed(&mut self, bytes: usize) {
        self.bytes_out += u64::try_from(bytes).unwrap_or(0);
    }

    /// The exchange is over. Only the first call counts.
    pub(crate) fn ended(&mut self, end: End) {
        if std::mem::replace(&mut self.done, true) {
            return;
        }
        let now = clock::now();
        match end {
            End::Complete => {}
            End::Backend => self.broke_off(Builtin::BackendReset),
            End::TimedOut => self.broke_off(Builtin::TotalTimeout),
            End::ClientGone => {
                self.reason = SmolStr::new_static("client-closed-request");
                self.status = Builtin::ClientGone.status();
            }
        }
        // The places under limits are given back before anything is written.
        self.permits = None;
        self.conn.exchange_ended(now);
        self.write(now.saturating_duration_since(self.started));
    }

    /// The status is out already, so that only the reason can tell.
    fn broke_off(&mut self, reason: Builtin) {
        self.answered(self.status, Some(reason.reason().slug));
    }

    fn write(&self, took: Duration) {
        let core = &self.conn.core;
        let method = self.arrival.request.method();
        let series = Series::new(method, self.status);
        core.count(&self.view, self.route, series, took);
        {
            let mut metrics = core.metrics.borrow_mut();
            metrics.active = metrics.active.saturating_sub(1);
        }
        let mut log = core.log.borrow_mut();
        if !log.is_on() {
            return;
        }
        let peer = self.conn.peer_text();
        let other = self.arrival.source_ip != self.conn.peer_ip;
        let client = other.then(|| self.arrival.source_ip.to_smolstr());
        log.push(&Line {
            time: self.arrival.time,
            id: &self.arrival.id,
            listener: &self.conn.slot.name,
            client: client.as_deref().unwrap_or(peer),
            peer,
            method,
            scheme: self.arrival.scheme,
            host: &self.arrival.host,
            path: &self.arrival.path,
            protocol: self.arrival.protocol(),
            status: self.status,
            route: self.view.route_name(self.route),
            reason: &self.reason,
            rule: self.rule.as_deref(),
            shadow: &self.shadow,
            principal: self.principal.as_deref(),
            backend: self.backend_name().map(SmolStr::as_str),
            endpoint: self.upstream.endpoint.as_ref().map(|e| e.label.as_str()),
            tries: self.upstream.tries,
            bytes_in: self.arrival.progress.bytes.get(),
            bytes_out: self.bytes_out,
            total: took,
            upstream: self.upstream.head_after,
            policy: &self.view.snapshot.id,
        });
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        // Nobody answered: the client went away while the exchange was under way.
        if self.arrival.progress.failure.get() == Some(BodyError::Broken) || !self.done {
            self.ended(End::ClientGone);
        }
        // Nobody else reads the request any more.
        if let Some(arrival) = Rc::get_mut(&mut self.arrival) {
            let fields = std::mem::take(&mut arrival.request.fields);
            self.conn.core.buffers.put_fields(fields);
        }
    }
}

/// Writes down a request that was refused before it could be decoded.
pub(crate) fn violation(conn: &Conn, id: &str, violation: Violation) {
    let (core, view) = (&conn.core, conn.core.view());
    let reason = violation.reason.reason().slug;
    let status = violation.reason.status();
    core.metrics.borrow_mut().decision(&reason, None);
    core.count(&view, None, Series::new("", status), Duration::ZERO);
    let mut log = core.log.borrow_mut();
    if !log.is_on() {
        return;
    }
    log.push(&Line {
        time: clock::time(),
        id,
        listener: &conn.slot.name,
        client: conn.peer_text(),
        peer: conn.peer_text(),
        scheme: conn.scheme(),
        protocol: if conn.http2 { "HTTP/2" } else { "HTTP/1.1" },
        status,
        reason: &reason,
        policy: &view.snapshot.id,
        ..Line::default()
    });
}
