//! Frames (RFC 9113 section 4): their heads, and the small ones as a whole.

use crate::code::Code;

/// Size of a frame's head in bytes.
pub(crate) const HEAD: usize = 9;
/// Largest payload that every endpoint takes, and that the gateway takes.
pub(crate) const LARGEST: usize = 16_384;

/// The last frame of a message.
pub(crate) const END_STREAM: u8 = 0x1;
/// The answer to settings or a ping.
pub(crate) const ACK: u8 = 0x1;
/// The last frame of a block.
pub(crate) const END_HEADERS: u8 = 0x4;
const PADDED: u8 = 0x8;
const PRIORITY: u8 = 0x20;

/// Kinds of frames.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    Data,
    Headers,
    Priority,
    Reset,
    Settings,
    PushPromise,
    Ping,
    GoAway,
    WindowUpdate,
    Continuation,
    /// Of an extension.
    Other,
}

impl Kind {
    fn of(byte: u8) -> Self {
        match byte {
            0 => Kind::Data,
            1 => Kind::Headers,
            2 => Kind::Priority,
            3 => Kind::Reset,
            4 => Kind::Settings,
            5 => Kind::PushPromise,
            6 => Kind::Ping,
            7 => Kind::GoAway,
            8 => Kind::WindowUpdate,
            9 => Kind::Continuation,
            _ => Kind::Other,
        }
    }
}

/// A frame that was read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame<'b> {
    pub(crate) kind: Kind,
    pub(crate) flags: u8,
    /// Zero for the connection.
    pub(crate) stream: u32,
    pub(crate) payload: &'b [u8],
}

/// What some bytes begin with.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Begins<'b> {
    /// A frame, and how many bytes it takes.
    Frame(Frame<'b>, usize),
    /// The beginning of one.
    Part,
    /// One that is larger than allowed.
    TooLarge,
}

impl<'b> Frame<'b> {
    /// Reads a frame from the beginning of `bytes`.
    pub(crate) fn read(bytes: &'b [u8]) -> Begins<'b> {
        let Some((head, rest)) = bytes.split_first_chunk::<HEAD>() else {
            return Begins::Part;
        };
        let [a, b, c, kind, flags, stream @ ..] = *head;
        let length = u32::from_be_bytes([0, a, b, c]) as usize;
        if length > LARGEST {
            return Begins::TooLarge;
        }
        let Some(payload) = rest.get(..length) else {
            return Begins::Part;
        };
        let frame = Frame {
            kind: Kind::of(kind),
            flags,
            // The highest bit is reserved.
            stream: u32::from_be_bytes(stream) & !(1 << 31),
            payload,
        };
        Begins::Frame(frame, HEAD + length)
    }

    pub(crate) fn has(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }

    /// The payload without padding and priority; none if they take more than there is.
    pub(crate) fn content(&self) -> Option<&'b [u8]> {
        let mut content = self.payload;
        if self.has(PADDED) {
            let (padding, rest) = content.split_first()?;
            content = rest.get(..rest.len().checked_sub(usize::from(*padding))?)?;
        }
        match self.kind == Kind::Headers && self.has(PRIORITY) {
            true => content.get(5..),
            false => Some(content),
        }
    }
}

/// Writes the head of a frame.
pub(crate) fn head(kind: Kind, flags: u8, stream: u32, length: usize, out: &mut Vec<u8>) {
    out.extend_from_slice(&head_bytes(kind, flags, stream, length));
}

pub(crate) fn head_bytes(kind: Kind, flags: u8, stream: u32, length: usize) -> [u8; HEAD] {
    let [.., a, b, c] = length.to_be_bytes();
    let [d, e, f, g] = stream.to_be_bytes();
    [a, b, c, kind as u8, flags, d, e, f, g]
}

/// Writes `RST_STREAM`.
pub(crate) fn reset(stream: u32, code: Code, out: &mut Vec<u8>) {
    head(Kind::Reset, 0, stream, 4, out);
    out.extend_from_slice(&code.bytes());
}

/// Writes `WINDOW_UPDATE`.
pub(crate) fn window_update(stream: u32, increment: u32, out: &mut Vec<u8>) {
    head(Kind::WindowUpdate, 0, stream, 4, out);
    out.extend_from_slice(&increment.to_be_bytes());
}

/// Writes `PING`.
pub(crate) fn ping(flags: u8, payload: &[u8], out: &mut Vec<u8>) {
    head(Kind::Ping, flags, 0, payload.len(), out);
    out.extend_from_slice(payload);
}

/// Writes `GOAWAY`: streams after `last` are not looked at.
pub(crate) fn go_away(last: u32, code: Code, detail: &str, out: &mut Vec<u8>) {
    head(Kind::GoAway, 0, 0, 8 + detail.len(), out);
    out.extend_from_slice(&last.to_be_bytes());
    out.extend_from_slice(&code.bytes());
    out.extend_from_slice(detail.as_bytes());
}
