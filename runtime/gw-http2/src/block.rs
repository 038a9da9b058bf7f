//! Blocks of header lines: put together from their frames, decompressed, and what they begin or end.

use crate::calm;
use crate::code::{Code, Failed};
use crate::connection::{Block, Connection, End};
use crate::frame::{self, END_HEADERS, END_STREAM, Frame};
use crate::head::{Refused, RequestLines, TrailerLines};
use crate::hpack::{Line, Undecodable};
use crate::receive::{Announced, Event, Outcome};
use crate::streams::Found;
use std::time::Instant;

/// Most frames of a block.
const MOST_FRAMES: u32 = 32;

impl Connection {
    pub(crate) fn headers<'b>(&mut self, frame: Frame<'b>, now: Instant) -> Outcome<'b> {
        let padding = Failed::protocol("the padding is longer than its frame");
        let block = frame.content().ok_or(padding)?;
        if frame.has(END_HEADERS) {
            return self.whole(frame.stream, frame.flags, block, now);
        }
        self.block = Some(Block {
            stream: frame.stream,
            flags: frame.flags,
            bytes: block.to_vec(),
            frames: 1,
        });
        Ok(None)
    }

    pub(crate) fn continuation<'b>(&mut self, frame: Frame<'b>, now: Instant) -> Outcome<'b> {
        let Some(mut block) = self.block.take() else {
            return Err(Failed::protocol("there is no block to continue"));
        };
        block.frames += 1;
        block.bytes.extend_from_slice(frame.payload);
        let most = self.config.max_list as usize + frame::LARGEST;
        if block.frames > MOST_FRAMES || block.bytes.len() > most {
            return Err(Failed::new(Code::EnhanceYourCalm, "the block is too large"));
        }
        if frame.has(END_HEADERS) {
            return self.whole(block.stream, block.flags, &block.bytes, now);
        }
        self.block = Some(block);
        Ok(None)
    }

    /// A whole block: it is decompressed whatever becomes of it, since what follows builds on it.
    fn whole<'b>(&mut self, id: u32, flags: u8, block: &[u8], now: Instant) -> Outcome<'b> {
        let last = flags & END_STREAM != 0;
        match self.streams.find(id) {
            Found::Idle => self.request(id, last, block, now),
            Found::Open(_) => self.trailing(id, last, block, now),
            Found::Reset => {
                self.decode(block, |_| {})?;
                Ok(None)
            }
            Found::Closed => Err(Failed::new(
                Code::StreamClosed,
                "a block on a stream that is closed",
            )),
        }
    }

    fn decode(&mut self, block: &[u8], show: impl FnMut(Line<'_>)) -> Result<(), Failed> {
        let lost = |error: Undecodable| Failed::new(Code::Compression, error.0);
        self.decoder.decode(block, show).map_err(lost)
    }

    fn request<'b>(&mut self, id: u32, last: bool, block: &[u8], now: Instant) -> Outcome<'b> {
        if id.is_multiple_of(2) {
            return Err(Failed::protocol("a client's stream has an even number"));
        }
        let mut lines = RequestLines::new(self.config.max_list);
        self.decode(block, |line| lines.add(line))?;
        self.streams.begin(id);
        if matches!(self.end, End::Last(_)) {
            self.streams.remember(id);
            return Ok(None);
        }
        if self.streams.len() >= self.config.max_streams as usize {
            self.send_reset(id, Code::Refused);
            self.calm.spend(calm::WASTED, now)?;
            return Ok(None);
        }
        let (request, length) = match lines.finish() {
            Ok(parts) => parts,
            Err(Refused::Malformed) => {
                self.send_reset(id, Code::Protocol);
                self.calm.spend(calm::WASTED, now)?;
                return Ok(None);
            }
            Err(Refused::TooLarge) => {
                self.streams.add(self.new_stream(id, !last, None));
                return Ok(Some(Event::TooLarge { stream: id }));
            }
        };
        if last && length.is_some_and(|length| length > 0) {
            self.send_reset(id, Code::Protocol);
            self.calm.spend(calm::WASTED, now)?;
            return Ok(None);
        }
        self.streams.add(self.new_stream(id, !last, length));
        let body = match last {
            true => Announced::Nothing,
            false => Announced::Body(length),
        };
        Ok(Some(Event::Request {
            stream: id,
            request,
            body,
        }))
    }

    fn trailing<'b>(&mut self, id: u32, last: bool, block: &[u8], now: Instant) -> Outcome<'b> {
        let mut lines = TrailerLines::new(self.config.max_list);
        self.decode(block, |line| lines.add(line))?;
        let Some(stream) = self.streams.open_mut(id) else {
            return Ok(None);
        };
        if !stream.sends {
            return self.break_stream(id, Code::StreamClosed, now);
        }
        let short = stream.length.is_some_and(|left| left > 0);
        match lines.finish() {
            Ok(fields) if last && !short => {
                stream.sends = false;
                Ok(Some(Event::Trailers { stream: id, fields }))
            }
            Ok(_) | Err(Refused::Malformed | Refused::TooLarge) => {
                self.break_stream(id, Code::Protocol, now)
            }
        }
    }
}
