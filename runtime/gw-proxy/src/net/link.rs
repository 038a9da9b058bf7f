//! One HTTP/1.x connection, of either side: heads and bodies read ahead into pooled memory, and
//! bytes that the socket did not take yet. Nothing waits here; every call says whether it is ready.

use super::unsent::Unsent;
use super::{Pipe, Socket};
use crate::buffers::{Buffer, Buffers};
use gw_http1::{Body, Fields, HeadEnd, Limits, Malformed, Request, Response, ToHead};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::AsyncWrite;

/// One HTTP/1.x connection.
#[derive(Debug)]
pub(crate) struct Link {
    socket: Socket,
    /// Bytes that were read and not yet passed on.
    ahead: Option<Buffer>,
    head: Head,
    /// Whether a head was ever read here.
    used: bool,
    /// The body of the message that was begun last.
    body: Body,
    /// Moves on with every message, and when nothing more is read of the last.
    message: u64,
    /// How many of the bytes ahead are a piece of that body.
    piece: usize,
    unsent: Unsent,
}

/// What is known of a head that has not arrived whole.
#[derive(Clone, Copy, Debug, Default)]
enum Head {
    #[default]
    Unseen,
    /// It is parsed again when its end has arrived.
    Partial(HeadEnd),
}

/// Why nothing more can be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LinkError {
    /// The other end closed inside a message.
    #[error("the connection was closed early")]
    Closed,
    /// The socket failed.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The message is none.
    #[error(transparent)]
    Malformed(#[from] Malformed),
}

/// What comes next in a body.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Next {
    /// A piece of data.
    Data,
    /// Nothing: all of it was read.
    End,
}

/// Up to this size a head and the piece after it are copied into one: `send` on a copy costs less
/// than `writev` on two pieces.
pub(crate) const TOGETHER: usize = 4 << 10;

/// Most bytes that are read while a head is waited for: a head and a small body, in as many bytes as
/// the largest record of TLS has.
const FIRST: usize = 17 << 10;

impl Link {
    /// A connection on which nothing was exchanged yet but `early`.
    pub(crate) fn new(socket: Socket, early: Option<Buffer>) -> Self {
        Self {
            socket,
            ahead: early,
            head: Head::default(),
            used: false,
            body: Body::default(),
            message: 0,
            piece: 0,
            unsent: Unsent::default(),
        }
    }

    /// Reads more. Zero at the end.
    pub(crate) fn poll_fill(
        &mut self,
        cx: &mut Context<'_>,
        buffers: &Buffers,
    ) -> Poll<io::Result<usize>> {
        let most = match self.body.is_done() {
            true => FIRST,
            false => usize::MAX,
        };
        self.socket.poll_fill(cx, buffers, &mut self.ahead, most)
    }

    /// Whether reading may give something.
    pub(crate) fn poll_readable(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.socket.poll_readable(cx)
    }

    /// Bytes that were read and belong to no message yet.
    pub(crate) fn ahead(&self) -> &[u8] {
        self.ahead.as_ref().map_or(&[], Buffer::filled)
    }

    /// Whether an earlier message was read here.
    pub(crate) fn is_used(&self) -> bool {
        self.used
    }

    /// Whether part of a message has arrived that was not taken.
    pub(crate) fn has_more(&self) -> bool {
        self.ahead.is_some()
    }

    /// The next request head; none at the end of the connection. Its body comes next.
    pub(crate) fn poll_request(
        &mut self,
        cx: &mut Context<'_>,
        buffers: &Buffers,
        limits: Limits,
    ) -> Poll<Result<Option<Request>, LinkError>> {
        loop {
            let most = limits.max_head;
            let parse = |bytes: &mut [u8]| Request::parse(bytes, limits, &mut buffers.lines());
            if let Some(request) = self.parse_head(buffers, most, parse)? {
                self.body = Body::of_request(request.framing);
                self.message += 1;
                return Poll::Ready(Ok(Some(request)));
            }
            if ready!(self.poll_fill(cx, buffers))? == 0 {
                return Poll::Ready(Ok(None));
            }
        }
    }

    /// The number of the request that was begun last.
    pub(crate) fn message(&self) -> u64 {
        self.message
    }

    /// The next response head. Its body comes next.
    pub(crate) fn poll_response(
        &mut self,
        cx: &mut Context<'_>,
        buffers: &Buffers,
        to_head: ToHead,
    ) -> Poll<Result<Response, LinkError>> {
        loop {
            let most = Response::MAX_HEAD;
            let parse = |bytes: &mut [u8]| Response::parse(bytes, to_head, &mut buffers.lines());
            if let Some(response) = self.parse_head(buffers, most, parse)? {
                self.body = Body::of_response(response.framing);
                return Poll::Ready(Ok(response));
            }
            if ready!(self.poll_fill(cx, buffers))? == 0 {
                return Poll::Ready(Err(LinkError::Closed));
            }
        }
    }

