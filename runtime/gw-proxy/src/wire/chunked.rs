//! Where a chunked body ends (RFC 9112 section 7.1), byte by byte, so that the next head is found.
//! Stricter than the decoder behind it: what it refuses never reaches that one.

use super::Violation;
use gw_graph::Builtin;

/// A place inside a chunked body.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum Chunked {
    /// Before the first digit of a chunk's size.
    #[default]
    Start,
    /// In the size: its value and number of digits so far.
    Size(u64, u8),
    /// In the chunk extension of a chunk of that size; bytes of extension seen.
    Extension(u64, u16),
    /// After the CR of the size line.
    SizeLf(u64),
    /// In the data: bytes left.
    Data(u64),
    /// After the data.
    DataCr,
    /// After the CR that follows the data.
    DataLf,
    /// At the start of a trailer line; trailer bytes seen.
    TrailerStart(u16),
    /// In a trailer line.
    Trailer(u16),
    /// After the CR of a trailer line.
    TrailerLf(u16),
    /// After the CR of the last line.
    EndLf,
    /// After the last byte.
    End,
}

/// Longest chunk extension, and longest trailer section, in bytes.
const MOST: u16 = 4096;

impl Chunked {
    /// Moves over `bytes`; the number of them that belong to the body, less than all at its end.
    pub(crate) fn advance(&mut self, bytes: &[u8]) -> Result<usize, Violation> {
        let mut at = 0;
        while *self != Chunked::End {
            let Some(byte) = bytes.get(at) else { break };
            if let Chunked::Data(left) = *self {
                let here = u64::try_from(bytes.len() - at)
                    .unwrap_or(u64::MAX)
                    .min(left);
                at += usize::try_from(here).unwrap_or(usize::MAX);
                *self = if here == left {
                    Chunked::DataCr
                } else {
                    Chunked::Data(left - here)
                };
                continue;
            }
            *self = self.step(*byte)?;
            at += 1;
        }
        Ok(at)
    }

    fn step(self, byte: u8) -> Result<Chunked, Violation> {
        let bad = |detail| Err(Violation::new(Builtin::BadRequest, detail));
        match (self, byte) {
            (Chunked::Start, _) if byte.is_ascii_hexdigit() => Ok(Chunked::Size(hex(byte), 1)),
            (Chunked::Size(n, digits), _) if byte.is_ascii_hexdigit() && digits < 15 => {
                Ok(Chunked::Size(n * 16 + hex(byte), digits + 1))
            }
            (Chunked::Size(n, _), b'\r') | (Chunked::Extension(n, _), b'\r') => {
                Ok(Chunked::SizeLf(n))
            }
            (Chunked::Size(n, _), b';') => Ok(Chunked::Extension(n, 0)),
            (Chunked::Extension(n, seen), _) if is_text(byte) && seen < MOST => {
                Ok(Chunked::Extension(n, seen + 1))
            }
            (Chunked::SizeLf(0), b'\n') => Ok(Chunked::TrailerStart(0)),
            (Chunked::SizeLf(n), b'\n') => Ok(Chunked::Data(n)),
            (Chunked::DataCr, b'\r') => Ok(Chunked::DataLf),
            (Chunked::DataLf, b'\n') => Ok(Chunked::Start),
            (Chunked::TrailerStart(_), b'\r') => Ok(Chunked::EndLf),
            (Chunked::TrailerStart(_), b' ' | b'\t' | b':') => bad("a trailer line is malformed"),
            (Chunked::Trailer(seen), b'\r') => Ok(Chunked::TrailerLf(seen)),
            (Chunked::TrailerStart(seen) | Chunked::Trailer(seen), _)
                if is_text(byte) && seen < MOST =>
            {
                Ok(Chunked::Trailer(seen + 1))
            }
            (Chunked::TrailerLf(seen), b'\n') => Ok(Chunked::TrailerStart(seen)),
            (Chunked::EndLf, b'\n') => Ok(Chunked::End),
            _ => bad("the chunked body is malformed"),
        }
    }
}

fn is_text(byte: u8) -> bool {
    byte == b'\t' || (byte >= b' ' && byte != 0x7f)
}

fn hex(byte: u8) -> u64 {
    u64::from(char::from(byte).to_digit(16).unwrap_or(0))
}
