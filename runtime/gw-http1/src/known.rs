//! Field names that the gateway itself acts on, told apart once when a head is read.

use crate::classes::has_underscore;

/// A field name, where the gateway knows it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Known {
    /// Any other.
    #[default]
    Other,
    /// `Authorization`
    Authorization,
    /// `Connection`
    Connection,
    /// `Content-Length`
    ContentLength,
    /// `Content-Type`
    ContentType,
    /// `Date`
    Date,
    /// `Expect`
    Expect,
    /// `Forwarded` (RFC 7239)
    Forwarded,
    /// `Host`
    Host,
    /// `Keep-Alive`
    KeepAlive,
    /// `Proxy-Connection`
    ProxyConnection,
    /// `TE`
    Te,
    /// `Trailer`
    Trailer,
    /// `Transfer-Encoding`
    TransferEncoding,
    /// `Upgrade`
    Upgrade,
    /// `Via`
    Via,
    /// `X-Forwarded-For`
    XForwardedFor,
    /// `X-Forwarded-Host`
    XForwardedHost,
    /// `X-Forwarded-Proto`
    XForwardedProto,
    /// `X-Request-Id`
    XRequestId,
}

/// Some of the fields that are known.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct KnownSet(u32);

/// Bytes of the longest name.
const LONGEST: usize = 17;

impl Known {
    /// All that the gateway knows.
    pub const ALL: [Self; 19] = [
        Known::Authorization,
        Known::Connection,
        Known::ContentLength,
        Known::ContentType,
        Known::Date,
        Known::Expect,
        Known::Forwarded,
        Known::Host,
        Known::KeepAlive,
        Known::ProxyConnection,
        Known::Te,
        Known::Trailer,
        Known::TransferEncoding,
        Known::Upgrade,
        Known::Via,
        Known::XForwardedFor,
        Known::XForwardedHost,
        Known::XForwardedProto,
        Known::XRequestId,
    ];

    /// Its place in a [`KnownSet`]: there are fewer than 32.
    const fn bit(self) -> u32 {
        1 << self as u32
    }

    /// Of a name in lower case.
    pub fn of(name: &[u8]) -> Self {
        match (name.len(), name) {
            (2, b"te") => Known::Te,
            (3, b"via") => Known::Via,
            (4, b"host") => Known::Host,
            (4, b"date") => Known::Date,
            (6, b"expect") => Known::Expect,
            (7, b"trailer") => Known::Trailer,
            (7, b"upgrade") => Known::Upgrade,
            (9, b"forwarded") => Known::Forwarded,
            (10, b"connection") => Known::Connection,
            (10, b"keep-alive") => Known::KeepAlive,
            (12, b"content-type") => Known::ContentType,
            (12, b"x-request-id") => Known::XRequestId,
            (13, b"authorization") => Known::Authorization,
            (14, b"content-length") => Known::ContentLength,
            (15, b"x-forwarded-for") => Known::XForwardedFor,
            (16, b"proxy-connection") => Known::ProxyConnection,
            (16, b"x-forwarded-host") => Known::XForwardedHost,
            (17, b"transfer-encoding") => Known::TransferEncoding,
            (17, b"x-forwarded-proto") => Known::XForwardedProto,
            _ => Known::Other,
        }
    }

    /// Of a name in lower case that a server may take for it which does not tell `_` from `-`, as those
    /// that hand fields over as variables (RFC 3875 section 4.1.18).
    pub fn disguised(name: &[u8]) -> Self {
        let mut dashed = [0; LONGEST];
        let Some(dashed) = dashed.get_mut(..name.len()) else {
            return Known::Other;
        };
        if !has_underscore(name) {
            return Known::Other;
        }
        dashed.copy_from_slice(name);
        for byte in dashed.iter_mut().filter(|byte| **byte == b'_') {
            *byte = b'-';
        }
        Known::of(dashed)
    }

