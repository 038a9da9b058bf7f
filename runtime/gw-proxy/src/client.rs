//! Who the client is, through trusted proxies: the right-most address that no trusted proxy has.
//! What an untrusted peer says about itself does not count.

use gw_http1::{Fields, Known};
use ipnet::IpNet;
use std::net::{IpAddr, SocketAddr};

/// Whether an address is one of the trusted.
pub(crate) fn is_trusted(ip: IpAddr, trusted: &[IpNet]) -> bool {
    trusted.iter().any(|net| net.contains(&ip))
}

/// The client of a request whose peer is trusted. `X-Forwarded-For` counts before `Forwarded`
/// (RFC 7239): proxies that write the first often pass on the second as the client wrote it.
pub(crate) fn client_ip(peer: IpAddr, trusted: &[IpNet], fields: &Fields) -> IpAddr {
    let legacy = fields.first(Known::XForwardedFor).is_some();
    let known = match legacy {
        true => Known::XForwardedFor,
        false => Known::Forwarded,
    };
    let mut client = peer;
    let lines = fields.all(known).rev();
    for element in lines.flat_map(|line| line.rsplit(|byte| *byte == b',')) {
        // One that is no text hides those after it no more than any other that is no address.
        let element = std::str::from_utf8(element).ok();
        let node = match legacy {
            true => element.map(str::trim),
            false => element.and_then(forwarded_for),
        };
        // Behind an unknown hop nothing can be believed.
        let Some(ip) = node.and_then(parse_node) else {
            return client;
        };
        client = ip;
        if !is_trusted(ip, trusted) {
            return client;
        }
    }
    client
}

/// The `for` parameter of a `Forwarded` element.
fn forwarded_for(element: &str) -> Option<&str> {
    let pair = |p: &str| {
        p.split_once('=')
            .is_some_and(|(k, _)| k.trim().eq_ignore_ascii_case("for"))
    };
    let found = element.split(';').find(|p| pair(p))?;
    found
        .split_once('=')
        .map(|(_, value)| value.trim().trim_matches('"'))
}

/// An address with or without port; IPv6 with or without brackets.
fn parse_node(text: &str) -> Option<IpAddr> {
    let ip = text.parse::<IpAddr>().ok();
    let ip = ip.or_else(|| text.parse::<SocketAddr>().ok().map(|a| a.ip()));
    let bracketed = || {
        text.strip_prefix('[')?
            .strip_suffix(']')?
            .parse::<IpAddr>()
            .ok()
    };
    ip.or_else(bracketed).map(|ip| ip.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(name: &'static str, lines: &[&'static str]) -> String {
        let lines: Vec<&[u8]> = lines.iter().map(|line| line.as_bytes()).collect();
        client_of_bytes(name, &lines)
    }

    fn client_of_bytes(name: &'static str, lines: &[&[u8]]) -> String {
        let trusted: Vec<IpNet> = vec!["10.0.0.0/8".parse().unwrap()];
        let mut fields = Fields::default();
        for line in lines {
            fields.push(name, line);
        }
        client_ip("10.0.0.1".parse().unwrap(), &trusted, &fields).to_string()
    }

    #[test]
    fn the_rightmost_untrusted_address_counts() {
        assert_eq!(client("x-forwarded-for", &[]), "10.0.0.1");
        assert_eq!(client("x-forwarded-for", &["1.2.3.4"]), "1.2.3.4");
        assert_eq!(
            client("x-forwarded-for", &["6.6.6.6, 1.2.3.4, 10.0.0.2"]),
            "1.2.3.4"
        );
        assert_eq!(
            client("x-forwarded-for", &["6.6.6.6", "1.2.3.4"]),
            "1.2.3.4"
        );
        assert_eq!(
            client("x-forwarded-for", &["10.0.0.9, 10.0.0.2"]),
            "10.0.0.9"
        );
        assert_eq!(
            client("x-forwarded-for", &["6.6.6.6, nonsense, 10.0.0.2"]),
            "10.0.0.2"
        );
        for line in [&b"\xff, 1.2.3.4, 10.0.0.2"[..], b"\xff, 1.2.3.4"] {
            let found = client_of_bytes("x-forwarded-for", &[line]);
            assert_eq!(found, "1.2.3.4");
        }
        assert_eq!(
            client("x-forwarded-for", &["[2001:db8::1]:4000"]),
            "2001:db8::1"
        );
        assert_eq!(
            client("forwarded", &["for=\"[2001:db8::1]:47\";proto=https"]),
            "2001:db8::1"
        );
        assert_eq!(
            client("forwarded", &["for=6.6.6.6, For=1.2.3.4;by=10.0.0.1"]),
            "1.2.3.4"
        );
    }
}
