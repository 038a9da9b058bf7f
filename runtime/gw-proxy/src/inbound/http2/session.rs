//! What the task of a connection over HTTP/2 and its lanes share. Nothing is borrowed across a wait.

use super::inbox::Inbox;
use super::lane::{Lane, Work};
use crate::conn::Conn;
use crate::upload::Origin;
use gw_http1::{Fields, Request};
use gw_http2::{Announced, Connection};
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use std::task::Context;

/// From this many bytes on that the client has not taken, lanes wait.
const FULL: usize = 32 << 10;
/// From this many bytes on nothing more is read either: what is read asks for answers.
const STUFFED: usize = 128 << 10;
/// How many free lanes are kept, or as many as are busy.
const KEPT: usize = 8;

/// A connection as its lanes see it.
pub(crate) struct Session {
    pub(super) conn: Rc<Conn>,
    pub(super) codec: RefCell<Connection>,
    /// How much of the output the socket has taken.
    pub(super) taken: Cell<usize>,
    /// Whether the connection's task will look at the output.
    rung: Cell<bool>,
    /// Whether a lane waits for the output to go out.
    waiting: Cell<bool>,
    over: Cell<bool>,
    lanes: RefCell<Lanes>,
}

#[derive(Default)]
struct Lanes {
    /// In the order of their streams.
    busy: VecDeque<Rc<Lane>>,
    /// Without a stream; the one that was used last goes first.
    idle: Vec<Rc<Lane>>,
}

impl Session {
    pub(super) fn new(conn: Rc<Conn>, codec: Connection) -> Rc<Self> {
        Rc::new(Self {
            conn,
            codec: RefCell::new(codec),
            taken: Cell::new(0),
            rung: Cell::new(false),
            waiting: Cell::new(false),
            over: Cell::new(false),
            lanes: RefCell::default(),
        })
    }

    /// The connection's task looks at everything now.
    pub(super) fn attend(&self, cx: &Context<'_>) {
        self.conn.alarm.owned_by(cx);
        self.rung.set(false);
    }

    /// Does something with the connection, and has sent what that writes.
    pub(super) fn with<R>(&self, act: impl FnOnce(&mut Connection) -> R) -> R {
        let mut codec = self.codec.borrow_mut();
        if codec.output().capacity() == 0 {
            *codec.output() = self.conn.core.buffers.output();
        }
        let result = act(&mut codec);
        if !codec.output().is_empty() && !self.rung.replace(true) {
            self.conn.alarm.ring();
        }
        result
    }

    /// How many bytes of a body may be written now; none if the stream is not open.
    pub(super) fn room_of(&self, stream: u32) -> Option<usize> {
        let mut codec = self.codec.borrow_mut();
        let room = codec.room(stream)?;
        let full = codec.output().len() - self.taken.get() >= FULL;
        self.waiting.set(self.waiting.get() || full);
        Some(if full { 0 } else { room })
    }

    /// Whether the client takes nothing of what it gets, and must not ask for more.
    pub(super) fn is_stuffed(&self) -> bool {
        self.codec.borrow_mut().output().len() - self.taken.get() >= STUFFED
    }

    /// The socket has taken some of the output, and that much is left.
    pub(super) fn sent(&self, left: usize) {
        if left < FULL && self.waiting.replace(false) {
            self.room(None);
        }
    }

    pub(super) fn is_over(&self) -> bool {
        self.over.get()
    }

    /// A request begins, on a lane that is free or on a new one.
    pub(super) fn begin(this: &Rc<Self>, stream: u32, request: Request, body: Announced) {
        let inbox = match body {
            Announced::Nothing => None,
            Announced::Body(length) => {
                let expects = request.expects_continue;
                Some(Inbox::new(this, stream, length, expects))
            }
        };
        let origin = inbox
            .as_ref()
            .map_or(Origin::Nothing, |inbox| Origin::Http2(Rc::clone(inbox)));
        let work = Work {
            request,
            body: origin,
        };
        let idle = this.lanes.borrow_mut().idle.pop();
        let lane = idle.unwrap_or_else(|| Lane::start(this));
        lane.assign(stream, inbox, work);
        this.lanes.borrow_mut().busy.push_back(lane);
    }

    /// The exchange on a lane is over.
    pub(super) fn done(&self, lane: &Rc<Lane>) {
        let stream = lane.stream();
        let mut lanes = self.lanes.borrow_mut();
        if let Ok(place) = lanes.place(stream) {
            lanes.busy.remove(place);
        }
        drop(lanes);
        self.with(|codec| codec.finish(stream));
        // A client that was asked to leave is seen off when its last stream is over.
        if self.codec.borrow().is_over() {
            self.conn.alarm.ring();
        }
        let mut lanes = self.lanes.borrow_mut();
        match self.is_over() || lanes.idle.len() >= lanes.busy.len().max(KEPT) {
            true => lane.retire(),
            false => lanes.idle.push(Rc::clone(lane)),
        }
    }

    fn lane(&self, stream: u32) -> Option<Rc<Lane>> {
        let lanes = self.lanes.borrow();
        let place = lanes.place(stream).ok()?;
        lanes.busy.get(place).map(Rc::clone)
    }

    /// A piece of a request body.
    pub(super) fn data(&self, stream: u32, data: &[u8], last: bool) {
        match self.lane(stream).and_then(|lane| lane.inbox()) {
            Some(inbox) => inbox.put(data, last),
            None => self.passed(stream, data.len()),
        }
    }

    /// The end of a request body.
    pub(super) fn trailers(&self, stream: u32, fields: Fields) {
        if let Some(inbox) = self.lane(stream).and_then(|lane| lane.inbox()) {
            inbox.end(fields);
        }
    }

    /// So many bytes of a request body are passed on, or are of no more use.
    pub(super) fn passed(&self, stream: u32, bytes: usize) {
        if bytes > 0 {
            self.with(|codec| codec.passed(stream, bytes));
        }
    }

    /// A request is not wanted any more.
    pub(super) fn reset(&self, stream: u32) {
        if let Some(lane) = self.lane(stream) {
            lane.cancel();
        }
    }

    /// The client takes more, on one stream or on all.
    pub(super) fn room(&self, stream: Option<u32>) {
        match stream {
            Some(stream) => {
                if let Some(lane) = self.lane(stream) {
                    lane.unblock();
                }
            }
            None => self.lanes.borrow().busy.iter().for_each(|l| l.unblock()),
        }
    }

    /// Whether a lane is kept for the next request.
    pub(super) fn has_idle(&self) -> bool {
        !self.lanes.borrow().idle.is_empty()
    }

    /// Gives the lanes back that are free.
    pub(super) fn retire(&self) {
        let idle = std::mem::take(&mut self.lanes.borrow_mut().idle);
        idle.iter().for_each(|lane| lane.retire());
    }

    /// No request is of any use any more.
    pub(super) fn abandon(&self) {
        self.lanes.borrow().busy.iter().for_each(|l| l.cancel());
    }

    /// The connection is no more.
    pub(super) fn end(&self) {
        self.over.set(true);
        self.abandon();
        self.retire();
    }
}

impl Lanes {
    fn place(&self, stream: u32) -> Result<usize, usize> {
        self.busy
            .binary_search_by_key(&stream, |lane| lane.stream())
    }
}
