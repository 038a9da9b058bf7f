//! The body of a request on its way to a backend: bounded, counted, timed, from a client of either
//! protocol. Must not know routes.

use crate::clock;
use crate::core::Core;
use crate::decode::Arrival;
use crate::inbound::http2::Inbox;
use crate::net::{Link, LinkError, Next};
use crate::pipeline::Turn;
use crate::retry::Replay;
use crate::timers::Alarm;
use crate::transform::{RequestEdits, trailer_section};
use bytes::Bytes;
use gw_http1::{Fields, Section};
use http_body::{Body, Frame};
use hyper::body::Incoming;
use std::cell::{Cell, RefCell};
use std::pin::Pin;
use std::rc::{Rc, Weak};
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

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

/// What an exchange knows of its request body, whoever sends it on.
#[derive(Debug, Default)]
pub(crate) struct Progress {
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

/// A client's connection over HTTP/1.x, shared by what reads the request and what writes the
/// response. Never borrowed across a wait.
pub(crate) type ClientLink = Rc<RefCell<Link>>;

/// One request on a client's connection. Towards a backend over HTTP/2 its body is sent by a task of
/// its own, which may outlive the exchange: it must not keep the connection open, nor take anything of
/// the next request.
#[derive(Clone)]
pub(crate) struct ClientMessage {
    link: Weak<RefCell<Link>>,
    number: u64,
}

impl ClientMessage {
    /// The request that was begun last.
    pub(crate) fn of(link: &ClientLink) -> Self {
        Self {
            link: Rc::downgrade(link),
            number: link.borrow().message(),
        }
    }

    /// The connection, as long as it is at this request.
    fn link(&self) -> Option<ClientLink> {
        let link = self.link.upgrade()?;
        let here = link.borrow().message() == self.number;
        here.then_some(link)
    }
}

/// Where a request body comes from.
pub(crate) enum Origin {
    /// There is none.
    Nothing,
    /// An HTTP/1.x client. `expects` while it waits for `100 Continue`.
    Http1 {
        message: ClientMessage,
        expects: Cell<bool>,
    },
    /// An HTTP/2 client.
    Http2(Rc<Inbox>),
}

impl Origin {
    /// The same, for another try.
    fn again(&self) -> Self {
        match self {
            Origin::Nothing => Origin::Nothing,
            Origin::Http1 { message, expects } => Origin::Http1 {
                message: message.clone(),
                expects: expects.clone(),
            },
            Origin::Http2(inbox) => Origin::Http2(Rc::clone(inbox)),
        }
    }
}

/// The frames of a response of a backend over HTTP/2, with the piece that is next.
pub(crate) struct Frames {
    incoming: Incoming,
    piece: Bytes,
    trailers: Option<Fields>,
}

/// A request body.
pub(crate) struct Upload {
    core: Rc<Core>,
    origin: Origin,
    limits: UploadLimits,
    arrival: Rc<Arrival>,
    edits: RequestEdits,
    /// Rings at the end of a pause that is too long.
    pause: Option<(Instant, Rc<Alarm>)>,
    /// What passed, where it may have to pass again.
    replay: Option<Box<Replay>>,
}

const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

impl Upload {
    /// The body of a request; the turn's progress follows it. Its trailer section is kept from what
    /// `edits` change.
    pub(crate) fn new(
        turn: &Turn,
        origin: Origin,
        limits: UploadLimits,
        edits: RequestEdits,
    ) -> Self {
        let progress = &turn.arrival.progress;
        let empty = match &origin {
            Origin::Nothing => true,
            Origin::Http1 { message, .. } => {
                message.link().is_some_and(|link| link.borrow().is_read())
            }
            Origin::Http2(inbox) => inbox.is_over(),
        };
        progress.finished.set(empty);
        Self {
            core: Rc::clone(&turn.conn.core),
            origin: if empty { Origin::Nothing } else { origin },
            limits,
            arrival: Rc::clone(&turn.arrival),
            edits,
            pause: None,
            replay: None,
        }
    }

    /// The same with what passes kept, up to `most` bytes.
    pub(crate) fn kept(mut self, most: u64) -> Self {
        self.replay = Some(Box::new(Replay::new(most)));
        self
    }

    /// The same body from its beginning, for another try. Only one of both may be asked for more.
    pub(crate) fn again(&self) -> Self {
        Self {
            core: Rc::clone(&self.core),
            origin: self.origin.again(),
            limits: self.limits,
            arrival: Rc::clone(&self.arrival),
            edits: self.edits.clone(),
            pause: None,
            replay: self.replay.as_deref().map(|r| Box::new(r.again())),
        }
    }

