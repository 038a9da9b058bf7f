//! Says what is wrong with a head that the tokeniser refused. Only words are chosen here: that the
//! head is refused is decided already.

use crate::classes::{is_target, is_token};
use crate::malformed::Malformed;
use httparse::Error;

/// The breach in a request head.
pub(crate) fn explain(bytes: &[u8], error: Error) -> Malformed {
    Malformed::syntax(match error {
        Error::TooManyHeaders => return Malformed::too_large("too many header fields"),
        Error::Version => "the version is neither HTTP/1.1 nor HTTP/1.0",
        Error::HeaderName => header_name(bytes),
        Error::HeaderValue | Error::Status => "a header value holds a control character",
        Error::Token | Error::NewLine => request_line(bytes),
    })
}

fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes
        .split(|b| *b == b'\n')
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
}

fn request_line(bytes: &[u8]) -> &'static str {
    let line = lines(bytes)
        .find(|line| !line.is_empty())
        .unwrap_or_default();
    let mut parts = line.splitn(3, |b| *b == b' ');
    let (method, target, rest) = (parts.next(), parts.next(), parts.next());
    if !method.is_some_and(is_token) {
        return "the method is not a token";
    }
    match target {
        Some(target) if rest.is_some() && !is_target(target) => {
            "the request target holds a character that is not allowed"
        }
        Some(_) if rest.is_some() => "the version is neither HTTP/1.1 nor HTTP/1.0",
        _ => "the request line is not in three parts",
    }
}

fn header_name(bytes: &[u8]) -> &'static str {
    for line in lines(bytes).skip_while(|line| line.is_empty()).skip(1) {
        if matches!(line.first(), Some(b' ' | b'\t')) {
            return "a header line is folded";
        }
        match line.iter().position(|b| *b == b':') {
            None if !line.is_empty() => return "a header line has no colon",
            Some(at) if !line.get(..at).is_some_and(is_token) => {
                return "a header name is not a token";
            }
            _ => {}
        }
    }
    "a header name is not a token"
}
