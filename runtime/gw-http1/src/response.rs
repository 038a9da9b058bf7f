//! Response heads of backends: parsed as strictly as requests.

use crate::fields::{Fields, Spans, holds_word, is_list};
use crate::framing::{Framing, Said};
use crate::known::Known;
use crate::line_cache::{Kind, LineCache};
use crate::malformed::Malformed;
use httparse::{Header, ParserConfig, Status};
use std::mem::MaybeUninit;

/// A response head.
#[derive(Clone, Debug)]
pub struct Response {
    /// Status code, 100 to 999.
    pub status: u16,
    /// Field lines, and the bytes of the whole head.
    pub fields: Fields,
    /// How the body is framed.
    pub framing: ResponseFraming,
    /// Whether the connection may be used again after this response.
    pub persistent: bool,
}

/// How a response's body is framed (RFC 9112 section 6.3).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ResponseFraming {
    /// There is none, whatever the fields say: HEAD, 1xx, 204, 304.
    None,
    /// As the fields say.
    Framed(Framing),
    /// All that comes until the connection is closed.
    UntilClose,
}

/// Most field lines of a response.
const MAX_LINES: usize = 128;

impl Response {
    /// Largest head in bytes.
    pub const MAX_HEAD: usize = 128 << 10;

    /// Parses a head at the beginning of `bytes`: its length and itself, without the bytes, which
    /// [`Response::take`] adds. `to_head` says that it answers a HEAD request. None if it is not
    /// complete. What comes of it is the same whatever `cache` holds.
    ///
    /// # Errors
    /// [`Malformed`] if it is none.
    pub fn parse(
        bytes: &mut [u8],
        to_head: ToHead,
        cache: &mut LineCache,
    ) -> Result<Option<(usize, Self)>, Malformed> {
        let read = match read(bytes, cache)? {
            Some(read) => Some(read),
            None => read_whole(bytes)?,
        };
        let Some((length, mut response, http10)) = read else {
            return Ok(None);
        };
        let mut said = Said::default();
        let (mut close, mut keep) = (false, false);
        for line in &response.fields.lines {
            let value = || line.value.slice(bytes);
            match line.known {
                Known::ContentLength | Known::TransferEncoding => said.note(line.known, value())?,
                Known::Connection => {
                    let value = value();
                    close |= holds_word(value, "close") || !is_list(value);
                    keep |= holds_word(value, "keep-alive");
                }
                _ => {}
            }
        }
        let bodiless = to_head == ToHead::Yes || matches!(response.status, 100..200 | 204 | 304);
        let framing = said.framing(http10)?;
        response.framing = match framing {
            _ if bodiless => ResponseFraming::None,
            Some(framing) => ResponseFraming::Framed(framing),
            None => ResponseFraming::UntilClose,
        };
        let delimited = response.framing != ResponseFraming::UntilClose;
        response.persistent = delimited && !close && (!http10 || keep);
        response
            .fields
            .copy(bytes.get(..length).unwrap_or_default());
        Ok(Some((length, response)))
    }

    /// Of the parts of a status line.
    fn of(status: u16) -> Result<Self, Malformed> {
        if status < 100 {
            return Err(Malformed::syntax("the status is no status"));
        }
        Ok(Self {
            status,
            fields: Fields::default(),
            framing: ResponseFraming::None,
            persistent: false,
        })
    }
}

/// Whether a response answers a HEAD request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ToHead {
    /// It does: it has no body.
    Yes,
    /// It answers another method.
    No,
}

/// The status line, and the lines behind it one by one. None for whatever is not whole and in the usual
/// shape.
fn read(
    bytes: &mut [u8],
    cache: &mut LineCache,
) -> Result<Option<(usize, Response, bool)>, Malformed> {
    let Some(line) = cache.status_lines.read(bytes) else {
        return Ok(None);
    };
    let response = Response::of(line.status)?;
    let read = cache.read(bytes, line.length, MAX_LINES, Kind::Response);
    let read = read.filter(|(length, _)| *length <= Response::MAX_HEAD);
    Ok(read.map(|(length, fields)| (length, Response { fields, ..response }, line.http10)))
}

