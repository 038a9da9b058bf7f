//! Listeners, backends and what happens to a request on its way: edits and actions.

use crate::{BackendId, ExprId, Few, HeaderPattern, Origin, Retry, SecretId};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;
use std::time::Duration;

/// Where a secret comes from. Its value is never part of a graph.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Secret {
    /// Name in the policy.
    pub name: SmolStr,
    /// Where the gateway reads it when it loads the policy.
    pub source: SecretSource,
    /// Declaration.
    pub origin: Origin,
}

/// The source of a secret.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum SecretSource {
    /// An environment variable.
    Env(String),
    /// A file, relative to the policy's folder; a trailing newline is not part of it.
    File(String),
}

/// An address that the gateway accepts connections on.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Listener {
    /// Name in the policy; stable across reloads.
    pub name: SmolStr,
    /// `host:port` as written, an empty host meaning every address. Port 0 lets the system choose.
    pub bind: String,
    /// TLS, unless the listener is plain.
    pub tls: Option<ListenerTls>,
    /// HTTP settings.
    pub http: HttpSettings,
    /// Declaration.
    pub origin: Origin,
}

/// TLS of a listener.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ListenerTls {
    /// Certificates; chosen by SNI (RFC 6066 section 3), the first one where none fits.
    pub certificates: Vec<Certificate>,
    /// Lowest protocol version.
    pub min_version: TlsVersion,
    /// Whether clients show certificates, and who issues them.
    pub client: Option<ClientTls>,
}

/// Certificates of clients (RFC 8446 section 4.4.2).
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ClientTls {
    /// PEM file with the authorities that issue them.
    pub ca: String,
    /// PEM file with revocation lists (RFC 5280 section 5).
    pub crl: Option<String>,
    /// Whether a connection without one is refused.
    pub required: bool,
}

/// A certificate chain with its key, both PEM files.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Certificate {
    /// Chain file, leaf first.
    pub cert: String,
    /// Private key file (PKCS #8, PKCS #1 or SEC 1).
    pub key: String,
}

/// A TLS protocol version.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub enum TlsVersion {
    /// TLS 1.2 (RFC 5246).
    V12,
    /// TLS 1.3 (RFC 8446).
    V13,
}

/// HTTP settings of a listener.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct HttpSettings {
    /// Largest request body in bytes.
    pub max_body: u64,
    /// Largest request head in bytes.
    pub max_head: u64,
    /// Most header fields in a request.
    pub max_headers: u32,
    /// Time for a whole request head.
    pub header_timeout: Duration,
    /// Longest pause between two pieces of a request body.
    pub body_timeout: Duration,
    /// How long an idle keep-alive connection stays open.
    pub idle_timeout: Duration,
    /// Most open connections, over all cores.
    pub max_connections: u32,
    /// Most concurrent streams of one HTTP/2 connection.
    pub max_streams: u32,
    /// Peers whose `Forwarded` and `X-Forwarded-For` are believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Whether HTTP/2 is spoken (ALPN with TLS, prior knowledge without).
    pub http2: bool,
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self {
            max_body: 10 << 20,
            max_head: 64 << 10,
            max_headers: 100,
            header_timeout: Duration::from_secs(10),
            body_timeout: Duration::from_secs(30),
            idle_timeout: Duration::from_secs(75),
            max_connections: 100_000,
            max_streams: 256,
            trusted_proxies: Vec::new(),
            http2: true,
        }
    }
}

/// A named target with one or more endpoints.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Backend {
    /// Name in the policy; stable across reloads.
    pub name: SmolStr,
    /// Where requests go.
    pub targets: Targets,
    /// Which protocol the endpoints speak.
    pub protocol: BackendProtocol,
    /// Which endpoint takes the next request.
    pub balance: Balance,
    /// Timeouts.
    pub timeout: Timeouts,
    /// When a failed request is sent again.
    pub retry: Retry,
    /// Passive ejection of failing endpoints.
    pub ejection: Ejection,
    /// Most open connections to each endpoint, per core; more requests wait for one.
    pub max_connections: u32,
    /// How long an idle connection is kept.
    pub idle_timeout: Duration,
    /// TLS settings for `https` targets.
    pub tls: BackendTls,
    /// Which `Host` the backend sees.
    pub host: HostHeader,
    /// Declaration.
    pub origin: Origin,
}

/// The endpoints of a backend.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum Targets {
    /// The built-in backend, which answers every request with a JSON description of it.
    Echo,
    /// Written addresses.
    Fixed(Vec<Target>),
}

/// One written address.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Target {
    /// `https` rather than `http`.
    pub tls: bool,
    /// Host name or address, without brackets. Names are resolved by the system, all addresses used.
    pub host: String,
    /// Port.
    pub port: u16,
    /// Path that is put before every request's path; empty for none.
    pub base_path: String,
    /// Share of requests against the other targets; at least 1.
    pub weight: u32,
}

/// Whether what is sent to a host never leaves this machine.
pub fn is_loopback(host: &str) -> bool {
    let address = host.parse::<std::net::IpAddr>();
    host == "localhost" || address.is_ok_and(|a| a.is_loopback())
}

/// The protocol of a backend's endpoints.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum BackendProtocol {
    /// ALPN chooses with TLS; HTTP/1.1 without.
    Auto,
    /// HTTP/1.1 (RFC 9112).
    Http1,
    /// HTTP/2 (RFC 9113), with prior knowledge where there is no TLS.
    Http2,
}

