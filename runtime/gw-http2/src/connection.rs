//! One connection: what both directions share, and its orderly end.

use crate::calm::Calm;
use crate::code::{Code, Failed};
use crate::frame;
use crate::hpack::{Decoder, Encoder};
use crate::settings::Config;
use crate::streams::{Stream, Streams};
use crate::window::{self, Incoming, Outgoing};

/// The client connection preface (RFC 9113 section 3.4).
pub const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// What the ping carries whose answer says that the client has seen the connection's end coming.
pub(crate) const LEAVING: &[u8; 8] = b"leaving.";

/// The server's side of a connection: bytes in, events out; responses in, bytes out.
///
/// What is to be sent is gathered in [`Connection::output`], whatever made it, so that one send
/// takes it all.
#[derive(Debug)]
pub struct Connection {
    pub(crate) config: Config,
    pub(crate) phase: Phase,
    pub(crate) decoder: Decoder,
    pub(crate) encoder: Encoder,
    /// A block that is not whole.
    pub(crate) block: Option<Block>,
    pub(crate) streams: Streams,
    /// What the client takes.
    pub(crate) outgoing: Outgoing,
    /// What the client takes on a new stream.
    pub(crate) initial: u32,
    pub(crate) incoming: Incoming,
    pub(crate) calm: Calm,
    pub(crate) end: End,
    /// Whether the client opens no more streams.
    pub(crate) left: bool,
    pub(crate) output: Vec<u8>,
}

/// How far the connection has begun.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Phase {
    Preface,
    /// The first frame must hold settings.
    Settings,
    Open,
}

/// How far the connection has ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum End {
    None,
    /// The client was told that it should leave; streams that it began meanwhile still count.
    Announced,
    /// Streams after this one are not looked at.
    Last(u32),
    /// Nothing is looked at.
    Failed,
}

/// A block in more than one frame.
#[derive(Debug)]
pub(crate) struct Block {
    pub(crate) stream: u32,
    pub(crate) flags: u8,
    pub(crate) bytes: Vec<u8>,
    pub(crate) frames: u32,
}

impl Connection {
    /// A connection on which nothing was exchanged. Its output begins with the settings.
    pub fn new(config: Config) -> Self {
        let mut output = Vec::new();
        config.write(&mut output);
        let more = config.connection_window.saturating_sub(window::INITIAL);
        if more > 0 {
            frame::window_update(0, more, &mut output);
        }
        Self {
            config,
            phase: Phase::Preface,
            decoder: Decoder::default(),
            encoder: Encoder::default(),
            block: None,
            streams: Streams::default(),
            outgoing: Outgoing::new(window::INITIAL),
            initial: window::INITIAL,
            incoming: Incoming::new(config.connection_window.max(window::INITIAL)),
            calm: Calm::default(),
            end: End::None,
            left: false,
            output,
        }
    }

    /// What is to be sent. Whoever sends it takes it out.
    pub fn output(&mut self) -> &mut Vec<u8> {
        &mut self.output
    }

    /// Begins an orderly end, in two steps (RFC 9113 section 6.8): the client is asked to leave, and
    /// when it has heard of it, streams that it still begins are not looked at. A second call takes
    /// the second step at once.
    pub fn leave(&mut self) {
        match self.end {
            End::None => {
                self.end = End::Announced;
                frame::go_away(window::LARGEST, Code::NoError, "", &mut self.output);
                frame::ping(0, LEAVING, &mut self.output);
            }
            End::Announced => self.close(),
            End::Last(_) | End::Failed => {}
        }
    }

    /// Takes no more streams.
    pub(crate) fn close(&mut self) {
        let last = self.streams.last();
        self.end = End::Last(last);
        frame::go_away(last, Code::NoError, "", &mut self.output);
    }

    /// Whether nothing more is to be done but to send the output.
    pub fn is_over(&self) -> bool {
        match self.end {
            End::Failed => true,
            End::Last(_) => self.streams.is_empty(),
            End::None | End::Announced => self.left && self.streams.is_empty(),
        }
    }

    /// The connection cannot go on.
    pub(crate) fn fail(&mut self, failed: Failed) -> Failed {
        if self.end != End::Failed {
            let last = match self.end {
                End::Last(last) => last,
                End::None | End::Announced | End::Failed => self.streams.last(),
            };
            self.end = End::Failed;
            frame::go_away(last, failed.code, failed.detail, &mut self.output);
        }
        failed
    }

    /// Resets a stream, if it is open.
    pub fn reset(&mut self, stream: u32, code: Code) {
        if self.streams.remove(stream).is_some() {
            self.send_reset(stream, code);
        }
    }

    pub(crate) fn send_reset(&mut self, stream: u32, code: Code) {
        self.streams.remember(stream);
        frame::reset(stream, code, &mut self.output);
    }

    /// So many bytes of a request body were passed on, or are of no more use: the client may send
    /// more.
    pub fn passed(&mut self, stream: u32, bytes: usize) {
        if let Some(increment) = self.incoming.passed(bytes) {
            frame::window_update(0, increment, &mut self.output);
        }
        let open = self.streams.open_mut(stream).filter(|s| s.sends);
        if let Some(increment) = open.and_then(|s| s.incoming.passed(bytes)) {
            frame::window_update(stream, increment, &mut self.output);
        }
    }

    pub(crate) fn new_stream(&self, id: u32, sends: bool, length: Option<u64>) -> Stream {
        Stream {
            id,
            sends,
            response: crate::streams::Stage::Head,
            outgoing: Outgoing::new(self.initial),
            incoming: Incoming::new(self.config.stream_window),
            length,
        }
    }
}
