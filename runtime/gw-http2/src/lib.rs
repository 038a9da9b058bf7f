//! The server's side of HTTP/2 (RFC 9113, RFC 7541) without input or output: bytes in, events out;
//! responses in, bytes out. Strict, and bounded in what a client can make it hold or do. Heads have
//! the form of `gw-http1`. Must not know sockets, clocks or policies.

mod block;
mod calm;
mod code;
mod connection;
mod frame;
mod head;
pub mod hpack;
mod receive;
mod send;
mod settings;
mod streams;
mod window;

pub use code::{Code, Failed};
pub use connection::{Connection, PREFACE};
pub use receive::{Announced, Event, Received};
pub use send::Follows;
pub use settings::Config;