    /// The name in lower case; empty for any other.
    pub fn name(self) -> &'static str {
        match self {
            Known::Other => "",
            Known::Authorization => "authorization",
            Known::Connection => "connection",
            Known::ContentLength => "content-length",
            Known::ContentType => "content-type",
            Known::Date => "date",
            Known::Expect => "expect",
            Known::Forwarded => "forwarded",
            Known::Host => "host",
            Known::KeepAlive => "keep-alive",
            Known::ProxyConnection => "proxy-connection",
            Known::Te => "te",
            Known::Trailer => "trailer",
            Known::TransferEncoding => "transfer-encoding",
            Known::Upgrade => "upgrade",
            Known::Via => "via",
            Known::XForwardedFor => "x-forwarded-for",
            Known::XForwardedHost => "x-forwarded-host",
            Known::XForwardedProto => "x-forwarded-proto",
            Known::XRequestId => "x-request-id",
        }
    }

    /// Fields that concern one connection only.
    pub fn is_hop_by_hop(self) -> bool {
        KnownSet::HOP_BY_HOP.has(self)
    }

    /// Fields that only a trusted proxy may set.
    pub fn is_forwarding(self) -> bool {
        KnownSet::FORWARDING.has(self)
    }

    /// Fields that say how a message is framed: nobody else may write them.
    pub fn is_framing(self) -> bool {
        KnownSet::FRAMING.has(self)
    }
}

impl KnownSet {
    /// Fields that concern one connection only (RFC 9110 section 7.6.1), with those that older
    /// proxies knew.
    pub const HOP_BY_HOP: Self = Self::of(&[
        Known::Connection,
        Known::TransferEncoding,
        Known::Te,
        Known::Upgrade,
        Known::KeepAlive,
        Known::ProxyConnection,
    ]);

    /// Fields that only a trusted proxy may set.
    pub const FORWARDING: Self = Self::of(&[
        Known::XForwardedFor,
        Known::XForwardedProto,
        Known::XForwardedHost,
        Known::Forwarded,
        Known::XRequestId,
    ]);

    /// Fields that say how a message is framed, hop by hop or not.
    pub const FRAMING: Self =
        Self::HOP_BY_HOP.and(Self::of(&[Known::ContentLength, Known::Trailer]));

    /// These fields.
    pub const fn of(mut fields: &[Known]) -> Self {
        let mut bits = 0;
        while let [first, rest @ ..] = fields {
            bits |= first.bit();
            fields = rest;
        }
        Self(bits)
    }

    /// The fields of both.
    #[must_use]
    pub const fn and(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }

    /// The fields that are not among the others.
    #[must_use]
    pub const fn without(self, others: Self) -> Self {
        Self(self.0 & !others.0)
    }

    /// Whether it holds a field.
    pub const fn has(self, field: Known) -> bool {
        self.0 & field.bit() != 0
    }

    /// Whether it holds one of these fields.
    pub const fn has_any(self, fields: Self) -> bool {
        self.0 & fields.0 != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_that_are_known() {
        for name in [
            "te",
            "via",
            "keep-alive",
            "x-forwarded-for",
            "x-request-id",
            "host",
        ] {
            assert_eq!(Known::of(name.as_bytes()).name(), name);
        }
        for known in Known::ALL {
            assert_eq!(Known::of(known.name().as_bytes()), known);
        }
        assert_eq!(Known::of(b"x-forwarded-fox"), Known::Other);
        for known in Known::ALL {
            let name = known.name().replace('-', "_");
            let taken_for = match name.contains('_') {
                true => known,
                false => Known::Other,
            };
            assert_eq!(Known::disguised(name.as_bytes()), taken_for, "{name}");
            assert_eq!(Known::disguised(known.name().as_bytes()), Known::Other);
        }
        assert_eq!(Known::disguised(b"x-forwarded_for"), Known::XForwardedFor);
        assert_eq!(Known::disguised(b"x_forwarded_for_me_too"), Known::Other);
    }
}