    /// Whether [`Upload::again`] has all of it.
    pub(crate) fn is_replayable(&self) -> bool {
        let progress = &self.arrival.progress;
        let whole = match &self.replay {
            Some(replay) => replay.is_whole(),
            None => progress.bytes.get() == 0 && !progress.finished.get(),
        };
        self.is_nothing() || (whole && progress.failure.get().is_none())
    }

    /// Whether there is none.
    pub(crate) fn is_nothing(&self) -> bool {
        matches!(self.origin, Origin::Nothing)
    }

    /// Whether all of it passed.
    pub(crate) fn is_finished(&self) -> bool {
        self.arrival.progress.finished.get() && self.repeated() == 0
    }

    /// Bytes that passed before and are to pass again.
    fn repeated(&self) -> usize {
        self.replay.as_deref().map_or(0, Replay::left)
    }

    /// Whether some of it may be there already.
    pub(crate) fn has_arrived(&self) -> bool {
        if self.repeated() > 0 {
            return true;
        }
        match &self.origin {
            Origin::Nothing => false,
            Origin::Http1 { message, .. } => {
                message.link().is_some_and(|link| link.borrow().has_more())
            }
            Origin::Http2(inbox) => inbox.has_arrived(),
        }
    }

    /// Its length, where that is known.
    pub(crate) fn length(&self) -> Option<u64> {
        let fresh = match &self.origin {
            Origin::Nothing => Some(0),
            Origin::Http1 { message, .. } => message.link().and_then(|link| link.borrow().left()),
            Origin::Http2(inbox) => inbox.left(),
        };
        fresh?.checked_add(u64::try_from(self.repeated()).ok()?)
    }

    /// Waits for the next piece. An error comes once; after it nothing may be asked.
    pub(crate) fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Result<Next, BodyError>> {
        if self.repeated() > 0 {
            return Poll::Ready(Ok(Next::Data));
        }
        let polled = match &mut self.origin {
            Origin::Nothing => return Poll::Ready(Ok(Next::End)),
            Origin::Http1 { message, expects } => {
                let Some(link) = message.link() else {
                    return Poll::Ready(self.end_without_client());
                };
                let mut link = link.borrow_mut();
                if expects.get() && !link.has_more() {
                    expects.set(false);
                    // If it cannot be sent, reading will say so.
                    let _ = link.send_all(cx, [CONTINUE, &[], &[]]);
                }
                link.poll_piece(cx, &self.core.buffers)
            }
            Origin::Http2(inbox) => inbox.poll_piece(cx),
        };
        let Poll::Ready(next) = polled else {
            ready!(self.poll_pause(cx));
            return Poll::Ready(Err(self.fail(BodyError::TooSlow)));
        };
        self.pause = None;
        match next {
            Ok(Next::End) => {
                self.arrival.progress.finished.set(true);
                Poll::Ready(Ok(Next::End))
            }
            Ok(Next::Data) => {
                let length = self.with_piece(|piece| piece.len());
                let length = u64::try_from(length).unwrap_or(u64::MAX);
                if self.arrival.progress.bytes.get().saturating_add(length) > self.limits.bytes {
                    return Poll::Ready(Err(self.fail(BodyError::TooLarge)));
                }
                Poll::Ready(Ok(Next::Data))
            }
            Err(_) => Poll::Ready(Err(self.fail(BodyError::Broken))),
        }
    }

    /// The exchange is over, and the rest of the body with it.
    fn end_without_client(&mut self) -> Result<Next, BodyError> {
        self.origin = Origin::Nothing;
        match self.arrival.progress.finished.get() {
            true => Ok(Next::End),
            false => Err(self.fail(BodyError::Broken)),
        }
    }

    fn poll_pause(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let now = clock::now();
        let limit = self.limits.pause;
        let (end, alarm) = self
            .pause
            .get_or_insert_with(|| (now + limit, Alarm::new()));
        self.core.timers.poll(alarm, *end, now, cx)
    }

    /// Shows the piece that is next.
    pub(crate) fn with_piece<R>(&self, show: impl FnOnce(&[u8]) -> R) -> R {
        match &self.replay {
            Some(replay) if replay.left() > 0 => replay.with_piece(show),
            Some(_) | None => self.with_fresh_piece(show),
        }
    }

    fn with_fresh_piece<R>(&self, show: impl FnOnce(&[u8]) -> R) -> R {
        match &self.origin {
            Origin::Nothing => show(&[]),
            Origin::Http1 { message, .. } => match message.link() {
                Some(link) => show(link.borrow().piece()),
                None => show(&[]),
            },
            Origin::Http2(inbox) => inbox.with_piece(show),
        }
    }

