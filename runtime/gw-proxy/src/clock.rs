//! The time of one core, read from the system once per turn of its event loop rather than several
//! times per request. Whoever runs the loop says when a turn begins.

use std::cell::Cell;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// How often a reading may be used: a busy core whose loop never waits still looks at the clock.
const USES: u32 = 64;

struct Reading {
    now: Cell<Option<Instant>>,
    /// Since 1970-01-01T00:00:00Z.
    time: Cell<Duration>,
    /// How often it may still be used.
    left: Cell<u32>,
}

thread_local! {
    static LAST: Reading = const {
        Reading {
            now: Cell::new(None),
            time: Cell::new(Duration::ZERO),
            left: Cell::new(0),
        }
    };
}

/// The loop of this thread has waited: the next reading is taken from the system.
pub(crate) fn turn() {
    LAST.with(|last| last.left.set(0));
}

/// The monotonic time, at most one turn of the loop old.
pub(crate) fn now() -> Instant {
    LAST.with(|last| {
        last.count_use();
        last.now.get().unwrap_or_else(Instant::now)
    })
}

/// The time since 1970-01-01T00:00:00Z by the wall clock, at most one turn of the loop old.
pub(crate) fn time() -> Duration {
    LAST.with(|last| {
        last.count_use();
        last.time.get()
    })
}

impl Reading {
    fn count_use(&self) {
        let left = match self.left.get() {
            0 => self.take(),
            left => left,
        };
        self.left.set(left - 1);
    }

    // Taken often enough to be copied into its callers, which would then save registers every time.
    #[cold]
    #[inline(never)]
    fn take(&self) -> u32 {
        self.now.set(Some(Instant::now()));
        let time = SystemTime::now().duration_since(UNIX_EPOCH);
        self.time.set(time.unwrap_or_default());
        USES
    }
}
