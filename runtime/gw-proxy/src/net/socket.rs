//! A socket, with or without TLS.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsStream;

/// One end of a connection.
#[derive(Debug)]
pub(crate) enum Socket {
    /// As it is.
    Plain(TcpStream),
    /// With TLS on it.
    Tls(Box<TlsStream<TcpStream>>),
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
        let mut buf = ReadBuf::new(into);
        let read = match self {
            Socket::Plain(socket) => Pin::new(socket).poll_read(cx, &mut buf),
            Socket::Tls(socket) => Pin::new(socket.as_mut()).poll_read(cx, &mut buf),
        };
        read.map_ok(|()| buf.filled().len())
    }

    /// Whether reading may give something; the task is woken when it may.
    pub(crate) fn poll_readable(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Socket::Plain(socket) => socket.poll_read_ready(cx),
            Socket::Tls(socket) => socket.get_ref().0.poll_read_ready(cx),
        }
    }

    /// Writes up to three pieces: how many bytes were taken.
    pub(crate) fn poll_send(
        &mut self,
        cx: &mut Context<'_>,
        pieces: [&[u8]; 3],
    ) -> Poll<io::Result<usize>> {
        if let [piece, [], []] | [[], piece, []] = pieces {
            return Pin::new(self).poll_write(cx, piece);
        }
        match self {
            Socket::Plain(socket) => {
                let pieces = pieces.map(IoSlice::new);
                Pin::new(socket).poll_write_vectored(cx, &pieces)
            }
            // TLS copies in any case; one piece at a time keeps its records full.
            Socket::Tls(_) => {
                let first = pieces.into_iter().find(|piece| !piece.is_empty());
                Pin::new(self).poll_write(cx, first.unwrap_or_default())
            }
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
            Socket::Tls(socket) => Pin::new(socket.as_mut()).poll_read(cx, buf),
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
            Socket::Plain(socket) => Pin::new(socket).poll_write(cx, buf),
            Socket::Tls(socket) => Pin::new(socket.as_mut()).poll_write(cx, buf),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Socket::Plain(_) => Poll::Ready(Ok(())),
            Socket::Tls(socket) => Pin::new(socket.as_mut()).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Socket::Plain(socket) => Pin::new(socket).poll_shutdown(cx),
            Socket::Tls(socket) => Pin::new(socket.as_mut()).poll_shutdown(cx),
        }
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Socket::Plain(socket) => Pin::new(socket).poll_write_vectored(cx, pieces),
            Socket::Tls(socket) => Pin::new(socket.as_mut()).poll_write_vectored(cx, pieces),
        }
    }

    fn is_write_vectored(&self) -> bool {
        matches!(self, Socket::Plain(_))
    }
}
