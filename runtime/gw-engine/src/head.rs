//! A decoded request head, as the engine reads it. Must not know how it was read from a
//! connection.

use gw_graph::ListenerId;
use std::net::IpAddr;

/// Nanoseconds since 1970-01-01T00:00:00Z, read once per request by the caller.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct UnixNanos(pub i64);

/// A request head. The path is normalised already, see [`crate::normalize_path`].
#[derive(Clone, Copy)]
pub struct RequestHead<'r> {
    /// Where the connection was accepted.
    pub listener: ListenerId,
    /// Method as sent; methods are case-sensitive (RFC 9110 section 9.1).
    pub method: &'r str,
    /// `http` or `https`.
    pub scheme: &'r str,
    /// Lower case, without port and trailing dot; IPv6 in brackets.
    pub host: &'r str,
    /// The port of the authority, where it has one.
    pub port: Option<u16>,
    /// Normalised by [`crate::normalize_path`].
    pub path: &'r str,
    /// Raw, without `?`; empty for none.
    pub query: &'r str,
    /// Header fields.
    pub headers: &'r dyn Headers,
    /// The client, after trusted proxies.
    pub source_ip: IpAddr,
    /// The other end of the connection.
    pub peer_ip: IpAddr,
    /// Its port.
    pub peer_port: u16,
    /// `HTTP/1.1` or `HTTP/2`.
    pub protocol: &'r str,
    /// TLS, where the connection has it.
    pub tls: Option<TlsFacts<'r>>,
    /// Request id.
    pub id: &'r str,
    /// When the request arrived.
    pub time: UnixNanos,
    /// A random number for this request alone: it chooses among a split.
    pub random: u64,
}

/// What is known of a TLS connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TlsFacts<'r> {
    /// `1.2` or `1.3`.
    pub version: &'r str,
    /// Server name indication (RFC 6066 section 3).
    pub sni: Option<&'r str>,
    /// Cipher suite by its IANA name.
    pub cipher: &'r str,
}

/// Header fields of a request or response.
pub trait Headers {
    /// The first value of a field; the name in lower case.
    fn first(&self, name: &str) -> Option<&[u8]>;

    /// Every field line in order; names in lower case.
    fn visit<'a>(&'a self, each: &mut dyn FnMut(&'a [u8], &'a [u8]));
}

/// No header fields.
impl Headers for () {
    fn first(&self, _name: &str) -> Option<&[u8]> {
        None
    }

    fn visit<'a>(&'a self, _each: &mut dyn FnMut(&'a [u8], &'a [u8])) {}
}

/// Field lines in order; names in lower case.
impl<N: AsRef<str>, V: AsRef<[u8]>> Headers for [(N, V)] {
    fn first(&self, name: &str) -> Option<&[u8]> {
        self.iter()
            .find(|(n, _)| n.as_ref() == name)
            .map(|(_, v)| v.as_ref())
    }

    fn visit<'a>(&'a self, each: &mut dyn FnMut(&'a [u8], &'a [u8])) {
        self.iter()
            .for_each(|(n, v)| each(n.as_ref().as_bytes(), v.as_ref()));
    }
}

/// Field lines in order; names in lower case.
impl<N: AsRef<str>, V: AsRef<[u8]>> Headers for Vec<(N, V)> {
    fn first(&self, name: &str) -> Option<&[u8]> {
        self.as_slice().first_field(name)
    }

    fn visit<'a>(&'a self, each: &mut dyn FnMut(&'a [u8], &'a [u8])) {
        self.as_slice().visit(each);
    }
}

/// Names the trait's method apart from `slice::first`.
trait FirstField {
    fn first_field(&self, name: &str) -> Option<&[u8]>;
}

impl<N: AsRef<str>, V: AsRef<[u8]>> FirstField for [(N, V)] {
    fn first_field(&self, name: &str) -> Option<&[u8]> {
        Headers::first(self, name)
    }
}

impl std::fmt::Debug for RequestHead<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RequestHead")
            .field("method", &self.method)
            .field("host", &self.host)
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}
