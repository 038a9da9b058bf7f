//! Request heads: parsed strictly, held as ranges into the bytes that were read.

use crate::Version;
use crate::classes::{is_target, is_token};
use crate::explain::explain;
use crate::fields::{Fields, Spans, holds_word, is_list};
use crate::framing::{Framing, Said};
use crate::known::Known;
use crate::line_cache::{Kind, LineCache};
use crate::malformed::Malformed;
use crate::span::Span;
use crate::target::Target;
use httparse::Status;
use memchr::memchr;
use smol_str::SmolStr;
use std::mem::MaybeUninit;

/// Sizes that a request head must stay within.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Largest head in bytes, request line and blank line included.
    pub max_head: usize,
    /// Most field lines.
    pub max_headers: usize,
}

/// A request head.
#[derive(Clone, Debug)]
pub struct Request {
    /// Field lines, and the bytes of the whole head.
    pub fields: Fields,
    pub(crate) method: SmolStr,
    pub(crate) target: Target,
    /// The version that the client speaks.
    pub version: Version,
    /// How the body is framed.
    pub framing: Framing,
    /// Whether the connection may stay open after this exchange (RFC 9112 section 9.3).
    pub persistent: bool,
    /// Whether the client waits for `100 Continue` (RFC 9110 section 10.1.1).
    pub expects_continue: bool,
}

impl Request {
    /// Parses a head at the beginning of `bytes`: its length and itself, with a copy of its bytes. Names
    /// are put into lower case in place. None if it is not complete. What comes of it is the same whatever
    /// `cache` holds.
    ///
    /// # Errors
    /// [`Malformed`], also for the beginning of a head that can only become so.
    pub fn parse(
        bytes: &mut [u8],
        limits: Limits,
        cache: &mut LineCache,
    ) -> Result<Option<(usize, Self)>, Malformed> {
        let read = match read(bytes, limits, cache)? {
            Some(read) => Some(read),
            None => read_whole(bytes, limits)?,
        };
        let Some((length, mut request)) = read else {
            return Ok(None);
        };
        let mut said = Said::default();
        let http10 = request.version == Version::Http10;
        let (mut close, mut keep) = (false, false);
        for line in &request.fields.lines {
            if line.known == Known::Other {
                continue;
            }
            let value = line.value.slice(bytes);
            said.note(line.known, value)?;
            match line.known {
                Known::Connection => {
                    if !is_list(value) {
                        return Err(Malformed::syntax("connection is not a list of names"));
                    }
                    close |= holds_word(value, "close");
                    keep |= holds_word(value, "keep-alive");
                }
                Known::Expect => {
                    request.expects_continue =
                        !http10 && value.eq_ignore_ascii_case(b"100-continue");
                }
                _ => {}
            }
        }
        if said.hosts == 0 && !http10 {
            return Err(Malformed::host("no host header"));
        }
        request.framing = said.framing(http10)?.unwrap_or(Framing::Length(0));
        request.persistent = !close && (!http10 || keep);
        request.fields.copy(bytes.get(..length).unwrap_or_default());
        Ok(Some((length, request)))
    }

    /// Of the parts of a request line, whose target lies at `at`.
    fn of(method: &str, target: &str, at: usize, minor: u8) -> Result<Self, Malformed> {
        if !is_token(method.as_bytes()) {
            return Err(Malformed::syntax("the method is not a token"));
        }
        if !is_target(target.as_bytes()) {
            return Err(Malformed::syntax(
                "the request target holds a character that is not allowed",
            ));
        }
        Ok(Self {
            method: SmolStr::new(method),
            target: Target::parse(method, target.as_bytes(), at)?,
            version: if minor == 0 {
                Version::Http10
            } else {
                Version::Http11
            },
            fields: Fields::default(),
            framing: Framing::Length(0),
            persistent: false,
            expects_continue: false,
        })
    }

    /// The method as sent; methods are case-sensitive (RFC 9110 section 9.1).
    pub fn method(&self) -> &str {
        &self.method
    }

    /// The authority of the target, where it has one.
    pub fn authority(&self) -> Option<&str> {
        self.target.authority().map(|a| a.text(&self.fields.text))
    }

