//! What the client gets: responses, as frames in the output.

use crate::calm;
use crate::code::Code;
use crate::connection::{Connection, End};
use crate::frame::{self, END_HEADERS, END_STREAM, HEAD, Kind};
use crate::streams::Stage;
use gw_http1::Field;

/// What follows a head.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Follows {
    /// A body, or trailers.
    Body,
    /// Nothing.
    Nothing,
}

impl Connection {
    /// Whether a response can be sent on a stream.
    pub fn is_open(&self, stream: u32) -> bool {
        self.end != End::Failed && self.streams.open(stream).is_some()
    }

    /// An interim response (RFC 9110 section 15.2), in lines whose names are in lower case. Nothing
    /// happens if the head of the response is out, or the stream is not open.
    pub fn interim<'f>(
        &mut self,
        stream: u32,
        status: u16,
        lines: impl Iterator<Item = Field<'f>>,
    ) {
        if self.stage(stream) == Some(Stage::Head) {
            self.head(stream, 0, status, lines);
        }
    }

    /// The head of a response, in lines whose names are in lower case. Nothing happens if the stream
    /// is not open.
    pub fn respond<'f>(
        &mut self,
        stream: u32,
        status: u16,
        lines: impl Iterator<Item = Field<'f>>,
        follows: Follows,
    ) {
        if self.stage(stream) != Some(Stage::Head) {
            return;
        }
        let last = match follows {
            Follows::Body => 0,
            Follows::Nothing => END_STREAM,
        };
        self.head(stream, last, status, lines);
        self.advance(stream, follows);
    }

    fn head<'f>(
        &mut self,
        stream: u32,
        last: u8,
        status: u16,
        lines: impl Iterator<Item = Field<'f>>,
    ) {
        self.block(stream, last, |connection| {
            connection.encoder.status(status, &mut connection.output);
            for field in lines {
                connection.encoder.line(field, &mut connection.output);
            }
        });
    }

    /// How many bytes of a body the client takes now; none if the stream is not open.
    pub fn room(&self, stream: u32) -> Option<usize> {
        let open = self.streams.open(stream)?;
        let room = self.outgoing.room().min(open.outgoing.room());
        (self.end != End::Failed).then_some(room)
    }

    /// A piece of a body, no longer than there is [room](Connection::room) for: how many bytes were
    /// taken.
    pub fn send(&mut self, stream: u32, data: &[u8], follows: Follows) -> usize {
        let room = self.room(stream).unwrap_or(0);
        if self.stage(stream) != Some(Stage::Body) {
            return 0;
        }
        let all = data.len() <= room;
        let data = data.get(..room).unwrap_or(data);
        let last = match follows == Follows::Nothing && all {
            true => END_STREAM,
            false => 0,
        };
        self.output.reserve(data.len() + HEAD);
        let mut rest = data;
        while !rest.is_empty() || (last != 0 && data.is_empty()) {
            let (piece, more) = rest.split_at(rest.len().min(frame::LARGEST));
            let flags = if more.is_empty() { last } else { 0 };
            frame::head(Kind::Data, flags, stream, piece.len(), &mut self.output);
            self.output.extend_from_slice(piece);
            // A client may widen the windows of stream and connection for each.
            self.calm.earn(2 * calm::FRAME);
            rest = more;
            if more.is_empty() {
                break;
            }
        }
        self.outgoing.sent(data.len());
        if let Some(open) = self.streams.open_mut(stream) {
            open.outgoing.sent(data.len());
        }
        if last != 0 {
            self.advance(stream, Follows::Nothing);
        }
        data.len()
    }

    /// The end of a body, with its trailer section.
    pub fn trailers<'f>(&mut self, stream: u32, lines: impl Iterator<Item = Field<'f>>) {
        if self.stage(stream) != Some(Stage::Body) {
            return;
        }
        self.block(stream, END_STREAM, |connection| {
            for field in lines {
                connection.encoder.line(field, &mut connection.output);
            }
        });
        self.advance(stream, Follows::Nothing);
    }

    /// The exchange is over. What is left of the request is not wanted (RFC 9113 section 8.1); a
    /// response that did not come to its end is broken off.
    pub fn finish(&mut self, stream: u32) {
        match self.stage(stream) {
            Some(Stage::Over) => self.reset(stream, Code::NoError),
            Some(Stage::Head | Stage::Body) => self.reset(stream, Code::Internal),
            None => {}
        }
    }

    fn stage(&self, stream: u32) -> Option<Stage> {
        match self.end {
            End::Failed => None,
            End::None | End::Announced | End::Last(_) => {
                self.streams.open(stream).map(|open| open.response)
            }
        }
    }

    /// A part of the response is out.
    fn advance(&mut self, stream: u32, follows: Follows) {
        let Some(open) = self.streams.open_mut(stream) else {
            return;
        };
        if follows == Follows::Body {
            open.response = Stage::Body;
            return;
        }
        open.response = Stage::Over;
        if !open.sends {
            self.streams.remove(stream);
        }
        self.calm.earn(calm::WASTED);
    }

    /// Writes a block that `fill` writes into the output, in as many frames as it takes.
    fn block(&mut self, stream: u32, flags: u8, fill: impl FnOnce(&mut Self)) {
        let at = self.output.len();
        self.output.extend_from_slice(&[0; HEAD]);
        self.encoder.begin(&mut self.output);
        fill(self);
        let length = self.output.len() - at - HEAD;
        if length > frame::LARGEST {
            return self.cut(at, stream, flags);
        }
        let head = frame::head_bytes(Kind::Headers, flags | END_HEADERS, stream, length);
        if let Some(place) = self.output.get_mut(at..at + HEAD) {
            place.copy_from_slice(&head);
        }
    }

    /// A block that is too large for one frame: rare.
    fn cut(&mut self, at: usize, stream: u32, flags: u8) {
        let block = self.output.split_off(at + HEAD);
        self.output.truncate(at);
        let mut pieces = block.chunks(frame::LARGEST).peekable();
        let mut kind = Kind::Headers;
        let mut flags = flags;
        while let Some(piece) = pieces.next() {
            if pieces.peek().is_none() {
                flags |= END_HEADERS;
            }
            frame::head(kind, flags, stream, piece.len(), &mut self.output);
            self.output.extend_from_slice(piece);
            (kind, flags) = (Kind::Continuation, 0);
        }
    }
}
