//! A client over HTTP/2: one task reads and writes the connection, and each stream is an exchange on
//! a lane of its own. Whatever lanes write is gathered, and leaves with one send when every lane
//! that was ready has had its turn.

mod inbox;
mod lane;
mod reply;
mod session;

pub(crate) use inbox::Inbox;
pub(crate) use lane::Lane;

use super::closing::{CLOSING, close};
use crate::buffers::Buffer;
use crate::clock;
use crate::conn::Conn;
use crate::inbound::http1::Violation;
use crate::net::{Link, Socket};
use crate::respond;
use gw_graph::Builtin;
use gw_http2::{Config, Connection, Event};
use session::Session;
use std::cell::RefCell;
use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};
use tokio::io::AsyncWrite;

const STREAM_WINDOW: u32 = 1 << 20;
const CONNECTION_WINDOW: u32 = 4 << 20;
/// After this time without a request the lanes of a connection are given back.
const PAUSE: Duration = Duration::from_millis(300);

/// Serves a connection to its end; `early` was read already.
pub(crate) async fn serve(conn: Rc<Conn>, socket: Socket, early: Option<Buffer>) {
    let http = conn.slot.http();
    let codec = Connection::new(Config {
        max_streams: http.max_streams,
        max_list: u32::try_from(http.max_head).unwrap_or(u32::MAX),
        stream_window: STREAM_WINDOW,
        connection_window: CONNECTION_WINDOW,
    });
    let mut driver = Driver {
        session: Session::new(conn, codec),
        socket,
        ahead: early,
        leaving: None,
        flushed: true,
    };
    let done = poll_fn(|cx| driver.poll(cx)).await;
    driver.session.end();
    if done == Done::Orderly {
        let conn = &Rc::clone(&driver.session.conn);
        let link = Link::new(driver.socket, driver.ahead);
        close(conn, &Rc::new(RefCell::new(link))).await;
    }
}

/// How a connection is done with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Done {
    /// Everything was said.
    Orderly,
    /// The client is gone, or its time is over.
    Gone,
}

/// What reads and writes a connection.
struct Driver {
    session: Rc<Session>,
    socket: Socket,
    /// Bytes that were read and are no whole frame.
    ahead: Option<Buffer>,
    /// Since when the client has been asked to leave.
    leaving: Option<Instant>,
    /// Whether the socket holds nothing back.
    flushed: bool,
}

impl Driver {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Done> {
        let session = Rc::clone(&self.session);
        let conn = &session.conn;
        session.attend(cx);
        if conn.leaving() && self.leaving.is_none() {
            self.leave();
        }
        if conn.is_outdated() {
            // Nothing that the client still begins is looked at.
            session.codec.borrow_mut().leave();
        }
        loop {
            match self.read(cx) {
                Ok(Poll::Ready(())) => {}
                Ok(Poll::Pending) => break,
                Err(Gone) => return Poll::Ready(Done::Gone),
            }
            // Whoever does not read what it asked for is not listened to any further.
            if self.send(cx).is_pending() && session.is_stuffed() {
                break;
            }
        }
        let sent = self.send(cx);
        if session.codec.borrow().is_over() {
            match sent {
                Poll::Ready(Ok(())) => return Poll::Ready(Done::Orderly),
                Poll::Ready(Err(_)) => return Poll::Ready(Done::Gone),
                Poll::Pending => {
                    self.leaving.get_or_insert_with(clock::now);
                }
            }
        }
        self.watch(cx)
    }

    /// Looks at the times of the connection.
    fn watch(&mut self, cx: &mut Context<'_>) -> Poll<Done> {
        let session = Rc::clone(&self.session);
        let conn = &session.conn;
        loop {
            let now = clock::now();
            let deadline = self.deadline(now);
            let pause = conn.idle_since().filter(|_| session.has_idle());
            let next = pause.map_or(deadline, |since| deadline.min(since + PAUSE));
            ready!(conn.core.timers.poll(&conn.alarm, next, now, cx));
            if next < deadline {
                session.retire();
            } else if conn.idle_since().is_some() {
                if self.leaving.is_some() {
                    return Poll::Ready(Done::Gone);
                }
                self.leave();
                let _ = self.send(cx);
            }
        }
    }

