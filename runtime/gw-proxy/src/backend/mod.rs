//! Backends: named targets with their endpoints, connections and health. Each core has its own
//! connections; health is shared. Must not know routes or policies.

mod balance;
mod connect;
mod echo;
mod endpoint;
mod health;
mod pool;
mod resolve;
mod set;

pub(crate) use connect::ConnectError;
pub(crate) use echo::describe;
pub(crate) use endpoint::Endpoint;
pub(crate) use health::HealthReport;
pub(crate) use pool::{Connection, Lease};
pub(crate) use set::{BackendSet, Backends, Pick};
