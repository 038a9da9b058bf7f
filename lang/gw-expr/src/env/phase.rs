//! The fixed phases of an exchange, in their order.

use std::fmt::{Display, Formatter};

/// A phase. The order of the variants is the order in which they run.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Phase {
    /// Protections, before anything is known about the caller; also routing.
    Admit,
    /// Who is calling.
    Authn,
    /// Whether they may.
    Authz,
    /// How often.
    Limit,
    /// Lookup of a stored response.
    Cache,
    /// Changes to the request.
    Request,
    /// The backend.
    Forward,
    /// Changes to the response.
    Response,
    /// Storing the response.
    Store,
    /// Observation.
    Log,
}

impl Display for Phase {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Phase::Admit => "admit",
            Phase::Authn => "authn",
            Phase::Authz => "authz",
            Phase::Limit => "limit",
            Phase::Cache => "cache",
            Phase::Request => "request",
            Phase::Forward => "forward",
            Phase::Response => "response",
            Phase::Store => "store",
            Phase::Log => "log",
        })
    }
}
