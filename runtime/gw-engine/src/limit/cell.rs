//! The counting algorithms on the state of one key. Pure: time comes in, nothing is shared.
//! Times are nanoseconds; a rate's interval is rounded down to whole ones.

use gw_graph::{Algorithm, Rate};
use std::time::Duration;

/// The state of one key; all zero when nothing is known. What the words mean depends on the
/// algorithm.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Cell {
    /// Theoretical arrival time (gcra, buckets); start of the window; requests under way.
    pub(crate) a: u64,
    /// Requests in the window.
    pub(crate) b: u64,
    /// Requests in the window before.
    pub(crate) c: u64,
}

/// What a limit allows, for this request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Allowance {
    pub(crate) algorithm: Algorithm,
    pub(crate) rate: Rate,
    pub(crate) burst: u64,
    pub(crate) concurrency: u64,
    pub(crate) max_wait: Duration,
}

/// The answer to one request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Verdict {
    /// Whether the request passes, and after which time.
    pub(crate) admitted: Result<Duration, Refused>,
    /// Requests that would still pass now.
    pub(crate) remaining: u64,
    /// Until the whole allowance is there again.
    pub(crate) reset: Duration,
}

/// A request does not pass.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Refused {
    /// When it may be tried again; zero if nobody knows.
    pub(crate) retry_after: Duration,
}

impl Allowance {
    /// Time between two requests at the steady rate.
    fn interval(&self) -> u64 {
        (period(self.rate) / self.rate.count.max(1)).max(1)
    }

    /// How far requests may run ahead of the steady rate. A token bucket of n tokens is a meter
    /// that lets n - 1 requests run ahead (ITU-T I.371, annex A, shows the two are one).
    fn tolerance(&self) -> u64 {
        let ahead = match self.algorithm {
            Algorithm::TokenBucket => self.burst.saturating_sub(1),
            Algorithm::Gcra
            | Algorithm::LeakyBucket
            | Algorithm::FixedWindow
            | Algorithm::SlidingWindow
            | Algorithm::Concurrency => self.burst,
        };
        self.interval().saturating_mul(ahead)
    }

    /// Requests that pass at once when nothing was asked before.
    pub(crate) fn quota(&self) -> u64 {
        match self.algorithm {
            Algorithm::Gcra | Algorithm::LeakyBucket => self.burst.saturating_add(1),
            Algorithm::TokenBucket => self.burst.max(1),
            Algorithm::FixedWindow | Algorithm::SlidingWindow => self.rate.count,
            Algorithm::Concurrency => self.concurrency,
        }
    }
}

impl Cell {
    /// Counts a request if it passes; leaves the state as it is if not.
    pub(crate) fn acquire(&mut self, allowance: &Allowance, now: u64) -> Verdict {
        match allowance.algorithm {
            Algorithm::Gcra | Algorithm::TokenBucket => self.meter(allowance, now, 0),
            Algorithm::LeakyBucket => self.meter(allowance, now, nanos(allowance.max_wait)),
            Algorithm::FixedWindow => self.fixed(allowance, now),
            Algorithm::SlidingWindow => self.sliding(allowance, now),
            Algorithm::Concurrency => self.concurrent(allowance),
        }
    }

    /// Takes back a request that was counted at `then`.
    pub(crate) fn undo(&mut self, allowance: &Allowance, then: u64) {
        match allowance.algorithm {
            Algorithm::Gcra | Algorithm::TokenBucket | Algorithm::LeakyBucket => {
                self.a = self.a.saturating_sub(allowance.interval());
            }
            Algorithm::FixedWindow | Algorithm::SlidingWindow => {
                let start = window_start(then, period(allowance.rate));
                if start == self.a {
                    self.b = self.b.saturating_sub(1);
                } else if start.saturating_add(period(allowance.rate)) == self.a {
                    self.c = self.c.saturating_sub(1);
                }
            }
            Algorithm::Concurrency => self.a = self.a.saturating_sub(1),
        }
    }

    /// The clock was set back by so much, and what was counted goes back with it. Windows begin anew.
    pub(crate) fn set_back(&mut self, allowance: &Allowance, by: u64) {
        match allowance.algorithm {
            Algorithm::Gcra | Algorithm::TokenBucket | Algorithm::LeakyBucket => {
                self.a = self.a.saturating_sub(by);
            }
            Algorithm::FixedWindow | Algorithm::SlidingWindow => *self = Self::default(),
            Algorithm::Concurrency => {}
        }
    }

