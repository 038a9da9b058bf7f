//! Sends an allowed request to its backend: chooses an endpoint, takes a connection, keeps the
//! time, and sends once more what provably never left.

use crate::backend::{self, ConnectError, Connection, Endpoint, Lease, Pick};
use crate::body::{BodyError, RequestBody, Source, Upload, UploadLimits};
use crate::observe::Record;
use crate::outgoing::Outgoing;
use crate::pipeline::Turn;
use crate::respond::{Answer, Fault};
use crate::transform::{self, Unfit};
use gw_engine::ForwardPlan;
use gw_graph::{Backend, BackendId, Builtin, Targets};
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HOST};
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;
use std::time::{Duration, Instant};
use tokio::time::sleep_until;

/// Forwards a request.
pub(crate) async fn forward(
    turn: &Turn,
    plan: ForwardPlan<'_>,
    incoming: Incoming,
    record: &mut Record,
) -> Result<Answer, Fault> {
    let snapshot = &turn.view.snapshot;
    let id = plan.backend;
    let backend = snapshot
        .backend(id)
        .ok_or_else(|| Fault::builtin(Builtin::Internal))?;
    record.upstream().backend = Some(id);
    let limits = limits(turn, &plan);
    if announced(&turn.arrival.parts.headers).is_some_and(|length| length > limits.bytes) {
        return Err(Fault::builtin(Builtin::BodyTooLarge));
    }
    let body = RequestBody::new(incoming, limits, Rc::clone(&record.upload));
    let outgoing = Outgoing::new(turn, backend, &plan, body)?;
    if matches!(backend.targets, Targets::Echo) {
        return Box::pin(echo(turn, outgoing, record)).await;
    }
    let deadline = backend.timeout.total.map(|total| record.started() + total);
    let sending = Sending {
        turn,
        id,
        backend,
        hash: plan.hash,
    };
    let response = match deadline {
        None => sending.send(outgoing, record).await?,
        Some(deadline) => tokio::time::timeout_at(deadline.into(), sending.send(outgoing, record))
            .await
            .unwrap_or_else(|_| Err(Fault::builtin(Builtin::TotalTimeout)))?,
    };
    answer(response, deadline)
}

fn answer(response: Response<Incoming>, deadline: Option<Instant>) -> Result<Answer, Fault> {
    let (parts, incoming) = response.into_parts();
    if parts.status == StatusCode::SWITCHING_PROTOCOLS {
        return Err(Fault::builtin(Builtin::BackendProtocol));
    }
    let mut headers = parts.headers;
    transform::strip_response(&mut headers);
    let source = Source::Backend(incoming);
    Ok(Answer {
        status: parts.status.as_u16(),
        headers,
        source,
        deadline,
    })
}

fn limits(turn: &Turn, plan: &ForwardPlan<'_>) -> UploadLimits {
    let http = turn.conn.slot.http();
    UploadLimits {
        bytes: plan.max_body.unwrap_or(http.max_body),
        pause: http.body_timeout,
    }
}

fn announced(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// The sending of one request.
struct Sending<'s> {
    turn: &'s Turn,
    id: BackendId,
    backend: &'s Backend,
    hash: Option<u64>,
}

/// Why an attempt failed.
enum Failure {
    /// Nothing was sent; it may be tried again.
    Unsent(Box<Outgoing>, Builtin),
    /// It is over.
    Final(Builtin),
}

