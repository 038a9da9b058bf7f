//! Names and addresses of hosts as texts. Must not know where one is written.

use std::net::{IpAddr, Ipv6Addr};

/// Whether a text is the name of a host: labels of letters, digits and hyphens (RFC 1123 section
/// 2.1), with the underscore that names of services inside a cluster have; the last label is no
/// number, or the name would be an address.
pub(crate) fn is_name(text: &str) -> bool {
    let last = text.rsplit('.').next().unwrap_or(text);
    text.len() <= 253 && text.split('.').all(is_label) && !last.bytes().all(|b| b.is_ascii_digit())
}

fn is_label(text: &str) -> bool {
    let legal = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    (1..=63).contains(&text.len())
        && text.bytes().all(legal)
        && !text.starts_with('-')
        && !text.ends_with('-')
}

/// Whether a text is an address, IPv6 without its brackets.
pub(crate) fn is_address(text: &str) -> bool {
    text.parse::<IpAddr>().is_ok()
}

/// The host and the port of `HOST[:PORT]` (RFC 3986 section 3.2), IPv6 without its brackets; `None`
/// where the host is none. A name may end with the dot of the root.
pub(crate) fn authority(text: &str) -> Option<(&str, Option<u16>)> {
    if let Some(inner) = text.strip_prefix('[') {
        let (host, behind) = inner.split_once(']')?;
        host.parse::<Ipv6Addr>().ok()?;
        return Some((host, port(behind)?));
    }
    let (host, behind) = text.find(':').map_or((text, ""), |i| text.split_at(i));
    let is_v4 = host.parse::<std::net::Ipv4Addr>().is_ok();
    let is_host = is_v4 || is_name(host.strip_suffix('.').unwrap_or(host));
    Some((host, port(behind)?)).filter(|_| is_host)
}

/// The port of `:PORT` or nothing; `None` where it is wrong.
#[expect(
    clippy::option_option,
    reason = "no port and a wrong one are two things"
)]
fn port(text: &str) -> Option<Option<u16>> {
    match text.strip_prefix(':') {
        Some(digits) => digits.parse().ok().filter(|p| *p > 0).map(Some),
        None => text.is_empty().then_some(None),
    }
}

/// What stands in a text where a host is expected, without scheme, user, port, path and blanks around.
pub(crate) fn bare(text: &str) -> &str {
    let text = text.split("://").last().unwrap_or(text).trim();
    text.split(['/', ':']).next().unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::{authority, bare, is_name};

    #[test]
    fn names_are_labels() {
        for name in [
            "a",
            "api.example.com",
            "x-1.a_b",
            "1.example",
            "xn--bcher-kva",
        ] {
            assert!(is_name(name), "{name}");
        }
        let long = "a".repeat(64);
        for none in [
            "",
            "a b",
            ".",
            "a.",
            ".a",
            "a..b",
            "-a",
            "a-",
            "10.0.0.300",
            "1",
            "*.a",
            "a/b",
            "ä",
            &long,
        ] {
            assert!(!is_name(none), "{none}");
        }
    }

    #[test]
    fn authorities_are_hosts_with_ports() {
        assert_eq!(authority("a.example.:81"), Some(("a.example.", Some(81))));
        assert_eq!(authority("[::1]"), Some(("::1", None)));
        assert_eq!(authority("10.0.0.1:80"), Some(("10.0.0.1", Some(80))));
        for none in [
            "", "a:", "a:0", "a:b", "::1", "[::1", "[::1]80", "a@b", "...",
        ] {
            assert!(authority(none).is_none(), "{none}");
        }
    }

    #[test]
    fn what_is_around_a_host_is_left_out() {
        assert_eq!(bare(" https://api.example:443/v1"), "api.example");
        assert_eq!(bare("api.example"), "api.example");
    }
}
