//! Encodes an access log line without intermediate values. Query values, credentials and cookies
//! are no part of a line.

use jiff::Timestamp;
use std::net::IpAddr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// What a line says.
pub(crate) struct Line<'l> {
    pub(crate) time: SystemTime,
    pub(crate) id: &'l str,
    pub(crate) listener: &'l str,
    pub(crate) client: IpAddr,
    pub(crate) peer: IpAddr,
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
    pub(crate) attempts: u32,
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
    text: String,
}

impl Encoder {
    /// Appends a line.
    pub(crate) fn encode(&mut self, line: &Line<'_>, out: &mut Vec<u8>) {
        out.extend_from_slice(b"{\"time\":\"");
        self.time(line.time, out);
        out.push(b'"');
        string(out, "request_id", line.id);
        string(out, "listener", line.listener);
        address(out, "client", line.client);
        if line.peer != line.client {
            address(out, "peer", line.peer);
        }
        string(out, "method", line.method);
        string(out, "scheme", line.scheme);
        string(out, "host", line.host);
        string(out, "path", line.path);
        string(out, "protocol", line.protocol);
        number(out, "status", u64::from(line.status));
        string(out, "route", line.route);
        string(out, "reason", line.reason);
        optional(out, "rule", line.rule);
        shadow(out, line.shadow);
        optional(out, "principal", line.principal);
        optional(out, "backend", line.backend);
        optional(out, "endpoint", line.endpoint);
        if line.attempts > 1 {
            number(out, "attempts", u64::from(line.attempts));
        }
        number(out, "bytes_in", line.bytes_in);
        number(out, "bytes_out", line.bytes_out);
        number(out, "duration_us", micros(line.total));
        if let Some(upstream) = line.upstream {
            number(out, "upstream_us", micros(upstream));
        }
        string(out, "policy", line.policy);
        out.extend_from_slice(b"}\n");
    }

    /// RFC 3339 with microseconds.
    fn time(&mut self, time: SystemTime, out: &mut Vec<u8>) {
        let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
        if since.as_secs() != self.second || self.text.is_empty() {
            self.second = since.as_secs();
            let second = i64::try_from(self.second).unwrap_or(0);
            let stamp = Timestamp::from_second(second).unwrap_or_default();
            self.text = stamp.strftime("%Y-%m-%dT%H:%M:%S").to_string();
        }
        out.extend_from_slice(self.text.as_bytes());
        let micros = 1_000_000 + since.subsec_micros();
        let mut digits = itoa::Buffer::new();
        out.push(b'.');
        out.extend_from_slice(
            digits
                .format(micros)
                .as_bytes()
                .get(1..)
                .unwrap_or_default(),
        );
        out.push(b'Z');
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

fn key(out: &mut Vec<u8>, name: &str) {
    out.extend_from_slice(b",\"");
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"\":");
}

fn number(out: &mut Vec<u8>, name: &str, value: u64) {
    key(out, name);
    out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}

fn string(out: &mut Vec<u8>, name: &str, text: &str) {
    key(out, name);
    quoted(out, text);
}

fn optional(out: &mut Vec<u8>, name: &str, text: Option<&str>) {
    if let Some(text) = text {
        string(out, name, text);
    }
}

fn address(out: &mut Vec<u8>, name: &str, ip: IpAddr) {
    use std::io::Write;
    key(out, name);
    let _ = write!(out, "\"{ip}\"");
}

fn shadow(out: &mut Vec<u8>, all: &[(smol_str::SmolStr, smol_str::SmolStr)]) {
    if all.is_empty() {
        return;
    }
    key(out, "shadow");
    for (index, (rule, reason)) in all.iter().enumerate() {
        out.push(if index == 0 { b'[' } else { b',' });
        out.extend_from_slice(b"{\"rule\":");
        quoted(out, rule);
        string(out, "reason", reason);
        out.push(b'}');
    }
    out.push(b']');
}

/// A JSON string (RFC 8259 section 7).
fn quoted(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    let mut rest = text.as_bytes();
    while let Some(at) = rest
        .iter()
        .position(|b| matches!(b, b'"' | b'\\' | 0..0x20))
    {
        out.extend_from_slice(rest.get(..at).unwrap_or_default());
        match rest.get(at) {
            Some(b'"') => out.extend_from_slice(b"\\\""),
            Some(b'\\') => out.extend_from_slice(b"\\\\"),
            Some(control) => out.extend_from_slice(format!("\\u{control:04x}").as_bytes()),
            None => {}
        }
        rest = rest.get(at + 1..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::net::Ipv4Addr;

    fn line(path: &str) -> Line<'_> {
        Line {
            time: UNIX_EPOCH + Duration::from_micros(1_700_000_000_000_042),
            id: "r1",
            listener: "http",
            client: IpAddr::V4(Ipv4Addr::LOCALHOST),
            peer: IpAddr::V4(Ipv4Addr::LOCALHOST),
            method: "GET",
            scheme: "http",
            host: "a",
            path,
            protocol: "HTTP/1.1",
            status: 200,
            route: "home",
            reason: "allowed",
            rule: None,
            shadow: &[],
            principal: Some("u1"),
            backend: None,
            endpoint: None,
            attempts: 0,
            bytes_in: 0,
            bytes_out: 5,
            total: Duration::from_micros(12),
            upstream: None,
            policy: "p",
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
