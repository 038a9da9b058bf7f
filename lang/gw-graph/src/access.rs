//! Who may do what, and how often: authentication, rules, conditions, decision diagrams, limits.

use crate::{AtomId, AuthnId, ExprId, Few, Origin, Reason, RuleSetId, SecretId, TableId};
use gw_expr::Type;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;
use std::time::Duration;

/// A way to establish an identity.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Authn {
    /// Name in the policy; stable across reloads.
    pub name: SmolStr,
    /// How.
    pub kind: AuthnKind,
    /// Declaration.
    pub origin: Origin,
}

/// The kinds of authentication.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum AuthnKind {
    /// JSON Web Tokens (RFC 7519), yielding `jwt`.
    Jwt(JwtAuthn),
    /// API keys, yielding `key`.
    ApiKey(ApiKeyAuthn),
    /// Certificates of clients that the listener's TLS verified, yielding `certificate`.
    ClientCertificate(ClientCertificateAuthn),
}

/// How tokens are verified.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct JwtAuthn {
    /// Where the token is read, in order; the first place that has one counts.
    pub from: Vec<CredentialSource>,
    /// Accepted `iss` values; empty accepts any.
    pub issuers: Vec<String>,
    /// Accepted `aud` values; empty accepts any.
    pub audiences: Vec<String>,
    /// Accepted `alg` values (RFC 7518 section 3.1, RFC 8037), never empty.
    pub algorithms: Vec<JwtAlgorithm>,
    /// Allowed clock difference for `exp` and `nbf`.
    pub leeway: Duration,
    /// Where verification keys come from.
    pub keys: KeySource,
    /// The record type that claims must fit.
    pub claims: Type,
}

/// Signature algorithms.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[expect(
    missing_docs,
    reason = "the names are those of RFC 7518 section 3.1 and RFC 8037"
)]
pub enum JwtAlgorithm {
    HS256,
    HS384,
    HS512,
    RS256,
    RS384,
    RS512,
    PS256,
    PS384,
    PS512,
    ES256,
    ES384,
    ES512,
    EdDSA,
}

/// Where verification keys come from.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum KeySource {
    /// A shared secret for HS algorithms.
    Secret(SecretId),
    /// A file: a JWK set (RFC 7517), or PEM public keys or certificates.
    File(String),
    /// A JWK set written in the policy, as JSON text.
    Inline(String),
    /// A JWK set fetched over HTTP(S).
    Remote {
        /// Where.
        url: String,
        /// PEM file with trusted roots; the system's where absent.
        ca: Option<String>,
        /// How long a fetched set is fresh.
        refresh: Duration,
        /// How long it may be used after that when it cannot be fetched.
        stale_ok: Duration,
    },
}

/// How API keys are verified.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ApiKeyAuthn {
    /// Where the key is read, in order.
    pub from: Vec<CredentialSource>,
    /// The table of hashed keys.
    pub table: TableId,
}

/// How clients are known by the certificate of their connection. The listener verifies it; see
/// [`crate::ClientTls`].
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ClientCertificateAuthn {
    /// The record type of what is read of a certificate.
    pub certificate: Type,
}

/// A place in a request that may hold a credential.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum CredentialSource {
    /// `Authorization: Bearer …` (RFC 6750 section 2.1).
    Bearer,
    /// The whole value of a header; the name in lower case.
    Header(SmolStr),
    /// A query parameter.
    Query(SmolStr),
    /// A cookie.
    Cookie(SmolStr),
}

/// The most bytes of a record of a table, which its file may not exceed in a line: the cost of
/// expressions is bounded by it.
pub const MAX_RECORD_BYTES: usize = 64 << 10;

/// Records by key, read from a file of JSON lines.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Table {
    /// Name in the policy; stable across reloads.
    pub name: SmolStr,
    /// File, relative to the policy's folder.
    pub source: String,
    /// Whether keys are SHA-256 hashes (field `hash`, as hex, optionally after `sha256:`) or plain
    /// text (field `key`).
    pub hashed: bool,
    /// The record type of the other fields.
    pub value: Type,
    /// Whether the file is read again when it changes.
    pub watch: bool,
    /// Declaration.
    pub origin: Origin,
}

/// Which identities a route asks for.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum AuthnTree {
    /// This one.
    One(AuthnId),
    /// The first whose credential is present; if that one is wrong, the request is refused.
    AnyOf(Few<AuthnTree>),
    /// Every one.
    AllOf(Few<AuthnTree>),
}

/// A condition that is evaluated at most once per request.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Atom {
    /// A boolean expression without top-level logic.
    pub expr: ExprId,
    /// Its source text, for explanations.
    pub text: String,
    /// Where it stands first.
    pub origin: Origin,
}

