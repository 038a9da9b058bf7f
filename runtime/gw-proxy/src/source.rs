//! The body of a response on its way to a client, whoever made it and whatever the client speaks.
//! Must not know routes.

use crate::backend::Lease;
use crate::core::Core;
use crate::net::{Link, Next, TOGETHER};
use crate::upload::{BodyError, Frames, Upload};
use bytes::Bytes;
use gw_http1::{Fields, chunk_head};
use std::rc::Rc;
use std::task::{Context, Poll, ready};

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

/// A response over HTTP/1.x, while its request may still be on its way.
pub(crate) struct Download {
    core: Rc<Core>,
    /// None after the last byte: the connection is given back as early as possible.
    link: Option<Link>,
    lease: Option<Lease>,
    upload: Sender,
    /// Whether the backend keeps the connection.
    persistent: bool,
    trailers: Option<Fields>,
}

/// A request body on its way over a backend's connection.
pub(crate) struct Sender {
    pub(crate) upload: Upload,
    /// With chunked transfer coding.
    pub(crate) chunked: bool,
    state: Sending,
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

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Sending {
    Pieces,
    /// All of it was handed to the connection.
    Over,
    /// The backend does not read it, or the client does not send it.
    Broken,
}

impl Source {
    /// The length of the whole body, where that is known.
    pub(crate) fn length(&self) -> Option<u64> {
        match self {
            Source::Own(bytes) => u64::try_from(bytes.len()).ok(),
            Source::Http1(download) => download.link.as_ref().map_or(Some(0), Link::left),
            Source::Http2(stream) => stream.frames.left(),
        }
    }

    /// Whether nothing follows.
    pub(crate) fn is_over(&self) -> bool {
        match self {
            Source::Own(bytes) => bytes.is_empty(),
            Source::Http1(download) => {
                download.link.as_ref().is_none_or(Link::is_read) && download.trailers.is_none()
            }
            Source::Http2(stream) => stream.frames.is_read(),
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
            Source::Http1(download) if download.link.is_none() => Rest::Unwanted,
            Source::Http1(download) if !download.persistent => Rest::Doubtful,
            Source::Http1(_) | Source::Http2(_) => Rest::Wanted,
        }
    }

    /// The piece that is next.
    pub(crate) fn piece(&self) -> &[u8] {
        match self {
            Source::Own(bytes) => bytes,
            Source::Http1(download) => download.link.as_ref().map_or(&[], Link::piece),
            Source::Http2(stream) => stream.frames.piece(),
        }
    }

    /// The piece that is next, as shared memory; it is passed on whole.
    pub(crate) fn take_piece(&mut self) -> Bytes {
        let bytes = match self {
            Source::Own(bytes) => return std::mem::take(bytes),
            Source::Http1(_) => Bytes::copy_from_slice(self.piece()),
            Source::Http2(stream) => stream.frames.piece().clone(),
        };
        self.consume(bytes.len());
        bytes
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
            Source::Http1(download) => download.trailers.take(),
            Source::Http2(stream) => stream.frames.trailers(),
        }
    }
}

impl Download {
    pub(crate) fn new(
        core: &Rc<Core>,
        (link, lease): (Link, Lease),
        upload: Sender,
        persistent: bool,
    ) -> Self {
        let mut download = Self {
            core: Rc::clone(core),
            link: Some(link),
            lease: Some(lease),
            upload,
            persistent,
            trailers: None,
        };
        if download.link.as_ref().is_some_and(Link::is_read) {
            download.end();
        }
        download
    }

    fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Result<Next, BodyError>> {
        self.send_on(cx)?;
        let Some(link) = &mut self.link else {
            return Poll::Ready(Ok(Next::End));
        };
        match ready!(link.poll_piece(cx, &self.core.buffers)) {
            Ok(Next::Data) => Poll::Ready(Ok(Next::Data)),
            Ok(Next::End) => {
                self.end();
                Poll::Ready(Ok(Next::End))
            }
            Err(_) => {
                self.link = None;
                Poll::Ready(Err(BodyError::Backend))
            }
        }
    }

    /// An early response does not stop the request. A client that breaks off stops both: the
    /// backend would wait for the rest of the request.
    fn send_on(&mut self, cx: &mut Context<'_>) -> Result<(), BodyError> {
        if let Some(link) = &mut self.link
            && let Poll::Ready(Err(error)) = self.upload.poll(link, cx)
        {
            self.link = None;
            return Err(error);
        }
        Ok(())
    }