    /// The first bytes of the piece are passed on.
    pub(crate) fn consume(&mut self, n: usize) {
        self.arrival.progress.last.set(Some(clock::now()));
        if self.replay.is_some() && self.repeat_or_keep(n) {
            return;
        }
        let passed = u64::try_from(n).unwrap_or(u64::MAX);
        let bytes = &self.arrival.progress.bytes;
        bytes.set(bytes.get().saturating_add(passed));
        match &mut self.origin {
            Origin::Nothing => {}
            Origin::Http1 { message, .. } => {
                let Some(link) = message.link() else { return };
                let mut link = link.borrow_mut();
                link.consume(n, &self.core.buffers);
                self.arrival
                    .progress
                    .finished
                    .set(link.is_read() && link.left() == Some(0));
            }
            Origin::Http2(inbox) => {
                inbox.consume(n);
                self.arrival.progress.finished.set(inbox.is_read());
            }
        }
    }

    /// Passes on bytes that passed before, or else keeps them: whether they passed before.
    #[cold]
    fn repeat_or_keep(&mut self, n: usize) -> bool {
        let Some(mut replay) = self.replay.take() else {
            return false;
        };
        let repeated = replay.left() > 0;
        match repeated {
            true => replay.consume(n),
            false => self.with_fresh_piece(|p| replay.keep(p.get(..n).unwrap_or(p))),
        }
        self.replay = Some(replay);
        repeated
    }

    /// Shows the trailer section as the backend may have it, at the end, if there is one.
    pub(crate) fn with_trailers<T>(&mut self, show: impl FnOnce(&Section<'_>) -> T) -> Option<T> {
        let trailers = self.trailers()?;
        Some(show(&trailer_section(&trailers, self.edits.written())))
    }

    fn trailers(&mut self) -> Option<Fields> {
        let fresh = match &mut self.origin {
            Origin::Nothing => None,
            Origin::Http1 { message, .. } => message
                .link()
                .and_then(|link| link.borrow_mut().trailers().ok().flatten()),
            Origin::Http2(inbox) => inbox.trailers(),
        };
        match &self.replay {
            Some(replay) => replay.trailers(fresh),
            None => fresh,
        }
    }

    fn fail(&self, error: BodyError) -> BodyError {
        self.arrival.progress.failure.set(Some(error));
        error
    }
}

impl Frames {
    pub(crate) fn new(incoming: Incoming) -> Self {
        Self {
            incoming,
            piece: Bytes::new(),
            trailers: None,
        }
    }

    /// Whether nothing follows the piece that is next.
    pub(crate) fn is_last_piece(&self) -> bool {
        self.incoming.is_end_stream()
    }

    /// Bytes of data that follow, where that is known.
    pub(crate) fn left(&self) -> Option<u64> {
        let piece = u64::try_from(self.piece.len()).ok()?;
        self.incoming.size_hint().exact()?.checked_add(piece)
    }

    pub(crate) fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Result<Next, LinkError>> {
        while self.piece.is_empty() {
            let Some(frame) = ready!(Pin::new(&mut self.incoming).poll_frame(cx)) else {
                return Poll::Ready(Ok(Next::End));
            };
            let frame = frame.map_err(|_| LinkError::Closed)?;
            match frame.into_data() {
                Ok(data) => self.piece = data,
                Err(frame) => {
                    if let Ok(map) = frame.into_trailers() {
                        self.trailers = Some(crate::headers::fields(&map));
                    }
                }
            }
        }
        Poll::Ready(Ok(Next::Data))
    }

    pub(crate) fn piece(&self) -> &Bytes {
        &self.piece
    }

    pub(crate) fn consume(&mut self, n: usize) {
        drop(self.piece.split_to(n.min(self.piece.len())));
    }

    pub(crate) fn trailers(&mut self) -> Option<Fields> {
        self.trailers.take()
    }
}

/// Towards a backend over HTTP/2.
impl Body for Upload {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let this = self.get_mut();
        Poll::Ready(match ready!(this.poll_piece(cx)) {
            Ok(Next::Data) => {
                let data = this.with_piece(Bytes::copy_from_slice);
                this.consume(data.len());
                Some(Ok(Frame::data(data)))
            }
            Ok(Next::End) => {
                let trailers = this.with_trailers(crate::headers::section_map);
                this.origin = Origin::Nothing;
                trailers.map(|map| Ok(Frame::trailers(map)))
            }
            Err(error) => Some(Err(error)),
        })
    }

    fn is_end_stream(&self) -> bool {
        self.is_nothing()
    }

    fn size_hint(&self) -> http_body::SizeHint {
        match self.length() {
            Some(length) => http_body::SizeHint::with_exact(length),
            None => http_body::SizeHint::default(),
        }
    }
}
