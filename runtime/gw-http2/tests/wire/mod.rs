//! A client made of bytes: frames as they are written, and the gateway's frames as they are read.

#![allow(dead_code, reason = "each test uses what it needs")]

use gw_http1::{Fields, Known};
use gw_http2::{Announced, Code, Config, Connection, Event, Failed, Follows, PREFACE};
use std::time::Instant;

pub(crate) const DATA: u8 = 0;
pub(crate) const HEADERS: u8 = 1;
pub(crate) const PRIORITY: u8 = 2;
pub(crate) const RESET: u8 = 3;
pub(crate) const SETTINGS: u8 = 4;
pub(crate) const PUSH: u8 = 5;
pub(crate) const PING: u8 = 6;
pub(crate) const GOAWAY: u8 = 7;
pub(crate) const WINDOW: u8 = 8;
pub(crate) const CONTINUATION: u8 = 9;

pub(crate) const END: u8 = 1;
pub(crate) const ACK: u8 = 1;
pub(crate) const WHOLE: u8 = 4;
pub(crate) const PADDED: u8 = 8;

pub(crate) const CONFIG: Config = Config {
    max_streams: 8,
    max_list: 2000,
    stream_window: 1000,
    connection_window: 100_000,
};

/// `GET http://a/`.
pub(crate) const GET: &[u8] = &[0x82, 0x86, 0x84, 0x41, 1, b'a'];

/// A frame: kind, flags, stream, payload.
pub(crate) fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = payload.len() as u32;
    let mut out = length.to_be_bytes()[1..].to_vec();
    out.extend_from_slice(&[kind, flags]);
    out.extend_from_slice(&stream.to_be_bytes());
    out.extend_from_slice(payload);
    out
}

/// `GET` and these lines, as literals.
pub(crate) fn request(lines: &[(&str, &str)]) -> Vec<u8> {
    let mut block = GET.to_vec();
    for (name, value) in lines {
        literal(&mut block, name, value);
    }
    block
}

pub(crate) fn literal(block: &mut Vec<u8>, name: &str, value: &str) {
    block.push(0);
    for text in [name, value] {
        block.push(u8::try_from(text.len()).unwrap());
        block.extend_from_slice(text.as_bytes());
    }
}

/// Preface and settings.
pub(crate) fn hello() -> Vec<u8> {
    [PREFACE, &frame(SETTINGS, 0, 0, &[])].concat()
}

/// What the gateway sent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Sent {
    pub(crate) kind: u8,
    pub(crate) flags: u8,
    pub(crate) stream: u32,
    pub(crate) payload: Vec<u8>,
}

impl Sent {
    /// The code of a reset or a farewell.
    pub(crate) fn code(&self) -> u32 {
        let at = if self.kind == GOAWAY { 4 } else { 0 };
        u32::from_be_bytes(self.payload[at..at + 4].try_into().unwrap())
    }
}

pub(crate) fn frames(mut bytes: &[u8]) -> Vec<Sent> {
    let mut all = Vec::new();
    while !bytes.is_empty() {
        let length = u32::from_be_bytes([0, bytes[0], bytes[1], bytes[2]]) as usize;
        all.push(Sent {
            kind: bytes[3],
            flags: bytes[4],
            stream: u32::from_be_bytes(bytes[5..9].try_into().unwrap()),
            payload: bytes[9..9 + length].to_vec(),
        });
        bytes = &bytes[9 + length..];
    }
    all
}

/// A server that answers nothing by itself.
pub(crate) struct Server {
    pub(crate) connection: Connection,
    pub(crate) now: Instant,
    pub(crate) events: Vec<String>,
    held: Vec<u8>,
}

impl Server {
    #[expect(clippy::disallowed_methods, reason = "any instant will do")]
    pub(crate) fn new(config: Config) -> Self {
        let mut server = Self {
            connection: Connection::new(config),
            now: Instant::now(),
            events: Vec::new(),
            held: Vec::new(),
        };
        server.connection.output().clear();
        server
    }

    /// One that was greeted.
    pub(crate) fn greeted() -> Self {
        let mut server = Self::new(CONFIG);
        server.take(&hello()).unwrap();
        server.sent();
        server
    }

    /// Takes bytes, all that are whole frames.
    pub(crate) fn take(&mut self, bytes: &[u8]) -> Result<(), Failed> {
        self.held.extend_from_slice(bytes);
        let held = std::mem::take(&mut self.held);
        let mut rest = &held[..];
        loop {
            let received = self.connection.receive(rest, self.now)?;
            if let Some(event) = received.event {
                self.events.push(shown(&event));
            }
            if received.consumed == 0 {
                break;
            }
            rest = &rest[received.consumed..];
        }
        self.held = rest.to_vec();
        Ok(())
    }

    pub(crate) fn sent(&mut self) -> Vec<Sent> {
        frames(&std::mem::take(self.connection.output()))
    }

    pub(crate) fn respond(&mut self, stream: u32, follows: Follows) {
        let mut fields = Fields::default();
        fields.push("server", b"gw");
        self.connection.respond(stream, 200, fields.iter(), follows);
    }
}

/// An event in words.
pub(crate) fn shown(event: &Event<'_>) -> String {
    let lines = |fields: &Fields| {
        let line = |f: gw_http1::Field<'_>| {
            format!(
                " {}={}",
                String::from_utf8_lossy(f.name),
                String::from_utf8_lossy(f.value)
            )
        };
        fields.iter().map(line).collect::<String>()
    };
    match event {
        Event::Request {
            stream,
            request,
            body,
        } => {
            assert!(request.fields.first(Known::Connection).is_none());
            let body = match body {
                Announced::Nothing => "",
                Announced::Body(None) => " with a body",
                Announced::Body(Some(_)) => " with a body of known length",
            };
            format!(
                "{stream}: {} {}{}{body}",
                request.method(),
                request.path(),
                lines(&request.fields)
            )
        }
        Event::TooLarge { stream } => format!("{stream}: too large"),
        Event::Data { stream, data, last } => {
            let last = if *last { ", the last" } else { "" };
            format!("{stream}: {} bytes{last}", data.len())
        }
        Event::Trailers { stream, fields } => format!("{stream}: trailers{}", lines(fields)),
        Event::Reset { stream } => format!("{stream}: reset"),
        Event::Room { stream } => format!("{stream:?}: room"),
    }
}

pub(crate) fn code(code: Code) -> u32 {
    code as u32
}
