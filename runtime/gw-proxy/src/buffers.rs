//! Memory for bytes on their way through one core: taken when there is something to read, given
//! back when it is passed on. An idle connection holds none.

use gw_http1::{Fields, LineCache, Room};
use std::cell::{RefCell, RefMut};

/// Size of a buffer that is read into: a common response whole, and a fraction of the
/// second-level cache. Twice as much measured no better on bodies of 100 KiB.
const READ: usize = 64 << 10;
/// How many are kept.
const KEPT: usize = 64;

/// Room for a head that is written, in bytes.
const HEAD: usize = 1 << 10;
/// Largest head whose room is kept.
const LARGEST_HEAD: usize = 16 << 10;
/// Most lines of a section whose room is kept.
const MOST_LINES: usize = 128;

/// The free buffers of one core. The one that was used last, and is in the cache, goes first.
#[derive(Debug, Default)]
pub(crate) struct Buffers {
    free: RefCell<Vec<Vec<u8>>>,
    heads: RefCell<Vec<Vec<u8>>>,
    outputs: RefCell<Vec<Vec<u8>>>,
    rooms: RefCell<Vec<Room>>,
    lines: RefCell<LineCache>,
}

impl Buffers {
    /// A buffer to read into.
    pub(crate) fn read(&self) -> Buffer {
        let bytes = self.free.borrow_mut().pop();
        Buffer {
            bytes: bytes.unwrap_or_else(|| vec![0; READ]),
            start: 0,
            end: 0,
        }
    }

    /// Takes a buffer back.
    pub(crate) fn put(&self, buffer: Buffer) {
        let mut free = self.free.borrow_mut();
        if buffer.bytes.len() == READ && free.len() < KEPT {
            free.push(buffer.bytes);
        }
    }

    /// What is left of a buffer; none if it is empty, and given back.
    pub(crate) fn keep(&self, buffer: Buffer) -> Option<Buffer> {
        if buffer.is_empty() {
            self.put(buffer);
            return None;
        }
        Some(buffer)
    }

    /// Empty room for a head.
    pub(crate) fn head(&self) -> Vec<u8> {
        let head = self.heads.borrow_mut().pop();
        let mut head = head.unwrap_or_else(|| Vec::with_capacity(HEAD));
        head.clear();
        head
    }

    /// Takes the room of a head back.
    pub(crate) fn put_head(&self, head: Vec<u8>) {
        let mut heads = self.heads.borrow_mut();
        if head.capacity() <= LARGEST_HEAD && heads.len() < KEPT {
            heads.push(head);
        }
    }

    /// Room for the lines of a section.
    pub(crate) fn room(&self) -> Room {
        self.rooms.borrow_mut().pop().unwrap_or_default()
    }

    /// Takes such room back.
    pub(crate) fn put_room(&self, room: Room) {
        let mut rooms = self.rooms.borrow_mut();
        if room.size() <= MOST_LINES && rooms.len() < KEPT {
            rooms.push(room);
        }
    }

    /// Empty room for what several exchanges write to one client.
    pub(crate) fn output(&self) -> Vec<u8> {
        let output = self.outputs.borrow_mut().pop();
        output.unwrap_or_else(|| Vec::with_capacity(READ))
    }

    /// Takes such room back.
    pub(crate) fn put_output(&self, mut output: Vec<u8>) {
        let mut outputs = self.outputs.borrow_mut();
        if (READ..=2 * READ).contains(&output.capacity()) && outputs.len() < KEPT {
            output.clear();
            outputs.push(output);
        }
    }

    /// The header lines that came before, while one head is read.
    pub(crate) fn lines(&self) -> RefMut<'_, LineCache> {
        self.lines.borrow_mut()
    }

    /// Takes the memory of a head that was read back.
    pub(crate) fn put_fields(&self, fields: Fields) {
        self.lines.borrow_mut().put_back(fields);
    }

    /// Lets go of half of what is free, so that a peak does not last.
    pub(crate) fn trim(&self) {
        for free in [&self.free, &self.heads, &self.outputs] {
            halve(&mut free.borrow_mut());
        }
        halve(&mut self.rooms.borrow_mut());
        self.lines.borrow_mut().trim();
    }
}

fn halve<T>(free: &mut Vec<T>) {
    let keep = free.len().div_ceil(2);
    free.truncate(keep);
}

/// Bytes that were read and not yet passed on.
#[derive(Debug)]
pub(crate) struct Buffer {
    bytes: Vec<u8>,
    start: usize,
    end: usize,
}

impl Buffer {
    /// Bytes that were read before, in no more memory than they need.
    pub(crate) fn holding(bytes: &[u8]) -> Self {
        Self {
            bytes: bytes.to_vec(),
            start: 0,
            end: bytes.len(),
        }
    }

    pub(crate) fn filled(&self) -> &[u8] {
        self.bytes.get(self.start..self.end).unwrap_or_default()
    }

    pub(crate) fn filled_mut(&mut self) -> &mut [u8] {
        self.bytes.get_mut(self.start..self.end).unwrap_or_default()
    }

    pub(crate) fn len(&self) -> usize {
        self.end - self.start
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.start == self.end
    }

    /// Where the next bytes go; empty if there is no room.
    pub(crate) fn space(&mut self) -> &mut [u8] {
        self.bytes.get_mut(self.end..).unwrap_or_default()
    }

    /// So many bytes were put into the space.
    pub(crate) fn commit(&mut self, n: usize) {
        self.end = (self.end + n).min(self.bytes.len());
    }

    /// The first bytes are done with.
    pub(crate) fn consume(&mut self, n: usize) {
        self.start = (self.start + n).min(self.end);
    }

    /// Makes room for at least one more byte.
    pub(crate) fn make_room(&mut self, buffers: &Buffers) {
        if self.end < self.bytes.len() {
            return;
        }
        if self.start > 0 {
            self.bytes.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        } else if self.bytes.len() < READ {
            let mut larger = buffers.read();
            let length = self.len();
            if let Some(space) = larger.bytes.get_mut(..length) {
                space.copy_from_slice(self.filled());
            }
            larger.end = length;
            *self = larger;
        } else {
            self.bytes.resize(self.bytes.len() * 2, 0);
        }
    }

    /// A buffer that waits for more bytes takes no more memory than it needs, so that many slow
    /// connections are cheap.
    pub(crate) fn settle(&mut self, buffers: &Buffers) {
        if self.bytes.len() == READ && self.len() <= READ / 8 {
            let small = Self::holding(self.filled());
            buffers.put(std::mem::replace(self, small));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_survive_growing_and_settling() {
        let buffers = Buffers::default();
        let mut buffer = buffers.read();
        buffer.space()[..5].copy_from_slice(b"hello");
        buffer.commit(5);
        buffer.consume(1);
        buffer.settle(&buffers);
        assert_eq!(buffer.filled(), b"ello");
        assert_eq!(buffer.bytes.len(), 4);
        buffer.make_room(&buffers);
        assert_eq!(buffer.filled(), b"ello");
        buffer.space()[0] = b'!';
        buffer.commit(1);
        assert_eq!(buffer.filled(), b"ello!");
        while buffer.bytes.len() == READ {
            let n = buffer.space().len();
            buffer.commit(n);
            buffer.make_room(&buffers);
        }
        assert_eq!(&buffer.filled()[..5], b"ello!");
        assert_eq!(buffer.len(), READ);
    }
}
