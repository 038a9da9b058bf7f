//! Functions on addresses and networks (CEL's network extension).

use super::{Declaration, Outcome, mismatch};
use crate::cost::Cost;
use crate::operators::contains;
use crate::{EvalError, Scratch, Value};
use ipnet::IpNet;
use std::net::IpAddr;

pub(super) const TABLE: &[Declaration] = &[
    Declaration {
        name: "ip",
        signatures: &["ip(string) -> ip", "ip(ip) -> ip", "cidr.ip() -> ip"],
        doc: "The address that a text is; the address part of a network.",
        may_fail: true,
        cost: Cost::SCAN,
        eval: to_ip,
    },
    Declaration {
        name: "cidr",
        signatures: &["cidr(string) -> cidr", "cidr(cidr) -> cidr"],
        doc: "The network that a text such as `10.0.0.0/8` is.",
        may_fail: true,
        cost: Cost::SCAN,
        eval: to_cidr,
    },
    Declaration {
        name: "isIP",
        signatures: &["isIP(string) -> bool"],
        doc: "Whether the text is an address.",
        may_fail: false,
        cost: Cost::SCAN,
        eval: |args, _| text(args, |t| strict_ip(t).is_some()),
    },
    Declaration {
        name: "isCIDR",
        signatures: &["isCIDR(string) -> bool"],
        doc: "Whether the text is a network.",
        may_fail: false,
        cost: Cost::SCAN,
        eval: |args, _| text(args, |t| strict_cidr(t).is_some()),
    },
    Declaration {
        name: "ip.isCanonical",
        signatures: &["ip.isCanonical(string) -> bool"],
        doc: "Whether the text is an address in its canonical form (RFC 5952).",
        may_fail: true,
        cost: Cost::SCAN,
        eval: is_canonical,
    },
    Declaration {
        name: "family",
        signatures: &["ip.family() -> int"],
        doc: "4 or 6.",
        may_fail: false,
        cost: Cost::STEP,
        eval: family,
    },
    Declaration {
        name: "isLoopback",
        signatures: &["ip.isLoopback() -> bool"],
        doc: "Whether it is an address of the machine itself.",
        may_fail: false,
        cost: Cost::STEP,
        eval: |args, _| address(args, |ip| ip.is_loopback()),
    },
    Declaration {
        name: "isUnspecified",
        signatures: &["ip.isUnspecified() -> bool"],
        doc: "Whether it is `0.0.0.0` or `::`.",
        may_fail: false,
        cost: Cost::STEP,
        eval: |args, _| address(args, |ip| ip.is_unspecified()),
    },
    Declaration {
        name: "isGlobalUnicast",
        signatures: &["ip.isGlobalUnicast() -> bool"],
        doc: "Whether it is neither unspecified, loopback, multicast, link-local nor broadcast.",
        may_fail: false,
        cost: Cost::STEP,
        eval: |args, _| address(args, is_global_unicast),
    },
    Declaration {
        name: "isLinkLocalUnicast",
        signatures: &["ip.isLinkLocalUnicast() -> bool"],
        doc: "Whether it is of 169.254.0.0/16 or fe80::/10.",
        may_fail: false,
        cost: Cost::STEP,
        eval: |args, _| address(args, is_link_local),
    },
    Declaration {
        name: "isLinkLocalMulticast",
        signatures: &["ip.isLinkLocalMulticast() -> bool"],
        doc: "Whether it is of 224.0.0.0/24, or of IPv6 with link-local scope (`ff02::1`).",
        may_fail: false,
        cost: Cost::STEP,
        eval: |args, _| address(args, is_link_local_multicast),
    },
    Declaration {
        name: "containsIP",
        signatures: &[
            "cidr.containsIP(ip) -> bool",
            "cidr.containsIP(string) -> bool",
        ],
        doc: "Whether the network has the address.",
        may_fail: true,
        cost: Cost::SCAN,
        eval: |args, scratch| within(args, scratch, to_ip),
    },
    Declaration {
        name: "containsCIDR",
        signatures: &[
            "cidr.containsCIDR(cidr) -> bool",
            "cidr.containsCIDR(string) -> bool",
        ],
        doc: "Whether the network has the whole other network.",
        may_fail: true,
        cost: Cost::SCAN,
        eval: |args, scratch| within(args, scratch, to_cidr),
    },
    Declaration {
        name: "masked",
        signatures: &["cidr.masked() -> cidr"],
        doc: "The network with its host bits cleared.",
        may_fail: false,
        cost: Cost::STEP,
        eval: |args, _| match args {
            [Value::Cidr(net)] => Ok(Value::Cidr(net.trunc())),
            _ => mismatch(args),
        },
    },
    Declaration {
        name: "prefixLength",
        signatures: &["cidr.prefixLength() -> int"],
        doc: "The number of bits of the network.",
        may_fail: false,
        cost: Cost::STEP,
        eval: |args, _| match args {
            [Value::Cidr(net)] => Ok(Value::Int(i64::from(net.prefix_len()))),
            _ => mismatch(args),
        },
    },
];

