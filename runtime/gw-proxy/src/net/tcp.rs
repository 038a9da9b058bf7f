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
        if let Some(n) = try_recv(socket, into)? {
            return Poll::Ready(Ok(n));
        }
        ready!(socket.poll_read_ready(cx))?;
    }
}

/// Receives what is there: none if nothing is. Nobody is woken for what comes later.
pub(super) fn try_recv(socket: &TcpStream, into: &mut [u8]) -> io::Result<Option<usize>> {
    attempt(socket, Interest::READABLE, into.len(), || {
        Ok(recv(socket, &mut *into, RecvFlags::empty())?.0)
    })
}

/// Sends from `bytes`: how many were taken. A peer that is gone is an error and no signal.
pub(super) fn poll_send(
    socket: &TcpStream,
    cx: &mut Context<'_>,
    bytes: &[u8],
) -> Poll<io::Result<usize>> {
    loop {
        let sent = attempt(socket, Interest::WRITABLE, bytes.len(), || {
            Ok(send(socket, bytes, SendFlags::NOSIGNAL)?)
        })?;
        if let Some(n) = sent {
            return Poll::Ready(Ok(n));
        }
        ready!(socket.poll_write_ready(cx))?;
    }
}

/// Makes a call that moves up to `most` bytes: none if the socket was not ready after all. No call is
/// made while it is known not to be.
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::{Future, poll_fn};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    fn run(test: impl Future<Output = ()>) {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        builder.enable_all().build().unwrap().block_on(test);
    }

    async fn pair() -> (TcpStream, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let client = TcpStream::connect(address).await.unwrap();
        (client, listener.accept().await.unwrap().0)
    }

    #[test]
    fn what_is_there_is_received_and_more_is_waited_for() {
        run(async {
            let (mut client, server) = pair().await;
            let mut room = [0; 8];
            for piece in [&b"abc"[..], b"12345678", b"x"] {
                client.write_all(piece).await.unwrap();
                let n = poll_fn(|cx| poll_recv(&server, cx, &mut room)).await;
                assert_eq!(&room[..n.unwrap()], piece);
            }
            let waits = poll_fn(|cx| Poll::Ready(poll_recv(&server, cx, &mut room).is_pending()));
            assert!(waits.await);
            drop(client);
            let end = poll_fn(|cx| poll_recv(&server, cx, &mut room)).await;
            assert_eq!(end.unwrap(), 0);
        });
    }

    #[test]
    fn what_a_full_socket_does_not_take_is_sent_when_there_is_room() {
        run(async {
            let (client, mut server) = pair().await;
            let all = vec![7; 16 << 20];
            let first = poll_fn(|cx| poll_send(&client, cx, &all)).await.unwrap();
            assert!(0 < first && first < all.len());
            let mut sent = first;
            let send = async {
                while sent < all.len() {
                    sent += poll_fn(|cx| poll_send(&client, cx, &all[sent..]))
                        .await
                        .unwrap();
                }
                drop(client);
            };
            let mut got = Vec::new();
            let receive = server.read_to_end(&mut got);
            let ((), n) = tokio::join!(send, receive);
            assert_eq!(n.unwrap(), all.len());
        });
    }
}
