//! Pipes that carry large bodies from one socket to another inside the kernel, without a copy in
//! between (`splice(2)`).

use rustix::pipe::{PipeFlags, SpliceFlags, fcntl_setpipe_size, pipe_with, splice};
use std::cell::RefCell;
use std::io;
use std::os::fd::OwnedFd;
use tokio::io::Interest;
use tokio::net::TcpStream;

/// Bytes that a pipe holds; the system may grant less.
const CAPACITY: usize = 256 << 10;
/// How many free pipes are kept.
const KEPT: usize = 16;

/// The free pipes of one core.
#[derive(Debug, Default)]
pub(crate) struct Pipes(RefCell<Vec<Pipe>>);

/// A pipe and what is in it.
#[derive(Debug)]
pub(crate) struct Pipe {
    read: OwnedFd,
    write: OwnedFd,
    filled: usize,
}

impl Pipes {
    /// An empty pipe; none where the system gives none.
    pub(crate) fn take(&self) -> Option<Pipe> {
        let free = self.0.borrow_mut().pop();
        free.or_else(|| Pipe::open().ok())
    }

    /// Takes an empty pipe back.
    pub(crate) fn put(&self, pipe: Pipe) {
        let mut free = self.0.borrow_mut();
        if pipe.filled == 0 && free.len() < KEPT {
            free.push(pipe);
        }
    }

    /// Closes half of the free pipes, so that a peak does not last.
    pub(crate) fn trim(&self) {
        let mut free = self.0.borrow_mut();
        let keep = free.len().div_ceil(2);
        free.truncate(keep);
    }
}

impl Pipe {
    fn open() -> io::Result<Self> {
        let (read, write) = pipe_with(PipeFlags::NONBLOCK | PipeFlags::CLOEXEC)?;
        // A smaller one works too.
        let _ = fcntl_setpipe_size(&write, CAPACITY);
        Ok(Self {
            read,
            write,
            filled: 0,
        })
    }

    /// Bytes that were taken from one socket and not yet given to the other.
    pub(crate) fn filled(&self) -> usize {
        self.filled
    }

    /// Takes up to `most` bytes from a socket: how many; zero at its end. The pipe must be empty, so
    /// that only the socket can be what is not ready.
    pub(crate) fn fill(&mut self, from: &TcpStream, most: usize) -> io::Result<usize> {
        let length = most.min(CAPACITY);
        let n = from.try_io(Interest::READABLE, || {
            Ok(splice(from, None, &self.write, None, length, flags())?)
        })?;
        self.filled += n;
        Ok(n)
    }

    /// Gives what it holds to a socket: how many bytes were taken.
    pub(crate) fn drain(&mut self, to: &TcpStream) -> io::Result<usize> {
        let n = to.try_io(Interest::WRITABLE, || {
            Ok(splice(&self.read, None, to, None, self.filled, flags())?)
        })?;
        self.filled -= n.min(self.filled);
        Ok(n)
    }
}

fn flags() -> SpliceFlags {
    SpliceFlags::NONBLOCK | SpliceFlags::MOVE
}