/// A condition over atoms, with CEL's logic: `false && error` is false, `true || error` is true.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum Formula {
    /// Always true or always false.
    Constant(bool),
    /// One atom.
    Atom(AtomId),
    /// Negation; an error stays one.
    Not(Box<Formula>),
    /// False if any is false, else an error if any is one.
    All(Vec<Formula>),
    /// True if any is true, else an error if any is one.
    Any(Vec<Formula>),
}

/// Whether decisions bind.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Mode {
    /// Decisions bind.
    Enforce,
    /// Decisions are logged only.
    Shadow,
}

/// The rules of one scope. Deny overrides; if there is an allow rule, one must match.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct RuleSet {
    /// What the rules belong to: a policy's name, or `route NAME`, `service NAME`.
    pub name: SmolStr,
    /// In textual order.
    pub rules: Vec<Rule>,
    /// Whether decisions bind.
    pub mode: Mode,
    /// Declaration.
    pub origin: Origin,
}

/// `allow when …` or `deny when … reason "…"`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Rule {
    /// The name of the policy, service or route that holds it: what logs call the rule.
    pub name: SmolStr,
    /// Allow or deny.
    pub effect: Effect,
    /// When it applies.
    pub when: Formula,
    /// Why.
    pub reason: Reason,
    /// Statement.
    pub origin: Origin,
}

/// What a rule does.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Effect {
    /// Lets the request pass, unless a deny rule applies.
    Allow,
    /// Refuses the request, also when its condition fails with an error.
    Deny,
}

/// All rules that hold for a route.
///
/// Meaning (the chain): the enforced sets in order; within all of them first every deny rule in
/// order — the first that is true or an error refuses —, then for every set that has an allow rule
/// one of them must be true, else the request is refused with "no allow matched" and the rule name
/// of the set. The diagram, where there is one, gives the same answers.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Authorization {
    /// Outer scope first.
    pub sets: Few<RuleSetId>,
    /// The chain as a decision diagram, unless it was over budget.
    pub diagram: Option<Diagram>,
}

/// An ordered decision diagram over atoms; edges always lead to higher positions.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Diagram {
    /// Where to begin.
    pub root: Branch,
    /// The nodes.
    pub nodes: Few<DiagramNode>,
}

/// A test of one atom.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct DiagramNode {
    /// What is tested.
    pub atom: AtomId,
    /// Where to go when it is true.
    pub if_true: Branch,
    /// Where to go when it is false.
    pub if_false: Branch,
    /// Where to go when it fails.
    pub if_error: Branch,
}

/// The end of an edge.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum Branch {
    /// The node at this position.
    Node(u32),
    /// Allowed by this rule: set (position in `Authorization::sets`) and rule of the last set that
    /// has an allow rule.
    Allow(u32, u32),
    /// Allowed, because no set has an allow rule.
    Pass,
    /// Denied by this rule.
    Deny(u32, u32),
    /// Denied because the condition of this deny rule failed.
    DenyError(u32, u32),
    /// Denied because no allow rule of this set matched.
    NoAllow(u32),
}

/// A limit of requests.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Limit {
    /// Name with arguments, as `per_plan(60/min)`: the key of its state across reloads.
    pub name: SmolStr,
    /// How requests are counted.
    pub algorithm: Algorithm,
    /// Requests that count together; all together where absent. A list key is hashed as a whole.
    pub key: Option<ExprId>,
    /// Requests per period (not for concurrency).
    pub rate: RateSource,
    /// Requests that may come at once on top of the steady rate (gcra, buckets).
    pub burst: u64,
    /// Most requests under way at once (concurrency).
    pub concurrency: u64,
    /// Longest time that a request waits for its turn (leaky_bucket).
    pub max_wait: Duration,
    /// Most keys that are remembered; the longest unused are forgotten first.
    pub max_keys: u32,
    /// Whether decisions bind.
    pub mode: Mode,
    /// Declaration.
    pub origin: Origin,
}

/// Counting algorithms.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum Algorithm {
    /// Generic cell rate algorithm (ITU-T I.371): evenly spaced, with a burst.
    Gcra,
    /// A bucket of `burst` tokens that refills at the rate.
    TokenBucket,
    /// A queue that drains at the rate: requests wait for their turn, up to `max_wait`.
    LeakyBucket,
    /// A counter per aligned period.
    FixedWindow,
    /// The counter of this period plus the weighted one of the last.
    SlidingWindow,
    /// Requests under way.
    Concurrency,
}

/// A rate, fixed or per request.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum RateSource {
    /// Always the same.
    Fixed(Rate),
    /// An expression of type rate.
    Expr(ExprId),
}

/// Events per period.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Rate {
    /// Events; at least 1.
    pub count: u64,
    /// Period.
    pub period: Duration,
}

impl From<gw_expr::Rate> for Rate {
    fn from(rate: gw_expr::Rate) -> Self {
        Self {
            count: rate.count,
            period: Duration::from_nanos(u64::try_from(rate.period).unwrap_or(1)),
        }
    }
}
