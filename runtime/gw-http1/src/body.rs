//! The body of a message, piece by piece, whatever its framing.

use crate::chunked::Chunked;
use crate::fields::Fields;
use crate::framing::Framing;
use crate::malformed::Malformed;
use crate::response::ResponseFraming;
use std::ops::Range;

/// A body on its way in.
#[derive(Debug, Default)]
pub struct Body {
    state: State,
    /// The lines of the trailer section, without the blank one.
    trailers: Vec<u8>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
enum State {
    /// All of it was read.
    #[default]
    Done,
    Length(u64),
    Chunked(Chunked),
    UntilClose,
}

/// What was found in some bytes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Piece {
    /// Data; empty if there is none before more bytes are read, or at the end.
    pub data: Range<usize>,
    /// Bytes that are done with, data included.
    pub consumed: usize,
}

impl Body {
    /// The body of a request.
    pub fn of_request(framing: Framing) -> Self {
        let state = match framing {
            Framing::Length(0) => State::Done,
            Framing::Length(length) => State::Length(length),
            Framing::Chunked => State::Chunked(Chunked::default()),
        };
        Self {
            state,
            trailers: Vec::new(),
        }
    }

    /// The body of a response.
    pub fn of_response(framing: ResponseFraming) -> Self {
        match framing {
            ResponseFraming::None => Self::default(),
            ResponseFraming::Framed(framing) => Self::of_request(framing),
            ResponseFraming::UntilClose => Self {
                state: State::UntilClose,
                trailers: Vec::new(),
            },
        }
    }

    /// Whether all of it was read.
    pub fn is_done(&self) -> bool {
        self.state == State::Done
    }

    /// Whether a trailer section was read.
    pub fn has_trailers(&self) -> bool {
        !self.trailers.is_empty()
    }

    /// Bytes of data that follow, where that is known.
    pub fn left(&self) -> Option<u64> {
        match self.state {
            State::Done => Some(0),
            State::Length(left) => Some(left),
            State::Chunked(_) | State::UntilClose => None,
        }
    }

    /// The next piece of data in `bytes`. Call it again with what was not consumed.
    ///
    /// # Errors
    /// [`Malformed`] if the framing is broken.
    pub fn next(&mut self, bytes: &[u8]) -> Result<Piece, Malformed> {
        match &mut self.state {
            State::Done => Ok(Piece {
                data: 0..0,
                consumed: 0,
            }),
            State::UntilClose => Ok(Piece {
                data: 0..bytes.len(),
                consumed: bytes.len(),
            }),
            State::Length(left) => {
                let here = usize::try_from(*left).map_or(bytes.len(), |left| left.min(bytes.len()));
                *left = left.saturating_sub(u64::try_from(here).unwrap_or(u64::MAX));
                if *left == 0 {
                    self.state = State::Done;
                }
                Ok(Piece {
                    data: 0..here,
                    consumed: here,
                })
            }
            State::Chunked(chunked) => {
                let (data, consumed) = chunked.advance(bytes, &mut self.trailers)?;
                if *chunked == Chunked::End {
                    self.state = State::Done;
                }
                Ok(Piece { data, consumed })
            }
        }
    }

    /// So many bytes of data, of a body of known length, were passed on without being looked at.
    pub fn pass(&mut self, n: u64) {
        if let State::Length(left) = self.state {
            self.state = match left.saturating_sub(n) {
                0 => State::Done,
                left => State::Length(left),
            };
        }
    }

    /// The connection was closed: the end of a body that lasts until then.
    ///
    /// # Errors
    /// [`Malformed`] if more had to follow.
    pub fn closed(&mut self) -> Result<(), Malformed> {
        match self.state {
            State::Done => Ok(()),
            State::UntilClose => {
                self.state = State::Done;
                Ok(())
            }
            State::Length(_) | State::Chunked(_) => {
                Err(Malformed::syntax("the body is incomplete"))
            }
        }
    }

