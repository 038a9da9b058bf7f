//! The transport of an HTTP/1.x connection: only bytes that the guard has seen reach the parser.
//! After a violation the parser sees the end of the stream once earlier exchanges are done, and a
//! refusal goes out before the connection is closed.

use super::guard::{Guard, Seen};
use super::{ConnState, HeadLimits, Transport, Violation};
use bytes::{Buf, Bytes, BytesMut};
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::Instant;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Writes the last response of a connection: the refusal of a violation.
pub(crate) type Refusal = Box<dyn Fn(Violation) -> Bytes>;

/// A guarded transport.
pub(crate) struct Guarded {
    transport: Transport,
    guard: Guard,
    state: Rc<ConnState>,
    refusal: Refusal,
    /// Bytes of an incomplete head, or bytes that passed but did not fit the reader's buffer.
    held: BytesMut,
    /// How many of the held bytes may pass.
    passed: usize,
    ending: Ending,
}

/// The steps at the end of a connection.
enum Ending {
    /// Not yet.
    Open,
    /// The refusal is being written.
    Refusing(Bytes),
    /// The write side is being closed.
    Closing,
    /// What the client still sends is read and dropped, up to this many bytes, so that the kernel
    /// does not reset the connection before the last response has arrived (RFC 9112 section 9.6).
    Lingering(usize),
}

const LINGER: usize = 256 << 10;

impl Guarded {
    pub(crate) fn new(
        transport: Transport,
        limits: HeadLimits,
        state: Rc<ConnState>,
        refusal: Refusal,
    ) -> Self {
        Self {
            transport,
            guard: Guard::new(limits),
            state,
            refusal,
            held: BytesMut::new(),
            passed: 0,
            ending: Ending::Open,
        }
    }

    /// Hands out held bytes that may pass; whether there were any.
    fn deliver(&mut self, buf: &mut ReadBuf<'_>) -> bool {
        let n = self.passed.min(buf.remaining());
        let Some(bytes) = self.held.get(..n).filter(|b| !b.is_empty()) else {
            return false;
        };
        buf.put_slice(bytes);
        self.held.advance(n);
        self.passed -= n;
        true
    }

    /// Lets the guard look at fresh bytes in `buf` after `start`; what may not pass is taken out.
    fn inspect(&mut self, buf: &mut ReadBuf<'_>, start: usize) -> Result<(), Violation> {
        if !self.held.is_empty() {
            let fresh = buf.filled().get(start..).unwrap_or_default();
            self.held.extend_from_slice(fresh);
            buf.set_filled(start);
            let result = self.guard.look(&self.held);
            let (passed, outcome) = split(result, self.held.len());
            self.passed = passed;
            if passed < self.held.len() && outcome.is_ok() {
                self.state.head_began(Instant::now());
            }
            self.deliver(buf);
            return outcome;
        }
        let fresh = buf.filled().get(start..).unwrap_or_default();
        let length = fresh.len();
        let (passed, outcome) = split(self.guard.look(fresh), length);
        if passed < length {
            if outcome.is_ok() {
                self.held
                    .extend_from_slice(fresh.get(passed..).unwrap_or_default());
                self.state.head_began(Instant::now());
            }
            buf.set_filled(start + passed);
        }
        outcome
    }

    /// What the parser reads after a violation.
    fn after(&self) -> Poll<io::Result<()>> {
        if self.guard.in_body() {
            let error = io::Error::new(io::ErrorKind::InvalidData, "the request body is malformed");
            Poll::Ready(Err(error))
        } else if self.state.busy(self.guard.heads()) {
            Poll::Pending
        } else {
            Poll::Ready(Ok(()))
        }
    }

    fn linger(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut scratch = [std::mem::MaybeUninit::<u8>::uninit(); 4096];
        while let Ending::Lingering(left) = self.ending {
            let mut buf = ReadBuf::uninit(&mut scratch);
            ready!(Pin::new(&mut self.transport).poll_read(cx, &mut buf))?;
            let n = buf.filled().len();
            if n == 0 || n >= left {
                break;
            }
            self.ending = Ending::Lingering(left - n);
        }
        Poll::Ready(Ok(()))
    }
}

fn split(
    result: Result<Seen, (usize, Violation)>,
    length: usize,
) -> (usize, Result<(), Violation>) {
    match result {
        Ok(Seen::All) => (length, Ok(())),
        Ok(Seen::Partial(at)) => (at, Ok(())),
        Err((at, violation)) => (at, Err(violation)),
    }
}

impl AsyncRead for Guarded {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.deliver(buf) {
            return Poll::Ready(Ok(()));
        }
        loop {
            if this.state.violation().is_some() {
                this.state.driven_by(cx.waker());
                return this.after();
            }
            let start = buf.filled().len();
            ready!(Pin::new(&mut this.transport).poll_read(cx, buf))?;
            if buf.filled().len() == start {
                return Poll::Ready(Ok(()));
            }
            if let Err(violation) = this.inspect(buf, start) {
                this.state.violate(violation);
            }
            if buf.filled().len() > start {
                return Poll::Ready(Ok(()));
            }
        }
    }
}

impl AsyncWrite for Guarded {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.transport).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.transport).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        loop {
            match &mut this.ending {
                Ending::Open => {
                    // A violation inside a body was answered by its exchange.
                    let refused = this.state.violation().filter(|_| !this.guard.in_body());
                    this.ending =
                        refused.map_or(Ending::Closing, |v| Ending::Refusing((this.refusal)(v)));
                }
                Ending::Refusing(left) if left.has_remaining() => {
                    let n = ready!(Pin::new(&mut this.transport).poll_write(cx, left))?;
                    left.advance(n);
                }
                Ending::Refusing(_) => {
                    ready!(Pin::new(&mut this.transport).poll_flush(cx))?;
                    this.ending = Ending::Closing;
                }
                Ending::Closing => {
                    ready!(Pin::new(&mut this.transport).poll_shutdown(cx))?;
                    let unread = this.guard.in_body() || this.state.violation().is_some();
                    if !unread {
                        return Poll::Ready(Ok(()));
                    }
                    this.ending = Ending::Lingering(LINGER);
                }
                Ending::Lingering(_) => return this.linger(cx),
            }
        }
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.transport).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.transport.is_write_vectored()
    }
}
