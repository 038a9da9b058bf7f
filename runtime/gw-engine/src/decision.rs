//! What was decided about a request and why: for logs, metrics and tests.

use gw_graph::{Effect, LimitId, Reason};
use smol_str::SmolStr;

/// The whole answer about a request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Decision<'x> {
    /// Whether the request may pass; false until it is decided.
    pub allowed: bool,
    /// Why.
    pub reason: &'x Reason,
    /// The policy, service, route or limit that decided, where one did.
    pub rule: Option<&'x SmolStr>,
    /// The status of a refusal or of an own response; 200 for a request that is forwarded.
    pub status: u16,
    /// Enforced limits that were exceeded.
    pub limits: Vec<LimitId>,
    /// What rules and limits in shadow mode would have refused.
    pub shadow: Vec<ShadowDecision>,
    /// How many conditions failed with an error so far.
    pub errors: u32,
}

/// A decision that did not bind.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ShadowDecision {
    /// The policy or limit.
    pub rule: SmolStr,
    /// What it would have done.
    pub effect: Effect,
    /// Why.
    pub reason: Reason,
}