    /// The trailer section of a body that was read; none if it has no lines.
    ///
    /// # Errors
    /// [`Malformed`] if a line is none.
    pub fn trailers(&mut self) -> Result<Option<Fields>, Malformed> {
        if self.trailers.is_empty() {
            return Ok(None);
        }
        let mut text = std::mem::take(&mut self.trailers);
        text.extend_from_slice(b"\r\n");
        let mut lines = [httparse::EMPTY_HEADER; 64];
        let parsed = httparse::parse_headers(&text, &mut lines);
        let Ok(httparse::Status::Complete((_, lines))) = parsed else {
            return Err(Malformed::syntax("a trailer line is malformed"));
        };
        let mut fields = Fields::with_capacity(text.len());
        for line in lines {
            fields.push(line.name, line.value);
        }
        Ok(Some(fields))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Reads a whole body in pieces of this size: the data, and what follows it.
    fn read(
        mut body: Body,
        text: &str,
        size: usize,
    ) -> Result<(String, String, Body), &'static str> {
        let (mut data, mut held, mut at) = (Vec::new(), Vec::new(), 0);
        while !body.is_done() && at < text.len() {
            let end = (at + size).min(text.len());
            held.extend_from_slice(&text.as_bytes()[at..end]);
            at = end;
            loop {
                let piece = body.next(&held).map_err(|m| m.detail)?;
                data.extend_from_slice(&held[piece.data.clone()]);
                held.drain(..piece.consumed);
                if piece.data.is_empty() {
                    break;
                }
            }
        }
        held.extend_from_slice(&text.as_bytes()[at..]);
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Ok((text(data), text(held), body))
    }

    #[test]
    fn chunks_extensions_and_trailers() {
        let text = "3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\nT: v\r\nU:w\r\n\r\nGET";
        for size in 1..text.len() {
            let (data, rest, mut body) =
                read(Body::of_request(Framing::Chunked), text, size).unwrap();
            assert_eq!((data.as_str(), rest.as_str()), ("abc0123456789", "GET"));
            let trailers = body.trailers().unwrap().unwrap();
            let all: Vec<_> = trailers.iter().map(|f| (f.name, f.value)).collect();
            assert_eq!(all, [(&b"t"[..], &b"v"[..]), (b"u", b"w")]);
        }
    }

    #[test]
    fn lengths() {
        let (data, rest, _) = read(Body::of_request(Framing::Length(3)), "abcd", 2).unwrap();
        assert_eq!((data.as_str(), rest.as_str()), ("abc", "d"));
        let mut cut = Body::of_request(Framing::Length(3));
        cut.next(b"ab").unwrap();
        assert!(cut.closed().is_err());
        let mut open = Body::of_response(ResponseFraming::UntilClose);
        open.next(b"ab").unwrap();
        open.closed().unwrap();
        assert!(open.is_done());
    }

    #[test]
    fn bad_chunks() {
        for text in [
            "x\r\n",
            "3\nabc\r\n",
            "3\r\nabcd\r\n",
            "1 \r\n",
            "10000000000000000\r\n",
            "0\r\n: x\r\n\r\n",
        ] {
            let read = read(Body::of_request(Framing::Chunked), text, 1);
            assert!(read.is_err(), "{text:?}");
        }
        let mut body = Body::of_request(Framing::Chunked);
        body.next(b"0\r\na b: c\r\n\r\n").unwrap();
        assert!(body.trailers().is_err());
    }

    proptest! {
        /// What is written in chunks is read again, however it is cut.
        #[test]
        fn chunks(parts in proptest::collection::vec("[a-z]{1,40}", 0..8), size in 1usize..50) {
            let mut text = String::new();
            for part in &parts {
                let mut line = [0; 18];
                text += std::str::from_utf8(crate::chunk_head(part.len(), &mut line)).unwrap();
                text += part;
                text += "\r\n";
            }
            text += std::str::from_utf8(crate::LAST_CHUNK).unwrap();
            let (data, rest, body) = read(Body::of_request(Framing::Chunked), &text, size).unwrap();
            prop_assert_eq!(data, parts.concat());
            prop_assert_eq!(rest, "");
            prop_assert!(body.is_done());
        }

        /// Whatever the bytes are, nothing panics.
        #[test]
        fn any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let mut body = Body::of_request(Framing::Chunked);
            let mut at = 0;
            while let Ok(piece) = body.next(&bytes[at..]) {
                if piece.consumed == 0 { break; }
                at += piece.consumed;
            }
        }
    }
}
