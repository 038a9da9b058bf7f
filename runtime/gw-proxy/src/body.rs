//! Bodies on their way through: nothing is buffered, everything is counted. Must not know routes.

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use std::cell::Cell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};
use tokio::time::Sleep;

/// Why a body broke off.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub(crate) enum BodyError {
    /// The client sent more than it may.
    #[error("the request body is too large")]
    TooLarge,
    /// The client paused for too long.
    #[error("the request body did not arrive in time")]
    TooSlow,
    /// The client broke off, or its framing is malformed.
    #[error("the request body is incomplete")]
    Broken,
    /// The backend broke off.
    #[error("the response body is incomplete")]
    Backend,
}

/// What an exchange knows of its request body while another task sends it.
#[derive(Debug, Default)]
pub(crate) struct Upload {
    /// Bytes that passed.
    pub(crate) bytes: Cell<u64>,
    /// When the last piece passed.
    pub(crate) last: Cell<Option<Instant>>,
    /// Why it broke off.
    pub(crate) failure: Cell<Option<BodyError>>,
    /// Whether all of it passed.
    pub(crate) finished: Cell<bool>,
}

/// Bounds of a request body.
#[derive(Clone, Copy, Debug)]
pub(crate) struct UploadLimits {
    /// Most bytes.
    pub(crate) bytes: u64,
    /// Longest pause.
    pub(crate) pause: Duration,
}

/// A request body towards a backend.
pub(crate) enum RequestBody {
    /// None.
    Empty,
    /// The client's.
    Client(Box<ClientBody>),
}

/// The client's body, bounded and counted.
pub(crate) struct ClientBody {
    incoming: Incoming,
    limits: UploadLimits,
    upload: Rc<Upload>,
    pause: Option<Pin<Box<Sleep>>>,
}

impl RequestBody {
    /// The body of a request; `upload` follows it.
    pub(crate) fn new(incoming: Incoming, limits: UploadLimits, upload: Rc<Upload>) -> Self {
        if incoming.is_end_stream() {
            upload.finished.set(true);
            return RequestBody::Empty;
        }
        RequestBody::Client(Box::new(ClientBody {
            incoming,
            limits,
            upload,
            pause: None,
        }))
    }

    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        matches!(self, RequestBody::Empty)
    }
}

impl ClientBody {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let Poll::Ready(next) = Pin::new(&mut self.incoming).poll_frame(cx) else {
            let limit = self.limits.pause;
            let pause = self
                .pause
                .get_or_insert_with(|| Box::pin(tokio::time::sleep(limit)));
            ready!(pause.as_mut().poll(cx));
            return Poll::Ready(Some(Err(self.fail(BodyError::TooSlow))));
        };
        self.pause = None;
        let Some(frame) = next else {
            self.upload.finished.set(true);
            return Poll::Ready(None);
        };
        let Ok(frame) = frame else {
            return Poll::Ready(Some(Err(self.fail(BodyError::Broken))));
        };
        if let Some(data) = frame.data_ref() {
            let length = u64::try_from(data.len()).unwrap_or(u64::MAX);
            let bytes = self.upload.bytes.get().saturating_add(length);
            if bytes > self.limits.bytes {
                return Poll::Ready(Some(Err(self.fail(BodyError::TooLarge))));
            }
            self.upload.bytes.set(bytes);
            self.upload.last.set(Some(Instant::now()));
        }
        self.upload.finished.set(self.incoming.is_end_stream());
        Poll::Ready(Some(Ok(frame)))
    }

    fn fail(&self, error: BodyError) -> BodyError {
        self.upload.failure.set(Some(error));
        error
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        match self.get_mut() {
            RequestBody::Empty => Poll::Ready(None),
            RequestBody::Client(body) => body.poll(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            RequestBody::Empty => true,
            RequestBody::Client(body) => body.incoming.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            RequestBody::Empty => SizeHint::with_exact(0),
            RequestBody::Client(body) => body.incoming.size_hint(),
        }
    }
}

