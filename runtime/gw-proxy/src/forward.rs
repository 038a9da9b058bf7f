//! Sends an allowed request to its backend: chooses an endpoint, takes a connection, keeps the
//! time, and sends once more what provably never left, or what may be repeated without harm and met
//! a connection that the backend was just closing.

use crate::backend::{self, ConnectError, Connection, Endpoint, Lease, Pick};
use crate::clock;
use crate::download::Download;
use crate::interim;
use crate::net::{Link, LinkError, Next};
use crate::observe::Record;
use crate::outgoing::Outgoing;
use crate::pipeline::Turn;
use crate::respond::{Answer, Fault};
use crate::sender::Sender;
use crate::source::{Source, Stream};
use crate::transform::Unfit;
use crate::upload::{BodyError, Frames, Origin, Upload, UploadLimits};
use gw_engine::ForwardPlan;
use gw_graph::{Backend, BackendId, Builtin, Targets};
use gw_http1::{Fields, Framing, Known, Response, ToHead};
use hyper::client::conn::http2::SendRequest;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Instant;

/// Forwards a request.
pub(crate) async fn forward(
    turn: &Turn,
    plan: ForwardPlan<'_>,
    body: Origin,
    record: &mut Record,
) -> Result<Answer, Fault> {
    let id = plan.backend;
    let backend = turn
        .view
        .snapshot
        .backend(id)
        .ok_or_else(|| Fault::builtin(Builtin::Internal))?;
    record.upstream().backend = Some(id);
    let limits = limits(turn, &plan);
    if announced(turn).is_some_and(|length| length > limits.bytes) {
        return Err(Fault::builtin(Builtin::BodyTooLarge));
    }
    let upload = Upload::new(&turn.conn.core, body, limits, &turn.progress);
    if matches!(backend.targets, Targets::Echo) {
        return Box::pin(echo(turn, backend, &plan, upload, record)).await;
    }
    let sending = Sending {
        turn,
        id,
        backend,
        plan: &plan,
        until: backend.timeout.total.map(|total| record.started() + total),
    };
    sending.send(upload, record).await
}

fn limits(turn: &Turn, plan: &ForwardPlan<'_>) -> UploadLimits {
    let http = turn.conn.slot.http();
    UploadLimits {
        bytes: plan.max_body.unwrap_or(http.max_body),
        pause: http.body_timeout,
    }
}

/// The length that the client says its body has.
fn announced(turn: &Turn) -> Option<u64> {
    let text = turn.arrival.request.fields.first_text(Known::ContentLength);
    text?.parse().ok()
}

/// The sending of one request.
struct Sending<'s> {
    turn: &'s Turn,
    id: BackendId,
    backend: &'s Backend,
    plan: &'s ForwardPlan<'s>,
    /// The end of the exchange's time.
    until: Option<Instant>,
}

/// Why an attempt failed.
enum Failure {
    /// Nothing was sent, or nothing that matters; it may be tried again.
    Unsent(Box<Upload>, Builtin),
    /// It is over.
    Final(Builtin),
}

/// A failed attempt, with the endpoint that was chosen.
type Failed = (Failure, Option<Rc<Endpoint>>);

