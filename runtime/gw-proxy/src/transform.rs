//! From the client's header section to the backend's, and from the backend's to the client's:
//! hop-by-hop fields, forwarding fields, and the edits that the policy asks for.

use crate::conn::Conn;
use crate::decode::Arrival;
use crate::secrets::Secrets;
use gw_engine::{HeaderEdit, HeaderText};
use http::header::{CONNECTION, EXPECT, HOST, TE, TRANSFER_ENCODING, UPGRADE, VIA};
use http::{HeaderMap, HeaderName, HeaderValue, Version};
use std::borrow::Cow;

static KEEP_ALIVE: HeaderName = HeaderName::from_static("keep-alive");
static PROXY_CONNECTION: HeaderName = HeaderName::from_static("proxy-connection");
static FORWARDED: HeaderName = HeaderName::from_static("forwarded");
static FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
static FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
static FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
static REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// An edit that cannot be applied.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Unfit;

/// The header section of the forwarded request, before the policy's edits.
pub(crate) fn request_headers(conn: &Conn, arrival: &Arrival) -> HeaderMap {
    let given = &arrival.parts.headers;
    let mut headers = HeaderMap::with_capacity(given.len() + 6);
    let named = connection_names(given);
    for (name, value) in given {
        let dropped = is_hop_by_hop(name)
            || *name == HOST
            || *name == EXPECT
            || (!arrival.trusted && is_forwarding(name))
            || named.as_deref().is_some_and(|n| is_named(n, name));
        if !dropped {
            headers.append(name, value.clone());
        }
    }
    if wants_trailers(given) {
        headers.insert(TE, HeaderValue::from_static("trailers"));
    }
    add_forwarding(conn, arrival, &mut headers);
    headers
}

/// RFC 9110 section 7.6.1, with the fields that older proxies knew.
fn is_hop_by_hop(name: &HeaderName) -> bool {
    *name == CONNECTION
        || *name == TRANSFER_ENCODING
        || *name == TE
        || *name == UPGRADE
        || *name == KEEP_ALIVE
        || *name == PROXY_CONNECTION
}

/// Fields that only a trusted proxy may set.
fn is_forwarding(name: &HeaderName) -> bool {
    *name == FORWARDED_FOR
        || *name == FORWARDED_PROTO
        || *name == FORWARDED_HOST
        || *name == FORWARDED
        || *name == REQUEST_ID
}

/// The lines of `Connection`, unless they hold nothing but the usual words.
fn connection_names(headers: &HeaderMap) -> Option<String> {
    let mut lines = headers.get_all(CONNECTION).iter().peekable();
    let first = lines.peek()?.as_bytes();
    let usual = first.eq_ignore_ascii_case(b"keep-alive") || first.eq_ignore_ascii_case(b"close");
    let all: Vec<_> = lines.filter_map(|l| l.to_str().ok()).collect();
    (!usual || all.len() > 1).then(|| all.join(","))
}

/// Whether `Connection` names a field. `Host` and the length of the body are never dropped so.
fn is_named(list: &str, name: &HeaderName) -> bool {
    *name != http::header::CONTENT_LENGTH
        && list
            .split(',')
            .any(|n| n.trim().eq_ignore_ascii_case(name.as_str()))
}

fn wants_trailers(headers: &HeaderMap) -> bool {
    let mut lines = headers.get_all(TE).iter().filter_map(|l| l.to_str().ok());
    lines.any(|l| {
        l.split(',')
            .any(|c| c.trim().eq_ignore_ascii_case("trailers"))
    })
}

fn add_forwarding(conn: &Conn, arrival: &Arrival, headers: &mut HeaderMap) {
    match headers.get(&FORWARDED_FOR).and_then(|v| v.to_str().ok()) {
        Some(chain) => {
            let chain = format!("{chain}, {}", conn.peer_ip);
            headers.insert(&FORWARDED_FOR, text(chain));
        }
        None => {
            headers.insert(&FORWARDED_FOR, conn.peer_text.clone());
        }
    }
    if !headers.contains_key(&FORWARDED_PROTO) {
        headers.insert(&FORWARDED_PROTO, HeaderValue::from_static(arrival.scheme));
    }
    if let (false, Some(host)) = (headers.contains_key(&FORWARDED_HOST), authority(arrival)) {
        headers.insert(&FORWARDED_HOST, host);
    }
    if let Some(given) = headers.get(&FORWARDED).and_then(|v| v.to_str().ok()) {
        let element = format!("{given}, for={};proto={}", node(conn), arrival.scheme);
        headers.insert(&FORWARDED, text(element));
    }
    headers.insert(&REQUEST_ID, text(arrival.id.to_string()));
    let via = match arrival.parts.version {
        Version::HTTP_2 => "2 gw",
        Version::HTTP_10 => "1.0 gw",
        _ => "1.1 gw",
    };
    headers.append(VIA, HeaderValue::from_static(via));
}

