//! From the client's header section to the backend's, and from the backend's to the client's:
//! hop-by-hop fields, forwarding fields, and the edits that the policy asks for.

mod lookalikes;
mod trailers;

pub(crate) use trailers::{RequestEdits, leave_out, trailer_section, wants_trailers};

use crate::conn::Conn;
use crate::decode::Arrival;
use crate::secrets::Secrets;
use gw_engine::{ForwardPlan, HeaderEdit, HeaderEdits, HeaderText, HeaderValue};
use gw_graph::HeaderPattern;
use gw_http1::{Field, Fields, Known, KnownSet, Room, Section, Value, Version};
use std::borrow::Cow;

/// Fields of a request that are for the gateway alone.
const OF_THIS_HOP: KnownSet = KnownSet::HOP_BY_HOP.and(KnownSet::of(&[Known::Host, Known::Expect]));

/// An edit that cannot be applied.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Unfit;

/// The header section of the forwarded request, before the policy's edits, which nothing that the
/// client wrote may undo.
pub(crate) fn request_section<'s>(
    conn: &'s Conn,
    arrival: &'s Arrival,
    plan: &ForwardPlan<'_>,
) -> Section<'s> {
    let given = &arrival.request.fields;
    let mut section = Section::within(conn.core.buffers.room(), given);
    section.remove_all(match arrival.trusted {
        true => OF_THIS_HOP,
        false => OF_THIS_HOP.and(KnownSet::FORWARDING),
    });
    remove_named(given, &mut section);
    if given.has_underscores() {
        section.retain(|field| !lookalikes::is_disguised(field));
    }
    if given.has_underscores() || plan.underscores {
        lookalikes::remove_alike(&plan.edits, &mut section);
    }
    if given.has(Known::Te) && wants_trailers(given) {
        section.add_known(Known::Te, Value::known_good(b"trailers"));
    }
    add_forwarding(conn, arrival, &mut section);
    section
}

/// The header section of a backend's response without what concerns its connection only.
pub(crate) fn response_section(room: Room, given: &Fields) -> Section<'_> {
    let mut section = Section::within(room, given);
    section.remove_all(KnownSet::HOP_BY_HOP);
    remove_named(given, &mut section);
    section
}

/// Removes the fields that `Connection` names.
fn remove_named(given: &Fields, section: &mut Section<'_>) {
    if let Some(names) = connection_names(given) {
        section.retain(|field| !is_named(&names, field));
    }
}

/// The lines of `Connection`, unless they hold nothing but the usual words.
fn connection_names(fields: &Fields) -> Option<Vec<u8>> {
    let mut lines = fields.all(Known::Connection);
    let first = lines.next()?;
    let usual = first.eq_ignore_ascii_case(b"keep-alive") || first.eq_ignore_ascii_case(b"close");
    let rest: Vec<_> = lines.collect();
    if usual && rest.is_empty() {
        return None;
    }
    let all: Vec<_> = std::iter::once(first).chain(rest).collect();
    Some(all.join(&b","[..]))
}

/// Whether `Connection` names a field. The length of the body is never dropped so.
fn is_named(names: &[u8], field: &Field<'_>) -> bool {
    field.known != Known::ContentLength
        && names
            .split(|b| *b == b',')
            .any(|name| name.trim_ascii().eq_ignore_ascii_case(field.name))
}

