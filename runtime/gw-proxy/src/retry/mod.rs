//! Whether a request goes to its backend again, and after what pause: the one place that says so.
//! Must not know how a request is sent. The reasons stand in `docs/decisions/retries.md`.

mod budget;
mod replay;

pub(crate) use budget::Budget;
pub(crate) use replay::Replay;

use gw_graph::{Retry, RetryCause};
use smol_str::{SmolStr, ToSmolStr};
use std::time::{Duration, Instant};

/// Most that the pause doubles to, against the first one.
const MOST_DOUBLED: u32 = 4;

/// No policy asks for a longer one, but an artifact could.
const LONGEST_PAUSE: Duration = Duration::from_secs(16 * 60);

/// Why a try failed that another one may follow.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Cause {
    /// A connection that was kept had been closed by the backend: that is the end of the connection,
    /// and says nothing about the backend.
    Stale,
    /// The backend failed.
    Failed(RetryCause),
}

impl Cause {
    /// As metrics name it.
    pub(crate) fn label(self) -> SmolStr {
        match self {
            Cause::Stale => SmolStr::new_static("stale"),
            Cause::Failed(cause) => cause.to_smolstr(),
        }
    }
}

/// What becomes of a request after a failed try.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Verdict {
    /// It is sent again.
    Again,
    /// It would be, but too much is sent again already.
    OverBudget,
    /// It is over.
    Over,
}

/// The tries of one request.
pub(crate) struct Tries<'r> {
    retry: &'r Retry,
    method: &'r str,
    /// Further tries so far.
    made: u32,
}

impl<'r> Tries<'r> {
    /// After the first one.
    pub(crate) fn new(retry: &'r Retry, method: &'r str) -> Self {
        Self {
            retry,
            method,
            made: 0,
        }
    }

    /// Judges a failed try. A stale connection is replaced for free.
    pub(crate) fn after(&mut self, cause: Cause, budget: Option<&Budget>, now: Instant) -> Verdict {
        let cause = match cause {
            Cause::Stale => return Verdict::Again,
            Cause::Failed(cause) => cause,
        };
        if self.made >= self.retry.attempts || !self.retry.covers(cause, self.method) {
            return Verdict::Over;
        }
        let bound = budget.zip(self.retry.budget.as_ref());
        if bound.is_some_and(|(budget, terms)| !budget.take(terms, now)) {
            return Verdict::OverBudget;
        }
        self.made += 1;
        Verdict::Again
    }

    /// The longest pause before the try that was granted last; it doubles with each of them.
    pub(crate) fn longest_pause(&self) -> Duration {
        let doubled = self.made.saturating_sub(1).min(MOST_DOUBLED);
        let pause = self.retry.backoff.saturating_mul(1 << doubled);
        pause.min(LONGEST_PAUSE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn retry() -> Retry {
        Retry {
            on: vec![RetryCause::Connect, RetryCause::Status(503)],
            attempts: 2,
            backoff: Duration::from_millis(20),
            ..Retry::default()
        }
    }

    #[test]
    fn tries_are_counted_and_pauses_double() {
        let now = Instant::now();
        let (retry, budget) = (retry(), None);
        let mut tries = Tries::new(&retry, "GET");
        let busy = Cause::Failed(RetryCause::Status(503));
        assert_eq!(tries.after(busy, budget, now), Verdict::Again);
        assert_eq!(tries.longest_pause(), Duration::from_millis(20));
        assert_eq!(tries.after(Cause::Stale, budget, now), Verdict::Again);
        assert_eq!(tries.after(busy, budget, now), Verdict::Again);
        assert_eq!(tries.longest_pause(), Duration::from_millis(40));
        assert_eq!(tries.after(busy, budget, now), Verdict::Over);
    }

    #[test]
    fn a_method_that_is_not_idempotent_is_sent_again_only_if_it_was_not_sent() {
        let now = Instant::now();
        let (retry, budget) = (retry(), None);
        let mut tries = Tries::new(&retry, "POST");
        let busy = Cause::Failed(RetryCause::Status(503));
        assert_eq!(tries.after(busy, budget, now), Verdict::Over);
        let refused = Cause::Failed(RetryCause::Connect);
        assert_eq!(tries.after(refused, budget, now), Verdict::Again);
    }
}