    /// The path as sent.
    pub fn path(&self) -> &str {
        self.target.path.text(&self.fields.text)
    }

    /// Whether there is a query, be it empty.
    pub fn has_query(&self) -> bool {
        self.target.query().is_some()
    }

    /// The query as sent, without `?`.
    pub fn query(&self) -> Option<&str> {
        self.target.query().map(|q| q.text(&self.fields.text))
    }
}

/// The request line, and the lines behind it one by one. None for whatever is not whole and in the usual
/// shape.
fn read(
    bytes: &mut [u8],
    limits: Limits,
    cache: &mut LineCache,
) -> Result<Option<(usize, Request)>, Malformed> {
    let end = memchr(b'\n', bytes).map_or(0, |at| at + 1);
    let line = bytes.get(..end).unwrap_or_default();
    let mut parsed = httparse::Request::new(&mut []);
    // The lines behind it are missing.
    let (Ok(Status::Partial), Some(method), Some(target), Some(minor)) = (
        parsed.parse(line),
        parsed.method,
        parsed.path,
        parsed.version,
    ) else {
        return Ok(None);
    };
    // Blank lines before it and a bare LF behind it are left to others.
    if !line.starts_with(method.as_bytes()) || !line.ends_with(b"\r\n") {
        return Ok(None);
    }
    let at = Span::of(target.as_bytes(), line).start();
    let request = Request::of(method, target, at, minor)?;
    let read = cache.read(bytes, end, limits.max_headers, Kind::Request);
    let read = read.filter(|(length, _)| *length <= limits.max_head);
    Ok(read.map(|(length, fields)| (length, Request { fields, ..request })))
}

/// What the tokeniser of whole heads finds, checked as far as it is not: line ends, request line.
fn read_whole(bytes: &mut [u8], limits: Limits) -> Result<Option<(usize, Request)>, Malformed> {
    let too_large = Malformed::too_large("the request head is too large");
    let mut headers = vec![MaybeUninit::uninit(); limits.max_headers];
    let mut request = httparse::Request::new(&mut []);
    let length = match request.parse_with_uninit_headers(bytes, &mut headers) {
        Ok(Status::Complete(length)) if length <= limits.max_head => length,
        Ok(Status::Partial) if bytes.len() <= limits.max_head => return Ok(None),
        Ok(_) => return Err(too_large),
        Err(_) if bytes.len() > limits.max_head && head_is_longer(bytes, limits.max_head) => {
            return Err(too_large);
        }
        Err(error) => return Err(explain(bytes, error)),
    };
    let head = bytes.get(..length).unwrap_or_default();
    let (Some(method), Some(target), Some(minor)) = (request.method, request.path, request.version)
    else {
        return Err(Malformed::syntax("the request line is not in three parts"));
    };
    let lines = Spans::of(head, request.headers);
    check_line_ends(head, Span::of(method.as_bytes(), head).start(), &lines)?;
    let at = Span::of(target.as_bytes(), head).start();
    let request = Request::of(method, target, at, minor)?;
    let fields = lines.fields(bytes);
    Ok(Some((length, Request { fields, ..request })))
}

/// Whether no head ends within `most` bytes.
fn head_is_longer(bytes: &[u8], most: usize) -> bool {
    !crate::HeadEnd::default().is_in(bytes.get(..most).unwrap_or_default())
}