fn add_forwarding<'s>(conn: &'s Conn, arrival: &'s Arrival, section: &mut Section<'s>) {
    // Fields of clients that are not trusted are gone already.
    let others = chain(section, Known::XForwardedFor);
    // Where both are given, the gateway believes this one, and the other may be the client's own.
    if arrival.trusted && section.has(Known::XForwardedFor) {
        section.remove_known(Known::Forwarded);
    }
    match others {
        Some(others) => {
            let all = Value::new([&others, conn.peer_text().as_bytes()].concat());
            put(section, Known::XForwardedFor, all);
        }
        None => put_written(section, Known::XForwardedFor, conn.forwarded_for()),
    }
    // What was believed, of whatever a trusted proxy passes on.
    let scheme: &[u8] = match arrival.scheme {
        "https" => b"x-forwarded-proto: https\r\n",
        _ => b"x-forwarded-proto: http\r\n",
    };
    put_written(section, Known::XForwardedProto, scheme);
    if !section.has(Known::XForwardedHost)
        && let Some(host) = arrival.authority()
    {
        section.add_known(Known::XForwardedHost, Value::known_good(host));
    }
    if let Some(given) = chain(section, Known::Forwarded) {
        let element = format!("for={};proto={}", node(conn), arrival.scheme);
        let elements = [&given, element.as_bytes()].concat();
        put(section, Known::Forwarded, Value::new(elements));
    }
    let id = Value::known_good(arrival.id.as_bytes());
    put(section, Known::XRequestId, Some(id));
    let via: &[u8] = match arrival.request.version {
        Version::Http2 => b"via: 2 gw\r\n",
        Version::Http10 => b"via: 1.0 gw\r\n",
        Version::Http11 => b"via: 1.1 gw\r\n",
    };
    section.add_written(Known::Via, via);
}

/// What trusted proxies have said of those before them, ready for another element. All lines of it:
/// the last one is of the nearest proxy, and the first may be the client's own.
fn chain(section: &Section<'_>, known: Known) -> Option<Vec<u8>> {
    let lines: Vec<_> = section.all(known).filter(|line| !line.is_empty()).collect();
    (!lines.is_empty()).then(|| [&lines.join(&b", "[..]), &b", "[..]].concat())
}

/// Replaces what a trusted proxy has said.
fn put<'s>(section: &mut Section<'s>, known: Known, value: Option<Value<'s>>) {
    if let Some(value) = value {
        section.remove_known(known);
        section.add_known(known, value);
    }
}

/// The same with a line that is written already.
fn put_written<'s>(section: &mut Section<'s>, known: Known, line: &'s [u8]) {
    section.remove_known(known);
    section.add_written(known, line);
}

fn node(conn: &Conn) -> String {
    match conn.peer_ip {
        std::net::IpAddr::V4(ip) => ip.to_string(),
        std::net::IpAddr::V6(ip) => format!("\"[{ip}]\""),
    }
}

/// Applies the policy's edits in order.
pub(crate) fn apply<'s>(
    edits: &'s HeaderEdits<'_>,
    section: &mut Section<'s>,
    secrets: &'s Secrets,
) -> Result<(), Unfit> {
    for edit in edits.iter() {
        match edit {
            HeaderEdit::Set(field, Some(HeaderValue::Constant { line, .. })) => {
                section.set_written(field, line.as_bytes());
            }
            HeaderEdit::Set(field, Some(value)) => section.set(field, field_value(value, secrets)?),
            HeaderEdit::Set(field, None) => section.remove(field),
            HeaderEdit::Add(field, value) => section.add(field, field_value(value, secrets)?),
            HeaderEdit::Remove(HeaderPattern::Name(field)) => section.remove(field),
            HeaderEdit::Remove(HeaderPattern::Prefix(prefix)) => section.remove_prefix(prefix),
            HeaderEdit::Rename(from, to) => section.rename(from, to),
        }
    }
    Ok(())
}

/// What the engine wrote was checked there; secrets were not.
fn field_value<'s>(value: HeaderValue<'s>, secrets: &'s Secrets) -> Result<Value<'s>, Unfit> {
    let text = match value {
        HeaderValue::Constant { value, .. } => return Ok(Value::known_good(value.as_bytes())),
        HeaderValue::Computed(HeaderText::Plain(plain)) => {
            return Ok(Value::known_good(plain.as_bytes()));
        }
        HeaderValue::Computed(text) => text,
    };
    let bytes = match flatten(text, secrets)? {
        Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
        Cow::Owned(text) => Cow::Owned(text.into_bytes()),
    };
    Value::new(bytes).ok_or(Unfit)
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The compiler and the loader ask the graph, a message that is written asks its own fields.
    #[test]
    fn both_know_the_same_framing_fields() {
        for known in Known::ALL {
            let name = known.name();
            assert_eq!(gw_graph::is_framing(name), known.is_framing(), "{name}");
        }
        for name in ["content-language", "x-connection", "trailers", ""] {
            assert!(!gw_graph::is_framing(name), "{name}");
        }
    }
}
