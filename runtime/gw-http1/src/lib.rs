//! HTTP/1.x messages (RFC 9112) without input or output: request and response heads as byte ranges
//! into the buffer that was read, bodies piece by piece, and field sections that are edited while
//! they are written. Strict: what two parsers could read in two ways is refused. Must not know
//! sockets, clocks or policies.

mod assembly;
mod body;
mod chunked;
mod classes;
mod explain;
mod fields;
mod framing;
mod head_end;
mod known;
mod line_cache;
mod malformed;
mod marks;
mod request;
mod response;
mod section;
mod span;
mod status_line;
mod target;
pub mod words;

pub use assembly::Assembly;
pub use body::{Body, Piece};
pub use chunked::{LAST_CHUNK, chunk_head};
pub use classes::{is_target, is_token, is_value};
pub use fields::{Field, Fields};
pub use framing::{Framing, content_length};
pub use head_end::HeadEnd;
pub use known::{Known, KnownSet};
pub use line_cache::LineCache;
pub use malformed::{Fault, Malformed};
pub use request::{Limits, Request};
pub use response::{Response, ResponseFraming, ToHead};
pub use section::{Room, Section, Value};

/// The protocol version of a message.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Version {
    /// HTTP/1.0.
    Http10,
    /// HTTP/1.1.
    #[default]
    Http11,
    /// HTTP/2: a head that came in another syntax and is held in this form.
    Http2,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Up to 128 bytes are moved without a call (docs/data-plane.md).
    #[test]
    fn heads_are_small() {
        assert!(size_of::<Option<Request>>() <= 128);
        assert!(size_of::<Option<(usize, Response)>>() <= 128);
        assert!(size_of::<Section<'_>>() <= 128);
    }
}
