//! Request heads: parsed strictly, held as ranges into the bytes that were read.

use crate::Version;
use crate::classes::{is_target, is_token, lower};
use crate::explain::explain;
use crate::fields::{Fields, Line, Lines, holds_word, is_list};
use crate::framing::{Framing, Said};
use crate::known::Known;
use crate::malformed::Malformed;
use crate::span::Span;
use crate::target::Target;
use httparse::{Header, Status};
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

/// Field lines that are read without an allocation.
const STACK: usize = 100;

impl Request {
    /// Parses a head at the beginning of `bytes`: its length and itself, without the bytes, which
    /// [`Request::take`] adds. Names are put into lower case in place. None if it is not complete.
    ///
    /// # Errors
    /// [`Malformed`], also for the beginning of a head that can only become so.
    pub fn parse(bytes: &mut [u8], limits: Limits) -> Result<Option<(usize, Self)>, Malformed> {
        let parsed = if limits.max_headers <= STACK {
            read(bytes, limits, &mut [const { MaybeUninit::uninit() }; STACK])
        } else {
            let mut lines = vec![MaybeUninit::uninit(); limits.max_headers];
            read(bytes, limits, &mut lines)
        };
        let Some((length, mut request)) = parsed? else {
            return Ok(None);
        };
        let mut said = Said::default();
        let http10 = request.version == Version::Http10;
        let (mut close, mut keep) = (false, false);
        for line in &mut request.fields.lines {
            let name = line.name.slice_mut(bytes);
            lower(name);
            line.known = Known::of(name);
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
        Ok(Some((length, request)))
    }

    /// Takes over the bytes that the head was parsed in.
    #[must_use]
    pub fn take(mut self, bytes: Vec<u8>) -> Self {
        self.fields.text = bytes;
        self
    }

    /// The method as sent; methods are case-sensitive (RFC 9110 section 9.1).
    pub fn method(&self) -> &str {
        &self.method
    }

    /// The authority of the target, where it has one.
    pub fn authority(&self) -> Option<&str> {
        self.target.authority.map(|a| a.text(&self.fields.text))
    }

    /// The path as sent.
    pub fn path(&self) -> &str {
        self.target.path.text(&self.fields.text)
    }

    /// Whether there is a query, be it empty.
    pub fn has_query(&self) -> bool {
        self.target.query.is_some()
    }

    /// The query as sent, without `?`.
    pub fn query(&self) -> Option<&str> {
        self.target.query.map(|q| q.text(&self.fields.text))
    }
}

/// What the tokeniser finds, checked as far as it is not: line ends, request line.
fn read<'b>(
    bytes: &'b [u8],
    limits: Limits,
    headers: &mut [MaybeUninit<Header<'b>>],
) -> Result<Option<(usize, Request)>, Malformed> {
    let too_large = Malformed::too_large("the request head is too large");
    let mut request = httparse::Request::new(&mut []);
    let length = match request.parse_with_uninit_headers(bytes, headers) {
        Ok(Status::Complete(length)) if length <= limits.max_head => length,
        Ok(Status::Partial) if bytes.len() <= limits.max_head => return Ok(None),
        Ok(_) => return Err(too_large),
        Err(_) if bytes.len() > limits.max_head && head_is_longer(bytes, limits.max_head) => {
            return Err(too_large);
        }
        Err(error) => return Err(explain(bytes, error)),
    };
    if request.headers.len() > limits.max_headers {
        return Err(Malformed::too_large("too many header fields"));
    }
    let head = bytes.get(..length).unwrap_or_default();
    let (Some(method), Some(target), Some(minor)) = (request.method, request.path, request.version)
    else {
        return Err(Malformed::syntax("the request line is not in three parts"));
    };
    let lines = lines(head, request.headers);
    check_line_ends(head, Span::of(method.as_bytes(), head).start(), &lines)?;
    if !is_token(method.as_bytes()) {
        return Err(Malformed::syntax("the method is not a token"));
    }
    if !is_target(target.as_bytes()) {
        return Err(Malformed::syntax(
            "the request target holds a character that is not allowed",
        ));
    }
    let at = Span::of(target.as_bytes(), head);
    let request = Request {
        method: SmolStr::new(method),
        target: Target::parse(method, target.as_bytes(), at.start())?,
        version: if minor == 0 {
            Version::Http10
        } else {
            Version::Http11
        },
        fields: Fields {
            text: Vec::new(),
            lines,
        },
        framing: Framing::Length(0),
        persistent: false,
        expects_continue: false,
    };
    Ok(Some((length, request)))
}

/// Whether no head ends within `most` bytes.
fn head_is_longer(bytes: &[u8], most: usize) -> bool {
    !crate::HeadEnd::default().is_in(bytes.get(..most).unwrap_or_default())
}

pub(crate) fn lines(head: &[u8], headers: &[Header<'_>]) -> Lines {
    headers
        .iter()
        .map(|header| {
            let name = Span::of(header.name.as_bytes(), head);
            Line::new(name, Span::of(header.value, head), head)
        })
        .collect()
}

/// The tokeniser lets lines end with a bare LF (RFC 9112 section 2.2 allows it); here every line
/// ends with CR LF. `begin` is where the request line begins, after blank lines.
fn check_line_ends(head: &[u8], begin: usize, lines: &Lines) -> Result<(), Malformed> {
    let blank = head.get(..begin).unwrap_or_default();
    let blank = blank.chunks(2).all(|pair| pair == b"\r\n");
    // Where each line but the first begins, the blank one included.
    let begins = lines.iter().map(|line| line.name.start());
    let mut begins = begins.chain(std::iter::once(head.len().saturating_sub(2)));
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
    use proptest::prelude::*;

    const LIMITS: Limits = Limits {
        max_head: 512,
        max_headers: 8,
    };

    fn parse(text: &str) -> Result<Option<(usize, Request)>, &'static str> {
        let mut bytes = text.as_bytes().to_vec();
        let parsed = Request::parse(&mut bytes, LIMITS).map_err(|m| m.detail)?;
        Ok(parsed.map(|(length, request)| (length, request.take(bytes))))
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
        /// Whatever the bytes are, nothing panics, and a head lies within them.
        #[test]
        fn any_bytes(mut bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            if let Ok(Some((length, _))) = Request::parse(&mut bytes, LIMITS) {
                prop_assert!(length <= bytes.len());
            }
        }
    }
}