    /// Parses a head, if all of it is there.
    fn parse_head<H>(
        &mut self,
        buffers: &Buffers,
        most: usize,
        parse: impl FnOnce(&mut [u8]) -> Result<Option<(usize, H)>, Malformed>,
    ) -> Result<Option<H>, LinkError> {
        let Some(mut ahead) = self.ahead.take() else {
            return Ok(None);
        };
        if let Head::Partial(end) = &mut self.head
            && !end.is_in(ahead.filled())
            && ahead.len() <= most
        {
            self.ahead = Some(ahead);
            return Ok(None);
        }
        let Some((length, head)) = parse(ahead.filled_mut())? else {
            let mut end = HeadEnd::default();
            end.is_in(ahead.filled());
            self.head = Head::Partial(end);
            self.ahead = Some(ahead);
            return Ok(None);
        };
        self.head = Head::Unseen;
        self.used = true;
        ahead.consume(length);
        self.ahead = buffers.keep(ahead);
        Ok(Some(head))
    }

    /// Reads the body up to its next piece, which [`Link::piece`] shows.
    pub(crate) fn poll_piece(
        &mut self,
        cx: &mut Context<'_>,
        buffers: &Buffers,
    ) -> Poll<Result<Next, LinkError>> {
        loop {
            if self.piece > 0 {
                return Poll::Ready(Ok(Next::Data));
            }
            if self.body.is_done() {
                return Poll::Ready(Ok(Next::End));
            }
            if let Some(mut ahead) = self.ahead.take() {
                let piece = self.body.next(ahead.filled())?;
                self.piece = piece.data.len();
                ahead.consume(piece.consumed - self.piece);
                self.ahead = buffers.keep(ahead);
                if self.ahead.is_some() {
                    continue;
                }
                if self.body.is_done() {
                    return Poll::Ready(Ok(Next::End));
                }
            }
            if ready!(self.poll_fill(cx, buffers))? == 0 {
                self.body.closed().map_err(|_| LinkError::Closed)?;
            }
        }
    }

    /// The piece that is next.
    pub(crate) fn piece(&self) -> &[u8] {
        self.ahead().get(..self.piece).unwrap_or_default()
    }

    /// The first bytes of the piece are passed on.
    pub(crate) fn consume(&mut self, n: usize, buffers: &Buffers) {
        let n = n.min(self.piece);
        self.piece -= n;
        if let Some(mut ahead) = self.ahead.take() {
            ahead.consume(n);
            self.ahead = buffers.keep(ahead);
        }
    }

    /// How many bytes of the body may go to another connection without being looked at: those of one
    /// of known length that have not been read, if there are at least `least`.
    pub(crate) fn passable(&self, to: &Link, least: u64) -> Option<usize> {
        let plain = self.socket.plain().is_some() && to.socket.plain().is_some();
        let idle = self.ahead.is_none() && to.unsent.is_empty();
        let left = self.body.left().filter(|left| *left >= least)?;
        let left = usize::try_from(left).unwrap_or(usize::MAX);
        (plain && idle).then_some(left)
    }

    /// Takes up to `most` bytes of the body into an empty pipe.
    pub(crate) fn poll_fill_pipe(
        &mut self,
        cx: &mut Context<'_>,
        pipe: &mut Pipe,
        most: usize,
    ) -> Poll<Result<(), LinkError>> {
        let Some(socket) = self.socket.plain() else {
            return Poll::Ready(Err(LinkError::Closed));
        };
        loop {
            match pipe.fill(socket, most) {
                Ok(0) => return Poll::Ready(Err(LinkError::Closed)),
                Ok(n) => {
                    self.body.pass(u64::try_from(n).unwrap_or(u64::MAX));
                    return Poll::Ready(Ok(()));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    ready!(socket.poll_read_ready(cx))?;
                }
                Err(error) => return Poll::Ready(Err(error.into())),
            }
        }
    }

