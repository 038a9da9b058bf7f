//! What is known about one connection while it lives, shared by its transport, its exchanges and
//! its driver, all on the same core.

use super::Violation;
use std::cell::{Cell, RefCell};
use std::task::Waker;
use std::time::Instant;

/// What a connection is waiting for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Phase {
    /// The first bytes.
    Opened,
    /// The rest of a request head.
    Head,
    /// Exchanges under way.
    Busy,
    /// The next request.
    Idle,
}

/// The state of one connection.
#[derive(Debug)]
pub(crate) struct ConnState {
    phase: Cell<Phase>,
    since: Cell<Instant>,
    exchanges: Cell<u32>,
    /// Exchanges that ever began.
    begun: Cell<u64>,
    violation: Cell<Option<Violation>>,
    driver: RefCell<Option<Waker>>,
}

impl ConnState {
    pub(crate) fn new(now: Instant) -> Self {
        Self {
            phase: Cell::new(Phase::Opened),
            since: Cell::new(now),
            exchanges: Cell::new(0),
            begun: Cell::new(0),
            violation: Cell::new(None),
            driver: RefCell::new(None),
        }
    }

    /// What it waits for, and since when.
    pub(crate) fn phase(&self) -> (Phase, Instant) {
        (self.phase.get(), self.since.get())
    }

    /// A head has begun but is not complete.
    pub(crate) fn head_began(&self, now: Instant) {
        if matches!(self.phase.get(), Phase::Opened | Phase::Idle) {
            self.phase.set(Phase::Head);
            self.since.set(now);
        }
    }

    /// An exchange began.
    pub(crate) fn exchange_began(&self) {
        self.exchanges.set(self.exchanges.get() + 1);
        self.begun.set(self.begun.get() + 1);
        self.phase.set(Phase::Busy);
    }

    /// An exchange ended.
    pub(crate) fn exchange_ended(&self, now: Instant) {
        let left = self.exchanges.get().saturating_sub(1);
        self.exchanges.set(left);
        if left == 0 {
            self.phase.set(Phase::Idle);
            self.since.set(now);
            if self.violation.get().is_some() {
                self.wake();
            }
        }
    }

    /// Whether an exchange is under way, or is about to begin, when so many heads have passed.
    pub(crate) fn busy(&self, heads: u64) -> bool {
        self.exchanges.get() > 0 || self.begun.get() < heads
    }

    /// The first breach wins.
    pub(crate) fn violate(&self, violation: Violation) {
        if self.violation.get().is_none() {
            self.violation.set(Some(violation));
        }
    }

    /// The breach that ended the connection, if any.
    pub(crate) fn violation(&self) -> Option<Violation> {
        self.violation.get()
    }

    /// Remembers the task that drives the connection.
    pub(crate) fn driven_by(&self, waker: &Waker) {
        let mut driver = self.driver.borrow_mut();
        if !driver.as_ref().is_some_and(|w| w.will_wake(waker)) {
            *driver = Some(waker.clone());
        }
    }

    /// Makes the driver look again.
    pub(crate) fn wake(&self) {
        if let Some(waker) = self.driver.borrow().as_ref() {
            waker.wake_by_ref();
        }
    }
}
