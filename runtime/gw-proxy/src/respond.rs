//! The only place that makes statuses: from decisions, own responses, backends' responses and
//! failures to what the client sees.

use crate::clock;
use crate::conn::Conn;
use crate::date;
use crate::decode::{Arrival, Lines, Misfit};
use crate::inbound::Client;
use crate::inbound::http1::Violation;
use crate::inbound::http2::Lane;
use crate::observe::{self, Record};
use crate::pipeline::Turn;
use crate::problem;
use crate::source::{Rest, Source};
use crate::transform::{self, Unfit};
use bytes::Bytes;
use gw_engine::{Exchange, LimitHeaders, OwnResponse, Refusal};
use gw_graph::{Builtin, Reason};
use gw_http1::{Field, Fields, Known, Section, Value, Version, content_length};
use gw_http2::{Connection, Follows};
use http::StatusCode;
use smol_str::SmolStr;
use std::task::{Context, Waker};
use std::time::Instant;

/// A response before the policy's response edits.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) fields: Fields,
    pub(crate) source: Source,
    /// The end of the exchange's time.
    pub(crate) deadline: Option<Instant>,
    /// Whether the connection must be closed after it.
    pub(crate) last: bool,
}

/// A response as it goes out.
pub(crate) struct Reply {
    /// The head, which goes out with the body; empty over HTTP/2, where it is out already.
    pub(crate) head: Vec<u8>,
    pub(crate) source: Source,
    pub(crate) framing: Framing,
    /// Whether the client takes a trailer section.
    pub(crate) trailers: bool,
    pub(crate) deadline: Option<Instant>,
    /// Whether the connection stays open.
    pub(crate) stays: bool,
    pub(crate) record: Box<Record>,
}

/// How a response body is framed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Framing {
    /// There is none, whatever the source has (HEAD, 204, 304).
    None,
    /// Its length is in the head.
    Length(u64),
    /// Chunked transfer coding, where the protocol has it.
    Chunked,
    /// By the end of the connection.
    UntilClose,
}

/// A failure on its way to the client.
pub(crate) struct Fault {
    pub(crate) status: u16,
    pub(crate) reason: Reason,
    pub(crate) rule: Option<SmolStr>,
    pub(crate) detail: Option<&'static str>,
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
        let mut fields = Fields::default();
        for (name, value) in &self.headers {
            if Value::new(value.as_bytes()).is_some() {
                fields.push(name, value.as_bytes());
            }
        }
        let (status, body) = if problem::is_grpc(arrival) {
            problem::grpc(&self, &mut fields);
            (200, Bytes::new())
        } else {
            fields.push("content-type", b"application/problem+json");
            (self.status, problem::document(&self, &arrival.id))
        };
        Answer {
            status,
            fields,
            source: Source::Own(body),
            deadline: None,
            // A client that is not understood may have more to say than was read.
            last: matches!(self.status, 400 | 408 | 413 | 431),
        }
    }
}

/// A response that the policy wrote.
pub(crate) fn own(own: OwnResponse<'_>) -> Result<Answer, Fault> {
    let mut fields = Fields::default();
    for (name, value) in &own.headers {
        if Value::new(value.as_bytes()).is_none() {
            return Err(Fault::builtin(Builtin::TransformError));
        }
        fields.push(name, value.as_bytes());
    }
    if !own.body.is_empty() && fields.first(Known::ContentType).is_none() {
        fields.push("content-type", b"text/plain; charset=utf-8");
    }
    Ok(Answer {
        status: own.status,
        fields,
        source: Source::Own(Bytes::from(own.body.into_owned())),
        deadline: None,
        last: false,
    })
}

/// The response to a request that the engine never saw.
pub(crate) fn undecided(turn: &Turn, fault: Fault, mut record: Box<Record>) -> Reply {
    let slug = fault.reason.slug.clone();
    turn.conn.core.metrics.borrow_mut().decision(&slug, None);
    record.answered(fault.status, Some(slug));
    refuse(turn, fault, record)
}

/// A failure without the policy's edits.
fn refuse(turn: &Turn, fault: Fault, record: Box<Record>) -> Reply {
    let answer = fault.answer(&turn.arrival);
    let section = transform::response_section(turn.conn.core.buffers.room(), &answer.fields);
    let outline = Outline::of(turn, answer.status, &answer);
    let head = outline.head(turn, answer.status, section);
    outline.reply(head, answer, turn, record)
}