/// An address; the IPv4-mapped form of IPv6 is read as IPv4, as the gateway sees clients.
pub(crate) fn parse_ip(text: &str) -> Option<IpAddr> {
    let ip: IpAddr = text.parse().ok()?;
    Some(ip.to_canonical())
}

/// A network in prefix notation.
pub(crate) fn parse_cidr(text: &str) -> Option<IpNet> {
    text.parse().ok()
}

/// An address as CEL's extension reads it: the IPv4-mapped form of IPv6 is an error, so that no
/// address has two texts.
fn strict_ip(text: &str) -> Option<IpAddr> {
    text.parse().ok().filter(|ip| !is_mapped(*ip))
}

fn strict_cidr(text: &str) -> Option<IpNet> {
    // As in RFC 4632, section 3.1: `/8`, not `/08`.
    let (_, length) = text.split_once('/')?;
    let plain = length == "0" || !length.starts_with(['0', '+']);
    let net = plain.then(|| parse_cidr(text))?;
    net.filter(|net| !is_mapped(net.addr()))
}

fn is_mapped(ip: IpAddr) -> bool {
    matches!(ip, IpAddr::V6(v6) if v6.to_ipv4_mapped().is_some())
}

fn to_ip<'a>(args: &[Value<'a>], _: &'a Scratch) -> Outcome<'a> {
    match args {
        [Value::Ip(ip)] => Ok(Value::Ip(*ip)),
        [Value::Cidr(net)] => Ok(Value::Ip(net.addr())),
        [Value::Str(text)] => strict_ip(text)
            .map(Value::Ip)
            .ok_or(EvalError::BadConversion),
        _ => mismatch(args),
    }
}

fn to_cidr<'a>(args: &[Value<'a>], _: &'a Scratch) -> Outcome<'a> {
    match args {
        [Value::Cidr(net)] => Ok(Value::Cidr(*net)),
        [Value::Str(text)] => strict_cidr(text)
            .map(Value::Cidr)
            .ok_or(EvalError::BadConversion),
        _ => mismatch(args),
    }
}

fn text<'a>(args: &[Value<'a>], holds: impl Fn(&str) -> bool) -> Outcome<'a> {
    match args {
        [Value::Str(text)] => Ok(Value::Bool(holds(text))),
        _ => mismatch(args),
    }
}

fn address<'a>(args: &[Value<'a>], holds: impl Fn(IpAddr) -> bool) -> Outcome<'a> {
    match args {
        [Value::Ip(ip)] => Ok(Value::Bool(holds(*ip))),
        _ => mismatch(args),
    }
}

fn is_canonical<'a>(args: &[Value<'a>], _: &'a Scratch) -> Outcome<'a> {
    let [Value::Str(text)] = args else {
        return mismatch(args);
    };
    let ip = strict_ip(text).ok_or(EvalError::BadConversion)?;
    Ok(Value::Bool(ip.to_string() == *text))
}

fn family<'a>(args: &[Value<'a>], _: &'a Scratch) -> Outcome<'a> {
    match args {
        [Value::Ip(ip)] => Ok(Value::Int(if ip.is_ipv4() { 4 } else { 6 })),
        _ => mismatch(args),
    }
}

fn within<'a>(
    args: &[Value<'a>],
    scratch: &'a Scratch,
    convert: fn(&[Value<'a>], &'a Scratch) -> Outcome<'a>,
) -> Outcome<'a> {
    let [net @ Value::Cidr(_), inner] = args else {
        return mismatch(args);
    };
    let inner = convert(&[*inner], scratch)?;
    contains(*net, inner).map(Value::Bool)
}

fn is_link_local(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(v4) => v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_unicast_link_local(),
    }
}

fn is_link_local_multicast(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(v4) => matches!(v4.octets(), [224, 0, 0, _]),
        // Whatever its flags: the scope is the last digit (RFC 4291, section 2.7).
        IpAddr::V6(v6) => matches!(v6.segments(), [first, ..] if first & 0xff0f == 0xff02),
    }
}

fn is_global_unicast(ip: IpAddr) -> bool {
    let broadcast = matches!(ip, IpAddr::V4(v4) if v4.is_broadcast());
    !(ip.is_unspecified()
        || ip.is_loopback()
        || ip.is_multicast()
        || broadcast
        || is_link_local(ip))
}