    fn consume(&mut self, n: usize) {
        let Some(link) = &mut self.link else { return };
        link.consume(n, &self.core.buffers);
        if link.is_read() {
            self.end();
        }
    }

    /// The last byte was read: the connection is for the next exchange, if both sides are done.
    fn end(&mut self) {
        let Some(mut link) = self.link.take() else {
            return;
        };
        self.trailers = link.trailers().ok().flatten();
        let lease = self.lease.take();
        if let Some(lease) = lease.filter(|_| self.persistent && self.upload.is_over()) {
            lease.reuse(link);
        }
    }
}

impl Sender {
    /// A body of which nothing was sent.
    pub(crate) fn new(upload: Upload, chunked: bool) -> Self {
        let state = match upload.is_nothing() {
            true => Sending::Over,
            false => Sending::Pieces,
        };
        Self {
            upload,
            chunked,
            state,
        }
    }

    /// Whether all of the body was handed to the connection.
    pub(crate) fn is_over(&self) -> bool {
        self.state == Sending::Over
    }

    /// Whether the connection or the client broke off.
    pub(crate) fn is_broken(&self) -> bool {
        self.state == Sending::Broken
    }

    /// Sends on what has arrived. Ready when nothing more is to be done.
    ///
    /// # Errors
    /// If the client breaks off; a backend that does not read any more only ends the sending.
    pub(crate) fn poll(
        &mut self,
        link: &mut Link,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), BodyError>> {
        loop {
            let sent = ready!(link.poll_sent(cx));
            if sent.is_err() {
                self.state = Sending::Broken;
            }
            if self.state != Sending::Pieces {
                return Poll::Ready(Ok(()));
            }
            let next = ready!(self.upload.poll_piece(cx));
            if next.is_err() {
                self.state = Sending::Broken;
            }
            match next? {
                Next::Data => ready!(self.poll_send_piece(link, cx, &[])),
                Next::End => self.send_end(link, cx),
            }
        }
    }

    /// Sends `head`, and with it the piece that is next. Pending only without a head.
    pub(crate) fn poll_send_piece(
        &mut self,
        link: &mut Link,
        cx: &mut Context<'_>,
        head: &[u8],
    ) -> Poll<()> {
        let chunked = self.chunked;
        let sent = self.upload.with_piece(|piece| {
            if !chunked && (head.is_empty() || piece.len() > TOGETHER) {
                return link.poll_send(cx, head, piece);
            }
            if !chunked {
                link.send_all(cx, [&[head, piece].concat(), &[], &[]])?;
                return Poll::Ready(Ok(piece.len()));
            }
            let mut line = [0; 18];
            let line = chunk_head(piece.len(), &mut line);
            let start = [head, line].concat();
            link.send_all(cx, [&start, piece, b"\r\n"])?;
            Poll::Ready(Ok(piece.len()))
        });
        match ready!(sent) {
            Ok(n) => {
                self.upload.consume(n);
                if self.upload.is_finished() && !self.chunked {
                    self.state = Sending::Over;
                }
            }
            Err(_) => self.state = Sending::Broken,
        }
        Poll::Ready(())
    }

    fn send_end(&mut self, link: &mut Link, cx: &mut Context<'_>) {
        self.state = Sending::Over;
        if !self.chunked {
            return;
        }
        let mut end = b"0\r\n".to_vec();
        write_trailers(self.upload.trailers().as_ref(), &mut end);
        if link.send_all(cx, [&end, &[], &[]]).is_err() {
            self.state = Sending::Broken;
        }
    }
}

/// The trailer section with its blank line. Fields that a trailer may not hold are left out (RFC
/// 9110 section 6.5.1).
pub(crate) fn write_trailers(trailers: Option<&Fields>, out: &mut Vec<u8>) {
    use gw_http1::{Known, Section};
    let Some(trailers) = trailers else {
        return out.extend_from_slice(b"\r\n");
    };
    let allowed = |known: Known| {
        !known.is_framing()
            && !known.is_forwarding()
            && !matches!(known, Known::Host | Known::Trailer | Known::Expect)
    };
    Section::of(trailers, |field| allowed(field.known)).write(out);
}
