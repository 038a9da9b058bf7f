//! A socket whose small writes are gathered: an HTTP/2 connection with many streams would otherwise
//! send each response by itself. Whoever drives the connection says when it is time to send.

use super::Socket;
use super::unsent::Unsent;
use bytes::{Buf, Bytes};
use std::cell::RefCell;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// From this many bytes on, writes go out at once.
const FULL: usize = 32 << 10;

/// A socket, what was read from it too early, and what is gathered.
#[derive(Debug)]
struct Inner {
    socket: Socket,
    early: Bytes,
    gathered: Unsent,
}

/// The end that the protocol's implementation reads and writes.
#[derive(Debug)]
pub(crate) struct Gathered(Rc<RefCell<Inner>>);

/// The end that sends.
#[derive(Debug)]
pub(crate) struct Sending(Rc<RefCell<Inner>>);

impl Gathered {
    /// Both ends of a socket; `early` was read already.
    pub(crate) fn new(socket: Socket, early: Bytes) -> (Self, Sending) {
        let inner = Rc::new(RefCell::new(Inner {
            socket,
            early,
            gathered: Unsent::default(),
        }));
        (Self(Rc::clone(&inner)), Sending(inner))
    }
}

impl Sending {
    /// Whether there is something to send.
    pub(crate) fn has_any(&self) -> bool {
        !self.0.borrow().gathered.is_empty()
    }

    /// Sends what was gathered. Errors are met again by the next read.
    pub(crate) fn poll_send(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.borrow_mut().poll_send(cx)
    }
}

impl Inner {
    fn poll_send(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.gathered.poll_send(&mut self.socket, cx)
    }
}

impl AsyncRead for Gathered {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let mut inner = self.0.borrow_mut();
        if inner.early.has_remaining() {
            let n = inner.early.len().min(buf.remaining());
            buf.put_slice(&inner.early.split_to(n));
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut inner.socket).poll_read(cx, buf)
    }
}

impl AsyncWrite for Gathered {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let mut inner = self.0.borrow_mut();
        if inner.gathered.len() >= FULL {
            ready!(inner.poll_send(cx))?;
        }
        inner.gathered.add(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    /// What is gathered counts as flushed: it goes out before anybody waits for it.
    fn poll_flush(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut inner = self.0.borrow_mut();
        ready!(inner.poll_send(cx))?;
        Pin::new(&mut inner.socket).poll_shutdown(cx)
    }
}
