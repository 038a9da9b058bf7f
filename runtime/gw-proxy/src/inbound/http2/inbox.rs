//! Where the body of a request over HTTP/2 arrives, until it is sent on. Flow control bounds it.

use super::session::Session;
use crate::net::{LinkError, Next};
use gw_http1::Fields;
use std::cell::RefCell;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

/// The body of one request.
pub(crate) struct Inbox {
    session: Rc<Session>,
    stream: u32,
    state: RefCell<State>,
}

#[derive(Default)]
struct State {
    /// What arrived and is not passed on: from `start` on.
    bytes: Vec<u8>,
    start: usize,
    /// What follows, where the client says so.
    left: Option<u64>,
    /// Whether all of it has arrived.
    ended: bool,
    broken: bool,
    trailers: Option<Fields>,
    /// Whether the client waits for `100 Continue`.
    expects: bool,
    /// Whoever waits for more.
    reader: Option<Waker>,
}

impl State {
    fn piece(&self) -> &[u8] {
        self.bytes.get(self.start..).unwrap_or_default()
    }

    fn wake(&mut self) {
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
    }
}

impl Inbox {
    pub(super) fn new(
        session: &Rc<Session>,
        stream: u32,
        left: Option<u64>,
        expects: bool,
    ) -> Rc<Self> {
        Rc::new(Self {
            session: Rc::clone(session),
            stream,
            state: RefCell::new(State {
                left,
                expects,
                ..State::default()
            }),
        })
    }

    /// A piece has arrived.
    pub(super) fn put(&self, data: &[u8], last: bool) {
        let state = &mut *self.state.borrow_mut();
        // What was passed on makes room, as soon as it is as much as is moved for it.
        if state.start > state.bytes.len() / 2 {
            state.bytes.drain(..state.start);
            state.start = 0;
        }
        state.bytes.extend_from_slice(data);
        state.ended = last;
        state.expects = false;
        state.wake();
    }

    /// The trailer section has arrived.
    pub(super) fn end(&self, trailers: Fields) {
        let state = &mut *self.state.borrow_mut();
        state.trailers = Some(trailers);
        state.ended = true;
        state.wake();
    }

    /// Nothing more arrives.
    pub(super) fn break_off(&self) {
        let state = &mut *self.state.borrow_mut();
        state.broken = true;
        state.wake();
    }

    /// Whether something has arrived.
    pub(crate) fn has_arrived(&self) -> bool {
        !self.state.borrow().piece().is_empty()
    }

    /// Whether everything has arrived and is passed on, but the trailer section.
    pub(crate) fn is_read(&self) -> bool {
        let state = self.state.borrow();
        state.ended && state.piece().is_empty()
    }

    /// Whether nothing follows.
    pub(crate) fn is_over(&self) -> bool {
        self.is_read() && self.state.borrow().trailers.is_none()
    }

    /// Bytes that follow, where that is known.
    pub(crate) fn left(&self) -> Option<u64> {
        let state = self.state.borrow();
        match state.ended {
            true => u64::try_from(state.piece().len()).ok(),
            false => state.left,
        }
    }

    /// Waits for the next piece.
    pub(crate) fn poll_piece(&self, cx: &mut Context<'_>) -> Poll<Result<Next, LinkError>> {
        let mut state = self.state.borrow_mut();
        if state.broken {
            return Poll::Ready(Err(LinkError::Closed));
        }
        if !state.piece().is_empty() {
            return Poll::Ready(Ok(Next::Data));
        }
        if state.ended {
            return Poll::Ready(Ok(Next::End));
        }
        if std::mem::take(&mut state.expects) {
            self.session
                .with(|codec| codec.interim(self.stream, 100, std::iter::empty()));
        }
        state.reader = Some(cx.waker().clone());
        Poll::Pending
    }

    /// Shows the piece that is next.
    pub(crate) fn with_piece<R>(&self, show: impl FnOnce(&[u8]) -> R) -> R {
        show(self.state.borrow().piece())
    }

    /// The first bytes of the piece are passed on.
    pub(crate) fn consume(&self, n: usize) {
        let mut state = self.state.borrow_mut();
        let n = n.min(state.piece().len());
        state.start += n;
        let passed = u64::try_from(n).unwrap_or(u64::MAX);
        state.left = state.left.map(|left| left.saturating_sub(passed));
        if state.piece().is_empty() {
            state.start = 0;
            state.bytes.clear();
        }
        drop(state);
        self.session.passed(self.stream, n);
    }

    /// The trailer section, at the end.
    pub(crate) fn trailers(&self) -> Option<Fields> {
        self.state.borrow_mut().trailers.take()
    }
}

impl Drop for Inbox {
    /// What nobody reads makes room for other requests.
    fn drop(&mut self) {
        let unread = self.state.get_mut().piece().len();
        self.session.passed(self.stream, unread);
    }
}
