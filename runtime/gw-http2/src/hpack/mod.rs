//! Header compression (RFC 7541).

mod decoder;
mod dynamic;
mod encoder;
mod fixed;
mod huffman;
mod integer;
mod name;

pub use decoder::{Decoder, Line};
pub use encoder::Encoder;
pub use name::Name;

/// What an entry of a table counts beyond its name and value (RFC 7541 section 4.1), and a line of a
/// header list (RFC 9113 section 6.5.2).
pub const OVERHEAD: usize = 32;

/// A block that cannot be decompressed: the state of the compression is lost, and the connection
/// with it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{0}")]
pub struct Undecodable(pub &'static str);