/// The response to a request that was decided, with the policy's response edits.
pub(crate) fn decided(
    turn: &Turn,
    exchange: &mut Exchange<'_>,
    answer: Result<Answer, Fault>,
    mut record: Box<Record>,
) -> Reply {
    record.decided(exchange);
    let (answer, status, reason) = match answer {
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
    match edited(turn, exchange, &answer) {
        Ok((changed, outline, head)) => {
            record.answered(changed.unwrap_or(status), reason);
            outline.reply(head, answer, turn, record)
        }
        Err(Unfit) => {
            let fault = Fault::builtin(Builtin::TransformError);
            record.answered(fault.status, Some(fault.reason.slug.clone()));
            refuse(turn, fault, record)
        }
    }
}

/// The head with the policy's response edits and the limit fields; the status if it was changed.
fn edited(
    turn: &Turn,
    exchange: &mut Exchange<'_>,
    answer: &Answer,
) -> Result<(Option<u16>, Outline, Vec<u8>), Unfit> {
    let limits = exchange.limit_headers();
    let edits = exchange
        .respond(answer.status, &Lines(&answer.fields))
        .map_err(|_| Unfit)?;
    let mut section = transform::response_section(turn.conn.core.buffers.room(), &answer.fields);
    transform::apply(&edits.edits, &mut section, &turn.view.snapshot.secrets)?;
    if let Some(limits) = &limits {
        add_limits(limits, &mut section);
    }
    let status = edits.status.unwrap_or(answer.status);
    let outline = Outline::of(turn, status, answer);
    let head = outline.head(turn, status, section);
    Ok((edits.status, outline, head))
}

fn add_limits<'s>(limits: &'s LimitHeaders<'_>, section: &mut Section<'s>) {
    section.set("ratelimit", Value::known_good(limits.limit.as_bytes()));
    let policy = Value::known_good(limits.policy.as_bytes());
    section.set("ratelimit-policy", policy);
    if let Some(seconds) = limits.retry_after {
        section.set("retry-after", Value::number(seconds));
    }
}

/// Whether a `Content-Length` is written as the gateway would write it.
fn says(text: &[u8], length: u64) -> bool {
    content_length(text) == Some(length) && (text.len() == 1 || !text.starts_with(b"0"))
}

/// What is settled about a response before its head is written.
#[derive(Clone, Copy)]
struct Outline {
    framing: Framing,
    stays: bool,
}

impl Outline {
    fn of(turn: &Turn, status: u16, answer: &Answer) -> Self {
        let framing = framing(turn, status, answer.source.length());
        let open = framing != Framing::UntilClose;
        Self {
            framing,
            stays: open && stays(turn, answer),
        }
    }

    /// Writes the head.
    fn head(self, turn: &Turn, status: u16, mut section: Section<'_>) -> Vec<u8> {
        let framing = self.framing;
        match framing {
            Framing::Length(length) => {
                let said = section.first(Known::ContentLength);
                if !said.is_some_and(|text| says(text, length)) {
                    section.set("content-length", Value::number(length));
                }
            }
            // What the body would be like may stay in the head (RFC 9110 section 8.6).
            Framing::None if status == 204 => section.remove_known(Known::ContentLength),
            Framing::None | Framing::Chunked | Framing::UntilClose => {}
        }
        if let Client::Http2(lane) = &turn.client {
            self.send_head(turn, lane, status, &section);
            turn.conn.core.buffers.put_room(section.into_room());
            return Vec::new();
        }
        if framing == Framing::Chunked {
            section.add_known(Known::TransferEncoding, Value::known_good(b"chunked"));
        }
        if !self.stays {
            section.add_known(Known::Connection, Value::known_good(b"close"));
        } else if turn.arrival.request.version == Version::Http10 {
            section.add_known(Known::Connection, Value::known_good(b"keep-alive"));
        }
        let mut head = turn.conn.core.buffers.head();
        status_line(status, &mut head);
        if !section.has(Known::Date) {
            turn.conn.core.date.with(turn.arrival.time, |date| {
                head.extend_from_slice(b"date: ");
                head.extend_from_slice(date.as_bytes());
                head.extend_from_slice(b"\r\n");
            });
        }
        section.write(&mut head);
        turn.conn.core.buffers.put_room(section.into_room());
        head
    }

    /// Writes the head to a stream.
    fn send_head(self, turn: &Turn, lane: &Lane, status: u16, section: &Section<'_>) {
        let follows = match self.framing {
            Framing::None | Framing::Length(0) => Follows::Nothing,
            Framing::Length(_) | Framing::Chunked | Framing::UntilClose => Follows::Body,
        };
        if section.has(Known::Date) {
            return lane.respond(status, section.iter(), follows);
        }
        turn.conn.core.date.with(turn.arrival.time, |date| {
            let date = date_line(date);
            lane.respond(status, section.iter().chain([date]), follows);
        });
    }