/// What the tokeniser of whole heads finds.
fn read_whole(bytes: &mut [u8]) -> Result<Option<(usize, Response, bool)>, Malformed> {
    let mut headers: [MaybeUninit<Header<'_>>; MAX_LINES] =
        [const { MaybeUninit::uninit() }; MAX_LINES];
    let mut response = httparse::Response::new(&mut []);
    let config = ParserConfig::default();
    let parsed = config.parse_response_with_uninit_headers(&mut response, bytes, &mut headers);
    let length = match parsed {
        Ok(Status::Complete(length)) if length <= Response::MAX_HEAD => length,
        Ok(Status::Partial) if bytes.len() <= Response::MAX_HEAD => return Ok(None),
        Ok(_) => return Err(Malformed::too_large("the response head is too large")),
        Err(httparse::Error::TooManyHeaders) => {
            return Err(Malformed::too_large("too many header fields"));
        }
        Err(_) => return Err(Malformed::syntax("the response head is malformed")),
    };
    let (Some(status), Some(minor)) = (response.code, response.version) else {
        return Err(Malformed::syntax("the status line is malformed"));
    };
    let lines = Spans::of(bytes, response.headers);
    let response = Response::of(status)?;
    let fields = lines.fields(bytes);
    Ok(Some((length, Response { fields, ..response }, minor == 0)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::line_cache::heads;
    use proptest::collection::vec;
    use proptest::prelude::*;

    /// With what heads begin, right or not.
    const FIRST: &[&str] = &[
        "HTTP/1.1 200 OK\r\n",
        "HTTP/1.0 404 Not Found\r\n",
        "HTTP/1.1 204\r\n",
        "HTTP/1.1 200 \r\n",
        "HTTP/1.1 200 OK\n",
        "HTTP/1.1 200 a\r\r\n",
        "HTTP/1.1 20 OK\r\n",
    ];

    fn parse(text: &str, to_head: ToHead) -> Result<Response, &'static str> {
        let mut bytes = text.as_bytes().to_vec();
        let parsed = Response::parse(&mut bytes, to_head, &mut LineCache::default())
            .map_err(|m| m.detail)?;
        let (length, response) = parsed.expect("a whole head");
        assert_eq!(length, text.len());
        Ok(response)
    }

    #[test]
    fn framing() {
        use ResponseFraming::{Framed, None, UntilClose};
        for (text, to_head, framing, persistent) in [
            (
                "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
                ToHead::No,
                Framed(Framing::Length(5)),
                true,
            ),
            (
                "HTTP/1.1 200\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n",
                ToHead::No,
                Framed(Framing::Chunked),
                false,
            ),
            (
                "HTTP/1.0 204 No Content\r\nConnection: keep-alive, \u{e9}\r\n\r\n",
                ToHead::No,
                None,
                false,
            ),
            ("HTTP/1.1 200 OK\r\n\r\n", ToHead::No, UntilClose, false),
            ("HTTP/1.1 204 No Content\r\n\r\n", ToHead::No, None, true),
            (
                "HTTP/1.1 304 x\r\nContent-Length: 9\r\n\r\n",
                ToHead::No,
                None,
                true,
            ),
            (
                "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n",
                ToHead::Yes,
                None,
                true,
            ),
            (
                "HTTP/1.0 200 OK\r\nContent-Length: 9\r\n\r\n",
                ToHead::No,
                Framed(Framing::Length(9)),
                false,
            ),
        ] {
            let response = parse(text, to_head).unwrap();
            assert_eq!(
                (response.framing, response.persistent),
                (framing, persistent),
                "{text:?}"
            );
        }
    }

    #[test]
    fn ambiguous_responses_are_refused() {
        for (fields, detail) in [
            (
                "Content-Length: 1\r\nTransfer-Encoding: chunked",
                "both content-length and transfer-encoding",
            ),
            (
                "Content-Length: 1\r\nContent-Length: 2",
                "more than one content-length",
            ),
            ("Content-Length: x", "content-length is not a number"),
            (
                "Transfer-Encoding: gzip",
                "transfer-encoding is not just chunked",
            ),
            ("a: b\r\n c", "the response head is malformed"),
            ("a b: c", "the response head is malformed"),
        ] {
            let text = format!("HTTP/1.1 200 OK\r\n{fields}\r\n\r\n");
            assert_eq!(parse(&text, ToHead::No).err(), Some(detail), "{fields:?}");
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
                let whole = read_whole(&mut same);
                if let Some(one_by_one) = read(&mut bytes, &mut cache).unwrap() {
                    prop_assert_eq!(format!("{one_by_one:?}"), format!("{:?}", whole.unwrap().unwrap()));
                    prop_assert_eq!(&bytes, &same);
                } else if let Ok(Some((_, response, _))) = whole {
                    let unusual = head.replace("\r\n", "").contains('\n');
                    prop_assert!(unusual || response.fields.is_empty(), "{:?}", head);
                }
            }
        }

        /// Whatever the bytes are, nothing panics.
        #[test]
        fn any_bytes(mut bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = Response::parse(&mut bytes, ToHead::No, &mut LineCache::default());
        }
    }
}
