//! The only place that makes statuses: from decisions, own responses, backends' responses and
//! failures to what the client sees. Failures are problem documents (RFC 9457), or gRPC statuses
//! for gRPC requests.

use crate::body::{ResponseBody, Source};
use crate::conn::Conn;
use crate::decode::{Arrival, Fields, Misfit};
use crate::observe::{self, Record};
use crate::pipeline::{Reply, Turn};
use crate::transform::{self, Unfit};
use crate::wire::Violation;
use bytes::Bytes;
use gw_engine::{Exchange, OwnResponse, Refusal};
use gw_graph::{Builtin, Reason};
use http::header::{CONNECTION, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode};
use serde_json::{Map, Value, json};
use smol_str::SmolStr;
use std::time::Instant;

/// A response before the policy's response edits.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) source: Source,
    /// The end of the exchange's time.
    pub(crate) deadline: Option<Instant>,
}

/// A failure on its way to the client.
pub(crate) struct Fault {
    status: u16,
    reason: Reason,
    rule: Option<SmolStr>,
    detail: Option<&'static str>,
    headers: Vec<(&'static str, String)>,
    /// Whether the decision knows the reason already.
    decided: bool,
}

impl Fault {
    /// The gateway's own reason.
    pub(crate) fn builtin(reason: Builtin) -> Self {
        Self {
            status: reason.status(),
            reason: reason.reason(),
            rule: None,
            detail: None,
            headers: Vec::new(),
            decided: false,
        }
    }

    /// A request that was not decoded.
    pub(crate) fn misfit(misfit: Misfit) -> Self {
        Self {
            detail: Some(misfit.detail),
            ..Self::builtin(misfit.reason)
        }
    }

    /// A refusal of the engine.
    pub(crate) fn refused(refusal: Refusal) -> Self {
        let Refusal {
            status,
            reason,
            rule,
            headers,
        } = refusal;
        Self {
            status,
            reason,
            rule,
            detail: None,
            headers,
            decided: true,
        }
    }

    fn answer(self, arrival: &Arrival) -> Answer {
        let mut headers = HeaderMap::new();
        for (name, value) in &self.headers {
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.append(HeaderName::from_static(name), value);
            }
        }
        if is_grpc(arrival) {
            return self.grpc(headers);
        }
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        // A client that is not understood may have more to say than was read.
        if matches!(self.status, 400 | 408 | 413 | 431) {
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        let source = Source::Own(self.problem(&arrival.id));
        Answer {
            status: self.status,
            headers,
            source,
            deadline: None,
        }
    }

    /// RFC 9457.
    fn problem(&self, id: &str) -> Bytes {
        let mut document = Map::new();
        let mut put = |name: &str, value: Value| document.insert(name.to_owned(), value);
        put("type", json!(format!("urn:gw:reason:{}", self.reason.slug)));
        put("title", json!(self.reason.text));
        put("status", json!(self.status));
        if let Some(detail) = self.detail {
            put("detail", json!(detail));
        }
        put("reason", json!(self.reason.slug));
        if let Some(rule) = &self.rule {
            put("rule", json!(rule));
        }
        put("request_id", json!(id));
        let mut text = serde_json::to_vec(&document).unwrap_or_default();
        text.push(b'\n');
        text.into()
    }

    /// A trailers-only response (gRPC over HTTP/2, "Responses").
    fn grpc(self, mut headers: HeaderMap) -> Answer {
        let status = HeaderValue::from_static(grpc_status(self.status));
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
        headers.insert(HeaderName::from_static("grpc-status"), status);
        if let Ok(text) = HeaderValue::from_str(&self.reason.text) {
            headers.insert(HeaderName::from_static("grpc-message"), text);
        }
        Answer {
            status: 200,
            headers,
            source: Source::Own(Bytes::new()),
            deadline: None,
        }
    }
}

fn is_grpc(arrival: &Arrival) -> bool {
    let kind = arrival
        .parts
        .headers
        .get(CONTENT_TYPE)
        .map(HeaderValue::as_bytes);
    kind.is_some_and(|k| k.starts_with(b"application/grpc"))
}

/// The gRPC status for an HTTP status ("HTTP to gRPC Status Code Mapping", extended by what the
/// gateway knows for sure).
fn grpc_status(status: u16) -> &'static str {
    match status {
        400 | 431 => "3",
        401 => "16",
        403 => "7",
        404 | 405 | 501 => "12",
        408 | 504 => "4",
        413 | 429 => "8",
        499 => "1",
        502 | 503 => "14",
        _ => "13",
    }
}

