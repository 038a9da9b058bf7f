//! Drives one connection to its end and keeps its times with a single timer that is only moved
//! when it fires or when it would fire too late: a busy connection costs no timer operations.

use crate::conn::Conn;
use crate::wire::{Phase, Violation};
use gw_graph::Builtin;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use tokio::time::Sleep;

/// A connection of either protocol.
pub(crate) trait Drivable: Future<Output = hyper::Result<()>> {
    /// Ends it after the exchanges under way.
    fn close_softly(self: Pin<&mut Self>);
}

impl<I, S> Drivable for hyper::server::conn::http1::Connection<I, S>
where
    Self: Future<Output = hyper::Result<()>>,
    S: hyper::service::HttpService<hyper::body::Incoming>,
    S::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    S::ResBody: 'static,
    <S::ResBody as http_body::Body>::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    I: hyper::rt::Read + hyper::rt::Write + Unpin,
{
    fn close_softly(self: Pin<&mut Self>) {
        self.graceful_shutdown();
    }
}

impl<I, S, E> Drivable for hyper::server::conn::http2::Connection<I, S, E>
where
    Self: Future<Output = hyper::Result<()>>,
    S: hyper::service::HttpService<hyper::body::Incoming>,
    S::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    S::ResBody: 'static,
    <S::ResBody as http_body::Body>::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    I: hyper::rt::Read + hyper::rt::Write + Unpin,
    E: hyper::rt::bounds::Http2ServerConnExec<S::Future, S::ResBody>,
{
    fn close_softly(self: Pin<&mut Self>) {
        self.graceful_shutdown();
    }
}

/// How long a connection may take to close.
const CLOSING: Duration = Duration::from_secs(2);

/// The future of one connection.
pub(crate) struct Driver<C> {
    conn: Rc<Conn>,
    connection: Pin<Box<C>>,
    timer: Pin<Box<Sleep>>,
    armed: Instant,
    /// When it was told to close.
    closing: Option<Instant>,
}

impl<C: Drivable> Driver<C> {
    pub(crate) fn new(conn: &Rc<Conn>, connection: C) -> Self {
        let armed = Instant::now() + conn.slot.http().header_timeout;
        Self {
            conn: Rc::clone(conn),
            connection: Box::pin(connection),
            timer: Box::pin(tokio::time::sleep_until(armed.into())),
            armed,
            closing: None,
        }
    }

    /// When something has to happen if nothing else does.
    fn deadline(&self) -> Option<Instant> {
        let http = self.conn.slot.http();
        let (phase, since) = self.conn.state.phase();
        if let Some(closing) = self.closing.filter(|_| phase != Phase::Busy) {
            return Some(closing.max(since) + CLOSING);
        }
        match phase {
            Phase::Opened | Phase::Head => Some(since + http.header_timeout),
            Phase::Idle => Some(since + http.idle_timeout),
            Phase::Busy => None,
        }
    }

    fn close(&mut self) {
        self.closing = Some(Instant::now());
        self.connection.as_mut().close_softly();
    }

    /// The time is over; whether the connection is to be dropped.
    fn overdue(&mut self) -> bool {
        if self.closing.is_some() {
            return true;
        }
        match self.conn.state.phase().0 {
            Phase::Head => {
                let late = "the request head did not arrive in time";
                self.conn
                    .state
                    .violate(Violation::new(Builtin::RequestTimeout, late));
                self.closing = Some(Instant::now());
            }
            Phase::Opened | Phase::Idle => self.close(),
            Phase::Busy => {}
        }
        false
    }

    /// Looks at the clock only if the timer fired. Ready when the connection is to be dropped.
    fn poll_timer(&mut self, cx: &mut Context<'_>) -> Poll<bool> {
        if let Some(deadline) = self.deadline().filter(|d| *d < self.armed) {
            self.arm(deadline);
        }
        let mut acted = false;
        while self.timer.as_mut().poll(cx).is_ready() {
            let now = Instant::now();
            match self.deadline() {
                Some(deadline) if deadline <= now => {
                    if self.overdue() {
                        return Poll::Ready(true);
                    }
                    acted = true;
                    self.arm(now + CLOSING);
                }
                Some(deadline) => self.arm(deadline),
                None => self.arm(now + self.conn.slot.http().header_timeout.max(CLOSING)),
            }
        }
        if acted {
            Poll::Ready(false)
        } else {
            Poll::Pending
        }
    }

    fn arm(&mut self, at: Instant) {
        self.armed = at;
        self.timer.as_mut().reset(at.into());
    }
}

impl<C: Drivable> Future for Driver<C> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        this.conn.state.driven_by(cx.waker());
        let leaving = this.conn.core.draining() || this.conn.slot.closed();
        if leaving && this.closing.is_none() {
            this.close();
        }
        loop {
            if this.connection.as_mut().poll(cx).is_ready() {
                return Poll::Ready(());
            }
            if this.conn.state.violation().is_some() && this.closing.is_none() {
                this.closing = Some(Instant::now());
            }
            match this.poll_timer(cx) {
                Poll::Ready(true) => return Poll::Ready(()),
                Poll::Ready(false) => {}
                Poll::Pending => return Poll::Pending,
            }
        }
    }
}
