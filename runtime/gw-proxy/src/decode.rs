//! From a parsed request to the head that the engine reads: target form, host, path, client,
//! request id. What is ambiguous is refused here, after the guard and before any decision.

use crate::client;
use crate::conn::Conn;
use crate::host::Host;
use crate::request_id;
use crate::upload::Progress;
use gw_engine::{Headers, RequestHead, TlsFacts, UnixNanos};
use gw_graph::{Builtin, normalize_path};
use gw_http1::{Fields, Known, Request, Version};
use smol_str::SmolStr;
use std::borrow::Cow;
use std::net::IpAddr;
use std::rc::Rc;
use std::time::Duration;

/// A decoded request.
pub(crate) struct Arrival {
    pub(crate) request: Request,
    pub(crate) id: SmolStr,
    /// Lower case, without port and trailing dot.
    pub(crate) host: SmolStr,
    pub(crate) port: Option<u16>,
    pub(crate) scheme: &'static str,
    /// Normalised; one that is refused as it came.
    pub(crate) path: SmolStr,
    pub(crate) source_ip: IpAddr,
    /// Whether the peer is a trusted proxy.
    pub(crate) trusted: bool,
    /// When it came, since 1970-01-01T00:00:00Z.
    pub(crate) time: Duration,
    /// How far the request body is.
    pub(crate) progress: Progress,
}

/// Why a request is refused before it is decided.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Misfit {
    pub(crate) reason: Builtin,
    pub(crate) detail: &'static str,
}

const fn misfit(reason: Builtin, detail: &'static str) -> Misfit {
    Misfit { reason, detail }
}

/// Decodes a request. A misfit comes with what could be decoded, for the log.
pub(crate) fn decode(
    conn: &Conn,
    request: Request,
    time: Duration,
) -> (Rc<Arrival>, Option<Misfit>) {
    let http = conn.slot.http();
    let trusted =
        !http.trusted_proxies.is_empty() && client::is_trusted(conn.peer_ip, &http.trusted_proxies);
    let source_ip = match trusted {
        true => client::client_ip(conn.peer_ip, &http.trusted_proxies, &request.fields),
        false => conn.peer_ip,
    };
    let (host, path) = (host(conn, &request), path(&request));
    let framing = check_framing(conn, &request.fields);
    let misfit = host.as_ref().err().or(path.as_ref().err());
    let misfit = misfit.copied().or(framing.err());
    let Host { name: host, port } = host.unwrap_or_default();
    let path = match path {
        Ok(path) => SmolStr::from(path),
        Err(_) => SmolStr::new(request.path()),
    };
    // Memory first, so that it is made where it stays.
    let arrival = Rc::new_cyclic(|_| Arrival {
        id: id(conn, trusted, &request.fields),
        host,
        port,
        scheme: scheme(conn, trusted, &request.fields),
        path,
        source_ip,
        trusted,
        time,
        progress: Progress::default(),
        request,
    });
    (arrival, misfit)
}

impl Arrival {
    /// The head as the engine reads it.
    pub(crate) fn head<'r>(&'r self, conn: &'r Conn, fields: &'r Lines<'r>) -> RequestHead<'r> {
        RequestHead {
            listener: conn.slot.id(),
            method: self.request.method(),
            scheme: self.scheme,
            host: &self.host,
            port: self.port,
            path: &self.path,
            query: self.query(),
            headers: fields,
            source_ip: self.source_ip,
            peer_ip: conn.peer_ip,
            peer_port: conn.peer_port,
            protocol: self.protocol(),
            tls: conn.tls.as_ref().map(|tls| TlsFacts {
                version: tls.version,
                sni: tls.sni.as_deref(),
                cipher: tls.cipher,
            }),
            id: &self.id,
            time: nanos(self.time),
            random: conn.core.random.borrow_mut().u64(..),
        }
    }

    /// The authority as the client sent it: of the target, else of the host field.
    pub(crate) fn authority(&self) -> Option<&[u8]> {
        let target = self.request.authority().map(str::as_bytes);
        target.or_else(|| self.request.fields.first(Known::Host))
    }

    /// The raw query, without `?`.
    pub(crate) fn query(&self) -> &str {
        self.request.query().unwrap_or_default()
    }