/// A response that the policy wrote.
pub(crate) fn own(own: OwnResponse<'_>) -> Result<Answer, Fault> {
    let mut headers = HeaderMap::with_capacity(own.headers.len());
    for (name, value) in &own.headers {
        let pair = HeaderName::from_bytes(name.as_bytes())
            .ok()
            .zip(HeaderValue::from_str(value).ok());
        let Some((name, value)) = pair else {
            return Err(Fault::builtin(Builtin::TransformError));
        };
        headers.append(name, value);
    }
    if !own.body.is_empty() && !headers.contains_key(CONTENT_TYPE) {
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("text/plain; charset=utf-8"),
        );
    }
    let source = Source::Own(Bytes::from(own.body.into_owned()));
    Ok(Answer {
        status: own.status,
        headers,
        source,
        deadline: None,
    })
}

/// The response to a request that the engine never saw.
pub(crate) fn undecided(turn: &Turn, fault: Fault, mut record: Box<Record>) -> Reply {
    let slug = fault.reason.slug.clone();
    turn.conn.core.metrics.borrow_mut().decision(&slug, None);
    record.answered(fault.status, Some(slug));
    send(turn, fault.answer(&turn.arrival), record)
}

/// The response to a request that was decided, with the policy's response edits.
pub(crate) fn decided(
    turn: &Turn,
    exchange: &mut Exchange<'_>,
    answer: Result<Answer, Fault>,
    mut record: Box<Record>,
) -> Reply {
    record.decided(exchange);
    let (mut answer, status, reason) = match answer {
        Ok(answer) => {
            let status = answer.status;
            (answer, status, None)
        }
        Err(fault) => {
            let reason = (!fault.decided).then(|| fault.reason.slug.clone());
            let status = fault.status;
            (fault.answer(&turn.arrival), status, reason)
        }
    };
    match edit(turn, exchange, &mut answer) {
        Ok(edited) => record.answered(edited.unwrap_or(status), reason),
        Err(Unfit) => {
            let fault = Fault::builtin(Builtin::TransformError);
            record.answered(fault.status, Some(fault.reason.slug.clone()));
            answer = fault.answer(&turn.arrival);
        }
    }
    send(turn, answer, record)
}

/// Applies the policy's response edits and adds the limit fields; the status if it was changed.
fn edit(
    turn: &Turn,
    exchange: &mut Exchange<'_>,
    answer: &mut Answer,
) -> Result<Option<u16>, Unfit> {
    let limits = exchange.limit_headers();
    let edits = exchange
        .respond(answer.status, &Fields(&answer.headers))
        .map_err(|_| Unfit)?;
    transform::apply(
        &edits.edits,
        &mut answer.headers,
        &turn.view.snapshot.secrets,
    )?;
    if let Some(status) = edits.status {
        answer.status = status;
    }
    if let Some(limits) = limits {
        let mut put = |name: HeaderName, value: &str| {
            if let Ok(value) = HeaderValue::from_str(value) {
                answer.headers.insert(name, value);
            }
        };
        put(HeaderName::from_static("ratelimit"), &limits.limit);
        put(HeaderName::from_static("ratelimit-policy"), &limits.policy);
        if let Some(seconds) = limits.retry_after {
            put(RETRY_AFTER, &seconds.to_string());
        }
    }
    Ok(edits.status)
}

fn send(turn: &Turn, answer: Answer, record: Box<Record>) -> Reply {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let bodiless = turn.arrival.parts.method == Method::HEAD
        || matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
    let mut headers = answer.headers;
    if turn.conn.http2 {
        headers.remove(CONNECTION);
    }
    let body = ResponseBody::new(answer.source, bodiless, record).until(answer.deadline);
    let mut response = Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

/// The whole response, as bytes, to an HTTP/1.x request that is no request. Writes it down too.
pub(crate) fn last_words(conn: &Conn, violation: Violation) -> Bytes {
    let id = format!("{:016x}", conn.core.random.borrow_mut().u64(..));
    observe::violation(conn, &id, violation);
    let fault = Fault::misfit(Misfit {
        reason: violation.reason,
        detail: violation.detail,
    });
    let body = fault.problem(&id);
    let phrase = StatusCode::from_u16(fault.status)
        .ok()
        .and_then(|s| s.canonical_reason());
    let head = format!(
        "HTTP/1.1 {} {}\r\ncontent-type: application/problem+json\r\ncontent-length: {}\r\n\
         connection: close\r\ndate: {}\r\n\r\n",
        fault.status,
        phrase.unwrap_or(""),
        body.len(),
        httpdate::fmt_http_date(std::time::SystemTime::now()),
    );
    [head.as_bytes(), &body].concat().into()
}
