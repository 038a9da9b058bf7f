//! Small writes in one piece: `send` on a copy costs less than `writev` on two pieces, up to about
//! two kilobytes.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Largest write that is copied together, in bytes.
const SMALL: usize = 2048;

/// Writes the pieces as one if they are small, else as they are.
pub(crate) fn write_pieces<S: AsyncWrite + Unpin>(
    stream: &mut S,
    cx: &mut Context<'_>,
    pieces: &[IoSlice<'_>],
) -> Poll<io::Result<usize>> {
    if let [one] = pieces {
        return Pin::new(stream).poll_write(cx, one);
    }
    let total: usize = pieces.iter().map(|piece| piece.len()).sum();
    let mut together = [0_u8; SMALL];
    let Some(target) = together.get_mut(..total) else {
        return Pin::new(stream).poll_write_vectored(cx, pieces);
    };
    let mut rest = &mut *target;
    for piece in pieces {
        let (here, after) = rest.split_at_mut(piece.len());
        here.copy_from_slice(piece);
        rest = after;
    }
    Pin::new(stream).poll_write(cx, target)
}

/// A stream whose small writes go out in one piece.
#[derive(Debug)]
pub(crate) struct Small<S>(pub(crate) S);

impl<S: AsyncRead + Unpin> AsyncRead for Small<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buf)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Small<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        write_pieces(&mut self.0, cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.0.is_write_vectored()
    }
}
