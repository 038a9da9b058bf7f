//! What the client sends: from bytes to events, frame by frame.

use crate::calm;
use crate::code::{Code, Failed};
use crate::connection::{Connection, End, LEAVING, PREFACE, Phase};
use crate::frame::{self, ACK, Begins, END_STREAM, Frame, Kind};
use crate::settings::Said;
use crate::streams::Found;
use gw_http1::{Fields, Request};
use std::time::Instant;

/// What a client has done.
#[derive(Debug)]
pub enum Event<'b> {
    /// It began a request.
    Request {
        /// The stream that it is on.
        stream: u32,
        /// Its head.
        request: Request,
        /// Its body.
        body: Announced,
    },
    /// It began a request whose head is larger than allowed; a response is awaited.
    TooLarge {
        /// The stream that it is on.
        stream: u32,
    },
    /// It sent a piece of a body. [`Connection::passed`] counts it.
    Data {
        /// The stream of the request.
        stream: u32,
        /// The piece; empty only at the end.
        data: &'b [u8],
        /// Whether it was the last one.
        last: bool,
    },
    /// It ended a body with a trailer section.
    Trailers {
        /// The stream of the request.
        stream: u32,
        /// The section.
        fields: Fields,
    },
    /// A request is over before its response: the client does not want it, or has broken its stream.
    Reset {
        /// The stream of the request.
        stream: u32,
    },
    /// It takes more of the responses.
    Room {
        /// The stream; none for all.
        stream: Option<u32>,
    },
}

/// What is known of a body before it comes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Announced {
    /// There is none.
    Nothing,
    /// There is one, of that length if the client says so.
    Body(Option<u64>),
}

/// What some bytes came to.
#[derive(Debug)]
pub struct Received<'b> {
    /// Bytes that are done with. If there are none, more are needed.
    pub consumed: usize,
    /// What they mean to the exchanges, if anything.
    pub event: Option<Event<'b>>,
}

pub(crate) type Outcome<'b> = Result<Option<Event<'b>>, Failed>;

