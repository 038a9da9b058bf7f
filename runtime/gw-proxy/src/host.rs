//! Hosts as policies compare them.

use gw_http1::words;
use smol_str::SmolStr;
use std::cell::RefCell;

/// How many are kept.
const KEPT: usize = 16;
/// Longest text whose host is kept, in bytes.
const LONGEST: usize = 100;

/// A host and its port.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Host {
    /// In lower case, without a trailing dot.
    pub(crate) name: SmolStr,
    pub(crate) port: Option<u16>,
}

/// Hosts that came before, each in the place that its text chooses: they are not taken apart again.
#[derive(Debug, Default)]
pub(crate) struct Hosts(RefCell<[Kept; KEPT]>);

#[derive(Debug, Default)]
struct Kept {
    /// Empty for none.
    text: Box<str>,
    host: Host,
}

impl Hosts {
    /// The host of an authority; none if it is malformed.
    pub(crate) fn read(&self, text: &str) -> Option<Host> {
        let number = words::ends(text.as_bytes()).filter(|_| text.len() <= LONGEST);
        let Some(number) = number else {
            return read(text);
        };
        let mut kept = self.0.borrow_mut();
        let kept = kept.get_mut(words::place(number, KEPT))?;
        if *kept.text != *text {
            let host = read(text)?;
            *kept = Kept {
                text: text.into(),
                host,
            };
        }
        Some(kept.host.clone())
    }
}

/// Host in lower case without trailing dot, and port (RFC 3986 section 3.2).
fn read(text: &str) -> Option<Host> {
    let end = match text.strip_prefix('[') {
        Some(literal) => literal.find(']')? + 2,
        None => text
            .bytes()
            .position(|b| !is_plain(b))
            .unwrap_or(text.len()),
    };
    let (host, rest) = text.split_at_checked(end)?;
    let fine = match host.strip_prefix('[').and_then(|h| h.strip_suffix(']')) {
        Some(ip) => ip.parse::<std::net::Ipv6Addr>().is_ok(),
        None => host.len() <= 254 && !matches!(host, "" | "."),
    };
    if !fine {
        return None;
    }
    let port = port(rest)?;
    let host = host.strip_suffix('.').unwrap_or(host);
    let lower = !host.bytes().any(|b| b.is_ascii_uppercase());
    let name = match lower {
        true => SmolStr::new(host),
        false => SmolStr::from(host.to_ascii_lowercase()),
    };
    Some(Host { name, port })
}

/// The port after a host, which may be left out or empty.
fn port(rest: &str) -> Option<Option<u16>> {
    if rest.is_empty() {
        return Some(None);
    }
    let digits = rest.strip_prefix(':')?;
    match digits.bytes().all(|b| b.is_ascii_digit()) {
        true if digits.is_empty() => Some(None),
        true => Some(Some(digits.parse().ok()?)),
        false => None,
    }
}

/// What a name of a host is made of, with `_`, which some have.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts() {
        let hosts = Hosts::default();
        let host = |text| hosts.read(text).map(|h| (h.name.to_string(), h.port));
        let named = |h: &str, p| Some((h.to_owned(), p));
        assert_eq!(host("Example.COM"), named("example.com", None));
        assert_eq!(host("example.com.:80"), named("example.com", Some(80)));
        assert_eq!(host("[::1]:8080"), named("[::1]", Some(8080)));
        assert_eq!(host("[::1]"), named("[::1]", None));
        assert_eq!(host("a:"), named("a", None));
        for bad in [
            "", ".", ":80", "a b", "a/b", "a:99999", "[::1", "user@a", "a:8x", "a:+8", "a:1:2",
            "[zz]", "[::1]x", "a]", "é",
        ] {
            assert_eq!(host(bad), None, "{bad}");
        }
    }

    /// Texts of one place, each read again after the other.
    #[test]
    fn hosts_that_are_kept_are_those_of_their_texts() {
        let hosts = Hosts::default();
        for number in [1, 2, 1, 1, 300, 300] {
            for index in 0..KEPT * number {
                let text = format!("Tenant-{index}.Example.com.:80{index}");
                assert_eq!(hosts.read(&text), read(&text), "{text}");
            }
        }
    }
}
