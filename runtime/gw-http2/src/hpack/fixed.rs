//! The static table (RFC 7541 appendix A).

use super::name::Name::{self, Authority, Cookie, Field, Method, Path, Pseudo, Scheme};
use gw_http1::Known;

/// How many entries there are.
pub(super) const LENGTH: usize = TABLE.len();

/// Index of `:status` with `200`.
pub(super) const STATUS: usize = 8;
/// Index of `content-length`.
pub(super) const CONTENT_LENGTH: usize = 28;

/// Name, value, and what the name is, from index 1 on.
#[rustfmt::skip]
const TABLE: [(&str, &str, Name); 61] = [
    (":authority", "", Authority),
    (":method", "GET", Method),
    (":method", "POST", Method),
    (":path", "/", Path),
    (":path", "/index.html", Path),
    (":scheme", "http", Scheme),
    (":scheme", "https", Scheme),
    (":status", "200", Pseudo),
    (":status", "204", Pseudo),
    (":status", "206", Pseudo),
    (":status", "304", Pseudo),
    (":status", "400", Pseudo),
    (":status", "404", Pseudo),
    (":status", "500", Pseudo),
    ("accept-charset", "", Field(Known::Other)),
    ("accept-encoding", "gzip, deflate", Field(Known::Other)),
    ("accept-language", "", Field(Known::Other)),
    ("accept-ranges", "", Field(Known::Other)),
    ("accept", "", Field(Known::Other)),
    ("access-control-allow-origin", "", Field(Known::Other)),
    ("age", "", Field(Known::Other)),
    ("allow", "", Field(Known::Other)),
    ("authorization", "", Field(Known::Authorization)),
    ("cache-control", "", Field(Known::Other)),
    ("content-disposition", "", Field(Known::Other)),
    ("content-encoding", "", Field(Known::Other)),
    ("content-language", "", Field(Known::Other)),
    ("content-length", "", Field(Known::ContentLength)),
    ("content-location", "", Field(Known::Other)),
    ("content-range", "", Field(Known::Other)),
    ("content-type", "", Field(Known::ContentType)),
    ("cookie", "", Cookie),
    ("date", "", Field(Known::Date)),
    ("etag", "", Field(Known::Other)),
    ("expect", "", Field(Known::Expect)),
    ("expires", "", Field(Known::Other)),
    ("from", "", Field(Known::Other)),
    ("host", "", Field(Known::Host)),
    ("if-match", "", Field(Known::Other)),
    ("if-modified-since", "", Field(Known::Other)),
    ("if-none-match", "", Field(Known::Other)),
    ("if-range", "", Field(Known::Other)),
    ("if-unmodified-since", "", Field(Known::Other)),
    ("last-modified", "", Field(Known::Other)),
    ("link", "", Field(Known::Other)),
    ("location", "", Field(Known::Other)),
    ("max-forwards", "", Field(Known::Other)),
    ("proxy-authenticate", "", Field(Known::Other)),
    ("proxy-authorization", "", Field(Known::Other)),
    ("range", "", Field(Known::Other)),
    ("referer", "", Field(Known::Other)),
    ("refresh", "", Field(Known::Other)),
    ("retry-after", "", Field(Known::Other)),
    ("server", "", Field(Known::Other)),
    ("set-cookie", "", Field(Known::Other)),
    ("strict-transport-security", "", Field(Known::Other)),
    ("transfer-encoding", "", Field(Known::TransferEncoding)),
    ("user-agent", "", Field(Known::Other)),
    ("vary", "", Field(Known::Other)),
    ("via", "", Field(Known::Via)),
    ("www-authenticate", "", Field(Known::Other)),
];

/// An entry by its index.
pub(super) fn entry(index: usize) -> Option<(&'static [u8], &'static [u8], Name)> {
    let (name, value, kind) = TABLE.get(index.checked_sub(1)?)?;
    Some((name.as_bytes(), value.as_bytes(), *kind))
}

/// The first entry of that name; zero if there is none. Without pseudo-header fields.
#[rustfmt::skip]
pub(super) fn index_of(name: &[u8]) -> usize {
    match (name.len(), name) {
        (3, b"age") => 21,
        (3, b"via") => 60,
        (4, b"date") => 33,
        (4, b"etag") => 34,
        (4, b"from") => 37,
        (4, b"host") => 38,
        (4, b"link") => 45,
        (4, b"vary") => 59,
        (5, b"allow") => 22,
        (5, b"range") => 50,
        (6, b"accept") => 19,
        (6, b"cookie") => 32,
        (6, b"expect") => 35,
        (6, b"server") => 54,
        (7, b"expires") => 36,
        (7, b"referer") => 51,
        (7, b"refresh") => 52,
        (8, b"if-match") => 39,
        (8, b"if-range") => 42,
        (8, b"location") => 46,
        (10, b"set-cookie") => 55,
        (10, b"user-agent") => 58,
        (11, b"retry-after") => 53,
        (12, b"content-type") => 31,
        (12, b"max-forwards") => 47,
        (13, b"accept-ranges") => 18,
        (13, b"authorization") => 23,
        (13, b"cache-control") => 24,
        (13, b"content-range") => 30,
        (13, b"if-none-match") => 41,
        (13, b"last-modified") => 44,
        (14, b"accept-charset") => 15,
        (14, b"content-length") => 28,
        (15, b"accept-encoding") => 16,
        (15, b"accept-language") => 17,
        (16, b"content-encoding") => 26,
        (16, b"content-language") => 27,
        (16, b"content-location") => 29,
        (16, b"www-authenticate") => 61,
        (17, b"if-modified-since") => 40,
        (17, b"transfer-encoding") => 57,
        (18, b"proxy-authenticate") => 48,
        (19, b"content-disposition") => 25,
        (19, b"if-unmodified-since") => 43,
        (19, b"proxy-authorization") => 49,
        (25, b"strict-transport-security") => 56,
        (27, b"access-control-allow-origin") => 20,
        _ => 0,
    }
}

/// The entry of a status; zero if there is none.
pub(super) fn index_of_status(status: u16) -> usize {
    match status {
        200 => STATUS,
        204 => 9,
        206 => 10,
        304 => 11,
        400 => 12,
        404 => 13,
        500 => 14,
        _ => 0,
    }
}

/// Whether an entry's name is of a field whose value must not be guessed by trying (RFC 7541
/// section 7.1.3).
pub(super) fn is_secret(index: usize) -> bool {
    // Authorization, Cookie, Proxy-Authorization, Set-Cookie.
    matches!(index, 23 | 32 | 49 | 55)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_agrees_with_itself() {
        for index in 1..=LENGTH {
            let (name, value, kind) = entry(index).unwrap();
            assert_eq!(kind, Name::of(name));
            if value.is_empty() && name[0] != b':' {
                assert_eq!(index_of(name), index);
            }
        }
        for (index, secret) in [
            (23, "authorization"),
            (32, "cookie"),
            (49, "proxy-authorization"),
            (55, "set-cookie"),
        ] {
            assert!(is_secret(index));
            assert_eq!(entry(index).unwrap().0, secret.as_bytes());
        }
        for status in 100..600 {
            let found = entry(index_of_status(status));
            let is = |found: &[u8]| found == status.to_string().as_bytes();
            assert!(found.is_none_or(|(_, value, _)| is(value)));
        }
        assert!(entry(0).is_none() && entry(62).is_none());
        assert_eq!(index_of(b"x-other"), 0);
    }
}
