//! What the name of a line is, told apart once: for the lines of a table when they enter it.

use gw_http1::{Known, is_token};

/// What a name is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Name {
    /// `:method`
    Method,
    /// `:scheme`
    Scheme,
    /// `:authority`
    Authority,
    /// `:path`
    Path,
    /// Any other that begins with a colon.
    Pseudo,
    /// `cookie`, which may be cut into several lines (RFC 9113 section 8.2.3).
    Cookie,
    /// A field.
    Field(Known),
    /// None that may be sent: no token, or not in lower case (RFC 9113 section 8.2.1).
    Malformed,
}

impl Name {
    /// Tells a name apart.
    pub fn of(name: &[u8]) -> Self {
        if let [b':', pseudo @ ..] = name {
            return match pseudo {
                b"method" => Name::Method,
                b"scheme" => Name::Scheme,
                b"authority" => Name::Authority,
                b"path" => Name::Path,
                _ => Name::Pseudo,
            };
        }
        if name == b"cookie" {
            return Name::Cookie;
        }
        let known = Known::of(name);
        let fine = known != Known::Other
            || (is_token(name)
                && !name
                    .iter()
                    .fold(false, |any, b| any | b.is_ascii_uppercase()));
        match fine {
            true => Name::Field(known),
            false => Name::Malformed,
        }
    }
}
