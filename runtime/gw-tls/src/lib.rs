//! TLS 1.2 and 1.3 (RFC 5246, RFC 8446) without input or output. Handshakes, key schedules and
//! tickets are rustls'; what follows a handshake is here: records are opened in the memory that they
//! were received into, and sealed into the memory that is sent. Must not know sockets, clocks or what
//! the bytes mean.

mod error;
mod handshake;
mod keys;
mod messages;
mod pieces;
mod record;
mod schedule;
mod server_name;
mod session;
#[cfg(test)]
mod tests;

pub use error::TlsError;
pub use handshake::{Agreed, Established, Handshake, Progress};
pub use record::{LARGEST_RECORD, is_whole};
pub use session::{Opened, Session};
