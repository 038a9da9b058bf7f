//! The guard before the HTTP/1.x parser: it follows the bytes of a connection from message to
//! message and stops at the first one that is ambiguous or too large. It does no input or output.

use super::{
    Violation,
    chunked::Chunked,
    head::{Framing, Head, HeadLimits},
};
use gw_graph::Builtin;

/// What a look at some bytes found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Seen {
    /// All bytes may pass.
    All,
    /// Bytes from this offset on are the beginning of a head that is not complete.
    Partial(usize),
}

/// The place inside the stream of messages.
#[derive(Clone, Debug)]
enum Place {
    Head(Head),
    Body(u64),
    Chunked(Chunked),
}

/// Follows one connection.
#[derive(Clone, Debug)]
pub(crate) struct Guard {
    limits: HeadLimits,
    place: Place,
    /// Bytes of the incomplete head that have been taken line by line already.
    taken: usize,
    /// Heads that passed.
    heads: u64,
}

impl Guard {
    /// A guard at the start of a connection.
    pub(crate) fn new(limits: HeadLimits) -> Self {
        Self {
            limits,
            place: Place::Head(Head::default()),
            taken: 0,
            heads: 0,
        }
    }

    /// How many heads passed.
    pub(crate) fn heads(&self) -> u64 {
        self.heads
    }

    /// Whether a message body is under way.
    pub(crate) fn in_body(&self) -> bool {
        !matches!(self.place, Place::Head(_))
    }

    /// Looks at the next bytes. After [`Seen::Partial`], the next call must begin with the bytes
    /// that were left over. On a violation, bytes before the returned offset may pass.
    pub(crate) fn look(&mut self, bytes: &[u8]) -> Result<Seen, (usize, Violation)> {
        let mut at = 0;
        loop {
            let rest = bytes.get(at..).unwrap_or_default();
            if rest.is_empty() {
                return Ok(Seen::All);
            }
            match self.message(rest) {
                Ok(0) => return Ok(Seen::Partial(at)),
                Ok(length) => at += length,
                Err(violation) => return Err((at, violation)),
            }
        }
    }

    /// Moves over one head or one piece of a body; zero where a head is not complete.
    fn message(&mut self, bytes: &[u8]) -> Result<usize, Violation> {
        match &mut self.place {
            Place::Head(_) => self.head(bytes),
            Place::Body(left) => {
                let here = u64::try_from(bytes.len()).unwrap_or(u64::MAX).min(*left);
                *left -= here;
                if *left == 0 {
                    self.next_message();
                }
                Ok(usize::try_from(here).unwrap_or(usize::MAX))
            }
            Place::Chunked(chunked) => {
                let here = chunked.advance(bytes)?;
                if *chunked == Chunked::End {
                    self.next_message();
                }
                Ok(here)
            }
        }
    }

    fn head(&mut self, bytes: &[u8]) -> Result<usize, Violation> {
        let Place::Head(head) = &mut self.place else {
            return Ok(0);
        };
        let mut at = self.taken;
        let framing = loop {
            let rest = bytes.get(at..).unwrap_or_default();
            let Some(end) = memchr::memchr(b'\n', rest) else {
                self.taken = at;
                return if bytes.len() > self.limits.max_head {
                    Err(too_large())
                } else {
                    Ok(0)
                };
            };
            let line = rest.get(..=end).unwrap_or_default();
            at += line.len();
            if at > self.limits.max_head {
                return Err(too_large());
            }
            if let Some(framing) = head.line(line, self.limits)? {
                break framing;
            }
        };
        match framing {
            Framing::Length(0) => self.next_message(),
            Framing::Length(length) => self.place = Place::Body(length),
            Framing::Chunked => self.place = Place::Chunked(Chunked::default()),
        }
        self.taken = 0;
        self.heads += 1;
        Ok(at)
    }

    fn next_message(&mut self) {
        self.place = Place::Head(Head::default());
        self.taken = 0;
    }
}