    fn reply(self, head: Vec<u8>, answer: Answer, turn: &Turn, record: Box<Record>) -> Reply {
        let chunked = self.framing == Framing::Chunked;
        turn.conn.core.buffers.put_fields(answer.fields);
        Reply {
            head,
            source: answer.source,
            framing: self.framing,
            trailers: chunked && transform::wants_trailers(&turn.arrival.request.fields),
            deadline: answer.deadline,
            stays: self.stays,
            record,
        }
    }
}

fn framing(turn: &Turn, status: u16, length: Option<u64>) -> Framing {
    let request = &turn.arrival.request;
    if request.method() == "HEAD" || matches!(status, 204 | 304) {
        return Framing::None;
    }
    match length {
        Some(length) => Framing::Length(length),
        None if request.version == Version::Http10 => Framing::UntilClose,
        None => Framing::Chunked,
    }
}

/// Whether a connection over HTTP/1.x stays open after this response.
fn stays(turn: &Turn, answer: &Answer) -> bool {
    let Client::Http1(link) = &turn.client else {
        return true;
    };
    if answer.last || !turn.arrival.request.persistent || turn.conn.leaving() {
        return false;
    }
    let mut link = link.borrow_mut();
    match answer.source.request() {
        _ if link.is_read() => true,
        Rest::Wanted => true,
        Rest::Doubtful => false,
        // What is left of a body that nobody reads has to go before the next request.
        Rest::Unwanted => {
            let mut cx = Context::from_waker(Waker::noop());
            link.discard(&mut cx, &turn.conn.core.buffers)
        }
    }
}

pub(crate) fn status_line(status: u16, out: &mut Vec<u8>) {
    if status == 200 {
        return out.extend_from_slice(b"HTTP/1.1 200 OK\r\n");
    }
    out.extend_from_slice(b"HTTP/1.1 ");
    out.extend_from_slice(itoa::Buffer::new().format(status).as_bytes());
    out.push(b' ');
    let phrase = StatusCode::from_u16(status).ok();
    let phrase = phrase.and_then(|s| s.canonical_reason()).unwrap_or("");
    out.extend_from_slice(phrase.as_bytes());
    out.extend_from_slice(b"\r\n");
}

/// The whole response, as bytes, to an HTTP/1.x request that is no request. Writes it down too.
pub(crate) fn last_words(conn: &Conn, violation: Violation) -> Vec<u8> {
    let (fault, body) = violated(conn, violation);
    let date = date::text(clock::time());
    let mut section = problem_section(&date, body.len());
    section.add("connection", Value::known_good(b"close"));
    let mut words = Vec::with_capacity(512);
    status_line(fault.status, &mut words);
    section.write(&mut words);
    words.extend_from_slice(&body);
    words
}

/// The whole response to a request over HTTP/2 that is no request. Writes it down too.
pub(crate) fn refuse_stream(
    conn: &Conn,
    codec: &mut Connection,
    stream: u32,
    violation: Violation,
) {
    let (fault, body) = violated(conn, violation);
    let date = date::text(clock::time());
    let section = problem_section(&date, body.len());
    codec.respond(stream, fault.status, section.iter(), Follows::Body);
    codec.send(stream, &body, Follows::Nothing);
    codec.finish(stream);
}

fn violated(conn: &Conn, violation: Violation) -> (Fault, Bytes) {
    let id = format!("{:016x}", conn.core.random.borrow_mut().u64(..));
    observe::violation(conn, &id, violation);
    let fault = Fault::misfit(Misfit {
        reason: violation.reason,
        detail: violation.detail,
    });
    let body = problem::document(&fault, &id);
    (fault, body)
}

fn problem_section(date: &str, length: usize) -> Section<'_> {
    let length = u64::try_from(length).unwrap_or(0);
    let kind = Value::known_good(b"application/problem+json");
    let mut section = Section::default();
    section.add_known(Known::Date, Value::known_good(date.as_bytes()));
    section.add_known(Known::ContentType, kind);
    section.add_known(Known::ContentLength, Value::number(length));
    section
}

fn date_line(date: &str) -> Field<'_> {
    Field {
        known: Known::Date,
        name: b"date",
        value: date.as_bytes(),
    }
}

#[cfg(test)]
mod tests {
    use super::says;

    #[test]
    fn lengths_as_they_are_written() {
        for (text, length) in [("0", 0), ("7", 7), ("1024", 1024)] {
            assert!(says(text.as_bytes(), length), "{text}");
        }
        for (text, length) in [("", 0), ("00", 0), ("07", 7), ("+7", 7), ("8", 7)] {
            assert!(!says(text.as_bytes(), length), "{text}");
        }
    }
}
