//! Tests as plain data, for whoever runs them.

use gw_graph::Origin;
use gw_syntax::Span;
use serde_json::Value as Json;
use std::net::IpAddr;
use std::time::Duration;

/// A test of the policy, or one row of a test that has rows.
#[derive(Clone, Debug)]
pub struct Test {
    /// What it claims; with its row as `who may write: an editor`.
    pub name: String,
    /// Place of its header.
    pub span: Span,
    /// The row that it was made from, where the test has rows.
    pub row: Option<Span>,
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
    /// How often it is sent; at least once.
    pub repeat: u32,
    /// How much time passes from one repetition to the next.
    pub every: Duration,
    /// How much time passes before the first.
    pub after: Duration,
    /// What must come of it.
    pub then: Vec<Expected>,
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
    /// What is read of the client's certificate; fields that are left out are empty.
    pub certificate: Option<Json>,
    /// The client's address; 192.0.2.1 (RFC 5737) unless given.
    pub source: Option<IpAddr>,
    /// When the requests that follow begin.
    pub time: Option<GivenTime>,
    /// Header fields.
    pub headers: Vec<(String, String)>,
    /// TLS of the connection; without it the connection is plain.
    pub tls: Option<GivenTls>,
    /// The listener; the first one unless given.
    pub listener: Option<String>,
    /// What backends do.
    pub backends: Vec<MockBackend>,
}

/// A time that a test sets its clock to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct GivenTime {
    /// Nanoseconds since 1970.
    pub nanos: i64,
    /// Where it stands: the clock is set when this changes, and runs on otherwise.
    pub span: Span,
}

/// TLS of a connection.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GivenTls {
    /// `1.2` or `1.3`.
    pub version: String,
    /// Server name indication (RFC 6066 section 3).
    pub sni: Option<String>,
    /// Cipher suite by its IANA name.
    pub cipher: String,
}

/// What a backend does.
#[derive(Clone, Debug)]
pub struct MockBackend {
    /// The backend's name.
    pub name: String,
    /// Time until its response head, against which its timeouts are held.
    pub delay: Duration,
    /// What comes then.
    pub outcome: MockOutcome,
    /// How many tries of each request meet it, the others being answered with 200; all of them
    /// unless given.
    pub times: Option<u32>,
}

/// What comes of a request to a mocked backend.
#[derive(Clone, Debug)]
pub enum MockOutcome {
    /// A response.
    Answer {
        /// Status.
        status: u16,
        /// Header fields, names in lower case.
        headers: Vec<(String, String)>,
        /// Body.
        body: String,
    },
    /// None.
    Fail(BackendFailure),
}

/// How a request to a backend fails.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BackendFailure {
    /// The connection is refused.
    Connect,
    /// The connection breaks off before a response head.
    Reset,
    /// No response head comes in time.
    Timeout,
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

/// An expectation with its place.
#[derive(Clone, PartialEq, Debug)]
pub struct Expected {
    /// What must hold of the last response of the step.
    pub what: Expectation,
    /// Instead, of exactly so many of its responses.
    pub times: Option<u32>,
    /// Where it stands.
    pub span: Span,
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
    /// The query that the backend sees.
    Query(String),
    /// A header.
    Header(Message, String, HeaderValue),
    /// The body that the client sees.
    Body(BodyValue),
    /// The time that a limit or a backend made the request wait.
    Waited(Duration),
    /// How often the request was sent to its backend.
    Tries(u32),
    /// A policy or limit in shadow mode that would have refused the request.
    Shadow(String),
}

/// Which message has a header.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Message {
    /// The response that the client sees.
    Response,
    /// The request that the backend sees.
    Sent,
}

/// What a header must be.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum HeaderValue {
    /// Not there.
    Absent,
    /// This.
    Is(String),
    /// Something that has this in it.
    Contains(String),
}

/// What a body must be.
#[derive(Clone, PartialEq, Debug)]
pub enum BodyValue {
    /// This text.
    Is(String),
    /// Something that has this in it.
    Contains(String),
    /// This JSON, however it is written.
    Json(Json),
}
