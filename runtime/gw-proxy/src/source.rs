//! The body of a response on its way to a client, whoever made it and whatever the client speaks.
//! Must not know routes.

use crate::backend::Lease;
use crate::download::{Download, PassError};
use crate::net::{Link, Next};
use crate::upload::{BodyError, Frames};
use bytes::Bytes;
use gw_http1::Fields;
use std::task::{Context, Poll};

/// Where a response body comes from.
pub(crate) enum Source {
    /// Made here.
    Own(Bytes),
    /// A backend over HTTP/1.x.
    Http1(Box<Download>),
    /// A backend over HTTP/2.
    Http2(Box<Stream>),
}

/// A response over HTTP/2.
pub(crate) struct Stream {
    pub(crate) frames: Frames,
    /// The place on the connection, held until the response is over.
    pub(crate) _lease: Lease,
}

/// What becomes of the rest of a request while its response goes out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Rest {
    /// Nobody reads it.
    Unwanted,
    /// It is sent on, but the backend is about to close the connection.
    Doubtful,
    /// It is sent on.
    Wanted,
}

impl Source {
    /// The length of the whole body, where that is known.
    pub(crate) fn length(&self) -> Option<u64> {
        match self {
            Source::Own(bytes) => u64::try_from(bytes.len()).ok(),
            Source::Http1(download) => download.length(),
            Source::Http2(stream) => stream.frames.left(),
        }
    }

    /// Waits for the next piece.
    pub(crate) fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Result<Next, BodyError>> {
        match self {
            Source::Own(bytes) if bytes.is_empty() => Poll::Ready(Ok(Next::End)),
            Source::Own(_) => Poll::Ready(Ok(Next::Data)),
            Source::Http1(download) => download.poll_piece(cx),
            Source::Http2(stream) => stream.frames.poll_piece(cx).map_err(|_| BodyError::Backend),
        }
    }

    /// Sends on what has arrived of the request, while nothing can be done for the response.
    pub(crate) fn send_on(&mut self, cx: &mut Context<'_>) -> Result<(), BodyError> {
        match self {
            Source::Http1(download) => download.send_on(cx),
            // Nothing is on its way, or hyper sends it.
            Source::Own(_) | Source::Http2(_) => Ok(()),
        }
    }

    /// Whether the rest of the request may still be read for it.
    pub(crate) fn request(&self) -> Rest {
        match self {
            Source::Own(_) => Rest::Unwanted,
            Source::Http1(download) => download.request(),
            Source::Http2(_) => Rest::Wanted,
        }
    }

    /// The piece that is next.
    pub(crate) fn piece(&self) -> &[u8] {
        match self {
            Source::Own(bytes) => bytes,
            Source::Http1(download) => download.piece(),
            Source::Http2(stream) => stream.frames.piece(),
        }
    }

    /// Passes what is left of a large body to `to` inside the kernel, where that is possible: how
    /// many bytes were taken now. None if it has to be read and written.
    pub(crate) fn poll_pass(
        &mut self,
        cx: &mut Context<'_>,
        to: &mut Link,
    ) -> Option<Poll<Result<usize, PassError>>> {
        match self {
            Source::Http1(download) => download.poll_pass(cx, to),
            Source::Own(_) | Source::Http2(_) => None,
        }
    }

    /// Whether nothing follows the piece that is next, as far as that is known.
    pub(crate) fn is_last_piece(&self) -> bool {
        match self {
            Source::Own(_) => true,
            Source::Http1(download) => download.is_last_piece(),
            Source::Http2(stream) => stream.frames.is_last_piece(),
        }
    }

    /// The first bytes of the piece are passed on.
    pub(crate) fn consume(&mut self, n: usize) {
        match self {
            Source::Own(bytes) => drop(bytes.split_to(n.min(bytes.len()))),
            Source::Http1(download) => download.consume(n),
            Source::Http2(stream) => stream.frames.consume(n),
        }
    }

    /// The trailer section, at the end.
    pub(crate) fn trailers(&mut self) -> Option<Fields> {
        match self {
            Source::Own(_) => None,
            Source::Http1(download) => download.trailers(),
            Source::Http2(stream) => stream.frames.trailers(),
        }
    }
}
