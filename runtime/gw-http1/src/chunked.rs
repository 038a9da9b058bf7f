//! Chunked transfer coding (RFC 9112 section 7.1), byte by byte outside the data.

use crate::malformed::Malformed;
use std::ops::Range;

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
    /// At the start of a trailer line.
    TrailerStart,
    /// In a trailer line.
    Trailer,
    /// After the CR of a trailer line.
    TrailerLf,
    /// After the CR of the last line.
    EndLf,
    /// After the last byte.
    End,
}

/// Longest chunk extension, and longest trailer section, in bytes.
const MOST: u16 = 4096;

/// The end of a chunked body without trailers.
pub const LAST_CHUNK: &[u8] = b"0\r\n\r\n";

/// The line before a chunk of this size, which is not zero.
pub fn chunk_head(size: usize, line: &mut [u8; 18]) -> &[u8] {
    let mut at = 16;
    if let Some(end) = line.last_chunk_mut::<2>() {
        *end = *b"\r\n";
    }
    let mut left = size;
    loop {
        at -= 1;
        if let Some(digit) = line.get_mut(at) {
            *digit = b"0123456789abcdef".get(left & 15).copied().unwrap_or(b'0');
        }
        left >>= 4;
        if left == 0 || at == 0 {
            return line.get(at..).unwrap_or_default();
        }
    }
}

impl Chunked {
    /// Moves over `bytes` up to the end of the next piece of data: that piece, and how many bytes
    /// are done with. Lines of the trailer section are added to `trailers`.
    pub(crate) fn advance(
        &mut self,
        bytes: &[u8],
        trailers: &mut Vec<u8>,
    ) -> Result<(Range<usize>, usize), Malformed> {
        let mut at = 0;
        while *self != Chunked::End {
            let Some(byte) = bytes.get(at) else { break };
            if let Chunked::Data(left) = *self {
                let here = bytes.len() - at;
                let here = usize::try_from(left).map_or(here, |left| left.min(here));
                let left = left.saturating_sub(u64::try_from(here).unwrap_or(u64::MAX));
                *self = match left {
                    0 => Chunked::DataCr,
                    left => Chunked::Data(left),
                };
                return Ok((at..at + here, at + here));
            }
            *self = self.step(*byte)?;
            self.collect(*byte, trailers)?;
            at += 1;
        }
        Ok((at..at, at))
    }

    fn collect(self, byte: u8, trailers: &mut Vec<u8>) -> Result<(), Malformed> {
        let inside = matches!(self, Chunked::Trailer | Chunked::TrailerLf);
        if inside || (self == Chunked::TrailerStart && !trailers.is_empty()) {
            if trailers.len() >= usize::from(MOST) {
                return Err(Malformed::too_large("the trailer section is too large"));
            }
            trailers.push(byte);
        }
        Ok(())
    }

    fn step(self, byte: u8) -> Result<Chunked, Malformed> {
        let bad = |detail| Err(Malformed::syntax(detail));
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
            (Chunked::SizeLf(0), b'\n') => Ok(Chunked::TrailerStart),
            (Chunked::SizeLf(n), b'\n') => Ok(Chunked::Data(n)),
            (Chunked::DataCr, b'\r') => Ok(Chunked::DataLf),
            (Chunked::DataLf, b'\n') => Ok(Chunked::Start),
            (Chunked::TrailerStart, b'\r') => Ok(Chunked::EndLf),
            (Chunked::TrailerStart, b' ' | b'\t' | b':') => bad("a trailer line is malformed"),
            (Chunked::Trailer, b'\r') => Ok(Chunked::TrailerLf),
            (Chunked::TrailerStart | Chunked::Trailer, _) if is_text(byte) => Ok(Chunked::Trailer),
            (Chunked::TrailerLf, b'\n') => Ok(Chunked::TrailerStart),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        for size in [1, 9, 10, 15, 16, 255, 65_536, usize::MAX] {
            let mut line = [0; 18];
            let head = chunk_head(size, &mut line);
            assert_eq!(head, format!("{size:x}\r\n").as_bytes());
        }
    }
}