impl Sending<'_> {
    async fn send(
        &self,
        outgoing: Outgoing,
        record: &mut Record,
    ) -> Result<Response<Incoming>, Fault> {
        let first = self.attempt(outgoing, None, record).await;
        let (outgoing, endpoint) = match first {
            Ok(response) => return Ok(response),
            Err((Failure::Final(reason), _)) => return Err(Fault::builtin(reason)),
            Err((Failure::Unsent(outgoing, _), Some(endpoint))) => (outgoing, endpoint),
            Err((Failure::Unsent(_, reason), None)) => return Err(Fault::builtin(reason)),
        };
        self.turn
            .conn
            .core
            .metrics
            .borrow_mut()
            .retried(&self.backend.name);
        match self.attempt(*outgoing, Some(&endpoint), record).await {
            Ok(response) => Ok(response),
            Err((Failure::Final(reason) | Failure::Unsent(_, reason), _)) => {
                Err(Fault::builtin(reason))
            }
        }
    }

    /// One attempt; the second one goes elsewhere if there is elsewhere, on a fresh connection.
    async fn attempt(
        &self,
        outgoing: Outgoing,
        after: Option<&Rc<Endpoint>>,
        record: &mut Record,
    ) -> Result<Response<Incoming>, (Failure, Option<Rc<Endpoint>>)> {
        let (view, core) = (&self.turn.view, &self.turn.conn.core);
        let shared = &core.shared.backends;
        let endpoint = {
            let random = &mut core.random.borrow_mut();
            let pick = Pick {
                hash: self.hash,
                except: after,
                random,
                now: record.started(),
            };
            view.backends.choose(self.id, pick, shared)
        };
        let Some(endpoint) = endpoint else {
            return Err((Failure::Final(Builtin::BackendUnavailable), None));
        };
        record.upstream().attempts += 1;
        record.upstream().endpoint = Some(endpoint.label.clone());
        let connected = view
            .backends
            .connect(self.id, &endpoint, after.is_some())
            .await;
        let (connection, lease) = match connected {
            Ok(connected) => connected,
            Err(error) => {
                tracing::debug!(backend = %self.backend.name, endpoint = %endpoint.label, %error);
                let failure = self.connect_failed(outgoing, &error, &endpoint);
                return Err((failure, Some(endpoint)));
            }
        };
        let exchange = self.exchange(outgoing, connection, lease, record).await;
        self.judge(&exchange, &endpoint);
        exchange.map_err(|failure| (failure, Some(endpoint)))
    }

    fn connect_failed(
        &self,
        outgoing: Outgoing,
        error: &ConnectError,
        endpoint: &Endpoint,
    ) -> Failure {
        let reason = match error {
            ConnectError::Unavailable | ConnectError::Refused(_) => Builtin::BackendUnavailable,
            ConnectError::Timeout => Builtin::ConnectTimeout,
            ConnectError::Tls(_) => Builtin::BackendTls,
            ConnectError::Http(_) => Builtin::BackendProtocol,
        };
        endpoint
            .health
            .failed(Instant::now(), &self.backend.ejection);
        Failure::Unsent(Box::new(outgoing), reason)
    }

    async fn exchange(
        &self,
        outgoing: Outgoing,
        connection: Connection,
        lease: Lease,
        record: &mut Record,
    ) -> Result<Response<Incoming>, Failure> {
        let (host, own_host) = (outgoing.host.clone(), outgoing.own_host);
        let target = outgoing.target.clone();
        let http2 = matches!(connection, Connection::H2(_));
        let request = outgoing.request(lease.endpoint(), http2);
        let request = request.map_err(|Unfit| Failure::Final(Builtin::TransformError))?;
        let sent = Instant::now();
        let first_byte = self.backend.timeout.first_byte;
        let upload = Rc::clone(&record.upload);
        let (result, sender) = match connection {
            Connection::H1(mut sender) => {
                let response = sender.try_send_request(request);
                (
                    in_time(response, sent, first_byte, &upload).await,
                    Some(sender),
                )
            }
            Connection::H2(mut sender) => {
                let response = sender.try_send_request(request);
                (in_time(response, sent, first_byte, &upload).await, None)
            }
        };
        match result {
            Some(Ok(response)) => {
                let upstream = record.upstream();
                upstream.head_after = Some(sent.elapsed());
                upstream.lease = Some((lease, sender));
                Ok(response)
            }
            None => Err(Failure::Final(Builtin::FirstByteTimeout)),
            Some(Err(mut error)) => match error.take_message() {
                Some(request) => {
                    let (parts, body) = request.into_parts();
                    let (method, mut headers) = (parts.method, parts.headers);
                    headers.remove(HOST);
                    let again = Outgoing {
                        method,
                        target,
                        host,
                        own_host,
                        headers,
                        body,
                    };
                    Err(Failure::Unsent(Box::new(again), Builtin::BackendReset))
                }
                None => Err(Failure::Final(broken(error.error(), &upload))),
            },
        }
    }

    /// Passive health: what the endpoint did, not what the client did.
    fn judge(&self, exchange: &Result<Response<Incoming>, Failure>, endpoint: &Endpoint) {
        let failed = match exchange {
            Ok(response) => matches!(response.status().as_u16(), 502..=504),
            Err(Failure::Final(reason)) => matches!(
                reason,
                Builtin::BackendReset | Builtin::BackendProtocol | Builtin::FirstByteTimeout
            ),
            Err(Failure::Unsent(..)) => false,
        };
        let now = Instant::now();
        match failed {
            true => endpoint.health.failed(now, &self.backend.ejection),
            false if exchange.is_ok() => endpoint.health.succeeded(now, &self.backend.ejection),
            false => {}
        }
    }
}

