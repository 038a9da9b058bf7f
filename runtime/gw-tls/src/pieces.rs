//! Several pieces of data as one.

/// Pieces that are taken as if they were one.
pub(crate) struct Pieces<'a> {
    pieces: std::slice::Iter<'a, &'a [u8]>,
    current: &'a [u8],
    /// How many bytes are still to be taken.
    pub(crate) left: usize,
}

impl<'a> Pieces<'a> {
    pub(crate) fn new(pieces: &'a [&'a [u8]], most: usize) -> Self {
        let all: usize = pieces.iter().map(|piece| piece.len()).sum();
        Self {
            pieces: pieces.iter(),
            current: &[],
            left: all.min(most),
        }
    }

    /// Copies the next `length` bytes, no more than are left.
    pub(crate) fn copy(&mut self, mut length: usize, out: &mut Vec<u8>) {
        self.left -= length;
        while length > 0 {
            if self.current.is_empty() {
                let Some(next) = self.pieces.next() else {
                    return;
                };
                self.current = next;
            }
            let (now, later) = self.current.split_at(length.min(self.current.len()));
            out.extend_from_slice(now);
            self.current = later;
            length -= now.len();
        }
    }
}
