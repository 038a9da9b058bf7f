//! A lane: a task that serves one stream of a connection after the other. The room of an exchange,
//! several kibibytes, stays where it is between them, and nothing is spawned for a request.

use super::inbox::Inbox;
use super::reply;
use super::session::Session;
use crate::inbound::Client;
use crate::pipeline;
use crate::timers::Alarm;
use crate::upload::Origin;
use gw_http1::{Field, Request};
use gw_http2::Follows;
use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll};

/// A lane, as its task and the connection's see it.
pub(crate) struct Lane {
    pub(super) session: Rc<Session>,
    /// Wakes the task, whatever for.
    pub(super) alarm: Rc<Alarm>,
    /// The stream that is served, or was last.
    stream: Cell<u32>,
    work: RefCell<Option<Work>>,
    /// Where the request body arrives.
    inbox: RefCell<Option<Rc<Inbox>>>,
    /// Whether the exchange is of no more use.
    cancelled: Cell<bool>,
    /// Whether it waits for the client to take more.
    blocked: Cell<bool>,
    retired: Cell<bool>,
}

/// A request that is to be served.
pub(super) struct Work {
    pub(super) request: Request,
    pub(super) body: Origin,
}

impl Lane {
    /// A new lane.
    pub(super) fn start(session: &Rc<Session>) -> Rc<Self> {
        let lane = Rc::new(Self {
            session: Rc::clone(session),
            alarm: Alarm::new(),
            stream: Cell::new(0),
            work: RefCell::new(None),
            inbox: RefCell::new(None),
            cancelled: Cell::new(false),
            blocked: Cell::new(false),
            retired: Cell::new(false),
        });
        tokio::task::spawn_local(serve(Rc::clone(&lane)));
        lane
    }

    pub(super) fn stream(&self) -> u32 {
        self.stream.get()
    }

    pub(super) fn inbox(&self) -> Option<Rc<Inbox>> {
        self.inbox.borrow().clone()
    }

    /// Gives it a request.
    pub(super) fn assign(&self, stream: u32, inbox: Option<Rc<Inbox>>, work: Work) {
        self.stream.set(stream);
        self.cancelled.set(false);
        self.blocked.set(false);
        *self.inbox.borrow_mut() = inbox;
        *self.work.borrow_mut() = Some(work);
        self.alarm.ring();
    }

    /// Breaks the exchange off.
    pub(super) fn cancel(&self) {
        self.cancelled.set(true);
        if let Some(inbox) = self.inbox() {
            inbox.break_off();
        }
        self.alarm.ring();
    }

    /// The client may take more.
    pub(super) fn unblock(&self) {
        if self.blocked.replace(false) {
            self.alarm.ring();
        }
    }

    /// Waits for the client to take more.
    pub(super) fn block(&self) {
        self.blocked.set(true);
    }

    /// Ends the task.
    pub(super) fn retire(&self) {
        self.retired.set(true);
        self.alarm.ring();
    }

    /// Writes the head of the response.
    pub(crate) fn respond<'f>(
        &self,
        status: u16,
        lines: impl Iterator<Item = Field<'f>>,
        follows: Follows,
    ) {
        let stream = self.stream();
        self.session
            .with(|codec| codec.respond(stream, status, lines, follows));
    }

    /// Writes an interim response, unless much that was said before waits.
    pub(crate) fn hint<'f>(&self, status: u16, lines: impl Iterator<Item = Field<'f>>) {
        let stream = self.stream();
        if !self.session.is_stuffed() {
            self.session
                .with(|codec| codec.interim(stream, status, lines));
        }
    }

    fn poll_work(&self, cx: &mut Context<'_>) -> Poll<Option<Work>> {
        self.alarm.owned_by(cx);
        match self.work.borrow_mut().take() {
            Some(work) => Poll::Ready(Some(work)),
            None if self.retired.get() || self.session.is_over() => Poll::Ready(None),
            None => Poll::Pending,
        }
    }
}

/// Serves one request after the other.
async fn serve(lane: Rc<Lane>) {
    while let Some(work) = poll_fn(|cx| lane.poll_work(cx)).await {
        exchange(&lane, work).await;
        *lane.inbox.borrow_mut() = None;
        lane.session.done(&lane);
    }
}

/// One exchange. When it is cancelled its future is dropped, and its record says so.
async fn exchange(lane: &Rc<Lane>, work: Work) {
    let conn = &lane.session.conn;
    let mut exchange = pin!(async {
        let client = Client::Http2(Rc::clone(lane));
        let reply = pipeline::serve(conn, &lane.alarm, work.request, work.body, client).await;
        reply::write(lane, reply).await;
    });
    poll_fn(|cx| {
        lane.alarm.owned_by(cx);
        match lane.cancelled.get() {
            true => Poll::Ready(()),
            false => exchange.as_mut().poll(cx),
        }
    })
    .await;
}