    /// When something has to happen if nothing else does. A busy connection is looked at now and
    /// then.
    fn deadline(&self, now: Instant) -> Instant {
        let conn = &self.session.conn;
        let http = conn.slot.http();
        match (conn.idle_since(), self.leaving) {
            (Some(since), Some(leaving)) => leaving.max(since) + CLOSING,
            (Some(since), None) if conn.has_begun() => since + http.idle_timeout,
            (Some(since), None) => since + http.header_timeout,
            (None, _) => now + http.header_timeout.max(CLOSING),
        }
    }

    fn leave(&mut self) {
        self.leaving = Some(clock::now());
        self.session.codec.borrow_mut().leave();
    }

    /// Reads once, after looking at what was read before.
    fn read(&mut self, cx: &mut Context<'_>) -> Result<Poll<()>, Gone> {
        self.look();
        let buffers = &self.session.conn.core.buffers;
        let read = self
            .socket
            .poll_fill(cx, buffers, &mut self.ahead, usize::MAX);
        match read {
            Poll::Ready(Ok(0) | Err(_)) => Err(Gone),
            Poll::Ready(Ok(_)) => {
                self.look();
                Ok(Poll::Ready(()))
            }
            Poll::Pending => Ok(Poll::Pending),
        }
    }

    /// Takes whole frames from what was read.
    fn look(&mut self) {
        let Some(mut ahead) = self.ahead.take() else {
            return;
        };
        let now = clock::now();
        while !ahead.is_empty() {
            let received = self.session.codec.borrow_mut().receive(ahead.filled(), now);
            let consumed = match received {
                Ok(received) => {
                    if let Some(event) = received.event {
                        self.take(event);
                    }
                    received.consumed
                }
                Err(failed) => {
                    tracing::debug!(peer = %self.session.conn.peer_text(), %failed, "HTTP/2");
                    self.session.abandon();
                    ahead.len()
                }
            };
            if consumed == 0 {
                break;
            }
            ahead.consume(consumed);
        }
        self.ahead = self.session.conn.core.buffers.keep(ahead);
    }

    fn take(&mut self, event: Event<'_>) {
        let session = &self.session;
        match event {
            Event::Request {
                stream,
                request,
                body,
            } => Session::begin(session, stream, request, body),
            Event::TooLarge { stream } => {
                let violation = Violation {
                    reason: Builtin::HeadTooLarge,
                    detail: "the request head is too large",
                };
                let conn = &session.conn;
                session.with(|codec| respond::refuse_stream(conn, codec, stream, violation));
            }
            Event::Data { stream, data, last } => session.data(stream, data, last),
            Event::Trailers { stream, fields } => session.trailers(stream, fields),
            Event::Reset { stream } => session.reset(stream),
            Event::Room { stream } => session.room(stream),
        }
    }

    /// Sends what was gathered.
    fn send(&mut self, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        let session = Rc::clone(&self.session);
        let sent = self.send_output(cx, &session);
        let left = session.codec.borrow_mut().output().len() - session.taken.get();
        session.sent(left);
        ready!(sent)?;
        if !self.flushed {
            ready!(Pin::new(&mut self.socket).poll_flush(cx))?;
            self.flushed = true;
        }
        Poll::Ready(Ok(()))
    }

    fn send_output(
        &mut self,
        cx: &mut Context<'_>,
        session: &Session,
    ) -> Poll<std::io::Result<()>> {
        let mut codec = session.codec.borrow_mut();
        let output = codec.output();
        let mut taken = session.taken.get();
        while let Some(rest) = output.get(taken..).filter(|rest| !rest.is_empty()) {
            self.flushed = false;
            match ready!(Pin::new(&mut self.socket).poll_write(cx, rest))? {
                0 => return Poll::Ready(Err(std::io::ErrorKind::WriteZero.into())),
                n => taken += n,
            }
            session.taken.set(taken);
        }
        session.taken.set(0);
        if output.capacity() > 0 {
            session.conn.core.buffers.put_output(std::mem::take(output));
        }
        Poll::Ready(Ok(()))
    }
}

/// The client has closed the connection, or it failed.
struct Gone;
