//! The deadlines of one core: a wheel of coarse slots. A deadline that moves on, as those of a busy
//! connection always do, costs a comparison; its entry is moved when its slot comes round.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

/// Width of a slot: how late a deadline may be noticed.
const TICK: Duration = Duration::from_millis(5);
/// Slots of the wheel: about five seconds. Later deadlines wait in the last one.
const SLOTS: u64 = 1024;
const NEVER: u64 = u64::MAX;

/// What wakes one task at its deadline, or before.
#[derive(Debug)]
pub(crate) struct Alarm {
    deadline: Cell<Option<Instant>>,
    /// The slot in which the wheel looks at it next.
    queued: Cell<u64>,
    /// The deadline that chose the slot.
    at: Cell<Option<Instant>>,
    waker: RefCell<Option<Waker>>,
}

impl Alarm {
    pub(crate) fn new() -> Rc<Self> {
        Rc::new(Self {
            deadline: Cell::new(None),
            queued: Cell::new(NEVER),
            at: Cell::new(None),
            waker: RefCell::new(None),
        })
    }

    /// Remembers the task that is to be woken.
    pub(crate) fn owned_by(&self, cx: &Context<'_>) {
        let mut waker = self.waker.borrow_mut();
        if !waker.as_ref().is_some_and(|w| w.will_wake(cx.waker())) {
            *waker = Some(cx.waker().clone());
        }
    }

    /// Wakes the task now.
    pub(crate) fn ring(&self) {
        if let Some(waker) = self.waker.borrow().as_ref() {
            waker.wake_by_ref();
        }
    }
}

/// The wheel.
#[derive(Debug)]
pub(crate) struct Timers {
    origin: Instant,
    /// Every slot up to this one was looked at.
    past: Cell<u64>,
    /// The slots after that, in order.
    slots: RefCell<VecDeque<Vec<Rc<Alarm>>>>,
    /// The first slot that holds anything.
    next: Cell<u64>,
    driver: RefCell<Option<Waker>>,
}

impl Timers {
    pub(crate) fn new() -> Self {
        Self {
            origin: Instant::now(),
            past: Cell::new(0),
            slots: RefCell::new((0..SLOTS).map(|_| Vec::new()).collect()),
            next: Cell::new(NEVER),
            driver: RefCell::new(None),
        }
    }

    /// Whether `deadline` has passed; if not, the task is woken when it has.
    pub(crate) fn poll(
        &self,
        alarm: &Rc<Alarm>,
        deadline: Instant,
        now: Instant,
        cx: &Context<'_>,
    ) -> Poll<()> {
        if now >= deadline {
            return Poll::Ready(());
        }
        alarm.owned_by(cx);
        alarm.deadline.set(Some(deadline));
        self.queue(alarm, deadline);
        Poll::Pending
    }

    fn queue(&self, alarm: &Rc<Alarm>, deadline: Instant) {
        // The usual case: it is looked at before that in any event.
        if alarm.queued.get() != NEVER && alarm.at.get().is_some_and(|at| at <= deadline) {
            return;
        }
        alarm.at.set(Some(deadline));
        let slot = self.slot_of(deadline) + 1;
        let past = self.past.get();
        let slot = slot.clamp(past + 1, past + SLOTS);
        if alarm.queued.get() <= slot {
            return;
        }
        alarm.queued.set(slot);
        let index = usize::try_from(slot - past - 1).unwrap_or(usize::MAX);
        if let Some(slot) = self.slots.borrow_mut().get_mut(index) {
            slot.push(Rc::clone(alarm));
        }
        if slot < self.next.get() {
            self.next.set(slot);
            if let Some(driver) = self.driver.borrow().as_ref() {
                driver.wake_by_ref();
            }
        }
    }

    fn slot_of(&self, time: Instant) -> u64 {
        let since = time.saturating_duration_since(self.origin);
        u64::try_from(since.as_micros()).unwrap_or(u64::MAX >> 8) / TICK_MICROS
    }

    /// Looks at every slot that has come round.
    fn advance(&self, now: Instant) {
        let until = self.slot_of(now);
        // After a long sleep every slot has come round once.
        self.past
            .set(self.past.get().max(until.saturating_sub(SLOTS)));
        while self.past.get() < until {
            self.past.set(self.past.get() + 1);
            let due = {
                let mut slots = self.slots.borrow_mut();
                let due = slots.pop_front().unwrap_or_default();
                slots.push_back(Vec::new());
                due
            };
            for alarm in due {
                self.look(&alarm, now);
            }
        }
        let first = self.slots.borrow().iter().position(|s| !s.is_empty());
        let first = first.and_then(|index| u64::try_from(index).ok());
        self.next
            .set(first.map_or(NEVER, |index| self.past.get() + 1 + index));
    }

