//! One try of a request at one endpoint: takes a connection, sends the request and waits for the head
//! of the response, in time. Must not know whether another try follows.

mod http1;
mod http2;

use crate::backend::{ConnectError, Connection, Endpoint, Lease};
use crate::clock;
use crate::observe::Record;
use crate::pipeline::Turn;
use crate::respond::Answer;
use crate::retry::Cause;
use crate::upload::{BodyError, Upload};
use gw_engine::ForwardPlan;
use gw_graph::{Backend, BackendId, Builtin, RetryCause};
use gw_http1::Fields;
use std::cell::Cell;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Instant;

/// The sending of one request.
pub(crate) struct Sending<'s> {
    pub(crate) turn: &'s Turn,
    pub(crate) id: BackendId,
    pub(crate) backend: &'s Backend,
    pub(crate) plan: &'s ForwardPlan<'s>,
    /// The end of the exchange's time.
    pub(crate) until: Option<Instant>,
    /// Whether the client may have got an interim response. What follows must come from the same
    /// try.
    pub(crate) begun: Cell<bool>,
}

/// Why a try failed.
pub(crate) enum Failure {
    /// Another try may follow.
    Open(Box<Open>),
    /// It is over.
    Final(Builtin),
}

/// A failed try of which nothing was lost.
pub(crate) struct Open {
    pub(crate) cause: Cause,
    /// The body from its beginning.
    pub(crate) upload: Upload,
    /// What the client gets if no other try follows.
    pub(crate) instead: Result<Answer, Builtin>,
}

/// Where a try may take its connection from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Supply {
    /// The pool, if it has one.
    Pooled,
    /// It opens one.
    Fresh,
}

impl Failure {
    /// The connection was closed before anything was sent over it.
    fn unsent(reused: bool, upload: Upload) -> Self {
        let cause = match reused {
            true => Cause::Stale,
            false => Cause::Failed(RetryCause::Connect),
        };
        Self::open(cause, upload, Builtin::BackendReset)
    }

    fn open(cause: Cause, upload: Upload, reason: Builtin) -> Self {
        Failure::Open(Box::new(Open {
            cause,
            upload,
            instead: Err(reason),
        }))
    }
}