/// How an endpoint is chosen.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum Balance {
    /// In turn, by weight.
    RoundRobin,
    /// The one with the fewest requests under way for its weight.
    LeastRequest,
    /// The better of two random ones (Mitzenmacher, 2001).
    RandomOfTwo,
    /// By a hash of a value, so that equal values reach the same endpoint (rendezvous hashing).
    Hash(ExprId),
}

/// Timeouts of an exchange with a backend.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Timeouts {
    /// Time to connect, TLS included.
    pub connect: Duration,
    /// Time from the sent request head to the response head.
    pub first_byte: Duration,
    /// Time for the whole exchange; none for streams without end.
    pub total: Option<Duration>,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(2),
            first_byte: Duration::from_secs(30),
            total: None,
        }
    }
}

/// Passive ejection: an endpoint that fails several times in a row rests for a while.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Ejection {
    /// Consecutive failures (connect, reset, timeout, 5xx of the gateway class 502–504) that eject.
    pub after: u32,
    /// How long the first ejection lasts; doubled each time up to sixteenfold.
    pub rest: Duration,
    /// Largest share of the endpoints that may rest at once, in percent; beyond it all are used.
    pub max_percent: u8,
}

impl Default for Ejection {
    fn default() -> Self {
        Self {
            after: 5,
            rest: Duration::from_secs(10),
            max_percent: 50,
        }
    }
}

/// TLS towards a backend.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct BackendTls {
    /// PEM file with trusted roots; the system's where absent.
    pub ca: Option<String>,
    /// Name to verify instead of the target's host.
    pub server_name: Option<String>,
}

/// Which `Host` (or `:authority`) a backend sees.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum HostHeader {
    /// The client's.
    Keep,
    /// The target's.
    Target,
    /// A fixed one.
    Fixed(String),
}

/// A text that is written while a request passes.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum Text {
    /// Known at compile time.
    Constant(SmolStr),
    /// An expression of type string, int, uint, bool or an address.
    Expr(ExprId),
    /// `"/p/{path.id}"`.
    Template(Vec<Text>),
    /// A secret, allowed only towards backends.
    Secret(SecretId),
}

impl Text {
    /// The first secret in it.
    pub fn secret(&self) -> Option<SecretId> {
        match self {
            Text::Constant(_) | Text::Expr(_) => None,
            Text::Template(parts) => parts.iter().find_map(Text::secret),
            Text::Secret(id) => Some(*id),
        }
    }
}

/// A change of a request before it is forwarded, or of a response before it is sent.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum Edit {
    /// Replaces all values of a header. Names are in lower case. An absent value removes it.
    SetHeader(SmolStr, Text),
    /// Adds a value to a header.
    AddHeader(SmolStr, Text),
    /// Removes headers.
    RemoveHeader(HeaderPattern),
    /// Renames a header, values kept.
    RenameHeader(SmolStr, SmolStr),
    /// Replaces the path (requests).
    SetPath(Text),
    /// Replaces a path prefix, if the path has it (requests).
    ReplacePrefix(SmolStr, Text),
    /// Replaces a query parameter (requests).
    SetQuery(SmolStr, Text),
    /// Removes a query parameter (requests).
    RemoveQuery(SmolStr),
    /// Replaces the status (responses).
    SetStatus(ExprId),
}

impl Edit {
    /// Whether it changes the header, rather than path, query or status.
    pub fn is_of_header(&self) -> bool {
        match self {
            Edit::SetHeader(..)
            | Edit::AddHeader(..)
            | Edit::RemoveHeader(_)
            | Edit::RenameHeader(..) => true,
            Edit::SetPath(_)
            | Edit::ReplacePrefix(..)
            | Edit::SetQuery(..)
            | Edit::RemoveQuery(_)
            | Edit::SetStatus(_) => false,
        }
    }

    /// The text that it writes.
    pub fn text(&self) -> Option<&Text> {
        match self {
            Edit::SetHeader(_, text)
            | Edit::AddHeader(_, text)
            | Edit::SetPath(text)
            | Edit::ReplacePrefix(_, text)
            | Edit::SetQuery(_, text) => Some(text),
            Edit::RemoveHeader(_)
            | Edit::RenameHeader(..)
            | Edit::RemoveQuery(_)
            | Edit::SetStatus(_) => None,
        }
    }
}

/// What a route does in the end.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum Action {
    /// Sends the request to a backend.
    Forward(Forward),
    /// Answers by itself.
    Respond(Box<Respond>),
    /// Sends the client elsewhere.
    Redirect {
        /// 301, 302, 303, 307 or 308.
        status: u16,
        /// The target.
        location: Box<Text>,
    },
}

/// Where and how a request is forwarded.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Forward {
    /// One backend, or several with weights.
    pub split: Few<Share>,
    /// A value whose hash chooses among the split, so that equal values get the same backend.
    pub sticky: Option<ExprId>,
}

/// One backend's share of a split.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Share {
    /// The backend.
    pub backend: BackendId,
    /// Its share; the shares of a split add up to 10,000.
    pub weight: u32,
}

/// A response that the policy writes itself.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Respond {
    /// Status.
    pub status: u16,
    /// Header fields, names in lower case.
    pub headers: Vec<(SmolStr, Text)>,
    /// Body; empty for none.
    pub body: Text,
}
