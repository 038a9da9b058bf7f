//! Receiving from and sending to a TCP socket.
//!
//! The system calls are made directly (rustix). Those of libc are points where a thread can be
//! cancelled: each marks the thread before and after, with locked instructions, as soon as a process
//! has more than one.

use rustix::net::{RecvFlags, SendFlags, recv, send};
use std::io;
use std::task::{Context, Poll, ready};
use tokio::io::Interest;
use tokio::net::TcpStream;

/// Receives into `into`, which is not empty: the number of bytes, zero at the end.
pub(super) fn poll_recv(
    socket: &TcpStream,
    cx: &mut Context<'_>,
    into: &mut [u8],
) -> Poll<io::Result<usize>> {
    loop {
        ready!(socket.poll_read_ready(cx))?;
        let room = into.len();
        let received = attempt(socket, Interest::READABLE, room, || {
            Ok(recv(socket, &mut *into, RecvFlags::empty())?.0)
        })?;
        if let Some(n) = received {
            return Poll::Ready(Ok(n));
        }
    }
}

/// Sends from `bytes`: how many were taken. A peer that is gone is an error and no signal.
pub(super) fn poll_send(
    socket: &TcpStream,
    cx: &mut Context<'_>,
    bytes: &[u8],
) -> Poll<io::Result<usize>> {
    loop {
        ready!(socket.poll_write_ready(cx))?;
        let sent = attempt(socket, Interest::WRITABLE, bytes.len(), || {
            Ok(send(socket, bytes, SendFlags::NOSIGNAL)?)
        })?;
        if let Some(n) = sent {
            return Poll::Ready(Ok(n));
        }
    }
}

/// Makes a call that moves up to `most` bytes: none if the socket was not ready after all.
///
/// Where only a part was moved, the socket has nothing more to give or to take for now (epoll(7),
/// question 9). It counts as not ready from then on, so that the next attempt waits instead of
/// asking the kernel.
fn attempt(
    socket: &TcpStream,
    interest: Interest,
    most: usize,
    call: impl FnOnce() -> io::Result<usize>,
) -> io::Result<Option<usize>> {
    let mut moved = None;
    let tried = socket.try_io(interest, || {
        let n = call()?;
        moved = Some(n);
        match n {
            n if 0 < n && n < most => Err(io::ErrorKind::WouldBlock.into()),
            _ => Ok(()),
        }
    });
    match tried {
        Err(error) if error.kind() != io::ErrorKind::WouldBlock => Err(error),
        _ => Ok(moved),
    }
}