impl Sending<'_> {
    /// One try.
    pub(crate) async fn attempt(
        &self,
        upload: Upload,
        (endpoint, supply): (&Rc<Endpoint>, Supply),
        record: &mut Record,
    ) -> Result<Answer, Failure> {
        record.upstream().tries += 1;
        record.upstream().endpoint = Some(Rc::clone(endpoint));
        let idle = match supply {
            Supply::Pooled => self.turn.view.backends.idle(endpoint),
            Supply::Fresh => None,
        };
        let connected = match idle {
            Some(connection) => Ok(connection),
            None => Box::pin(self.connect(endpoint)).await,
        };
        let (connection, lease) = match connected {
            Ok(connected) => connected,
            Err(error) => {
                tracing::debug!(backend = %self.backend.name, endpoint = %endpoint.label, %error);
                return Err(self.connect_failed(upload, &error, endpoint));
            }
        };
        let exchange = match connection {
            Connection::H1(link) => self.http1(upload, (link, lease), supply, record).await,
            Connection::H2(sender) => {
                Box::pin(self.http2(upload, (sender, lease), supply, record)).await
            }
        };
        self.judge(&exchange, endpoint);
        exchange
    }

    /// A fresh connection, within the exchange's time.
    async fn connect(&self, endpoint: &Rc<Endpoint>) -> Result<(Connection, Lease), ConnectError> {
        let connect = self.turn.view.backends.connect(self.id, endpoint);
        match self.until {
            None => connect.await,
            Some(until) => tokio::time::timeout_at(until.into(), connect)
                .await
                .unwrap_or(Err(ConnectError::Overdue)),
        }
    }

    fn connect_failed(&self, upload: Upload, error: &ConnectError, endpoint: &Endpoint) -> Failure {
        let reason = match error {
            ConnectError::Unavailable | ConnectError::Refused(_) => Builtin::BackendUnavailable,
            ConnectError::Timeout => Builtin::ConnectTimeout,
            ConnectError::Tls(_) => Builtin::BackendTls,
            ConnectError::Http(_) => Builtin::BackendProtocol,
            ConnectError::Overdue => return Failure::Final(Builtin::TotalTimeout),
        };
        endpoint
            .health
            .failed(Instant::now(), &self.backend.ejection);
        Failure::open(Cause::Failed(RetryCause::Connect), upload, reason)
    }

    /// There is no response.
    fn failed(&self, reason: Builtin, upload: &Upload) -> Failure {
        match RetryCause::of(reason).filter(|cause| self.covers(*cause) && upload.is_replayable()) {
            Some(cause) => Failure::open(Cause::Failed(cause), upload.again(), reason),
            None => Failure::Final(reason),
        }
    }

    /// The body for another try, if the policy asks for one after such a response. A backend that
    /// says `Retry-After` asks for patience (RFC 9110 section 10.2.3).
    fn worth_another_try(&self, status: u16, fields: &Fields, upload: &Upload) -> Option<Upload> {
        let failed = status >= 500
            && self.covers(RetryCause::Status(status))
            && !fields
                .iter()
                .any(|f| f.name.eq_ignore_ascii_case(b"retry-after"));
        (failed && upload.is_replayable()).then(|| upload.again())
    }

    fn covers(&self, cause: RetryCause) -> bool {
        let method = self.turn.arrival.request.method();
        self.backend.retry.covers(cause, method) && !self.begun.get()
    }

    /// The time for a response head counts from the request head or, if that is later, from the
    /// last piece of its body.
    fn poll_overdue(&self, sent: Instant, cx: &mut Context<'_>) -> Poll<Builtin> {
        let core = &self.turn.conn.core;
        let last = self.turn.arrival.progress.last.get().unwrap_or(sent);
        let first_byte = last.max(sent) + self.backend.timeout.first_byte;
        let (deadline, reason) = match self.until {
            Some(until) if until < first_byte => (until, Builtin::TotalTimeout),
            _ => (first_byte, Builtin::FirstByteTimeout),
        };
        let now = clock::now();
        let timers = &core.timers;
        timers
            .poll(&self.turn.alarm, deadline, now, cx)
            .map(|()| reason)
    }

    /// Passive health: what the endpoint did, not what the client did. A stale connection is nobody's
    /// fault, and one that could not be opened is judged already.
    fn judge(&self, exchange: &Result<Answer, Failure>, endpoint: &Endpoint) {
        let health = &endpoint.health;
        let outcome = match exchange {
            Ok(answer) => Ok(answer.status),
            Err(Failure::Final(reason)) => Err(*reason),
            Err(Failure::Open(open)) => match (open.cause, &open.instead) {
                (Cause::Stale | Cause::Failed(RetryCause::Connect), _) => return,
                (_, Ok(answer)) => Ok(answer.status),
                (_, Err(reason)) => Err(*reason),
            },
        };
        match outcome {
            Ok(502..=504)
            | Err(Builtin::BackendReset | Builtin::BackendProtocol | Builtin::FirstByteTimeout) => {
                health.failed(clock::now(), &self.backend.ejection)
            }
            Ok(_) => health.succeeded(clock::now(), &self.backend.ejection),
            Err(_) => {}
        }
    }
}

/// A response after which another try may follow.
fn answered(answer: Answer, upload: Upload) -> Failure {
    Failure::Open(Box::new(Open {
        cause: Cause::Failed(RetryCause::Status(answer.status)),
        upload,
        instead: Ok(answer),
    }))
}

/// The reason where a client does not send its body as it should.
pub(crate) fn client_broke(error: BodyError) -> Builtin {
    match error {
        BodyError::TooLarge => Builtin::BodyTooLarge,
        BodyError::TooSlow => Builtin::RequestTimeout,
        BodyError::Broken | BodyError::Backend => Builtin::BadRequest,
    }
}
