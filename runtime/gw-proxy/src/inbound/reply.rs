//! Writes a response to a client over HTTP/1.x: the head together with the first bytes of the body,
//! then piece by piece as fast as the client takes it.

use crate::clock;
use crate::conn::Conn;
use crate::download::PassError;
use crate::net::{Next, TOGETHER};
use crate::observe::{End, Record};
use crate::respond::{Framing, Reply};
use crate::source::Source;
use crate::transform::trailer_section;
use crate::upload::ClientLink;
use gw_http1::{LAST_CHUNK, chunk_head};
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Instant;

/// What becomes of the connection after an exchange.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum After {
    /// Another request may come.
    Stay,
    /// It is to be closed in an orderly way.
    Close,
    /// It is of no more use.
    Gone,
}

/// Writes a response to its last byte.
pub(crate) async fn write(conn: &Rc<Conn>, link: &ClientLink, reply: Reply) -> After {
    let mut writing = Writing {
        conn,
        link,
        head: reply.head,
        source: reply.source,
        framing: reply.framing,
        trailers: reply.trailers,
        deadline: reply.deadline,
        record: reply.record,
        over: false,
        stalled: None,
    };
    let end = poll_fn(|cx| writing.poll(cx)).await;
    writing.record.ended(end);
    conn.core.buffers.put_head(writing.head);
    match end {
        End::Complete if reply.stays && link.borrow().is_read() => After::Stay,
        End::Complete => After::Close,
        End::Backend | End::TimedOut | End::ClientGone => After::Gone,
    }
}

struct Writing<'w> {
    conn: &'w Conn,
    link: &'w ClientLink,
    /// Empty when it was sent.
    head: Vec<u8>,
    source: Source,
    framing: Framing,
    /// Whether the client takes a trailer section.
    trailers: bool,
    /// The end of the exchange's time.
    deadline: Option<Instant>,
    record: Box<Record>,
    /// Whether everything was handed to the connection.
    over: bool,
    /// Since when the client takes nothing.
    stalled: Option<Instant>,
}

impl Writing<'_> {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<End> {
        match self.advance(cx) {
            Ok(poll) => poll,
            Err(end) => Poll::Ready(end),
        }
    }

    fn advance(&mut self, cx: &mut Context<'_>) -> Result<Poll<End>, End> {
        loop {
            let sent = self.link.borrow_mut().poll_sent(cx);
            match sent {
                Poll::Ready(Ok(())) if self.over => return Err(End::Complete),
                Poll::Ready(Ok(())) => {}
                Poll::Ready(Err(_)) => return Err(End::ClientGone),
                Poll::Pending => {
                    // A client that reads only when it has sent everything waits for this.
                    self.source.send_on(cx).map_err(End::of)?;
                    return Ok(self.poll_stalled(cx));
                }
            }
            if self.framing == Framing::None {
                self.over = true;
                self.flush_head(cx)?;
                continue;
            }
            if let Some(passed) = self.pass(cx) {
                match passed? {
                    Poll::Ready(()) => continue,
                    Poll::Pending => return Ok(self.poll_deadline(cx, None)),
                }
            }
            match self.source.poll_piece(cx) {
                Poll::Ready(Ok(Next::Data)) => match self.send_piece(cx)? {
                    Poll::Ready(()) => self.stalled = None,
                    Poll::Pending => return Ok(self.poll_stalled(cx)),
                },
                Poll::Ready(Ok(Next::End)) => {
                    self.over = true;
                    self.send_end(cx)?;
                }
                Poll::Ready(Err(error)) => return Err(End::of(error)),
                // The client should not wait for a head that is there.
                Poll::Pending if !self.head.is_empty() => self.flush_head(cx)?,
                Poll::Pending => return Ok(self.poll_deadline(cx, None)),
            }
        }
    }

    /// Passes a large body on inside the kernel, where that is possible.
    fn pass(&mut self, cx: &mut Context<'_>) -> Option<Result<Poll<()>, End>> {
        if !self.head.is_empty() || !matches!(self.framing, Framing::Length(_)) {
            return None;
        }
        let passed = self.source.poll_pass(cx, &mut self.link.borrow_mut())?;
        Some(match passed {
            Poll::Ready(Ok(n)) => {
                self.record.passed(n);
                self.stalled = None;
                Ok(Poll::Ready(()))
            }
            Poll::Ready(Err(PassError::Backend)) => Err(End::Backend),
            Poll::Ready(Err(PassError::Client)) => Err(End::ClientGone),
            Poll::Ready(Err(PassError::Stalled)) => match self.poll_stalled(cx) {
                Poll::Ready(end) => Err(end),
                Poll::Pending => Ok(Poll::Pending),
            },
            Poll::Pending => Ok(Poll::Pending),
        })
    }

    /// Sends the piece that is next, or some of it.
    fn send_piece(&mut self, cx: &mut Context<'_>) -> Result<Poll<()>, End> {
        let piece = self.source.piece();
        let mut link = self.link.borrow_mut();
        let gone = |_| End::ClientGone;
        let n = if self.framing == Framing::Chunked {
            let mut line = [0; 18];
            self.head
                .extend_from_slice(chunk_head(piece.len(), &mut line));
            link.send_all(cx, [&self.head, piece, b"\r\n"])
                .map_err(gone)?;
            piece.len()
        } else if !self.head.is_empty() && piece.len() <= TOGETHER {
            self.head.extend_from_slice(piece);
            link.send_all(cx, [&self.head, &[], &[]]).map_err(gone)?;
            piece.len()
        } else {
            match link.poll_send(cx, &self.head, piece) {
                Poll::Ready(sent) => sent.map_err(gone)?,
                Poll::Pending => return Ok(Poll::Pending),
            }
        };
        drop(link);
        self.head.clear();
        self.record.passed(n);
        self.source.consume(n);
        Ok(Poll::Ready(()))
    }

    fn send_end(&mut self, cx: &mut Context<'_>) -> Result<(), End> {
        if self.framing != Framing::Chunked {
            return self.flush_head(cx);
        }
        match self.source.trailers().filter(|_| self.trailers) {
            None => self.head.extend_from_slice(LAST_CHUNK),
            Some(trailers) => {
                self.head.extend_from_slice(b"0\r\n");
                let section = trailer_section(&trailers, self.record.response_edits());
                section.write(&mut self.head);
            }
        }
        self.flush_head(cx)
    }

    fn flush_head(&mut self, cx: &mut Context<'_>) -> Result<(), End> {
        if self.head.is_empty() {
            return Ok(());
        }
        let sent = self.link.borrow_mut().send_all(cx, [&self.head, &[], &[]]);
        self.head.clear();
        sent.map_err(|_| End::ClientGone)
    }

    /// The client takes nothing: not for ever.
    fn poll_stalled(&mut self, cx: &mut Context<'_>) -> Poll<End> {
        let since = *self.stalled.get_or_insert_with(clock::now);
        let limit = self.conn.slot.http().body_timeout;
        self.poll_deadline(cx, Some(since + limit))
    }

    fn poll_deadline(&self, cx: &mut Context<'_>, stalled: Option<Instant>) -> Poll<End> {
        let (deadline, end) = match (self.deadline, stalled) {
            (None, None) => return Poll::Pending,
            (Some(deadline), Some(stalled)) if stalled < deadline => (stalled, End::ClientGone),
            (Some(deadline), _) => (deadline, End::TimedOut),
            (None, Some(stalled)) => (stalled, End::ClientGone),
        };
        let (timers, alarm) = (&self.conn.core.timers, &self.conn.alarm);
        timers.poll(alarm, deadline, clock::now(), cx).map(|()| end)
    }
}
