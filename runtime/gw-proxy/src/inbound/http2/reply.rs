//! Writes the body of a response to a client over HTTP/2, piece by piece as fast as the client takes
//! it. The head is out already.

use super::lane::Lane;
use crate::clock;
use crate::net::Next;
use crate::observe::{End, Record};
use crate::respond::{Framing, Reply};
use crate::source::Source;
use crate::transform::trailer_section;
use gw_http2::Follows;
use std::future::poll_fn;
use std::task::{Context, Poll};
use std::time::Instant;

/// Writes a response to its last byte.
pub(super) async fn write(lane: &Lane, reply: Reply) {
    let mut writing = Writing {
        lane,
        source: reply.source,
        over: matches!(reply.framing, Framing::None | Framing::Length(0)),
        deadline: reply.deadline,
        record: reply.record,
        stalled: None,
    };
    let end = poll_fn(|cx| writing.poll(cx)).await;
    writing.record.ended(end);
}

struct Writing<'w> {
    lane: &'w Lane,
    source: Source,
    /// Whether everything was written.
    over: bool,
    /// The end of the exchange's time.
    deadline: Option<Instant>,
    record: Box<Record>,
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
        while !self.over {
            match self.source.poll_piece(cx) {
                Poll::Ready(Ok(Next::Data)) => match self.send_piece()? {
                    Poll::Ready(()) => self.stalled = None,
                    Poll::Pending => {
                        // A client that reads only when it has sent everything waits for this.
                        self.source.send_on(cx).map_err(End::of)?;
                        return Ok(self.poll_stalled(cx));
                    }
                },
                Poll::Ready(Ok(Next::End)) => self.send_end(),
                Poll::Ready(Err(error)) => return Err(End::of(error)),
                Poll::Pending => return Ok(self.poll_deadline(cx, None)),
            }
        }
        Ok(Poll::Ready(End::Complete))
    }

    /// Writes the piece that is next, or some of it.
    fn send_piece(&mut self) -> Result<Poll<()>, End> {
        let (stream, session) = (self.lane.stream(), &self.lane.session);
        let room = session.room_of(stream).ok_or(End::ClientGone)?;
        if room == 0 {
            self.lane.block();
            return Ok(Poll::Pending);
        }
        let piece = self.source.piece();
        let n = piece.len().min(room);
        self.over = n == piece.len() && self.source.is_last_piece();
        let follows = match self.over {
            true => Follows::Nothing,
            false => Follows::Body,
        };
        let data = piece.get(..n).unwrap_or_default();
        let n = session.with(|codec| codec.send(stream, data, follows));
        self.record.passed(n);
        self.source.consume(n);
        Ok(Poll::Ready(()))
    }

    fn send_end(&mut self) {
        self.over = true;
        let stream = self.lane.stream();
        let trailers = self.source.trailers();
        let edits = self.record.response_edits();
        let trailers = trailers.as_ref().map(|given| trailer_section(given, edits));
        self.lane.session.with(|codec| match trailers {
            Some(section) if !section.is_empty() => codec.trailers(stream, section.iter()),
            _ => {
                codec.send(stream, &[], Follows::Nothing);
            }
        });
    }

    /// The client takes nothing: not for ever.
    fn poll_stalled(&mut self, cx: &mut Context<'_>) -> Poll<End> {
        let since = *self.stalled.get_or_insert_with(clock::now);
        let limit = self.lane.session.conn.slot.http().body_timeout;
        self.poll_deadline(cx, Some(since + limit))
    }

    fn poll_deadline(&self, cx: &mut Context<'_>, stalled: Option<Instant>) -> Poll<End> {
        let (deadline, end) = match (self.deadline, stalled) {
            (None, None) => return Poll::Pending,
            (Some(deadline), Some(stalled)) if stalled < deadline => (stalled, End::ClientGone),
            (Some(deadline), _) => (deadline, End::TimedOut),
            (None, Some(stalled)) => (stalled, End::ClientGone),
        };
        let timers = &self.lane.session.conn.core.timers;
        timers
            .poll(&self.lane.alarm, deadline, clock::now(), cx)
            .map(|()| end)
    }
}
