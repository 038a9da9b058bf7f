//! The end-to-end harness: a gateway from policy text on port 0, clients and backends that speak
//! raw bytes, certificates and signing keys made on the spot. Loopback only, no sleeps, no fixed
//! ports.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a harness for tests fails by panicking, and its names say what they do"
)]

mod backend;
mod certs;
mod client;
pub mod frames;
mod gate;
mod message;
mod modern;
mod paths;
mod sealed;
mod signal;
mod tokens;

pub use backend::{Backend, Reply, closed_port};
pub use certs::Authority;
pub use client::{Client, reset_at_close};
pub use gate::Gate;
pub use message::{CHUNKED, Message};
pub use modern::{Modern, ModernReply, tls_client, tls_client_as};
pub use paths::{Caller, Heard, Path, Paths};
pub use sealed::{Ending, Sealed, TlsStream, tls_backend};
pub use signal::{signal, wait};
pub use tokens::{Es512, Signer, in_seconds};