fn node(conn: &Conn) -> String {
    match conn.peer_ip {
        std::net::IpAddr::V4(ip) => ip.to_string(),
        std::net::IpAddr::V6(ip) => format!("\"[{ip}]\""),
    }
}

fn text(value: String) -> HeaderValue {
    HeaderValue::try_from(value).unwrap_or(HeaderValue::from_static(""))
}

/// The authority as the client sent it.
pub(crate) fn authority(arrival: &Arrival) -> Option<HeaderValue> {
    let header = || arrival.parts.headers.get(HOST).cloned();
    let target = arrival.parts.uri.authority();
    target
        .and_then(|a| HeaderValue::from_str(a.as_str()).ok())
        .or_else(header)
}

/// Takes hop-by-hop fields out of a backend's response.
pub(crate) fn strip_response(headers: &mut HeaderMap) {
    if let Some(named) = connection_names(headers) {
        let names: Vec<_> = headers
            .keys()
            .filter(|n| is_named(&named, n))
            .cloned()
            .collect();
        for name in names {
            headers.remove(name);
        }
    }
    for name in [
        &CONNECTION,
        &TRANSFER_ENCODING,
        &TE,
        &UPGRADE,
        &KEEP_ALIVE,
        &PROXY_CONNECTION,
    ] {
        headers.remove(name);
    }
}

/// Applies the policy's edits in order.
pub(crate) fn apply(
    edits: &[HeaderEdit<'_>],
    headers: &mut HeaderMap,
    secrets: &Secrets,
) -> Result<(), Unfit> {
    edits
        .iter()
        .try_for_each(|edit| apply_one(edit, headers, secrets))
}

fn apply_one(
    edit: &HeaderEdit<'_>,
    headers: &mut HeaderMap,
    secrets: &Secrets,
) -> Result<(), Unfit> {
    match edit {
        HeaderEdit::Set(field, value) => {
            headers.insert(name(field)?, field_value(value, secrets)?);
        }
        HeaderEdit::Add(field, value) => {
            headers.append(name(field)?, field_value(value, secrets)?);
        }
        HeaderEdit::Remove(field) => {
            headers.remove(*field);
        }
        HeaderEdit::RemovePrefix(prefix) => {
            let doomed: Vec<_> = headers
                .keys()
                .filter(|n| n.as_str().starts_with(prefix))
                .cloned()
                .collect();
            for name in doomed {
                headers.remove(name);
            }
        }
        HeaderEdit::Rename(from, to) => {
            let values: Vec<_> = headers.get_all(*from).iter().cloned().collect();
            if !values.is_empty() {
                headers.remove(*from);
                let to = name(to)?;
                headers.remove(&to);
                for value in values {
                    headers.append(&to, value);
                }
            }
        }
    }
    Ok(())
}

/// A name that a policy may write: not one that frames the message.
fn name(text: &str) -> Result<HeaderName, Unfit> {
    let name = HeaderName::from_bytes(text.as_bytes()).map_err(|_| Unfit)?;
    let framing = is_hop_by_hop(&name) || name == http::header::CONTENT_LENGTH;
    if framing { Err(Unfit) } else { Ok(name) }
}

fn field_value(text: &HeaderText<'_>, secrets: &Secrets) -> Result<HeaderValue, Unfit> {
    let secret = !matches!(text, HeaderText::Plain(_));
    let plain = flatten(text, secrets)?;
    let mut value = HeaderValue::from_str(&plain).map_err(|_| Unfit)?;
    value.set_sensitive(secret);
    Ok(value)
}

fn flatten<'t>(text: &'t HeaderText<'_>, secrets: &'t Secrets) -> Result<Cow<'t, str>, Unfit> {
    match text {
        HeaderText::Plain(plain) => Ok(Cow::Borrowed(plain)),
        HeaderText::Secret(id) => secrets
            .value(*id)
            .map(|s| Cow::Borrowed(s.expose()))
            .ok_or(Unfit),
        HeaderText::Joined(parts) => {
            let parts: Result<Vec<_>, _> = parts.iter().map(|p| flatten(p, secrets)).collect();
            parts.map(|all| Cow::Owned(all.concat()))
        }
    }
}
