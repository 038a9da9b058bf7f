//! The streams of a connection (RFC 9113 section 5.1), in the order of their identifiers, which is
//! the order in which they begin.

use crate::window::{Incoming, Outgoing};
use std::collections::VecDeque;

/// How many streams that the gateway reset are remembered: what was on its way to them is not the
/// client's fault.
const REMEMBERED: usize = 256;

/// A stream that is open, or half of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stream {
    pub(crate) id: u32,
    /// Whether the request is not over.
    pub(crate) sends: bool,
    /// Where the response is.
    pub(crate) response: Stage,
    pub(crate) outgoing: Outgoing,
    pub(crate) incoming: Incoming,
    /// What the request's `Content-Length` leaves.
    pub(crate) length: Option<u64>,
}

/// Where a message on its way out is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Stage {
    Head,
    Body,
    Over,
}

/// What an identifier stands for.
#[derive(Debug)]
pub(crate) enum Found<'s> {
    Open(&'s mut Stream),
    /// Never begun.
    Idle,
    /// Over, or reset by the client.
    Closed,
    /// Reset by the gateway a short while ago.
    Reset,
}

/// All streams.
#[derive(Debug, Default)]
pub(crate) struct Streams {
    open: VecDeque<Stream>,
    /// The largest identifier that the client has used.
    last: u32,
    reset: VecDeque<u32>,
}

impl Streams {
    pub(crate) fn len(&self) -> usize {
        self.open.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    pub(crate) fn last(&self) -> u32 {
        self.last
    }

    /// A stream begins, whatever becomes of it.
    pub(crate) fn begin(&mut self, id: u32) {
        self.last = id;
    }

    /// Adds the stream that began last.
    pub(crate) fn add(&mut self, stream: Stream) {
        self.open.push_back(stream);
    }

    pub(crate) fn find(&mut self, id: u32) -> Found<'_> {
        match self.place(id) {
            Ok(place) => match self.open.get_mut(place) {
                Some(stream) => Found::Open(stream),
                None => Found::Closed,
            },
            Err(_) if id > self.last || id.is_multiple_of(2) => Found::Idle,
            Err(_) if self.reset.contains(&id) => Found::Reset,
            Err(_) => Found::Closed,
        }
    }

    pub(crate) fn open(&self, id: u32) -> Option<&Stream> {
        self.open.get(self.place(id).ok()?)
    }

    pub(crate) fn open_mut(&mut self, id: u32) -> Option<&mut Stream> {
        let place = self.place(id).ok()?;
        self.open.get_mut(place)
    }

    /// Takes a stream out.
    pub(crate) fn remove(&mut self, id: u32) -> Option<Stream> {
        self.open.remove(self.place(id).ok()?)
    }

    /// Remembers that the gateway reset a stream.
    pub(crate) fn remember(&mut self, id: u32) {
        if self.reset.len() == REMEMBERED {
            self.reset.pop_front();
        }
        self.reset.push_back(id);
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Stream> {
        self.open.iter_mut()
    }

    fn place(&self, id: u32) -> Result<usize, usize> {
        self.open.binary_search_by_key(&id, |stream| stream.id)
    }
}