/// The tokeniser lets lines end with a bare LF (RFC 9112 section 2.2 allows it); here every line
/// ends with CR LF. `begin` is where the request line begins, after blank lines.
fn check_line_ends(head: &[u8], begin: usize, lines: &Spans) -> Result<(), Malformed> {
    let blank = head.get(..begin).unwrap_or_default();
    let blank = blank.chunks(2).all(|pair| pair == b"\r\n");
    // Where each line but the first begins, the blank one included.
    let mut begins = lines
        .begins()
        .chain(std::iter::once(head.len().saturating_sub(2)));
    let ended = |at: usize| at.checked_sub(2).and_then(|from| head.get(from..at)) == Some(b"\r\n");
    if blank && begins.all(ended) && head.ends_with(b"\r\n") {
        Ok(())
    } else {
        Err(Malformed::syntax("a line ends without CR"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::line_cache::heads;
    use proptest::collection::vec;
    use proptest::prelude::*;

    const LIMITS: Limits = Limits {
        max_head: 512,
        max_headers: 8,
    };

    /// With what heads begin, right or not.
    const FIRST: &[&str] = &[
        "GET / HTTP/1.1\r\n",
        "POST /a?b HTTP/1.0\r\n",
        "OPTIONS * HTTP/1.1\r\n",
        "GET / HTTP/1.1\n",
        "\r\nGET / HTTP/1.1\r\n",
        "GET  / HTTP/1.1\r\n",
        "GET / HTTP/1.1 \r\n",
        "GET /\u{e9} HTTP/1.1\r\n",
    ];

    fn parse(text: &str) -> Result<Option<(usize, Request)>, &'static str> {
        let mut bytes = text.as_bytes().to_vec();
        let parsed =
            Request::parse(&mut bytes, LIMITS, &mut LineCache::default()).map_err(|m| m.detail)?;
        Ok(parsed)
    }

    fn whole(text: &str) -> Request {
        let (length, request) = parse(text).unwrap().unwrap();
        assert_eq!(length, text.len());
        request
    }

    #[test]
    fn ordinary_requests() {
        let request = whole("GET /a/b?c=d HTTP/1.1\r\nHost: A\r\nX-Y:  z \r\n\r\n");
        assert_eq!((request.method(), request.path()), ("GET", "/a/b"));
        assert_eq!(request.query(), Some("c=d"));
        assert_eq!(request.fields.first(Known::Host), Some(&b"A"[..]));
        let fields: Vec<_> = request.fields.iter().map(|f| (f.name, f.value)).collect();
        assert_eq!(fields, [(&b"host"[..], &b"A"[..]), (b"x-y", b"z")]);
        assert!(request.persistent);
        assert!(!whole("GET / HTTP/1.0\r\n\r\n").persistent);
        assert!(whole("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n").persistent);
        assert!(!whole("GET / HTTP/1.1\r\nHost: a\r\nConnection: x, Close\r\n\r\n").persistent);
        assert_eq!(whole("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n").path(), "*");
        let absolute = whole("\r\nGET HTTP://a:80?q HTTP/1.1\r\nHost: a\r\n\r\n");
        assert_eq!(absolute.authority(), Some("a:80"));
        assert_eq!((absolute.path(), absolute.query()), ("", Some("q")));
    }

    #[test]
    fn bodies_and_expectations() {
        let head = |fields: &str| whole(&format!("POST / HTTP/1.1\r\nHost: a\r\n{fields}\r\n"));
        assert_eq!(head("").framing, Framing::Length(0));
        assert_eq!(head("Content-Length: 12\r\n").framing, Framing::Length(12));
        let chunked = head("Transfer-Encoding: Chunked\r\nExpect: 100-Continue\r\n");
        assert_eq!(chunked.framing, Framing::Chunked);
        assert!(chunked.expects_continue);
    }

    #[test]
    fn what_two_parsers_could_read_in_two_ways_is_refused() {
        let post = |fields: &str| format!("POST / HTTP/1.1\r\nHost: a\r\n{fields}\r\n\r\n");
        let get = |line: &str| format!("{line}\r\nHost: a\r\n\r\n");
        for (head, detail) in [
            (
                post("Content-Length: 1\r\nTransfer-Encoding: chunked"),
                "both content-length and transfer-encoding",
            ),
            (
                post("Transfer-Encoding: chunked\r\nContent-Length: 1"),
                "both content-length and transfer-encoding",
            ),
            (
                post("Content-Length: 1\r\nContent-Length: 1"),
                "more than one content-length",
            ),
            (
                post("Content-Length: 1, 1"),
                "content-length is not a number",
            ),
            (post("Content-Length: +1"), "content-length is not a number"),
            (post("Content-Length:"), "content-length is not a number"),
            (
                post("Connection: keep-alive, \u{e9}"),
                "connection is not a list of names",
            ),
            (
                post("Connection: close; now"),
                "connection is not a list of names",
            ),
            (
                post("Transfer-Encoding: gzip, chunked"),
                "transfer-encoding is not just chunked",
            ),
            (
                "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n".to_owned(),
                "transfer-encoding in HTTP/1.0",
            ),
            ("GET / HTTP/1.1\r\n\r\n".to_owned(), "no host header"),
            (post("Host: a"), "more than one host header"),
            (post(" x: y"), "a header line is folded"),
            (post("x : y"), "a header name is not a token"),
            (post("x"), "a header line has no colon"),
            (post("x: a\rb"), "a header value holds a control character"),
            (post("x: a\0b"), "a header value holds a control character"),
            (
                "GET / HTTP/1.1\nHost: a\r\n\r\n".to_owned(),
                "a line ends without CR",
            ),
            (
                "GET / HTTP/1.1\r\nHost: a\n\r\n".to_owned(),
                "a line ends without CR",
            ),
            (
                "GET / HTTP/1.1\r\nHost: a\r\n\n".to_owned(),
                "a line ends without CR",
            ),
            (
                "\nGET / HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(),
                "a line ends without CR",
            ),
            (
                get("GET  / HTTP/1.1"),
                "the request target holds a character that is not allowed",
            ),
            (
                get("GET /a#b HTTP/1.1"),
                "the request target holds a character that is not allowed",
            ),
            (
                get("GET a HTTP/1.1"),
                "the request target has no known form",
            ),
            (
                get("GET * HTTP/1.1"),
                "the request target has no known form",
            ),
            (
                get("CONNECT a?b:1 HTTP/1.1"),
                "the request target has no known form",
            ),
            (
                get("CONNECT a HTTP/1.1"),
                "the request target has no known form",
            ),
            (
                get("GET / HTTP/2.0"),
                "the version is neither HTTP/1.1 nor HTTP/1.0",
            ),
            (get("G@T / HTTP/1.1"), "the method is not a token"),
            (get("GET /"), "the request line is not in three parts"),
        ] {
            assert_eq!(parse(&head).map(|_| ()), Err(detail), "{head:?}");
        }
    }

    #[test]
    fn large_heads_are_refused() {
        let long = format!("GET /{} HTTP/1.1\r\n", "a".repeat(600));
        assert_eq!(
            parse(&long).map(|_| ()),
            Err("the request head is too large")
        );
        let many = format!("GET / HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(9));
        assert_eq!(parse(&many).map(|_| ()), Err("too many header fields"));
    }

    #[test]
    fn incomplete_heads_are_no_heads() {
        let head = "GET /a HTTP/1.1\r\nHost: a\r\nx: y\r\n\r\n";
        for end in 0..head.len() {
            assert!(parse(&head[..end]).unwrap().is_none(), "{end}");
        }
    }

    proptest! {
        /// Lines that are read one by one, and known from before, make the head that the tokeniser of
        /// whole heads finds, and no other.
        #[test]
        fn line_by_line(heads in vec(heads(FIRST), 1..5)) {
            let mut cache = LineCache::default();
            for head in [&heads[..]; 3].concat() {
                let (mut bytes, mut same) = (head.clone().into_bytes(), head.clone().into_bytes());
                let one_by_one = read(&mut bytes, LIMITS, &mut cache);
                match (one_by_one, read_whole(&mut same, LIMITS)) {
                    (Ok(Some((length, request))), whole) => {
                        let (all, expected) = whole.unwrap().unwrap();
                        prop_assert_eq!(length, all);
                        prop_assert_eq!(&bytes, &same);
                        prop_assert_eq!(format!("{request:?}"), format!("{expected:?}"));
                    }
                    (Ok(None), Ok(Some((_, request)))) => {
                        let unusual = request.fields.is_empty() || head.starts_with('\r');
                        prop_assert!(unusual, "{:?}", head);
                    }
                    (Err(_), Ok(Some(_))) => prop_assert!(false, "refused: {:?}", head),
                    (Ok(None) | Err(_), Ok(None) | Err(_)) => {}
                }
            }
        }

        /// Whatever the bytes are, nothing panics, and a head lies within them.
        #[test]
        fn any_bytes(mut bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            if let Ok(Some((length, _))) = Request::parse(&mut bytes, LIMITS, &mut LineCache::default()) {
                prop_assert!(length <= bytes.len());
            }
        }
    }
}
