//! A socket, with or without TLS.

use super::{TlsSocket, tcp};
use crate::buffers::{Buffer, Buffers};
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// One end of a connection.
#[derive(Debug)]
pub(crate) enum Socket {
    /// As it is.
    Plain(TcpStream),
    /// With TLS on it.
    Tls(Box<TlsSocket>),
}

impl Socket {
    /// The socket, if there is nothing on it.
    pub(crate) fn plain(&self) -> Option<&TcpStream> {
        match self {
            Socket::Plain(socket) => Some(socket),
            Socket::Tls(_) => None,
        }
    }

    /// Reads into `into`, which is not empty: the number of bytes, zero at the end. Whoever reads again
    /// and again asks [`Socket::poll_readable`] each time, so that others have their turn where a peer
    /// never stops.
    pub(crate) fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        into: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        match self {
            Socket::Plain(socket) => tcp::poll_recv(socket, cx, into),
            Socket::Tls(socket) => socket.poll_read(cx, into),
        }
    }

    /// Whether reading may give something; the task is woken when it may. After many answers in a turn
    /// it may not before others have had theirs.
    pub(crate) fn poll_readable(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Socket::Plain(socket) => socket.poll_read_ready(cx),
            Socket::Tls(socket) => socket.poll_readable(cx),
        }
    }

    /// Reads once, up to `most` bytes, behind what was read before: how many, zero at the end. No buffer
    /// is taken to wait with.
    pub(crate) fn poll_fill(
        &mut self,
        cx: &mut Context<'_>,
        buffers: &Buffers,
        ahead: &mut Option<Buffer>,
        most: usize,
    ) -> Poll<io::Result<usize>> {
        if self.poll_readable(cx)?.is_pending() {
            if let Some(ahead) = ahead {
                ahead.settle(buffers);
            }
            return Poll::Pending;
        }
        let mut buffer = ahead.take().unwrap_or_else(|| buffers.read());
        buffer.make_room(buffers);
        let space = buffer.space();
        let most = most.min(space.len());
        let read = self.poll_read(cx, space.get_mut(..most).unwrap_or_default());
        match read {
            Poll::Ready(Ok(n)) => buffer.commit(n),
            Poll::Ready(Err(_)) => {}
            Poll::Pending => buffer.settle(buffers),
        }
        *ahead = buffers.keep(buffer);
        read
    }

    /// Whether nothing was received and the other end has not closed. What there is may be lost.
    pub(crate) fn is_quiet(&mut self) -> bool {
        match self {
            Socket::Plain(socket) => matches!(tcp::try_recv(socket, &mut [0]), Ok(None)),
            Socket::Tls(socket) => {
                let mut cx = Context::from_waker(Waker::noop());
                socket.poll_read(&mut cx, &mut [0]).is_pending()
            }
        }
    }

    /// Writes up to three pieces: how many bytes were taken.
    pub(crate) fn poll_send(
        &mut self,
        cx: &mut Context<'_>,
        pieces: [&[u8]; 3],
    ) -> Poll<io::Result<usize>> {
        match (self, pieces) {
            (Socket::Plain(socket), [piece, [], []] | [[], piece, []]) => {
                tcp::poll_send(socket, cx, piece)
            }
            (Socket::Plain(socket), pieces) => {
                Pin::new(socket).poll_write_vectored(cx, &pieces.map(IoSlice::new))
            }
            (Socket::Tls(socket), pieces) => socket.poll_send(cx, &pieces),
        }
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Socket::Plain(socket) => Pin::new(socket).poll_read(cx, buf),
            Socket::Tls(socket) => {
                ready!(socket.poll_readable(cx))?;
                let n = ready!(socket.poll_read(cx, buf.initialize_unfilled()))?;
                buf.advance(n);
                Poll::Ready(Ok(()))
            }
        }
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Socket::Plain(socket) => tcp::poll_send(socket, cx, buf),
            Socket::Tls(socket) => socket.poll_send(cx, &[buf]),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Socket::Plain(_) => Poll::Ready(Ok(())),
            Socket::Tls(socket) => socket.poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Socket::Plain(socket) => Pin::new(socket).poll_shutdown(cx),
            Socket::Tls(socket) => socket.poll_shutdown(cx),
        }
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Socket::Plain(socket) => Pin::new(socket).poll_write_vectored(cx, pieces),
            Socket::Tls(socket) => {
                let first = pieces.iter().find(|piece| !piece.is_empty());
                socket.poll_send(cx, &[first.map_or(&[], |piece| piece)])
            }
        }
    }

    fn is_write_vectored(&self) -> bool {
        matches!(self, Socket::Plain(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;
    use std::future::poll_fn;
    use std::rc::Rc;
    use tokio::io::AsyncWriteExt;
    use tokio::net::TcpListener;
    use tokio::runtime::{Builder, LocalOptions};

    const BYTES: usize = 10_000;

    /// Everything has arrived already, so that nothing but this ends the reader's turn.
    #[test]
    fn who_reads_on_and_on_lets_others_have_their_turn() {
        let mut builder = Builder::new_current_thread();
        let runtime = builder.enable_all().build_local(LocalOptions::default());
        runtime.unwrap().block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = listener.local_addr().unwrap();
            let mut peer = TcpStream::connect(address).await.unwrap();
            let mut socket = Socket::Plain(listener.accept().await.unwrap().0);
            peer.write_all(&[7; BYTES]).await.unwrap();
            let read = Rc::new(Cell::new(0));
            let counted = Rc::clone(&read);
            let reader = tokio::task::spawn_local(async move {
                while counted.get() < BYTES {
                    let byte = poll_fn(|cx| {
                        ready!(socket.poll_readable(cx))?;
                        socket.poll_read(cx, &mut [0])
                    });
                    counted.set(counted.get() + byte.await.unwrap());
                }
            });
            let other = tokio::task::spawn_local(async move { read.get() });
            let seen = other.await.unwrap();
            reader.await.unwrap();
            assert!(seen < BYTES, "{seen}");
        });
    }
}
