//! A response body over a backend's HTTP/1.x connection, piece by piece or inside the kernel. The
//! connection is given back as early as possible.

use crate::backend::Lease;
use crate::core::Core;
use crate::net::{Link, Next, Pipe};
use crate::sender::Sender;
use crate::source::Rest;
use crate::upload::BodyError;
use gw_http1::Fields;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

/// Shorter bodies are read and written: a pipe costs two system calls more.
const PASSED: u64 = 32 << 10;

/// A response over HTTP/1.x, while its request may still be on its way.
pub(crate) struct Download {
    core: Rc<Core>,
    /// None after the last byte: the connection is given back as early as possible.
    link: Option<Box<Link>>,
    lease: Option<Lease>,
    upload: Sender,
    /// Whether the backend keeps the connection.
    persistent: bool,
    /// From how many bytes on what is left of the body is passed on inside the kernel.
    least: u64,
    /// Holds what the client did not take yet of a body that is passed inside the kernel.
    pipe: Option<Pipe>,
    trailers: Option<Fields>,
}

/// Why a body does not pass on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum PassError {
    /// The backend broke off.
    Backend,
    /// The client is gone.
    Client,
    /// The client takes nothing at present; its task is woken when it does.
    Stalled,
}

impl Download {
    /// The body that follows a response's head, where it stays.
    pub(crate) fn new(
        core: &Rc<Core>,
        (link, lease): (Box<Link>, Lease),
        upload: Sender,
        persistent: bool,
    ) -> Box<Self> {
        let mut download = Box::new(Self {
            core: Rc::clone(core),
            link: Some(link),
            lease: Some(lease),
            upload,
            persistent,
            least: PASSED,
            pipe: None,
            trailers: None,
        });
        if download.link.as_deref().is_some_and(Link::is_read) {
            download.end();
        }
        download
    }

    /// The length of what is left of the body, where that is known.
    pub(crate) fn length(&self) -> Option<u64> {
        self.link.as_deref().map_or(Some(0), Link::left)
    }

    /// Whether nothing follows the piece that is next. What is chunked says so only after it.
    pub(crate) fn is_last_piece(&self) -> bool {
        self.link.as_deref().is_some_and(Link::is_last_piece)
    }

    /// Whether the rest of the request may still be read.
    pub(crate) fn request(&self) -> Rest {
        match (&self.link, self.persistent) {
            (None, _) => Rest::Unwanted,
            (Some(_), false) => Rest::Doubtful,
            (Some(_), true) => Rest::Wanted,
        }
    }

    /// The piece that is next.
    pub(crate) fn piece(&self) -> &[u8] {
        self.link.as_deref().map_or(&[], Link::piece)
    }

    /// The trailer section, at the end.
    pub(crate) fn trailers(&mut self) -> Option<Fields> {
        self.trailers.take()
    }

    /// Waits for the next piece.
    pub(crate) fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Result<Next, BodyError>> {
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

    /// Passes what is left to `to` inside the kernel, where that is possible.
    pub(crate) fn poll_pass(
        &mut self,
        cx: &mut Context<'_>,
        to: &mut Link,
    ) -> Option<Poll<Result<usize, PassError>>> {
        let mut pipe = match self.pipe.take() {
            Some(pipe) => pipe,
            None => {
                let link = self.link.as_mut().filter(|_| self.upload.is_over())?;
                let left = link.passable(to, self.least)?;
                let mut pipe = self.core.pipes.take()?;
                let filled = link.poll_fill_pipe(cx, &mut pipe, left);
                // What has begun to pass goes on so to its end.
                self.least = 1;
                if pipe.filled() == 0 {
                    self.core.pipes.put(pipe);
                    return Some(filled.map(|_| Err(PassError::Backend)));
                }
                pipe
            }
        };
        let drained = to.poll_drain_pipe(cx, &mut pipe);
        match pipe.filled() {
            0 => self.core.pipes.put(pipe),
            _ => self.pipe = Some(pipe),
        }
        if self.pipe.is_none() && self.link.as_deref().is_some_and(Link::is_read) {
            self.end();
        }
        Some(match drained {
            Poll::Ready(Ok(n)) => Poll::Ready(Ok(n)),
            Poll::Ready(Err(_)) => Poll::Ready(Err(PassError::Client)),
            Poll::Pending if self.pipe.is_some() => Poll::Ready(Err(PassError::Stalled)),
            Poll::Pending => Poll::Pending,
        })
    }

    /// An early response does not stop the request. A client that breaks off stops both: the
    /// backend would wait for the rest of the request.
    pub(crate) fn send_on(&mut self, cx: &mut Context<'_>) -> Result<(), BodyError> {
        if let Some(link) = &mut self.link
            && let Poll::Ready(Err(error)) = self.upload.poll(link, cx)
        {
            self.link = None;
            return Err(error);
        }
        Ok(())
    }

    /// The first bytes of the piece are passed on.
    pub(crate) fn consume(&mut self, n: usize) {
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