    pub(crate) fn protocol(&self) -> &'static str {
        match self.request.version {
            Version::Http2 => "HTTP/2",
            Version::Http10 => "HTTP/1.0",
            Version::Http11 => "HTTP/1.1",
        }
    }
}

/// The host and port: of the target in absolute form, else of the header. HTTP/2 may have both, and
/// then they must agree (RFC 9113 section 8.3.1, RFC 9112 section 3.2).
fn host(conn: &Conn, request: &Request) -> Result<Host, Misfit> {
    let mut lines = request.fields.all(Known::Host);
    let line = lines.next();
    if lines.next().is_some() {
        return Err(misfit(Builtin::BadHost, "more than one host header"));
    }
    let bad = misfit(Builtin::BadHost, "the host is malformed");
    let text = |line| std::str::from_utf8(line).map_err(|_| bad);
    let header = line.map(text).transpose()?;
    match (request.authority(), header) {
        (None, None) if request.version == Version::Http10 => Ok(Default::default()),
        (None, None) => Err(misfit(Builtin::BadHost, "no host")),
        (Some(one), None) | (None, Some(one)) => conn.core.hosts.read(one).ok_or(bad),
        (Some(target), Some(header)) => {
            let chosen = conn.core.hosts.read(target).ok_or(bad)?;
            match conn.core.hosts.read(header).ok_or(bad)? == chosen {
                true => Ok(chosen),
                false => Err(misfit(Builtin::BadHost, "target and host header differ")),
            }
        }
    }
}

/// The normalised path.
fn path(request: &Request) -> Result<Cow<'_, str>, Misfit> {
    if request.method() == "CONNECT" {
        return Err(misfit(Builtin::UpgradeRefused, "CONNECT is not supported"));
    }
    let sent = request.path();
    let raw = match sent {
        "*" if request.method() != "OPTIONS" => {
            return Err(misfit(Builtin::BadRequest, "`*` is for OPTIONS only"));
        }
        "" | "*" => "/",
        path => path,
    };
    let bad = misfit(Builtin::BadPath, "the path is ambiguous or malformed");
    normalize_path(raw).map_err(|_| bad)
}

/// Sizes and upgrades, as the listener allows them.
fn check_framing(conn: &Conn, fields: &Fields) -> Result<(), Misfit> {
    if conn.http2 && fields.len() > conn.slot.http().max_headers as usize {
        return Err(misfit(Builtin::HeadTooLarge, "too many header fields"));
    }
    let upgrade = fields.first(Known::Upgrade).filter(|_| !conn.http2);
    // `h2c` is an offer that may be ignored (RFC 9113 section 3.1).
    if upgrade.is_some_and(|u| !u.eq_ignore_ascii_case(b"h2c")) {
        return Err(misfit(
            Builtin::UpgradeRefused,
            "upgrades are not supported",
        ));
    }
    Ok(())
}

/// A trusted proxy may say which scheme its client used.
fn scheme(conn: &Conn, trusted: bool, fields: &Fields) -> &'static str {
    if !trusted {
        return conn.scheme();
    }
    // Of several lines the last is of the nearest proxy.
    match fields.all(Known::XForwardedProto).next_back() {
        Some(b"https") => "https",
        Some(b"http") => "http",
        _ => conn.scheme(),
    }
}

/// The id of a trusted proxy, if it is short and plain, else a new one.
fn id(conn: &Conn, trusted: bool, fields: &Fields) -> SmolStr {
    let given = match trusted {
        true => fields.first_text(Known::XRequestId),
        false => None,
    };
    match given.filter(|id| request_id::is_plain(id)) {
        Some(id) => SmolStr::new(id),
        None => request_id::new(&mut conn.core.random.borrow_mut()),
    }
}

fn nanos(time: Duration) -> UnixNanos {
    UnixNanos(i64::try_from(time.as_nanos()).unwrap_or(i64::MAX))
}

/// Header fields as the engine reads them.
pub(crate) struct Lines<'h>(pub(crate) &'h Fields);

impl Headers for Lines<'_> {
    fn first(&self, name: &str) -> Option<&[u8]> {
        self.0.named(name).next()
    }

    fn visit<'a>(&'a self, each: &mut dyn FnMut(&'a [u8], &'a [u8])) {
        self.0
            .iter()
            .for_each(|field| each(field.name, field.value));
    }
}
