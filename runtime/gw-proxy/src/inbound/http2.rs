//! A client over HTTP/2, with hyper: every stream is an exchange of its own. Keeps the times of the
//! connection.

use crate::backend::LocalExecutor;
use crate::clock;
use crate::conn::Conn;
use crate::net::{Gathered, Next, Socket};
use crate::observe::{End, Record};
use crate::pipeline;
use crate::respond::{Framing, Reply, ReplyHead};
use crate::source::Source;
use crate::timers::Alarm;
use crate::upload::{BodyError, Frames, Origin};
use bytes::Bytes;
use gw_http1::{Request, RequestParts};
use http::{HeaderMap, Response, StatusCode};
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use hyper::server::conn::http2::Builder;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

const STREAM_WINDOW: u32 = 1 << 20;
const CONNECTION_WINDOW: u32 = 4 << 20;
/// How long a connection may take to close.
const CLOSING: Duration = Duration::from_secs(2);

/// Serves a connection to its end.
pub(crate) async fn serve(conn: Rc<Conn>, socket: Socket, early: Bytes) {
    let (socket, sending) = Gathered::new(socket, early);
    let http = conn.slot.http();
    let shared = Rc::clone(&conn);
    let service = service_fn(move |request| exchange(Rc::clone(&shared), request));
    let connection = Builder::new(LocalExecutor)
        .timer(TokioTimer::new())
        .max_concurrent_streams(http.max_streams)
        .max_header_list_size(u32::try_from(http.max_head).unwrap_or(u32::MAX))
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .serve_connection(TokioIo::new(socket), service);
    let mut connection = pin!(connection);
    let mut closing = None;
    // Whether the streams that are ready have had their turn.
    let mut gathered = false;
    poll_fn(|cx| {
        conn.alarm.owned_by(cx);
        if conn.leaving() && closing.is_none() {
            closing = Some(clock::now());
            connection.as_mut().graceful_shutdown();
        }
        loop {
            if connection.as_mut().poll(cx).is_ready() {
                return Poll::Ready(());
            }
            if sending.has_any() && !std::mem::replace(&mut gathered, true) {
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            gathered = false;
            let _ = sending.poll_send(cx);
            let now = clock::now();
            let deadline = deadline(&conn, closing, now);
            ready!(conn.core.timers.poll(&conn.alarm, deadline, now, cx));
            if conn.idle_since().is_none() {
                continue;
            }
            if closing.replace(now).is_some() {
                return Poll::Ready(());
            }
            connection.as_mut().graceful_shutdown();
        }
    })
    .await;
}

/// When something has to happen if nothing else does. A busy connection is looked at now and then.
fn deadline(conn: &Conn, closing: Option<Instant>, now: Instant) -> Instant {
    let http = conn.slot.http();
    match (conn.idle_since(), closing) {
        (Some(since), Some(closing)) => closing.max(since) + CLOSING,
        (Some(since), None) if conn.has_begun() => since + http.idle_timeout,
        (Some(since), None) => since + http.header_timeout,
        (None, _) => now + http.header_timeout.max(CLOSING),
    }
}

/// One stream. If the client resets it the future is dropped, and the record says so.
async fn exchange(
    conn: Rc<Conn>,
    request: hyper::Request<Incoming>,
) -> Result<Response<ResponseBody>, Infallible> {
    let (parts, incoming) = request.into_parts();
    let uri = &parts.uri;
    let head = RequestParts {
        method: parts.method.as_str(),
        authority: uri.authority().map(http::uri::Authority::as_str),
        path: uri.path(),
        query: uri.query(),
    };
    let request = Request::from_parts(head, crate::headers::fields(&parts.headers));
    let alarm = Alarm::new();
    let body = Origin::Http2(Box::new(Frames::new(incoming)));
    let reply = pipeline::serve(&conn, &alarm, request, body, None).await;
    Ok(respond(conn, alarm, reply))
}

fn respond(conn: Rc<Conn>, alarm: Rc<Alarm>, reply: Reply) -> Response<ResponseBody> {
    let headers = match reply.head {
        ReplyHead::Http2(headers) => headers,
        ReplyHead::Http1(_) => HeaderMap::new(),
    };
    let mut response = Response::new(ResponseBody {
        conn,
        alarm,
        source: reply.source,
        bodiless: reply.framing == Framing::None,
        deadline: reply.deadline,
        record: reply.record,
    });
    *response.status_mut() =
        StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    *response.headers_mut() = headers;
    response
}

/// A response body on a stream, written down at its end.
pub(crate) struct ResponseBody {
    conn: Rc<Conn>,
    alarm: Rc<Alarm>,
    source: Source,
    /// No body follows although the source may have one (HEAD, 204, 304).
    bodiless: bool,
    /// The end of the exchange's time.
    deadline: Option<Instant>,
    record: Box<Record>,
}

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let this = self.get_mut();
        let Poll::Ready(next) = this.source.poll_piece(cx) else {
            let Some(deadline) = this.deadline else {
                return Poll::Pending;
            };
            let timers = &this.conn.core.timers;
            ready!(timers.poll(&this.alarm, deadline, clock::now(), cx));
            this.record.ended(End::TimedOut);
            return Poll::Ready(Some(Err(BodyError::Backend)));
        };
        Poll::Ready(match next {
            Ok(Next::Data) => {
                let data = this.source.take_piece();
                this.record.passed(data.len());
                if this.source.is_over() {
                    this.record.ended(End::Complete);
                }
                Some(Ok(Frame::data(data)))
            }
            Ok(Next::End) => {
                this.record.ended(End::Complete);
                let trailers = this.source.trailers();
                trailers.map(|fields| Ok(Frame::trailers(crate::headers::map(&fields))))
            }
            Err(error) => {
                this.record.ended(End::of(error));
                Some(Err(error))
            }
        })
    }

    fn is_end_stream(&self) -> bool {
        self.bodiless || self.source.is_over()
    }

    fn size_hint(&self) -> SizeHint {
        match self.source.length() {
            Some(length) => SizeHint::with_exact(length),
            None => SizeHint::default(),
        }
    }
}

impl Drop for ResponseBody {
    fn drop(&mut self) {
        let complete = self.bodiless || self.source.is_over();
        self.record.ended(match complete {
            true => End::Complete,
            false => End::ClientGone,
        });
    }
}