    fn look(&self, alarm: &Rc<Alarm>, now: Instant) {
        // An entry that an earlier deadline has overtaken.
        if alarm.queued.get() > self.past.get() {
            return;
        }
        alarm.queued.set(NEVER);
        match alarm.deadline.get() {
            Some(deadline) if deadline <= now => {
                alarm.deadline.set(None);
                alarm.ring();
            }
            // Nobody else holds it: its connection is gone.
            Some(_) if Rc::strong_count(alarm) == 1 => {}
            Some(deadline) => self.queue(alarm, deadline),
            None => {}
        }
    }

    /// Turns the wheel for as long as the core lives.
    pub(crate) async fn turn(&self) {
        let mut sleep = pin!(tokio::time::sleep(Duration::ZERO));
        let mut armed = NEVER;
        poll_fn(|cx| {
            let mut driver = self.driver.borrow_mut();
            if !driver.as_ref().is_some_and(|w| w.will_wake(cx.waker())) {
                *driver = Some(cx.waker().clone());
            }
            drop(driver);
            loop {
                let next = self.next.get();
                if next == NEVER {
                    return Poll::Pending;
                }
                if next != armed {
                    let at = Duration::from_micros(next.saturating_mul(TICK_MICROS));
                    sleep.as_mut().reset((self.origin + at).into());
                    armed = next;
                }
                if sleep.as_mut().poll(cx).is_pending() {
                    return Poll::Pending::<()>;
                }
                armed = NEVER;
                self.advance(Instant::now());
            }
        })
        .await;
    }
}

const TICK_MICROS: u64 = 5_000;
const _: () = assert!(TICK.as_micros() == TICK_MICROS as u128);

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::Wake;

    #[derive(Default)]
    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    struct Task {
        count: Arc<Count>,
        waker: Waker,
        alarm: Rc<Alarm>,
    }

    impl Task {
        fn new() -> Self {
            let count = Arc::new(Count::default());
            Self {
                waker: Arc::clone(&count).into(),
                count,
                alarm: Alarm::new(),
            }
        }

        fn poll(&self, timers: &Timers, deadline: u64, now: u64) -> bool {
            let at = |millis| timers.origin + Duration::from_millis(millis);
            let cx = Context::from_waker(&self.waker);
            timers
                .poll(&self.alarm, at(deadline), at(now), &cx)
                .is_ready()
        }

        fn woken(&self) -> usize {
            self.count.0.load(Ordering::Relaxed)
        }
    }

    fn advance(timers: &Timers, millis: u64) {
        timers.advance(timers.origin + Duration::from_millis(millis));
    }

    #[test]
    fn a_deadline_wakes_its_task_once_and_not_early() {
        let (timers, task) = (Timers::new(), Task::new());
        assert!(!task.poll(&timers, 100, 0));
        advance(&timers, 95);
        assert_eq!(task.woken(), 0);
        advance(&timers, 110);
        assert_eq!(task.woken(), 1);
        advance(&timers, 10_000);
        assert_eq!(task.woken(), 1);
        assert!(task.poll(&timers, 100, 110));
    }

    #[test]
    fn deadlines_move_both_ways() {
        let (timers, task) = (Timers::new(), Task::new());
        task.poll(&timers, 100, 0);
        task.poll(&timers, 300, 10);
        advance(&timers, 200);
        assert_eq!(task.woken(), 0, "it moved on");
        task.poll(&timers, 250, 200);
        advance(&timers, 260);
        assert_eq!(task.woken(), 1, "it moved back");
    }

    #[test]
    fn far_deadlines_are_kept() {
        let (timers, task) = (Timers::new(), Task::new());
        task.poll(&timers, 60_000, 0);
        for second in 1..60 {
            advance(&timers, second * 1000);
        }
        assert_eq!(task.woken(), 0);
        advance(&timers, 60_010);
        assert_eq!(task.woken(), 1);
        let late = Task::new();
        late.poll(&timers, 61_000, 60_010);
        advance(&timers, 90_000);
        assert_eq!(late.woken(), 1, "after a long sleep");
    }
}
