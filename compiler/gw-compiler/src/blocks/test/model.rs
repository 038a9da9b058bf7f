//! Tests as plain data, for whoever runs them.

use gw_graph::Origin;
use gw_syntax::Span;
use serde_json::Value as Json;
use std::net::IpAddr;
use std::time::Duration;

/// A test of the policy.
#[derive(Clone, Debug)]
pub struct Test {
    /// What it claims.
    pub name: String,
    /// Place of its header.
    pub span: Span,
    /// Place with lines, as the graph has it.
    pub origin: Origin,
    /// Requests in order.
    pub steps: Vec<TestStep>,
}

/// One request with its circumstances and expectations.
#[derive(Clone, Debug)]
pub struct TestStep {
    /// What holds.
    pub given: Given,
    /// What is sent.
    pub request: TestRequest,
    /// How often it is sent.
    pub repeat: u32,
    /// How much time passes before it.
    pub after: Duration,
    /// What must come of it, each with its place.
    pub then: Vec<(Expectation, Span)>,
    /// Place of the `when`.
    pub span: Span,
}

/// Circumstances.
#[derive(Clone, Debug, Default)]
pub struct Given {
    /// Claims of a verified token.
    pub jwt: Option<Json>,
    /// Record of an API key.
    pub key: Option<Json>,
    /// The client's address; 192.0.2.1 (RFC 5737) unless given.
    pub source: Option<IpAddr>,
    /// Nanoseconds since 1970; 2030-01-01T00:00:00Z unless given.
    pub time: Option<i64>,
    /// Header fields.
    pub headers: Vec<(String, String)>,
    /// Answers of backends.
    pub backends: Vec<MockBackend>,
}

/// What a backend answers.
#[derive(Clone, Debug)]
pub struct MockBackend {
    /// The backend's name.
    pub name: String,
    /// Status.
    pub status: u16,
    /// Header fields.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: String,
}

/// A request of a test.
#[derive(Clone, Debug)]
pub struct TestRequest {
    /// Method.
    pub method: String,
    /// Host.
    pub host: String,
    /// Path, as a client sends it.
    pub path: String,
    /// Query without `?`.
    pub query: String,
    /// JSON body.
    pub json: Option<Json>,
}

/// An expectation.
#[derive(Clone, PartialEq, Debug)]
pub enum Expectation {
    /// The status.
    Status(u16),
    /// The class of the status, as in `status 2xx`.
    StatusClass(u8),
    /// The reason: its sentence or its slug.
    Reason(String),
    /// The name of the rule that decided.
    Rule(String),
    /// The name of the route, with or without its service.
    Route(String),
    /// The backend that is chosen.
    Backend(String),
    /// The path that the backend sees.
    Path(String),
    /// A header of the response; `None` for absent.
    Header(String, Option<String>),
    /// A header that the backend sees.
    RequestHeader(String, Option<String>),
    /// The body of the gateway's own response.
    Body(String),
}
