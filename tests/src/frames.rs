//! A client over HTTP/2 that sends exactly the frames it is told.

use crate::Client;
use std::net::SocketAddr;

pub const DATA: u8 = 0;
pub const HEADERS: u8 = 1;
pub const RST_STREAM: u8 = 3;
pub const SETTINGS: u8 = 4;
pub const PING: u8 = 6;
pub const GOAWAY: u8 = 7;
pub const WINDOW_UPDATE: u8 = 8;

pub const END_STREAM: u8 = 1;
pub const END_HEADERS: u8 = 4;
pub const ACK: u8 = 1;

pub const NO_ERROR: u32 = 0;
pub const PROTOCOL_ERROR: u32 = 1;
pub const REFUSED_STREAM: u32 = 7;
pub const CANCEL: u32 = 8;
pub const ENHANCE_YOUR_CALM: u32 = 11;

/// A connection with prior knowledge.
pub struct Frames(Client);

/// A frame of the gateway.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Frame {
    pub kind: u8,
    pub flags: u8,
    pub stream: u32,
    pub payload: Vec<u8>,
}

impl Frame {
    /// The error code of a reset or a farewell.
    pub fn code(&self) -> u32 {
        let at = if self.kind == GOAWAY { 4 } else { 0 };
        u32::from_be_bytes(self.payload[at..at + 4].try_into().unwrap())
    }

    pub fn ends(&self) -> bool {
        matches!(self.kind, DATA | HEADERS) && self.flags & END_STREAM != 0
    }
}

impl Frames {
    pub fn connect(address: SocketAddr) -> Self {
        let mut client = Client::connect(address);
        client.send(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
        let mut frames = Self(client);
        frames.send(SETTINGS, 0, 0, &[]);
        frames
    }

    /// Sends a frame.
    pub fn send(&mut self, kind: u8, flags: u8, stream: u32, payload: &[u8]) -> &mut Self {
        let length = u32::try_from(payload.len()).unwrap();
        let head = [
            &length.to_be_bytes()[1..],
            &[kind, flags],
            &stream.to_be_bytes(),
        ]
        .concat();
        self.0.send([&head, payload].concat());
        self
    }

    /// Sends the head of a request, its lines as literals.
    pub fn request(&mut self, flags: u8, stream: u32, lines: &[(&str, &str)]) -> &mut Self {
        let mut block = Vec::new();
        for (name, value) in lines {
            block.push(0);
            for text in [name, value] {
                block.push(0x7f);
                // What the prefix of seven bits leaves, in groups of seven.
                let mut rest = text.len().checked_sub(127);
                if rest.is_none() {
                    *block.last_mut().unwrap() = u8::try_from(text.len()).unwrap();
                }
                while let Some(left) = rest {
                    let more = if left >= 0x80 { 0x80 } else { 0 };
                    block.push(u8::try_from(left & 0x7f).unwrap() | more);
                    rest = (left >= 0x80).then_some(left >> 7);
                }
                block.extend_from_slice(text.as_bytes());
            }
        }
        self.send(HEADERS, END_HEADERS | flags, stream, &block)
    }

    /// Sends `GET` on a stream, with more lines.
    pub fn get(&mut self, stream: u32, path: &str, more: &[(&str, &str)]) -> &mut Self {
        self.request(END_STREAM, stream, &lines("GET", path, more))
    }

    /// Sends the head of a `POST`, with more lines.
    pub fn post(&mut self, stream: u32, path: &str, more: &[(&str, &str)]) -> &mut Self {
        self.request(0, stream, &lines("POST", path, more))
    }

    /// The next frame.
    pub fn frame(&mut self) -> Frame {
        let head = self.0.exactly(9);
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        Frame {
            kind: head[3],
            flags: head[4],
            stream: u32::from_be_bytes(head[5..9].try_into().unwrap()),
            payload: self.0.exactly(length as usize),
        }
    }

    /// The next frame of that kind; others are let pass.
    pub fn next(&mut self, kind: u8) -> Frame {
        loop {
            let frame = self.frame();
            if frame.kind == kind {
                return frame;
            }
        }
    }

    /// The frames of a response up to its end or its reset.
    pub fn response(&mut self, stream: u32) -> Vec<Frame> {
        let mut all = Vec::new();
        loop {
            let frame = self.frame();
            if frame.stream != stream || frame.kind == WINDOW_UPDATE {
                continue;
            }
            let over = frame.ends() || frame.kind == RST_STREAM;
            all.push(frame);
            if over {
                return all;
            }
        }
    }

    /// Whether the other end closes without another frame.
    pub fn is_closed(&mut self) -> bool {
        self.0.is_closed()
    }

    /// Drops the connection without a word.
    pub fn reset(self) {
        self.0.reset();
    }
}

fn lines<'l>(
    method: &'l str,
    path: &'l str,
    more: &[(&'l str, &'l str)],
) -> Vec<(&'l str, &'l str)> {
    let mut lines = vec![
        (":method", method),
        (":scheme", "http"),
        (":authority", "test"),
        (":path", path),
    ];
    lines.extend_from_slice(more);
    lines
}
