//! Encodes an access log line without intermediate values. Query values, credentials and cookies
//! are no part of a line.

use super::decimal;
use crate::request_id;
use gw_http1::words;
use jiff::Timestamp;
use std::time::Duration;

/// What a line says; nothing by default.
#[derive(Default)]
pub(crate) struct Line<'l> {
    /// Since 1970-01-01T00:00:00Z.
    pub(crate) time: Duration,
    pub(crate) id: &'l str,
    pub(crate) listener: &'l str,
    /// The client's address.
    pub(crate) client: &'l str,
    /// The address of the other end of the connection.
    pub(crate) peer: &'l str,
    pub(crate) method: &'l str,
    pub(crate) scheme: &'l str,
    pub(crate) host: &'l str,
    pub(crate) path: &'l str,
    pub(crate) protocol: &'l str,
    pub(crate) status: u16,
    pub(crate) route: &'l str,
    pub(crate) reason: &'l str,
    pub(crate) rule: Option<&'l str>,
    /// Names of policies and limits in shadow mode that would have refused, with their reasons.
    pub(crate) shadow: &'l [(smol_str::SmolStr, smol_str::SmolStr)],
    pub(crate) principal: Option<&'l str>,
    pub(crate) backend: Option<&'l str>,
    pub(crate) endpoint: Option<&'l str>,
    /// How often the request was sent to the backend.
    pub(crate) tries: u32,
    pub(crate) bytes_in: u64,
    pub(crate) bytes_out: u64,
    pub(crate) total: Duration,
    /// From the sent request to the response head.
    pub(crate) upstream: Option<Duration>,
    pub(crate) policy: &'l str,
}

/// Encodes lines; remembers the text of the last second.
#[derive(Default)]
pub(crate) struct Encoder {
    second: u64,
    text: Option<[u8; SECOND]>,
}

/// Length of `2026-11-30T12:00:00`.
const SECOND: usize = 19;

impl Encoder {
    /// Appends a line.
    pub(crate) fn encode(&mut self, line: &Line<'_>, out: &mut Vec<u8>) {
        out.reserve(1024);
        self.time(line.time, out);
        id(out, line.id);
        plain(out, b"\",\"listener\":\"", line.listener);
        plain(out, b"\",\"client\":\"", line.client);
        if line.peer != line.client {
            plain(out, b"\",\"peer\":\"", line.peer);
        }
        plain(out, b"\",\"method\":\"", line.method);
        plain(out, b"\",\"scheme\":\"", line.scheme);
        plain(out, b"\",\"host\":\"", line.host);
        string(out, b"\",\"path\":\"", line.path);
        plain(out, b"\",\"protocol\":\"", line.protocol);
        key(out, b"\",\"status\":");
        key(out, &decimal::three(line.status));
        plain(out, b",\"route\":\"", line.route);
        string(out, b"\",\"reason\":\"", line.reason);
        if let Some(rule) = line.rule {
            string(out, b"\",\"rule\":\"", rule);
        }
        if let Some(principal) = line.principal {
            string(out, b"\",\"principal\":\"", principal);
        }
        if let Some(backend) = line.backend {
            plain(out, b"\",\"backend\":\"", backend);
        }
        if let Some(endpoint) = line.endpoint {
            plain(out, b"\",\"endpoint\":\"", endpoint);
        }
        key(out, b"\"");
        shadow(out, line.shadow);
        if line.tries > 1 {
            number(out, b",\"tries\":", u64::from(line.tries));
        }
        number(out, b",\"bytes_in\":", line.bytes_in);
        number(out, b",\"bytes_out\":", line.bytes_out);
        number(out, b",\"duration_us\":", micros(line.total));
        if let Some(upstream) = line.upstream {
            number(out, b",\"upstream_us\":", micros(upstream));
        }
        plain(out, b",\"policy\":\"", line.policy);
        key(out, b"\"}\n");
    }

    /// RFC 3339 with microseconds.
    fn time(&mut self, time: Duration, out: &mut Vec<u8>) {
        if time.as_secs() != self.second {
            self.text = None;
            self.second = time.as_secs();
        }
        let text = self.text.get_or_insert_with(|| second(time.as_secs()));
        key(out, b"{\"time\":\"");
        key(out, text);
        key(out, b".");
        key(out, &decimal::six(time.subsec_micros()));
        key(out, b"Z");
    }
}