    /// The time from which the state is as good as none; never while requests are under way.
    pub(crate) fn expires(&self, allowance: &Allowance) -> u64 {
        match allowance.algorithm {
            Algorithm::Gcra | Algorithm::TokenBucket | Algorithm::LeakyBucket => self.a,
            Algorithm::FixedWindow => self.a.saturating_add(period(allowance.rate)),
            Algorithm::SlidingWindow => self
                .a
                .saturating_add(period(allowance.rate).saturating_mul(2)),
            Algorithm::Concurrency if self.a == 0 => 0,
            Algorithm::Concurrency => u64::MAX,
        }
    }

    fn meter(&mut self, allowance: &Allowance, now: u64, patience: u64) -> Verdict {
        let (interval, tolerance) = (allowance.interval(), allowance.tolerance());
        let arrival = self.a.max(now);
        let ahead = arrival - now;
        let wait = ahead.saturating_sub(tolerance);
        let passes = wait <= patience;
        if passes {
            self.a = arrival.saturating_add(interval);
        }
        let ahead = self.a.max(now) - now;
        let left = tolerance.saturating_add(interval).saturating_sub(ahead) / interval;
        Verdict {
            admitted: if passes {
                Ok(Duration::from_nanos(wait))
            } else {
                Err(Refused {
                    retry_after: Duration::from_nanos(wait - patience),
                })
            },
            remaining: left,
            reset: Duration::from_nanos(ahead),
        }
    }

    fn fixed(&mut self, allowance: &Allowance, now: u64) -> Verdict {
        let period = period(allowance.rate);
        self.enter_window(now, period);
        let until_next = self.a.saturating_add(period).saturating_sub(now);
        let reset = Duration::from_nanos(until_next);
        let passes = self.b < allowance.rate.count;
        self.b += u64::from(passes);
        Verdict {
            admitted: passes
                .then_some(Duration::ZERO)
                .ok_or(Refused { retry_after: reset }),
            remaining: allowance.rate.count.saturating_sub(self.b),
            reset,
        }
    }

    fn sliding(&mut self, allowance: &Allowance, now: u64) -> Verdict {
        let period = period(allowance.rate);
        self.enter_window(now, period);
        let left_of_window = self
            .a
            .saturating_add(period)
            .saturating_sub(now)
            .min(period);
        // All products are scaled by the period, so that nothing is rounded.
        let whole = u128::from(period);
        let allowed = u128::from(allowance.rate.count) * whole;
        let carried = u128::from(self.c) * u128::from(left_of_window);
        let used = |count: u64| (u128::from(count) * whole).saturating_add(carried);
        let passes = used(self.b.saturating_add(1)) <= allowed;
        self.b += u64::from(passes);
        let remaining = allowed.saturating_sub(used(self.b)) / whole;
        Verdict {
            admitted: if passes {
                Ok(Duration::ZERO)
            } else {
                Err(Refused {
                    retry_after: self.sliding_retry(allowance, left_of_window),
                })
            },
            remaining: u64::try_from(remaining).unwrap_or(u64::MAX),
            reset: Duration::from_nanos(left_of_window),
        }
    }

    /// When the carried part has faded enough for one more request; at the latest the next window.
    fn sliding_retry(&self, allowance: &Allowance, left_of_window: u64) -> Duration {
        let free = allowance.rate.count.checked_sub(self.b.saturating_add(1));
        let wait = match free {
            Some(free) if self.c > 0 => {
                let may_be_left =
                    u128::from(free) * u128::from(period(allowance.rate)) / u128::from(self.c);
                left_of_window.saturating_sub(u64::try_from(may_be_left).unwrap_or(u64::MAX))
            }
            Some(_) | None => left_of_window,
        };
        Duration::from_nanos(wait)
    }

    fn concurrent(&mut self, allowance: &Allowance) -> Verdict {
        let passes = self.a < allowance.concurrency;
        self.a += u64::from(passes);
        Verdict {
            admitted: passes.then_some(Duration::ZERO).ok_or(Refused {
                retry_after: Duration::ZERO,
            }),
            remaining: allowance.concurrency.saturating_sub(self.a),
            reset: Duration::ZERO,
        }
    }

    /// Moves on to the window of `now`. Another core's clock may be a little behind: windows never
    /// go back.
    fn enter_window(&mut self, now: u64, period: u64) {
        let start = window_start(now, period);
        let aligned = self.a.is_multiple_of(period);
        if aligned && start <= self.a {
            return;
        }
        let follows = aligned && self.a.saturating_add(period) == start;
        *self = Cell {
            a: start,
            b: 0,
            c: if follows { self.b } else { 0 },
        };
    }
}

/// Windows are aligned to the epoch.
fn window_start(now: u64, period: u64) -> u64 {
    now - now % period
}

fn period(rate: Rate) -> u64 {
    nanos(rate.period).max(1)
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
