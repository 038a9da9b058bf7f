//! A socket, with or without TLS.

use super::{TlsSocket, tcp};
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

    /// Reads into `into`, which is not empty: the number of bytes, zero at the end.
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

    /// Whether reading may give something; the task is woken when it may.
    pub(crate) fn poll_readable(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Socket::Plain(socket) => socket.poll_read_ready(cx),
            Socket::Tls(socket) => socket.poll_readable(cx),
        }
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