fn too_large() -> Violation {
    Violation::new(Builtin::HeadTooLarge, "the request head is too large")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LIMITS: HeadLimits = HeadLimits {
        max_head: 512,
        max_headers: 8,
    };

    fn look(text: &str) -> Result<Seen, &'static str> {
        Guard::new(LIMITS)
            .look(text.as_bytes())
            .map_err(|(_, v)| v.detail)
    }

    #[test]
    fn passes_ordinary_requests() {
        assert_eq!(look("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), Ok(Seen::All));
        assert_eq!(look("GET / HTTP/1.0\r\n\r\n"), Ok(Seen::All));
        assert_eq!(look("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n"), Ok(Seen::All));
        assert_eq!(
            look("\r\nGET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n"),
            Ok(Seen::All)
        );
    }

    #[test]
    fn follows_bodies_to_the_next_head() {
        let two = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc\
                   POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\
                   3;x=y\r\nabc\r\n0\r\nT: v\r\n\r\nGET /";
        let at = two.rfind("GET /").unwrap();
        assert_eq!(look(two), Ok(Seen::Partial(at)));
    }

    #[test]
    fn refuses_what_two_parsers_could_read_in_two_ways() {
        for (head, detail) in [
            (
                "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
                "both content-length and transfer-encoding",
            ),
            (
                "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n",
                "both content-length and transfer-encoding",
            ),
            (
                "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n",
                "more than one content-length",
            ),
            (
                "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 1\r\n\r\n",
                "content-length is not a number",
            ),
            (
                "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\n",
                "content-length is not a number",
            ),
            (
                "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
                "transfer-encoding is not just chunked",
            ),
            (
                "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
                "transfer-encoding in HTTP/1.0",
            ),
            ("GET / HTTP/1.1\r\n\r\n", "no host header"),
            (
                "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
                "more than one host header",
            ),
            (
                "GET / HTTP/1.1\r\nHost: a\r\n x: y\r\n\r\n",
                "a header line is folded",
            ),
            (
                "GET / HTTP/1.1\r\nHost : a\r\n\r\n",
                "a header name is not a token",
            ),
            (
                "GET / HTTP/1.1\r\nHost: a\rb\r\n\r\n",
                "a header value holds a control character",
            ),
            ("GET / HTTP/1.1\nHost: a\r\n\r\n", "a line ends without CR"),
            (
                "GET  / HTTP/1.1\r\nHost: a\r\n\r\n",
                "the request target holds a character that is not allowed",
            ),
            (
                "GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n",
                "the request target holds a character that is not allowed",
            ),
            (
                "GET a HTTP/1.1\r\nHost: a\r\n\r\n",
                "the request target has no known form",
            ),
            (
                "GET * HTTP/1.1\r\nHost: a\r\n\r\n",
                "the request target has no known form",
            ),
            (
                "GET / HTTP/2.0\r\nHost: a\r\n\r\n",
                "the version is neither HTTP/1.1 nor HTTP/1.0",
            ),
        ] {
            let found = look(head);
            let expected: Result<Seen, &str> = Err(detail);
            // An empty target is reported as a missing part or as a bad character.
            assert_eq!(found, expected, "{head:?}");
        }
    }

    #[test]
    fn refuses_bad_chunks() {
        for body in [
            "x\r\n",
            "3\nabc\r\n",
            "3\r\nabcd\r\n",
            "1 \r\n",
            "10000000000000000\r\n",
        ] {
            let text =
                format!("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n{body}");
            assert_eq!(
                look(&text),
                Err("the chunked body is malformed"),
                "{body:?}"
            );
        }
    }

    #[test]
    fn refuses_large_heads() {
        let long = format!("GET /{} HTTP/1.1\r\n", "a".repeat(600));
        assert_eq!(look(&long), Err("the request head is too large"));
        let many = format!("GET / HTTP/1.1\r\n{}", "a: b\r\n".repeat(9));
        assert_eq!(look(&many), Err("too many header fields"));
    }

    proptest! {
        /// Splitting a stream anywhere changes nothing.
        #[test]
        fn pieces_do_not_matter(cuts in proptest::collection::vec(1usize..40, 1..60)) {
            let text = "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\
                        5\r\nhello\r\n0\r\n\r\nPUT /b HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n\
                        bodyGET /c HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n".as_bytes();
            let bad = text.len() - "GET /c HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n".len();
            let mut guard = Guard::new(LIMITS);
            let (mut held, mut passed, mut at, mut refused) = (Vec::new(), 0, 0, false);
            for cut in cuts.iter().chain(std::iter::repeat(&7)) {
                if at >= text.len() || refused { break; }
                let end = (at + cut).min(text.len());
                held.extend_from_slice(&text[at..end]);
                at = end;
                match guard.look(&held) {
                    Ok(Seen::All) => { passed += held.len(); held.clear(); }
                    Ok(Seen::Partial(from)) => { passed += from; held.drain(..from); }
                    Err((from, violation)) => {
                        passed += from;
                        refused = true;
                        prop_assert_eq!(violation.detail, "more than one host header");
                    }
                }
            }
            prop_assert!(refused);
            prop_assert_eq!(passed, bad);
        }

        /// Whatever the bytes are, nothing panics.
        #[test]
        fn any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = Guard::new(LIMITS).look(&bytes);
        }
    }
}
