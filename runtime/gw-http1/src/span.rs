//! A range of bytes in a buffer, half the size of a `Range<usize>`.

/// A range of bytes. Buffers are far smaller than 4 GiB.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Span {
    start: u32,
    length: u32,
}

impl Span {
    pub(crate) fn new(start: usize, length: usize) -> Self {
        Self {
            start: u32::try_from(start).unwrap_or(u32::MAX),
            length: u32::try_from(length).unwrap_or(0),
        }
    }

    /// Where `part` lies in `whole`, which it was cut from.
    pub(crate) fn of(part: &[u8], whole: &[u8]) -> Self {
        let start = part.as_ptr().addr().wrapping_sub(whole.as_ptr().addr());
        Self::new(start, part.len())
    }

    /// The same bytes where they come so much later.
    pub(crate) fn behind(self, at: usize) -> Self {
        Self {
            start: self.start + u32::try_from(at).unwrap_or(0),
            length: self.length,
        }
    }

    pub(crate) fn length(self) -> u32 {
        self.length
    }

    pub(crate) fn start(self) -> usize {
        self.start as usize
    }

    pub(crate) fn end(self) -> usize {
        self.start as usize + self.length as usize
    }

    pub(crate) fn slice(self, whole: &[u8]) -> &[u8] {
        whole.get(self.start()..self.end()).unwrap_or_default()
    }

    pub(crate) fn slice_mut(self, whole: &mut [u8]) -> &mut [u8] {
        whole.get_mut(self.start()..self.end()).unwrap_or_default()
    }

    /// The bytes as text; empty if they are none, which checked bytes never are.
    pub(crate) fn text(self, whole: &[u8]) -> &str {
        std::str::from_utf8(self.slice(whole)).unwrap_or_default()
    }
}