    /// Sends what a pipe holds: how many bytes were taken.
    pub(crate) fn poll_drain_pipe(
        &mut self,
        cx: &mut Context<'_>,
        pipe: &mut Pipe,
    ) -> Poll<io::Result<usize>> {
        let Some(socket) = self.socket.plain() else {
            return Poll::Ready(Err(io::ErrorKind::Unsupported.into()));
        };
        loop {
            match pipe.drain(socket) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    ready!(socket.poll_write_ready(cx))?;
                }
                drained => return Poll::Ready(drained),
            }
        }
    }

    /// Whether all of the body was taken.
    pub(crate) fn is_read(&self) -> bool {
        self.piece == 0 && self.body.is_done()
    }

    /// Whether nothing follows the piece that is next.
    pub(crate) fn is_last_piece(&self) -> bool {
        self.body.is_done() && !self.body.has_trailers()
    }

    /// Bytes of data that follow, where that is known.
    pub(crate) fn left(&self) -> Option<u64> {
        let piece = u64::try_from(self.piece).unwrap_or(u64::MAX);
        self.body.left().map(|left| left.saturating_add(piece))
    }

    /// The trailer section of a body that was read.
    pub(crate) fn trailers(&mut self) -> Result<Option<Fields>, LinkError> {
        Ok(self.body.trailers()?)
    }

    /// Drops what is left of the body, as far as it has arrived: whether that was all.
    pub(crate) fn discard(&mut self, cx: &mut Context<'_>, buffers: &Buffers) -> bool {
        loop {
            match self.poll_piece(cx, buffers) {
                Poll::Ready(Ok(Next::Data)) => self.consume(self.piece, buffers),
                Poll::Ready(Ok(Next::End)) => return true,
                Poll::Ready(Err(_)) | Poll::Pending => return false,
            }
        }
    }

    /// Whether the other end has closed. Bytes that arrive meanwhile are kept, and end the watch.
    pub(crate) fn poll_gone(&mut self, cx: &mut Context<'_>, buffers: &Buffers) -> Poll<()> {
        if self.ahead.is_some() {
            return Poll::Pending;
        }
        if ready!(self.socket.poll_readable(cx)).is_err() {
            return Poll::Ready(());
        }
        match ready!(self.poll_fill(cx, buffers)) {
            Ok(0) | Err(_) => Poll::Ready(()),
            Ok(_) => Poll::Pending,
        }
    }

    /// Sends `head` whole and as much of `data` as the socket takes now: that many bytes. Pending
    /// only if there is no head and the socket takes nothing. What was sent before must have been
    /// taken.
    pub(crate) fn poll_send(
        &mut self,
        cx: &mut Context<'_>,
        head: &[u8],
        data: &[u8],
    ) -> Poll<io::Result<usize>> {
        let taken = match self.try_send(cx, [head, data, &[]])? {
            0 if head.is_empty() => return Poll::Pending,
            taken => taken,
        };
        if let Some(rest) = head.get(taken..) {
            self.unsent.add(rest);
        }
        Poll::Ready(Ok(taken.saturating_sub(head.len())))
    }

    /// Sends all pieces; what the socket does not take now is kept.
    pub(crate) fn send_all(&mut self, cx: &mut Context<'_>, pieces: [&[u8]; 3]) -> io::Result<()> {
        let mut taken = match self.unsent.is_empty() {
            true => self.try_send(cx, pieces)?,
            false => 0,
        };
        for piece in pieces {
            let here = taken.min(piece.len());
            taken -= here;
            self.unsent.add(piece.get(here..).unwrap_or_default());
        }
        Ok(())
    }

    /// How many bytes the socket takes now.
    fn try_send(&mut self, cx: &mut Context<'_>, pieces: [&[u8]; 3]) -> io::Result<usize> {
        match self.socket.poll_send(cx, pieces) {
            Poll::Ready(Ok(0)) => Err(io::ErrorKind::WriteZero.into()),
            Poll::Ready(taken) => taken,
            Poll::Pending => Ok(0),
        }
    }

    /// Whether the socket has taken everything that was sent.
    pub(crate) fn poll_sent(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.unsent.poll_send(&mut self.socket, cx))?;
        Pin::new(&mut self.socket).poll_flush(cx)
    }

    /// Closes the write side.
    pub(crate) fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(cx)
    }

    /// Whether nothing was received since the last message, so that another may be sent.
    pub(crate) fn is_quiet(&mut self) -> bool {
        self.ahead.is_none() && self.unsent.is_empty() && self.socket.is_quiet()
    }

    /// Drops everything that was read. Memory is given back.
    pub(crate) fn forget(&mut self, buffers: &Buffers) {
        self.piece = 0;
        self.body = Body::default();
        self.message += 1;
        if let Some(ahead) = self.ahead.take() {
            buffers.put(ahead);
        }
    }

    /// The socket, with what was read from it.
    pub(crate) fn into_parts(self) -> (Socket, Option<Buffer>) {
        (self.socket, self.ahead)
    }
}
