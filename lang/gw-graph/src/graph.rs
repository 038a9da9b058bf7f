//! The decision graph: everything that the engine and the proxy know about a policy, as plain
//! data. Must not run anything.

use crate::{
    Action, Atom, Authn, AuthnTree, Authorization, Backend, Edit, ExprId, Limit, LimitId, Listener,
    ListenerId, Origin, RouteIndex, RuleSet, Secret, SharedList, Table,
};
use gw_expr::{FactTable, Ir, Type};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

/// A list that is empty or short for most routes: one word instead of three, of which a large policy
/// has a hundred thousand.
pub type Few<T> = thin_vec::ThinVec<T>;

/// A compiled policy.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Graph {
    /// Names of the source files, relative to the entry file's folder; the entry file first.
    pub files: Vec<String>,
    /// Everything that conditions and edits read from a request; `FactId` is the position.
    pub facts: FactTable,
    /// Expressions.
    pub exprs: Vec<Ir>,
    /// Conditions.
    pub atoms: Vec<Atom>,
    /// Secrets by place, never by value.
    pub secrets: Vec<Secret>,
    /// Tables.
    pub tables: Vec<Table>,
    /// Listeners.
    pub listeners: Vec<Listener>,
    /// Backends.
    pub backends: Vec<Backend>,
    /// Authentications.
    pub authns: Vec<Authn>,
    /// Limits.
    pub limits: Vec<Limit>,
    /// Sets of rules, shared between the routes that use them.
    pub rule_sets: Vec<RuleSet>,
    /// Routes in the order of the source.
    #[serde(deserialize_with = "crate::artifact::routes")]
    pub routes: Vec<Route>,
    /// The way from a request to its route.
    pub index: RouteIndex,
}

/// A route with everything that holds for it, inherited settings included.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Route {
    /// Name; with its service as `shop.order_create`. Stable across reloads.
    pub name: SmolStr,
    /// What requests it takes.
    pub matcher: Matcher,
    /// Who is let in.
    pub access: Access,
    /// Limits in order, outer scope first.
    pub limits: Few<LimitId>,
    /// Changes of the request, in order.
    pub request_edits: Few<Edit>,
    /// Changes of the response, in order.
    pub response_edits: Few<Edit>,
    /// Largest request body in bytes, where the route says so.
    pub max_body: Option<u64>,
    /// What happens in the end.
    pub action: Action,
    /// Where each effective step comes from, in the order of the phases, for `gwc explain route`.
    pub steps: Few<StepOrigin>,
    /// Declaration.
    pub origin: Origin,
}

/// One line of a route's effective pipeline.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct StepOrigin {
    /// The phase: `admit authn authz limit cache request forward response store log`.
    pub phase: SmolStr,
    /// The statement, shortened to a line.
    pub text: String,
    /// Scope: `service shop`, `route order_create`, `policy writes`.
    pub scope: SmolStr,
    /// Place.
    pub origin: Origin,
}

/// Which requests a route takes.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Matcher {
    /// Listeners; empty for all.
    pub listeners: Few<ListenerId>,
    /// Hosts; empty for all.
    pub hosts: SharedList<HostPattern>,
    /// Path.
    pub path: Few<Segment>,
    /// Methods in upper case; empty for all.
    pub methods: SharedList<SmolStr>,
    /// Header fields that must have exactly this value; names in lower case.
    pub headers: Few<(SmolStr, String)>,
    /// Query parameters that must have exactly this value (first occurrence, decoded).
    pub query: Few<(SmolStr, String)>,
    /// Networks that the client must be in; empty for all.
    pub sources: Few<IpNet>,
    /// A further condition, evaluated last; an error does not match.
    pub when: Option<Box<crate::Formula>>,
    /// Breaks ties between routes of equal specificity; the higher wins. Zero unless written.
    pub priority: i32,
}

/// A host pattern in lower case.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub enum HostPattern {
    /// `api.shop.example`.
    Exact(SmolStr),
    /// `*.shop.example`, kept without `*.`: one or more labels before it.
    Suffix(SmolStr),
}

/// A segment of a path pattern.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub enum Segment {
    /// Exactly this text, percent-encoding normalised.
    Exact(SmolStr),
    /// One segment (not empty) that fits a type; the name of the parameter.
    Param(SmolStr, SegmentType),
    /// One segment that is not empty.
    Any,
    /// All further segments, none included; the name of the parameter if it has one. Last only.
    Rest(Option<SmolStr>),
}

/// What the text of a path parameter must look like. Values are percent-decoded before they fit.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub enum SegmentType {
    /// Any text.
    String,
    /// A decimal 64-bit integer without leading zeros or plus sign.
    Int,
    /// The same without a minus sign.
    Uint,
    /// RFC 9562, in lower or upper case, with hyphens.
    Uuid,
    /// `[a-z0-9]+(-[a-z0-9]+)*`.
    Slug,
    /// `true` or `false`.
    Bool,
    /// One of the variants of an enum.
    Enum(Few<SmolStr>),
    /// A regular expression that fits the whole segment.
    Regex(Box<SmolStr>),
}

/// Who is let in.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum Access {
    /// Everybody whom no inherited deny rule refuses, for a written reason.
    Public {
        /// The reason.
        why: SmolStr,
        /// Inherited sets that hold deny rules only (by address, say); often none.
        denies: Authorization,
    },
    /// Those who pass.
    Protected {
        /// Identities that are asked for; rules may do without one (by address, say).
        authn: Option<AuthnTree>,
        /// The rules.
        authorization: Authorization,
    },
}

impl Graph {
    /// The types of a route's path parameters, in order.
    pub fn segment_value_type(ty: &SegmentType) -> Type {
        match ty {
            SegmentType::Int => Type::Int,
            SegmentType::Uint => Type::Uint,
            SegmentType::Bool => Type::Bool,
            SegmentType::String
            | SegmentType::Uuid
            | SegmentType::Slug
            | SegmentType::Enum(_)
            | SegmentType::Regex(_) => Type::String,
        }
    }

    /// Leaves out what only explanations read: the lines of pipelines, and the texts of conditions.
    /// Every decision stays the same; the id of the policy does not, so it is taken before.
    pub fn forget_explanations(&mut self) {
        for route in &mut self.routes {
            route.steps = Few::new();
        }
        for atom in &mut self.atoms {
            atom.text = String::new();
        }
    }

    /// The expression with that identity.
    pub fn expr(&self, id: ExprId) -> Option<&Ir> {
        self.exprs.get(id.index())
    }
}