impl Sending<'_> {
    async fn send(&self, upload: Upload, record: &mut Record) -> Result<Answer, Fault> {
        let first = self.attempt(upload, None, record).await;
        let (upload, endpoint) = match first {
            Ok(answer) => return Ok(answer),
            Err((Failure::Final(reason), _)) => return Err(Fault::builtin(reason)),
            Err((Failure::Unsent(upload, _), Some(endpoint))) => (upload, endpoint),
            Err((Failure::Unsent(_, reason), None)) => return Err(Fault::builtin(reason)),
        };
        self.turn
            .conn
            .core
            .metrics
            .borrow_mut()
            .retried(&self.backend.name);
        // On the heap: rare.
        match Box::pin(self.attempt(*upload, Some(&endpoint), record)).await {
            Ok(answer) => Ok(answer),
            Err((Failure::Final(reason) | Failure::Unsent(_, reason), _)) => {
                Err(Fault::builtin(reason))
            }
        }
    }

    /// One attempt; the second one goes elsewhere if there is elsewhere, on a fresh connection.
    async fn attempt(
        &self,
        upload: Upload,
        after: Option<&Rc<Endpoint>>,
        record: &mut Record,
    ) -> Result<Answer, Failed> {
        let (view, core) = (&self.turn.view, &self.turn.conn.core);
        let endpoint = {
            let random = &mut core.random.borrow_mut();
            let pick = Pick {
                hash: self.plan.hash,
                except: after,
                random,
                now: record.started(),
            };
            view.backends.choose(self.id, pick, &core.shared.backends)
        };
        let Some(endpoint) = endpoint else {
            return Err((Failure::Final(Builtin::BackendUnavailable), None));
        };
        record.upstream().attempts += 1;
        record.upstream().endpoint = Some(Rc::clone(&endpoint));
        let idle = match after {
            None => view.backends.idle(&endpoint),
            Some(_) => None,
        };
        let connected = match idle {
            Some(connection) => Ok(connection),
            None => Box::pin(self.connect(&endpoint)).await,
        };
        let (connection, lease) = match connected {
            Ok(connected) => connected,
            Err(error) => {
                tracing::debug!(backend = %self.backend.name, endpoint = %endpoint.label, %error);
                let failure = self.connect_failed(upload, &error, &endpoint);
                return Err((failure, Some(endpoint)));
            }
        };
        let exchange = match connection {
            Connection::H1(link) => self.http1(upload, link, lease, record).await,
            Connection::H2(sender) => Box::pin(self.http2(upload, sender, lease, record)).await,
        };
        self.judge(&exchange, &endpoint);
        exchange.map_err(|failure| (failure, Some(endpoint)))
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
        Failure::Unsent(Box::new(upload), reason)
    }

    async fn http1(
        &self,
        upload: Upload,
        mut link: Box<Link>,
        lease: Lease,
        record: &mut Record,
    ) -> Result<Answer, Failure> {
        let core = &self.turn.conn.core;
        let mut head = core.buffers.head();
        let unfit = |Unfit| Failure::Final(Builtin::TransformError);
        let outgoing = Outgoing::new(self.turn, self.backend, Some(lease.endpoint()), self.plan);
        let outgoing = outgoing.map_err(unfit)?;
        let chunked = !upload.is_nothing() && self.needs_chunks(&upload);
        outgoing.write(chunked, &mut head);
        let mut sender = Sender::new(upload, chunked);
        let reused = link.is_used();
        let begun = poll_fn(|cx| Poll::Ready(begin(&mut sender, &mut link, cx, &head))).await;
        core.buffers.put_head(head);
        if begun.is_err() {
            let upload = Box::new(sender.upload);
            return Err(Failure::Unsent(upload, Builtin::BackendReset));
        }
        let sent = clock::now();
        let response = poll_fn(|cx| self.poll_response(&mut sender, &mut link, sent, cx)).await;
        let response = match response {
            Ok(response) => response,
            Err(Builtin::BackendReset) if self.is_repeatable(&sender, &link, reused) => {
                let upload = Box::new(sender.upload);
                return Err(Failure::Unsent(upload, Builtin::BackendReset));
            }
            Err(reason) => return Err(Failure::Final(reason)),
        };
        record.upstream().head_after = Some(clock::now().saturating_duration_since(sent));
        let download = Download::new(core, (link, lease), sender, response.persistent);
        Ok(Answer {
            status: response.status,
            fields: response.fields,
            source: Source::Http1(Box::new(download)),
            deadline: self.until,
            last: false,
        })
    }

    /// Whether a request may go out again after its connection was closed without an answer: a
    /// backend may close an idle connection while a request is on its way, and a safe request
    /// without a body changes nothing (RFC 9110 section 9.2, RFC 9112 section 9.3.1).
    fn is_repeatable(&self, sender: &Sender, link: &Link, reused: bool) -> bool {
        let method = self.turn.arrival.request.method();
        let safe = matches!(method, "GET" | "HEAD" | "OPTIONS" | "TRACE");
        reused && safe && sender.upload.is_nothing() && !link.has_more()
    }

    /// Whether the length of the body is not in the head.
    fn needs_chunks(&self, upload: &Upload) -> bool {
        let request = &self.turn.arrival.request;
        let announced = request.fields.first(Known::ContentLength).is_some();
        request.framing == Framing::Chunked || (!announced && upload.length() != Some(0))
    }

    /// Sends the rest of the request and waits for the head of the response.
    fn poll_response(
        &self,
        sender: &mut Sender,
        link: &mut Link,
        sent: Instant,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Response, Builtin>> {
        let core = &self.turn.conn.core;
        if let Poll::Ready(Err(error)) = sender.poll(link, cx) {
            return Poll::Ready(Err(client_broke(error)));
        }
        let to_head = match self.turn.arrival.request.method() {
            "HEAD" => ToHead::Yes,
            _ => ToHead::No,
        };
        loop {
            match link.poll_response(cx, &core.buffers, to_head) {
                Poll::Ready(Ok(response)) if response.status == 101 => {
                    return Poll::Ready(Err(Builtin::BackendProtocol));
                }
                // Another one follows.
                Poll::Ready(Ok(response)) if response.status < 200 => {
                    interim::pass(self.turn, self.plan, &response, cx);
                }
                Poll::Ready(Ok(response)) => return Poll::Ready(Ok(response)),
                Poll::Ready(Err(LinkError::Malformed(_))) => {
                    return Poll::Ready(Err(Builtin::BackendProtocol));
                }
                Poll::Ready(Err(_)) => return Poll::Ready(Err(Builtin::BackendReset)),
                Poll::Pending => break,
            }
        }
        self.poll_overdue(sent, cx).map(Err)
    }

    /// The time for a response head counts from the request head or, if that is later, from the
    /// last piece of its body.
    fn poll_overdue(&self, sent: Instant, cx: &mut Context<'_>) -> Poll<Builtin> {
        let core = &self.turn.conn.core;
        let last = self.turn.progress.last.get().unwrap_or(sent);
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

    async fn http2(
        &self,
        upload: Upload,
        mut sender: SendRequest<Upload>,
        lease: Lease,
        record: &mut Record,
    ) -> Result<Answer, Failure> {
        let endpoint = lease.endpoint();
        let request = Outgoing::new(self.turn, self.backend, Some(endpoint), self.plan)
            .and_then(|outgoing| outgoing.http2(endpoint, upload))
            .map_err(|Unfit| Failure::Final(Builtin::TransformError))?;
        let sent = clock::now();
        let mut response = pin!(sender.try_send_request(request));
        let response = poll_fn(|cx| match response.as_mut().poll(cx) {
            Poll::Ready(response) => Poll::Ready(Ok(response)),
            Poll::Pending => self.poll_overdue(sent, cx).map(Err),
        });
        let response = match response.await.map_err(Failure::Final)? {
            Ok(response) => response,
            Err(mut error) => {
                return Err(match error.take_message() {
                    Some(request) => {
                        let upload = Box::new(request.into_body());
                        Failure::Unsent(upload, Builtin::BackendReset)
                    }
                    None => Failure::Final(self.broken(error.error())),
                });
            }
        };
        record.upstream().head_after = Some(clock::now().saturating_duration_since(sent));
        let (parts, incoming) = response.into_parts();
        Ok(Answer {
            status: parts.status.as_u16(),
            fields: crate::headers::fields(&parts.headers),
            source: Source::Http2(Box::new(Stream {
                frames: Frames::new(incoming),
                _lease: lease,
            })),
            deadline: self.until,
            last: false,
        })
    }

    /// Who broke an exchange off.
    fn broken(&self, error: &hyper::Error) -> Builtin {
        match self.turn.progress.failure.get() {
            Some(BodyError::Backend) | None if error.is_parse() => Builtin::BackendProtocol,
            Some(BodyError::Backend) | None => Builtin::BackendReset,
            Some(error) => client_broke(error),
        }
    }

    /// Passive health: what the endpoint did, not what the client did.
    fn judge(&self, exchange: &Result<Answer, Failure>, endpoint: &Endpoint) {
        let failed = match exchange {
            Ok(answer) => matches!(answer.status, 502..=504),
            Err(Failure::Final(reason)) => matches!(
                reason,
                Builtin::BackendReset | Builtin::BackendProtocol | Builtin::FirstByteTimeout
            ),
            Err(Failure::Unsent(..)) => false,
        };
        let now = clock::now();
        match failed {
            true => endpoint.health.failed(now, &self.backend.ejection),
            false if exchange.is_ok() => endpoint.health.succeeded(now, &self.backend.ejection),
            false => {}
        }
    }
}

/// Sends the head, with the beginning of the body if it is there.
fn begin(
    sender: &mut Sender,
    link: &mut Link,
    cx: &mut Context<'_>,
    head: &[u8],
) -> std::io::Result<()> {
    if !sender.is_over()
        && sender.upload.has_arrived()
        && let Poll::Ready(Ok(Next::Data)) = sender.upload.poll_piece(cx)
    {
        let _ = sender.poll_send_piece(link, cx, head);
        return match sender.is_broken() {
            true => Err(std::io::ErrorKind::BrokenPipe.into()),
            false => Ok(()),
        };
    }
    link.send_all(cx, [head, &[], &[]])
}

/// The reason where a client does not send its body as it should.
fn client_broke(error: BodyError) -> Builtin {
    match error {
        BodyError::TooLarge => Builtin::BodyTooLarge,
        BodyError::TooSlow => Builtin::RequestTimeout,
        BodyError::Broken | BodyError::Backend => Builtin::BadRequest,
    }
}

/// The built-in backend reads the whole body and describes the request.
async fn echo(
    turn: &Turn,
    backend: &Backend,
    plan: &ForwardPlan<'_>,
    mut upload: Upload,
    record: &mut Record,
) -> Result<Answer, Fault> {
    let unfit = |Unfit| Fault::builtin(Builtin::TransformError);
    let outgoing = Outgoing::new(turn, backend, None, plan).map_err(unfit)?;
    let broken = |error| Fault::builtin(client_broke(error));
    while poll_fn(|cx| Pin::new(&mut upload).poll_piece(cx))
        .await
        .map_err(broken)?
        == Next::Data
    {
        let length = upload.with_piece(<[u8]>::len);
        upload.consume(length);
    }
    let text = backend::describe(&outgoing, turn.progress.bytes.get());
    record.upstream().attempts = 1;
    let mut fields = Fields::default();
    fields.push("content-type", b"application/json");
    Ok(Answer {
        status: 200,
        fields,
        source: Source::Own(text),
        deadline: None,
        last: false,
    })
}
