//! Listeners, TLS, HTTP, backends and observation: everything around a decision that touches the
//! world. The only asynchronous crate. Must not know the source language.

mod accept;
mod admin;
mod authn;
mod backend;
mod bind;
mod body;
mod client;
mod conn;
mod core;
mod decide;
mod decode;
mod driver;
mod error;
mod forward;
mod gateway;
mod lifecycle;
mod listener;
mod log;
mod metrics;
mod observe;
mod options;
mod outgoing;
mod pipeline;
mod respond;
mod secrets;
mod snapshot;
mod status;
mod tls;
mod transform;
mod watch;
mod wire;
mod worker;

pub use error::{LoadError, StartError};
pub use gateway::Gateway;
pub use lifecycle::{PolicySource, run};
pub use options::{AccessLog, Options, Policy};
pub use status::{ListenerStatus, ReloadStatus};
