//! The body of a request on its way over a backend's connection, in the framing that its head
//! announced. Must not know routes.

use crate::net::{Link, Next, TOGETHER};
use crate::upload::{BodyError, Upload};
use gw_http1::chunk_head;
use std::task::{Context, Poll, ready};

/// A request body on its way over a backend's connection.
pub(crate) struct Sender {
    pub(crate) upload: Upload,
    /// With chunked transfer coding.
    pub(crate) chunked: bool,
    state: Sending,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Sending {
    Pieces,
    /// All of it was handed to the connection.
    Over,
    /// The backend does not read it, or the client does not send it.
    Broken,
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
        let sent = self.upload.with_trailers(|section| section.write(&mut end));
        if sent.is_none() {
            end.extend_from_slice(b"\r\n");
        }
        if link.send_all(cx, [&end, &[], &[]]).is_err() {
            self.state = Sending::Broken;
        }
    }
}