impl Connection {
    /// Reads the next frame at the beginning of `bytes`. Call it again with what was not consumed.
    ///
    /// # Errors
    /// [`Failed`]: the connection is over; its output ends with the reason.
    pub fn receive<'b>(&mut self, bytes: &'b [u8], now: Instant) -> Result<Received<'b>, Failed> {
        self.step(bytes, now).map_err(|failed| self.fail(failed))
    }

    fn step<'b>(&mut self, bytes: &'b [u8], now: Instant) -> Result<Received<'b>, Failed> {
        let done = |consumed, event| Ok(Received { consumed, event });
        if self.end == End::Failed {
            return done(bytes.len(), None);
        }
        if self.phase == Phase::Preface {
            let length = PREFACE.len();
            if bytes.get(..length) == Some(PREFACE) {
                self.phase = Phase::Settings;
                return done(length, None);
            }
            return match PREFACE.starts_with(bytes) {
                true => done(0, None),
                false => Err(Failed::protocol("the preface is wrong")),
            };
        }
        match Frame::read(bytes) {
            Begins::Part => done(0, None),
            Begins::TooLarge => Err(Failed::frame_size("the frame is too large")),
            Begins::Frame(frame, length) => done(length, self.frame(frame, now)?),
        }
    }

    fn frame<'b>(&mut self, frame: Frame<'b>, now: Instant) -> Outcome<'b> {
        if self.phase == Phase::Settings {
            if frame.kind != Kind::Settings || frame.has(ACK) {
                return Err(Failed::protocol("the first frame holds no settings"));
            }
            self.phase = Phase::Open;
        }
        let inside = self.block.as_ref().map(|block| block.stream);
        if inside.is_some_and(|stream| frame.kind != Kind::Continuation || frame.stream != stream) {
            return Err(Failed::protocol("a block is not continued"));
        }
        let of_connection = matches!(frame.kind, Kind::Settings | Kind::Ping | Kind::GoAway);
        let of_either = matches!(frame.kind, Kind::WindowUpdate | Kind::Other);
        if !of_either && of_connection != (frame.stream == 0) {
            return Err(Failed::protocol("a frame is on a wrong stream"));
        }
        match frame.kind {
            Kind::Data => self.data(frame, now),
            Kind::Headers => self.headers(frame, now),
            Kind::Continuation => self.continuation(frame, now),
            Kind::Reset => self.reset_by_client(frame, now),
            Kind::WindowUpdate => self.window_update(frame, now),
            Kind::Settings => self.settings(frame, now),
            Kind::Ping => self.ping(frame, now),
            Kind::Priority => {
                self.calm.spend(calm::FRAME, now)?;
                match frame.payload.len() {
                    5 => Ok(None),
                    _ => Err(Failed::frame_size("a priority of a wrong size")),
                }
            }
            Kind::GoAway => {
                if frame.payload.len() < 8 {
                    return Err(Failed::frame_size("a farewell of a wrong size"));
                }
                self.left = true;
                Ok(None)
            }
            Kind::PushPromise => Err(Failed::protocol("a client does not push")),
            Kind::Other => {
                self.calm.spend(calm::FRAME, now)?;
                Ok(None)
            }
        }
    }

    fn data<'b>(&mut self, frame: Frame<'b>, now: Instant) -> Outcome<'b> {
        let (id, size) = (frame.stream, frame.payload.len());
        let too_much = Failed::new(Code::FlowControl, "more data than the connection takes");
        self.incoming.came(size).map_err(|_| too_much)?;
        let padding = Failed::protocol("the padding is longer than its frame");
        let data = frame.content().ok_or(padding)?;
        let last = frame.has(END_STREAM);
        let stream = match self.streams.find(id) {
            Found::Open(stream) => stream,
            Found::Idle => return Err(Failed::protocol("data on a stream that is idle")),
            Found::Reset => {
                self.passed(id, size);
                return Ok(None);
            }
            Found::Closed => {
                self.passed(id, size);
                return self.stray(id, now);
            }
        };
        let left = stream
            .length
            .map(|left| left.checked_sub(data.len() as u64));
        let broken = if !stream.sends {
            Some(Code::StreamClosed)
        } else if stream.incoming.came(size).is_err() {
            Some(Code::FlowControl)
        } else if left == Some(None) || (last && left.flatten().is_some_and(|left| left > 0)) {
            Some(Code::Protocol)
        } else {
            None
        };
        if let Some(code) = broken {
            self.passed(id, size);
            return self.break_stream(id, code, now);
        }
        stream.length = left.flatten();
        stream.sends = !last;
        if size > data.len() {
            self.passed(id, size - data.len());
        }
        if data.is_empty() && !last {
            self.calm.spend(calm::FRAME, now)?;
            return Ok(None);
        }
        Ok(Some(Event::Data {
            stream: id,
            data,
            last,
        }))
    }

    fn reset_by_client<'b>(&mut self, frame: Frame<'b>, now: Instant) -> Outcome<'b> {
        if frame.payload.len() != 4 {
            return Err(Failed::frame_size("a reset of a wrong size"));
        }
        if matches!(self.streams.find(frame.stream), Found::Idle) {
            return Err(Failed::protocol("a stream is reset that is idle"));
        }
        let open = self.streams.remove(frame.stream).is_some();
        let cost = match open {
            true => calm::WASTED,
            false => calm::FRAME,
        };
        self.calm.spend(cost, now)?;
        Ok(open.then_some(Event::Reset {
            stream: frame.stream,
        }))
    }

    fn window_update<'b>(&mut self, frame: Frame<'b>, now: Instant) -> Outcome<'b> {
        let Ok(increment) = <[u8; 4]>::try_from(frame.payload) else {
            return Err(Failed::frame_size("a window update of a wrong size"));
        };
        let increment = i64::from(u32::from_be_bytes(increment) & !(1 << 31));
        self.calm.spend(calm::FRAME, now)?;
        if frame.stream == 0 {
            let too_large = Failed::new(Code::FlowControl, "the window is too large");
            self.outgoing.change(increment).map_err(|_| too_large)?;
            return match increment {
                0 => Err(Failed::protocol("a window is widened by nothing")),
                _ => Ok(Some(Event::Room { stream: None })),
            };
        }
        let stream = match self.streams.find(frame.stream) {
            Found::Open(stream) => stream,
            Found::Idle => return Err(Failed::protocol("a window of a stream that is idle")),
            Found::Closed | Found::Reset => return Ok(None),
        };
        if increment == 0 {
            return self.break_stream(frame.stream, Code::Protocol, now);
        }
        if stream.outgoing.change(increment).is_err() {
            return self.break_stream(frame.stream, Code::FlowControl, now);
        }
        Ok(Some(Event::Room {
            stream: Some(frame.stream),
        }))
    }

    fn settings<'b>(&mut self, frame: Frame<'b>, now: Instant) -> Outcome<'b> {
        self.calm.spend(calm::FRAME, now)?;
        if frame.has(ACK) {
            return match frame.payload {
                [] => Ok(None),
                _ => Err(Failed::frame_size("an acknowledgement with settings")),
            };
        }
        let said = Said::read(frame.payload)?;
        if let Some(size) = said.table {
            self.encoder.allow(size);
        }
        frame::head(Kind::Settings, ACK, 0, 0, &mut self.output);
        let Some(window) = said.window else {
            return Ok(None);
        };
        let by = i64::from(window) - i64::from(self.initial);
        self.initial = window;
        for stream in self.streams.iter_mut() {
            let too_large = Failed::new(Code::FlowControl, "a window is too large");
            stream.outgoing.change(by).map_err(|_| too_large)?;
        }
        Ok((by > 0).then_some(Event::Room { stream: None }))
    }

    fn ping<'b>(&mut self, frame: Frame<'b>, now: Instant) -> Outcome<'b> {
        if frame.payload.len() != 8 {
            return Err(Failed::frame_size("a ping of a wrong size"));
        }
        if !frame.has(ACK) {
            self.calm.spend(calm::FRAME, now)?;
            frame::ping(ACK, frame.payload, &mut self.output);
        } else if self.end == End::Announced && frame.payload == LEAVING {
            self.close();
        }
        Ok(None)
    }

    /// An error of a stream that is open.
    pub(crate) fn break_stream<'b>(
        &mut self,
        stream: u32,
        code: Code,
        now: Instant,
    ) -> Outcome<'b> {
        self.reset(stream, code);
        self.calm.spend(calm::WASTED, now)?;
        Ok(Some(Event::Reset { stream }))
    }

    /// A frame on a stream that is closed.
    fn stray<'b>(&mut self, stream: u32, now: Instant) -> Outcome<'b> {
        self.send_reset(stream, Code::StreamClosed);
        self.calm.spend(calm::WASTED, now)?;
        Ok(None)
    }
}