/// Waits for a response head. The time counts from the request head or, if that is later, from the
/// last piece of its body.
async fn in_time<F, E>(
    response: F,
    sent: Instant,
    limit: Duration,
    upload: &Upload,
) -> Option<Result<Response<Incoming>, E>>
where
    F: Future<Output = Result<Response<Incoming>, E>>,
{
    let mut response = pin!(response);
    let mut timer = pin!(sleep_until((sent + limit).into()));
    std::future::poll_fn(|cx| {
        if let Poll::Ready(result) = response.as_mut().poll(cx) {
            return Poll::Ready(Some(result));
        }
        while timer.as_mut().poll(cx).is_ready() {
            let since = upload.last.get().unwrap_or(sent);
            if since + limit <= Instant::now() {
                return Poll::Ready(None);
            }
            timer.as_mut().reset((since + limit).into());
        }
        Poll::Pending
    })
    .await
}

/// Who broke an exchange off.
fn broken(error: &hyper::Error, upload: &Upload) -> Builtin {
    match upload.failure.get() {
        Some(BodyError::TooLarge) => Builtin::BodyTooLarge,
        Some(BodyError::TooSlow) => Builtin::RequestTimeout,
        Some(BodyError::Broken) => Builtin::BadRequest,
        Some(BodyError::Backend) | None if error.is_parse() => Builtin::BackendProtocol,
        Some(BodyError::Backend) | None => Builtin::BackendReset,
    }
}

/// The built-in backend reads the whole body and describes the request.
async fn echo(turn: &Turn, outgoing: Outgoing, record: &mut Record) -> Result<Answer, Fault> {
    let Outgoing {
        method,
        target,
        host,
        headers,
        mut body,
        ..
    } = outgoing;
    while let Some(frame) = body.frame().await {
        frame.map_err(|error| {
            Fault::builtin(match error {
                BodyError::TooLarge => Builtin::BodyTooLarge,
                BodyError::TooSlow => Builtin::RequestTimeout,
                BodyError::Broken | BodyError::Backend => Builtin::BadRequest,
            })
        })?;
    }
    let host = host
        .as_ref()
        .and_then(|h| h.to_str().ok())
        .unwrap_or(&turn.arrival.host);
    let bytes = record.upload.bytes.get();
    let text = backend::describe(&method, target.as_str(), host, &headers, bytes);
    record.upstream().attempts = 1;
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(Answer {
        status: 200,
        headers,
        source: Source::Own(text),
        deadline: None,
    })
}