/// Told when a response body is over.
pub(crate) trait AtEnd {
    /// A piece passed.
    fn passed(&mut self, bytes: usize);

    /// The last piece passed. Called at most once, and then nothing else is.
    fn ended(&mut self, end: End);
}

/// How a response body ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum End {
    /// All of it passed.
    Complete,
    /// The backend broke off.
    Backend,
    /// The exchange's time was over.
    TimedOut,
    /// The client no longer wants it.
    ClientGone,
}

/// A response body towards a client.
pub(crate) struct ResponseBody<W: AtEnd> {
    source: Source,
    /// The end of the exchange's time.
    deadline: Option<Pin<Box<Sleep>>>,
    /// No body follows although the source may have one (HEAD, 204, 304).
    bodiless: bool,
    watcher: Option<W>,
}

/// Where a response body comes from.
pub(crate) enum Source {
    /// Made here.
    Own(Bytes),
    /// The backend's.
    Backend(Incoming),
}

impl<W: AtEnd> ResponseBody<W> {
    pub(crate) fn new(source: Source, bodiless: bool, watcher: W) -> Self {
        Self {
            source,
            deadline: None,
            bodiless,
            watcher: Some(watcher),
        }
    }

    /// Ends the body with an error at `deadline`.
    pub(crate) fn until(mut self, deadline: Option<Instant>) -> Self {
        self.deadline = deadline.map(|d| Box::pin(tokio::time::sleep_until(d.into())));
        self
    }

    fn end(&mut self, end: End) {
        if let Some(mut watcher) = self.watcher.take() {
            watcher.ended(end);
        }
    }

    fn poll_backend(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let Source::Backend(incoming) = &mut self.source else {
            return Poll::Ready(None);
        };
        let Poll::Ready(next) = Pin::new(incoming).poll_frame(cx) else {
            if let Some(deadline) = &mut self.deadline {
                ready!(deadline.as_mut().poll(cx));
                self.end(End::TimedOut);
                return Poll::Ready(Some(Err(BodyError::Backend)));
            }
            return Poll::Pending;
        };
        match next {
            Some(Ok(frame)) => {
                let length = frame.data_ref().map_or(0, Bytes::len);
                if let Some(watcher) = &mut self.watcher {
                    watcher.passed(length);
                }
                if matches!(&self.source, Source::Backend(b) if b.is_end_stream()) {
                    self.end(End::Complete);
                }
                Poll::Ready(Some(Ok(frame)))
            }
            Some(Err(_)) => {
                self.end(End::Backend);
                Poll::Ready(Some(Err(BodyError::Backend)))
            }
            None => {
                self.end(End::Complete);
                Poll::Ready(None)
            }
        }
    }
}

impl<W: AtEnd + Unpin> Body for ResponseBody<W> {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let this = self.get_mut();
        let Source::Own(bytes) = &mut this.source else {
            return this.poll_backend(cx);
        };
        let bytes = std::mem::take(bytes);
        if let Some(watcher) = &mut this.watcher {
            watcher.passed(bytes.len());
        }
        this.end(End::Complete);
        Poll::Ready((!bytes.is_empty()).then(|| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        match &self.source {
            Source::Own(bytes) => bytes.is_empty(),
            Source::Backend(incoming) => incoming.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.source {
            Source::Own(bytes) => SizeHint::with_exact(u64::try_from(bytes.len()).unwrap_or(0)),
            Source::Backend(incoming) => incoming.size_hint(),
        }
    }
}

impl<W: AtEnd> Drop for ResponseBody<W> {
    fn drop(&mut self) {
        let empty = match &self.source {
            Source::Own(bytes) => bytes.is_empty(),
            Source::Backend(incoming) => incoming.is_end_stream(),
        };
        self.end(if self.bodiless || empty {
            End::Complete
        } else {
            End::ClientGone
        });
    }
}