/// A second since 1970 in UTC; the first one where a line can say no more than four digits of a year.
fn second(since: u64) -> [u8; SECOND] {
    let stamp = i64::try_from(since)
        .ok()
        .and_then(|second| Timestamp::from_second(second).ok());
    let text = stamp
        .unwrap_or_default()
        .strftime("%Y-%m-%dT%H:%M:%S")
        .to_string();
    text.as_bytes()
        .try_into()
        .unwrap_or(*b"1970-01-01T00:00:00")
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

/// A text of a length that is known here: it is stored, where others are copied by a call.
fn key<const N: usize>(out: &mut Vec<u8>, text: &[u8; N]) {
    out.extend_from_slice(text);
}

/// The request's id: one of our own is as long as all of them.
fn id(out: &mut Vec<u8>, id: &str) {
    key(out, b"\",\"request_id\":\"");
    match id.as_bytes().as_array::<{ request_id::LENGTH }>() {
        Some(own) => key(out, own),
        None => out.extend_from_slice(id.as_bytes()),
    }
}

/// `before` is all that stands between the value before and the digits.
fn number<const N: usize>(out: &mut Vec<u8>, before: &[u8; N], value: u64) {
    key(out, before);
    decimal::number(out, value);
}

/// Text that needs no escapes: names of the policy, tokens, hosts, addresses, ids.
fn plain<const N: usize>(out: &mut Vec<u8>, before: &[u8; N], text: &str) {
    key(out, before);
    out.extend_from_slice(text.as_bytes());
}

/// `before` is all that stands between the value before and the text, whose quote stays open.
fn string<const N: usize>(out: &mut Vec<u8>, before: &[u8; N], text: &str) {
    key(out, before);
    escaped(out, text);
}

fn shadow(out: &mut Vec<u8>, all: &[(smol_str::SmolStr, smol_str::SmolStr)]) {
    if all.is_empty() {
        return;
    }
    out.extend_from_slice(b",\"shadow\":");
    for (index, (rule, reason)) in all.iter().enumerate() {
        out.push(if index == 0 { b'[' } else { b',' });
        string(out, b"{\"rule\":\"", rule);
        string(out, b"\",\"reason\":\"", reason);
        out.extend_from_slice(b"\"}");
    }
    out.push(b']');
}

/// Whether a control character, a quote or a backslash is there.
fn needs_escapes(text: &[u8]) -> bool {
    words::any(text, |word| {
        words::below(word, b' ') | words::equal(word, b'"') | words::equal(word, b'\\')
    })
}

/// The inside of a JSON string (RFC 8259 section 7).
fn escaped(out: &mut Vec<u8>, text: &str) {
    if !needs_escapes(text.as_bytes()) {
        return out.extend_from_slice(text.as_bytes());
    }
    for byte in text.bytes() {
        match byte {
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            0..0x20 => out.extend_from_slice(format!("\\u{byte:04x}").as_bytes()),
            _ => out.push(byte),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn line(path: &str) -> Line<'_> {
        Line {
            time: Duration::from_micros(1_700_000_000_000_042),
            id: "r1",
            path,
            status: 200,
            principal: Some("u1"),
            bytes_out: 5,
            total: Duration::from_micros(12),
            ..Line::default()
        }
    }

    #[test]
    fn escapes_are_found_wherever_they_are() {
        for length in 0..20 {
            for (byte, at) in (0..=u8::MAX).flat_map(|byte| (0..length).map(move |at| (byte, at))) {
                let mut text = vec![b'-'; length];
                text[at] = byte;
                let expected = byte < 0x20 || byte == b'"' || byte == b'\\';
                assert_eq!(needs_escapes(&text), expected, "{byte} at {at} of {length}");
            }
        }
    }

    proptest! {
        /// Whatever a request holds, a line is one JSON object.
        #[test]
        fn lines_are_json(path in any::<String>()) {
            let mut out = Vec::new();
            Encoder::default().encode(&line(&path), &mut out);
            let (last, text) = out.split_last().unwrap();
            prop_assert_eq!(*last, b'\n');
            let json: serde_json::Value = serde_json::from_slice(text).unwrap();
            prop_assert_eq!(json["path"].as_str(), Some(path.as_str()));
            prop_assert_eq!(json["time"].as_str(), Some("2023-11-14T22:13:20.000042Z"));
        }
    }
}
