//! Header fields in edits: which fields a policy may change, and what a value may hold.

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;
use std::fmt::{self, Display};

/// The fields that an edit removes.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum HeaderPattern {
    /// One, its name in lower case.
    Name(SmolStr),
    /// All whose names begin so, in lower case, but for those that frame messages.
    Prefix(SmolStr),
}

impl HeaderPattern {
    /// Of a pattern as policies write it, in lower case: `x-trace` or `x-internal-*`.
    pub fn of(written: SmolStr) -> Self {
        match written.strip_suffix('*') {
            Some(prefix) => HeaderPattern::Prefix(prefix.into()),
            None => HeaderPattern::Name(written),
        }
    }

    /// Whether a field of this name, in lower case, is removed.
    pub fn matches(&self, name: &str) -> bool {
        match self {
            HeaderPattern::Name(this) => name == this,
            HeaderPattern::Prefix(prefix) => name.starts_with(&**prefix) && !is_framing(name),
        }
    }
}

impl Display for HeaderPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            HeaderPattern::Name(name) => f.write_str(name),
            HeaderPattern::Prefix(prefix) => write!(f, "{prefix}*"),
        }
    }
}

/// Whether a field, its name in lower case, says how a message is framed or concerns one connection
/// only (RFC 9110 sections 7.6.1, 7.8 and 8.6, RFC 9112 section 6). The gateway alone writes these:
/// a policy that changed them would let requests be smuggled.
pub fn is_framing(name: &str) -> bool {
    matches!(
        name,
        "connection"
            | "content-length"
            | "keep-alive"
            | "proxy-connection"
            | "te"
            | "trailer"
            | "transfer-encoding"
            | "upgrade"
    )
}

/// The field name in lower case that a text is, in whatever case (RFC 9110 section 5.1); none where it
/// is no token.
pub fn header_name(text: &str) -> Option<SmolStr> {
    let name = text.to_ascii_lowercase();
    is_header_name(&name).then(|| name.into())
}

/// Whether a text is a field name (RFC 9110 section 5.1: a token) in lower case.
pub fn is_header_name(text: &str) -> bool {
    let token = |byte: u8| {
        byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"!#$%&'*+-.^_`|~".contains(&byte)
    };
    !text.is_empty() && text.bytes().all(token)
}

/// Whether a text may be a field value (RFC 9110 section 5.5).
pub fn is_field_value(text: &str) -> bool {
    let control = |byte: u8| byte != b'\t' && (byte < 0x20 || byte == 0x7f);
    // Without an early exit, many bytes are looked at together.
    !text.bytes().fold(false, |any, byte| any | control(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_leaves_framing_alone() {
        let pattern = HeaderPattern::of("content-*".into());
        assert!(pattern.matches("content-language"));
        assert!(!pattern.matches("content-length"));
        assert!(!HeaderPattern::of("content".into()).matches("content-language"));
        assert_eq!(pattern.to_string(), "content-*");
    }

    #[test]
    fn values_hold_no_control_characters() {
        for good in ["", "a b\tc", "é"] {
            assert!(is_field_value(good), "{good}");
        }
        for bad in ["a\r\nb", "\n", "\0", "\u{7f}"] {
            assert!(!is_field_value(bad), "{bad:?}");
        }
    }

    #[test]
    fn names_are_tokens_in_lower_case() {
        for good in ["x", "x-tenant", "x_1", "!#$%&'*+-.^`|~"] {
            assert!(is_header_name(good), "{good}");
        }
        assert_eq!(header_name("X-Tenant").as_deref(), Some("x-tenant"));
        assert_eq!(header_name("X Tenant"), None);
        for bad in ["", "X-Tenant", "a b", "a:", "a\r\n", "é", "\0"] {
            assert!(!is_header_name(bad), "{bad:?}");
        }
    }
}
