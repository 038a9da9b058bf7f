//! How the body after a head is framed (RFC 9112 section 6.3), from the fields that say so.

use crate::known::Known;
use crate::malformed::Malformed;

/// How a request's body is framed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Framing {
    /// This many bytes; zero for no body.
    Length(u64),
    /// Chunked transfer coding.
    Chunked,
}

/// What the lines so far have said.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Said {
    pub(crate) hosts: u32,
    pub(crate) length: Option<u64>,
    pub(crate) chunked: bool,
}

impl Said {
    /// Takes note of a line. Two lengths, even equal ones, are ambiguous.
    pub(crate) fn note(&mut self, known: Known, value: &[u8]) -> Result<(), Malformed> {
        match known {
            Known::Host => {
                self.hosts += 1;
                if self.hosts > 1 {
                    return Err(Malformed::host("more than one host header"));
                }
            }
            Known::ContentLength => {
                if self.length.is_some() {
                    return Err(Malformed::syntax("more than one content-length"));
                }
                let bad = Malformed::syntax("content-length is not a number");
                self.length = Some(content_length(value).ok_or(bad)?);
            }
            Known::TransferEncoding => {
                if self.chunked || !value.eq_ignore_ascii_case(b"chunked") {
                    return Err(Malformed::syntax("transfer-encoding is not just chunked"));
                }
                self.chunked = true;
            }
            _ => {}
        }
        Ok(())
    }

    /// What the lines come to; none if they say nothing.
    pub(crate) fn framing(self, http10: bool) -> Result<Option<Framing>, Malformed> {
        match (self.chunked, self.length) {
            (true, Some(_)) => Err(Malformed::syntax(
                "both content-length and transfer-encoding",
            )),
            (true, None) if http10 => Err(Malformed::syntax("transfer-encoding in HTTP/1.0")),
            (true, None) => Ok(Some(Framing::Chunked)),
            (false, length) => Ok(length.map(Framing::Length)),
        }
    }
}

/// The value of `Content-Length`: up to 18 digits and nothing else.
pub fn content_length(value: &[u8]) -> Option<u64> {
    let digits = !value.is_empty() && value.len() <= 18 && value.iter().all(u8::is_ascii_digit);
    digits.then(|| value.iter().fold(0, |n, b| n * 10 + u64::from(b - b'0')))
}
