//! What an exchange asks of its caller, and how it ends. Plain data.

use crate::HeaderEdits;
use gw_expr::EvalError;
use gw_graph::{AuthnId, BackendId, ExprId, Reason, RouteId};
use smol_str::SmolStr;
use std::borrow::Cow;
use std::time::Duration;

/// Where an exchange stands after [`crate::Exchange::advance`].
#[derive(Debug)]
pub enum Progress<'x> {
    /// The world is needed; supply it and advance again.
    Need(Need),
    /// The request is allowed and goes to a backend. On the heap: it passes through many hands.
    Forward(Box<ForwardPlan<'x>>),
    /// The policy answers itself.
    Respond(OwnResponse<'x>),
    /// The request is refused.
    Refuse(Box<Refusal>),
}

/// What only the caller can do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Need {
    /// Find and verify this credential, then [`crate::Exchange::supply_identity`].
    Identity(AuthnId),
    /// Wait for this long, then advance again. Dropping the exchange instead gives the place back.
    Wait(Duration),
}

/// How an allowed request is forwarded.
#[derive(Debug)]
pub struct ForwardPlan<'x> {
    /// By which route.
    pub route: RouteId,
    /// Where to.
    pub backend: BackendId,
    /// The path to send: normalised, without the backend's base path.
    pub path: Cow<'x, str>,
    /// The query to send, without `?`; empty for none.
    pub query: Cow<'x, str>,
    /// Changes of the header.
    pub edits: HeaderEdits<'x>,
    /// Whether one of them sets, removes or renames into a name that holds an underscore.
    pub underscores: bool,
    /// The value for [`gw_graph::Balance::Hash`].
    pub hash: Option<u64>,
    /// Largest request body in bytes, where the route says so.
    pub max_body: Option<u64>,
}

/// A response that the policy writes itself. Response edits have not been applied.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OwnResponse<'x> {
    /// Status.
    pub status: u16,
    /// Field lines in order; names in lower case.
    pub headers: Vec<(&'x str, Cow<'x, str>)>,
    /// Body; empty for none.
    pub body: Cow<'x, str>,
}

/// A refused request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refusal {
    /// Status.
    pub status: u16,
    /// Why.
    pub reason: Reason,
    /// The policy, service, route or limit that refused.
    pub rule: Option<SmolStr>,
    /// `Allow`, `WWW-Authenticate`, `Retry-After` as they apply. Not the RateLimit fields, see
    /// [`crate::Exchange::limit_headers`].
    pub headers: Vec<(&'static str, String)>,
}

/// Changes of a response before it is sent.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct ResponseEdits<'e> {
    /// Replaces the status.
    pub status: Option<u16>,
    /// Changes of the header.
    pub edits: HeaderEdits<'e>,
}

/// A value for the request or response that could not be computed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum EvalFailure {
    /// An expression failed.
    #[error("an expression failed: {error}")]
    Expr {
        /// Which.
        expr: ExprId,
        /// Why.
        error: EvalError,
    },
    /// A text holds characters that cannot be part of a header field, path or status.
    #[error("a computed {0} holds characters that it may not hold")]
    Unfit(Place),
}

/// Where a computed text was to go.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Place {
    /// A field value.
    Header,
    /// A path.
    Path,
    /// A status code.
    Status,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Place::Header => "header value",
            Place::Path => "path",
            Place::Status => "status",
        })
    }
}

/// The values of the RateLimit header fields, in visible ASCII (draft-ietf-httpapi-ratelimit-headers-10).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LimitHeaders<'x> {
    /// `RateLimit`: what is left now.
    pub limit: String,
    /// `RateLimit-Policy`: what holds.
    pub policy: Cow<'x, str>,
    /// Seconds to wait, if a limit refused.
    pub retry_after: Option<u64>,
}
