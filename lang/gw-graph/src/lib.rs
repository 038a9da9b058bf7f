//! The decision graph as plain data, and its artifact encoding. Knows the types of expressions;
//! must not know the source language, nor how the graph is run.

mod access;
mod artifact;
mod graph;
mod header;
mod ids;
mod index;
mod origin;
mod path;
mod reason;
mod retry;
mod segment;
mod shared;
mod traffic;
mod validate;

pub use access::{
    Algorithm, ApiKeyAuthn, Atom, Authn, AuthnKind, AuthnTree, Authorization, Branch,
    ClientCertificateAuthn, CredentialSource, Diagram, DiagramNode, Effect, Formula, JwtAlgorithm,
    JwtAuthn, KeySource, Limit, MAX_RECORD_BYTES, Mode, Rate, RateSource, Rule, RuleSet, Table,
};
pub use artifact::{ArtifactError, decode, decode_with_id, encode, policy_id};
pub use graph::{
    Access, Few, Graph, HostPattern, Matcher, Route, Segment, SegmentType, StepOrigin,
};
pub use header::{HeaderPattern, header_name, is_field_value, is_framing, is_header_name};
pub use ids::{
    AtomId, AuthnId, BackendId, ExprId, LimitId, ListenerId, RouteId, RuleSetId, SecretId, TableId,
};
pub use index::{
    Dimension, DimensionKey, DimensionKind, DimensionValue, Leaf, Link, PathEdge, PathNode,
    RouteIndex, Slice,
};
pub use origin::Origin;
pub use path::{PathError, normalize_path};
pub use reason::{Builtin, Reason};
pub use retry::{RETRIED_STATUSES, Retry, RetryBudget, RetryCause, is_idempotent};
pub use segment::SegmentClass;
pub use shared::SharedList;
pub use traffic::{
    Action, Backend, BackendProtocol, BackendTls, Balance, Certificate, ClientTls, Edit, Ejection,
    Forward, HostHeader, HttpSettings, Listener, ListenerTls, Respond, Secret, SecretSource, Share,
    Target, Targets, Text, Timeouts, TlsVersion, is_loopback,
};
pub use validate::InvalidGraph;
