//! The time of one core, read from the system once per turn of its event loop rather than several
//! times per request. Whoever runs the loop says when a turn begins.

use std::cell::Cell;
use std::time::{Instant, SystemTime};

/// How often a reading may be used: a busy core whose loop never waits still looks at the clock.
const USES: u32 = 64;

#[derive(Clone, Copy)]
struct Reading {
    now: Instant,
    time: SystemTime,
    uses: u32,
}

thread_local! {
    static LAST: Cell<Option<Reading>> = const { Cell::new(None) };
}

/// The loop of this thread has waited: the next reading is taken from the system.
pub(crate) fn turn() {
    LAST.set(None);
}

/// The monotonic time, at most one turn of the loop old.
pub(crate) fn now() -> Instant {
    read().now
}

/// The wall clock, at most one turn of the loop old.
pub(crate) fn time() -> SystemTime {
    read().time
}

fn read() -> Reading {
    let mut reading = match LAST.get() {
        Some(reading) if reading.uses < USES => reading,
        _ => Reading {
            now: Instant::now(),
            time: SystemTime::now(),
            uses: 0,
        },
    };
    reading.uses += 1;
    LAST.set(Some(reading));
    reading
}
