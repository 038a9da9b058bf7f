//! The language server: what an editor asks about a policy. Messages in, messages out; who joins
//! them to pipes, and what reads files and runs tests, is handed in. Must not know how a graph is
//! run.

mod alike;
mod capabilities;
mod cursor;
mod described;
mod effective;
mod feature;
mod host;
mod job;
mod members;
mod mention;
mod request;
mod said;
mod scope;
mod serve;
mod server;
mod settings;
mod snapshot;
mod target;
mod text;
mod typed;
mod uri;

pub use host::{Host, TestRun};
pub use job::{Check, Done, Found, Job, Testing};
pub use said::Said;
pub use serve::serve;
pub use server::Server;
