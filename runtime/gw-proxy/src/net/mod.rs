//! Connections as bytes: sockets with and without TLS, and HTTP/1.x on them. Must not know routes,
//! policies or which side is the client.

mod link;
mod pipe;
mod socket;
mod tcp;
mod tls;
mod unsent;

pub(crate) use link::{Link, LinkError, Next, TOGETHER};
pub(crate) use pipe::{Pipe, Pipes};
pub(crate) use socket::Socket;
pub(crate) use tls::TlsSocket;
