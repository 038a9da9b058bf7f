//! Settings (RFC 9113 section 6.5).

use crate::code::{Code, Failed};
use crate::frame::{self, Kind, LARGEST};
use crate::window;

/// What the gateway lets a client do.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// Most streams at once.
    pub max_streams: u32,
    /// Largest header list in bytes, counted as RFC 9113 section 6.5.2 does.
    pub max_list: u32,
    /// How many bytes of a body a client may send ahead.
    pub stream_window: u32,
    /// How many bytes of all bodies together.
    pub connection_window: u32,
}

const TABLE_SIZE: u16 = 1;
const ENABLE_PUSH: u16 = 2;
const MAX_STREAMS: u16 = 3;
const INITIAL_WINDOW: u16 = 4;
const MAX_FRAME: u16 = 5;
const MAX_LIST: u16 = 6;
/// RFC 9218 section 2.1: priorities as RFC 7540 had them are ignored.
const NO_PRIORITIES: u16 = 9;

impl Config {
    /// Writes the gateway's settings.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        let all = [
            (MAX_STREAMS, self.max_streams),
            (INITIAL_WINDOW, self.stream_window),
            (MAX_LIST, self.max_list),
            (NO_PRIORITIES, 1),
        ];
        frame::head(Kind::Settings, 0, 0, all.len() * 6, out);
        for (id, value) in all {
            out.extend_from_slice(&id.to_be_bytes());
            out.extend_from_slice(&value.to_be_bytes());
        }
    }
}

/// What a client said in one frame, where it matters to the gateway. Of what is said twice the last
/// word counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Said {
    pub(crate) table: Option<usize>,
    pub(crate) window: Option<u32>,
}

impl Said {
    pub(crate) fn read(payload: &[u8]) -> Result<Self, Failed> {
        let (all, []) = payload.as_chunks::<6>() else {
            return Err(Failed::frame_size("settings of a wrong size"));
        };
        let mut said = Self::default();
        for [a, b, value @ ..] in all {
            let value = u32::from_be_bytes(*value);
            match u16::from_be_bytes([*a, *b]) {
                TABLE_SIZE => said.table = Some(value as usize),
                ENABLE_PUSH if value > 1 => {
                    return Err(Failed::protocol("a setting is neither zero nor one"));
                }
                INITIAL_WINDOW if value > window::LARGEST => {
                    let detail = "the initial window is too large";
                    return Err(Failed::new(Code::FlowControl, detail));
                }
                INITIAL_WINDOW => said.window = Some(value),
                MAX_FRAME if !(LARGEST as u32..1 << 24).contains(&value) => {
                    return Err(Failed::protocol("the frame size is out of bounds"));
                }
                _ => {}
            }
        }
        Ok(said)
    }
}
