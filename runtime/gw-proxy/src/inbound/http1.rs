//! A client over HTTP/1.x: one exchange after the other, each head and pause within its time, and
//! an orderly end. Between exchanges a connection holds no buffer.

use super::Client;
use super::closing::close;
use super::reply::{After, write};
use crate::accept::Place;
use crate::clock;
use crate::conn::Conn;
use crate::net::{Link, LinkError};
use crate::pipeline;
use crate::respond;
use crate::upload::{ClientLink, ClientMessage, Origin};
use gw_graph::Builtin;
use gw_http1::{Fault, Limits, Malformed, Request};
use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

/// After this time without a request a connection is parked: long enough that a busy one never is, short
/// enough that few hold room for an exchange when very many come and fall silent.
const PAUSE: Duration = Duration::from_millis(100);

/// A breach of the message syntax, as the client and the log see it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Violation {
    pub(crate) reason: Builtin,
    pub(crate) detail: &'static str,
}

/// What comes next on a connection.
enum Coming {
    Request(Request),
    /// What came is no request.
    Refused(Violation),
    /// Nothing for a while.
    Pause,
    /// Nothing: the client left, or its time is over.
    Nothing,
}

/// A connection and what is held for it.
pub(crate) struct Session {
    conn: Rc<Conn>,
    link: ClientLink,
    _place: Place,
}

impl Session {
    pub(crate) fn new(conn: Conn, link: Link, place: Place) -> Self {
        Self {
            conn: Rc::new(conn),
            link: Rc::new(RefCell::new(link)),
            _place: place,
        }
    }
}

/// Serves a connection until it ends, or is parked.
pub(crate) async fn serve(session: Session) {
    let (conn, link) = (&session.conn, &session.link);
    let mut waiting = Waiting::new(conn);
    loop {
        match poll_fn(|cx| waiting.poll(conn, link, cx)).await {
            Coming::Request(request) => match exchange(conn, link, request).await {
                After::Stay => waiting = Waiting::new(conn),
                After::Close => break close(conn, link).await,
                After::Gone => break,
            },
            Coming::Pause => {
                let parked = Parked(Some(session));
                tokio::task::spawn_local(parked);
                break;
            }
            Coming::Refused(violation) => {
                let words = respond::last_words(conn, violation);
                let sent = poll_fn(|cx| {
                    let pieces = [&words[..], &[], &[]];
                    Poll::Ready(link.borrow_mut().send_all(cx, pieces))
                });
                if sent.await.is_ok() {
                    close(conn, link).await;
                }
                break;
            }
            Coming::Nothing => break,
        }
    }
}

/// The wait for a request.
struct Waiting {
    /// Since when there was nothing.
    idle: Instant,
    /// Since when there has been the beginning of a head.
    head: Option<Instant>,
}

impl Waiting {
    fn new(conn: &Conn) -> Self {
        Self {
            idle: conn.idle_since().unwrap_or_else(clock::now),
            head: None,
        }
    }

    fn poll(&mut self, conn: &Conn, link: &ClientLink, cx: &mut Context<'_>) -> Poll<Coming> {
        if conn.leaving() {
            return Poll::Ready(Coming::Nothing);
        }
        let http = conn.slot.http();
        let limits = Limits {
            max_head: usize::try_from(http.max_head).unwrap_or(usize::MAX),
            max_headers: http.max_headers as usize,
        };
        let mut link = link.borrow_mut();
        match link.poll_request(cx, &conn.core.buffers, limits) {
            Poll::Ready(Ok(Some(request))) => {
                return Poll::Ready(Coming::Request(request));
            }
            Poll::Ready(Err(LinkError::Malformed(malformed))) => {
                return Poll::Ready(Coming::Refused(malformed.into()));
            }
            Poll::Ready(Ok(None) | Err(_)) => return Poll::Ready(Coming::Nothing),
            Poll::Pending => {}
        }
        if self.head.is_none() && link.has_more() {
            self.head = Some(clock::now());
        }
        let idle = idle_until(conn, self.idle);
        let pause = self.idle + PAUSE;
        let deadline = match self.head {
            Some(since) => since + http.header_timeout,
            None => pause.min(idle),
        };
        let now = clock::now();
        ready!(conn.core.timers.poll(&conn.alarm, deadline, now, cx));
        Poll::Ready(match self.head {
            None if pause < idle => Coming::Pause,
            None => Coming::Nothing,
            Some(_) => Coming::Refused(Violation {
                reason: Builtin::RequestTimeout,
                detail: "the request head did not arrive in time",
            }),
        })
    }
}

/// How long a connection may wait for a request.
fn idle_until(conn: &Conn, since: Instant) -> Instant {
    let http = conn.slot.http();
    match conn.has_begun() {
        true => since + http.idle_timeout,
        false => since + http.header_timeout,
    }
}

/// A connection that has been quiet for a while: a small task, without room for an exchange, until
/// there is something to read.
struct Parked(Option<Session>);

impl Future for Parked {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let Some(session) = &self.0 else {
            return Poll::Ready(());
        };
        let conn = &session.conn;
        if conn.leaving() {
            return Poll::Ready(());
        }
        if session.link.borrow().poll_readable(cx).is_ready() {
            if let Some(session) = self.0.take() {
                tokio::task::spawn_local(serve(session));
            }
            return Poll::Ready(());
        }
        let now = clock::now();
        let end = idle_until(conn, conn.idle_since().unwrap_or(now));
        conn.core.timers.poll(&conn.alarm, end, now, cx)
    }
}

/// One exchange. When the client goes away it is dropped, and its record says so.
async fn exchange(conn: &Rc<Conn>, link: &ClientLink, request: Request) -> After {
    let expects = Cell::new(request.expects_continue);
    let body = Origin::Http1 {
        message: ClientMessage::of(link),
        expects,
    };
    let client = Client::Http1(Rc::clone(link));
    let mut work = pin!(async {
        let reply = pipeline::serve(conn, &conn.alarm, request, body, client).await;
        write(conn, link, reply).await
    });
    poll_fn(|cx| {
        if let Poll::Ready(after) = work.as_mut().poll(cx) {
            return Poll::Ready(after);
        }
        let mut link = link.borrow_mut();
        if !link.is_read() {
            return Poll::Pending;
        }
        link.poll_gone(cx, &conn.core.buffers).map(|()| After::Gone)
    })
    .await
}

impl From<Malformed> for Violation {
    fn from(malformed: Malformed) -> Self {
        let reason = match malformed.fault {
            Fault::Syntax => Builtin::BadRequest,
            Fault::Host => Builtin::BadHost,
            Fault::TooLarge => Builtin::HeadTooLarge,
        };
        Self {
            reason,
            detail: malformed.detail,
        }
    }
}
