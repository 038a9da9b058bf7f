//! Listeners, TLS, HTTP, backends and observation: everything around a decision that touches the
//! world. The only asynchronous crate. Must not know the source language.

mod accept;
mod admin;
mod authn;
mod backend;
mod bind;
mod buffers;
mod client;
mod clock;
mod conn;
mod core;
mod date;
mod decide;
mod decode;
mod error;
mod forward;
mod gateway;
mod headers;
mod inbound;
mod lifecycle;
mod listener;
mod log;
mod metrics;
mod net;
mod observe;
mod options;
mod outgoing;
mod pipeline;
mod problem;
mod respond;
mod secrets;
mod snapshot;
mod source;
mod status;
mod timers;
mod tls;
mod transform;
mod upload;
mod watch;
mod worker;

pub use error::{LoadError, StartError};
pub use gateway::Gateway;
pub use lifecycle::{PolicySource, run};
pub use options::{AccessLog, Options, Policy};
pub use status::{ListenerStatus, ReloadStatus};
