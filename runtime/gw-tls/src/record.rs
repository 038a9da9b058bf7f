//! Records as they lie on the wire: a header of five bytes and what it announces.

use crate::TlsError;
use rustls::ContentType;

/// Length of a record's header in bytes.
pub(crate) const HEADER: usize = 5;
/// Most plaintext in a record, in bytes.
pub(crate) const LARGEST_PLAIN: usize = 1 << 14;
/// Most bytes of a record that protection adds: what TLS 1.3 allows, more than any cipher of 1.2 does.
const LARGEST_EXPANSION: usize = 256;
/// Most bytes of a record, header included.
pub const LARGEST_RECORD: usize = HEADER + LARGEST_PLAIN + LARGEST_EXPANSION;

/// The header of a record: its kind, a version that says nothing any more, the length of what follows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Header(pub(crate) [u8; HEADER]);

impl Header {
    /// At the front of `bytes`, if they hold one.
    pub(crate) fn of(bytes: &[u8]) -> Option<Self> {
        bytes.first_chunk().copied().map(Self)
    }

    /// For a record of `length` bytes after the header.
    pub(crate) fn new(kind: ContentType, length: usize) -> Self {
        let [high, low] = u16::try_from(length).unwrap_or(u16::MAX).to_be_bytes();
        Self([u8::from(kind), 3, 3, high, low])
    }

    pub(crate) fn kind(self) -> ContentType {
        let [kind, ..] = self.0;
        ContentType::from(kind)
    }

    /// Length of what follows, in bytes.
    pub(crate) fn length(self) -> usize {
        let [.., high, low] = self.0;
        usize::from(u16::from_be_bytes([high, low]))
    }

    /// Length of the record, in bytes.
    pub(crate) fn whole(self) -> usize {
        HEADER + self.length()
    }

    /// Whether this can begin a record at all.
    pub(crate) fn check(self) -> Result<(), TlsError> {
        let [kind, major, ..] = self.0;
        if !(20..=23).contains(&kind) || major != 3 {
            return Err(TlsError::Unexpected("bytes that are no record"));
        }
        match self.whole() > LARGEST_RECORD {
            true => Err(TlsError::TooLarge),
            false => Ok(()),
        }
    }
}

/// Whether more bytes are of no use before what is at the front of `bytes` has been opened: a record
/// of which all is there, or none at all.
pub fn is_whole(bytes: &[u8]) -> bool {
    let header = Header::of(bytes);
    header.is_some_and(|header| header.whole() <= bytes.len() || header.check().is_err())
}
