//! The record of one exchange for `gwc explain` and `gwc test`. Collected only on demand.

use crate::Truth;
use gw_graph::{AtomId, AuthnId, LimitId, Reason, RouteId, RuleSetId};
use std::time::Duration;

/// What happened, in order.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Trace {
    /// The events.
    pub events: Vec<TraceEvent>,
}

/// One step.
#[derive(Clone, PartialEq, Debug)]
pub enum TraceEvent {
    /// A route was found, or none.
    Routed {
        /// The route.
        route: Option<RouteId>,
        /// Routes that came close, the closest first.
        near: Vec<NearMiss>,
    },
    /// Where the route index found the route.
    Leaf {
        /// The leaf, a position in `RouteIndex::leaves`.
        leaf: u32,
    },
    /// An identity was asked for.
    Identity {
        /// Which.
        authn: AuthnId,
        /// The principal's id (empty if it has none), or why there is none.
        outcome: Result<String, Reason>,
    },
    /// A condition was evaluated.
    Atom {
        /// Which; its text and place are in the graph.
        atom: AtomId,
        /// What it gave.
        value: Truth,
    },
    /// A rule was looked at.
    Rule {
        /// Its set.
        set: RuleSetId,
        /// Its position in the set.
        rule: u32,
        /// What its condition gave.
        value: Truth,
    },
    /// A node of the route's decision diagram was passed.
    Edge {
        /// The node, a position in `Diagram::nodes`.
        node: u32,
        /// The edge that was taken.
        value: Truth,
    },
    /// What decided: a rule, or a set of which no allow rule matched. Nothing where no set has a
    /// say.
    Ruled {
        /// The set.
        set: RuleSetId,
        /// The position of the rule in the set.
        rule: Option<u32>,
    },
    /// The rules came to an end.
    Authorized {
        /// Whether the request may pass.
        allowed: bool,
        /// Why.
        reason: Reason,
    },
    /// A limit was asked.
    Limit {
        /// Which.
        limit: LimitId,
        /// Whether it let the request pass.
        admitted: bool,
        /// Requests left after this one.
        remaining: u64,
        /// How long the request had to wait.
        wait: Duration,
    },
    /// A header, path or query was changed.
    Edit {
        /// The change, as `set header x-tenant: acme`; secrets show their name only.
        text: String,
    },
    /// The end.
    Action {
        /// `forward to orders`, `respond 200`, `redirect 308`, `refuse 403 account-suspended`.
        text: String,
    },
}

/// A route that nearly took the request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NearMiss {
    /// The route.
    pub route: RouteId,
    /// What did not fit.
    pub failed: Vec<Mismatch>,
}

/// A matcher that did not fit.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Mismatch {
    /// The listener.
    Listener,
    /// The host.
    Host,
    /// The path, from this segment on (counted from 0).
    Path(usize),
    /// The method.
    Method,
    /// This header.
    Header(String),
    /// This query parameter.
    Query(String),
    /// The client's address.
    Source,
    /// The `when` condition.
    When,
    /// Everything fits, but another route is more specific.
    LessSpecific,
}
