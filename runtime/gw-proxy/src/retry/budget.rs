//! How many retries a backend is given: a share of the requests of the last seconds, and some
//! besides. One core counts for itself. Must not know what a request is.

use gw_graph::RetryBudget;
use std::cell::Cell;
use std::rc::Rc;
use std::time::{Duration, Instant};

/// How many seconds count.
const SECONDS: u64 = 10;

/// A share is counted in so many parts of one retry.
const PARTS: u128 = 10_000;

/// What one core counted of one backend.
#[derive(Debug)]
pub(crate) struct Budget {
    started: Instant,
    /// By second, in turn.
    slots: [Cell<Slot>; 10],
}

/// The counts of one second.
#[derive(Clone, Copy, Default, Debug)]
struct Slot {
    second: u64,
    requests: u64,
    retries: u64,
}

impl Budget {
    /// Nothing counted yet.
    pub(crate) fn new(started: Instant) -> Self {
        Self {
            started,
            slots: Default::default(),
        }
    }

    /// The same from now on, to be shared.
    pub(crate) fn starting_now() -> Rc<Self> {
        Rc::new(Self::new(Instant::now()))
    }

    /// A request is sent for the first time.
    pub(crate) fn request(&self, now: Instant) {
        self.count(now, |slot| slot.requests += 1);
    }

    /// Takes a retry, if there is one to take.
    pub(crate) fn take(&self, terms: &RetryBudget, now: Instant) -> bool {
        let (requests, retries) = self.recent(now);
        let wanted = u128::from(retries + 1) * PARTS;
        let fits = wanted <= u128::from(requests) * u128::from(terms.share) + besides(terms);
        if fits {
            self.count(now, |slot| slot.retries += 1);
        }
        fits
    }

    fn count(&self, now: Instant, add: impl FnOnce(&mut Slot)) {
        let second = self.second(now);
        let index = usize::try_from(second % SECONDS).unwrap_or(0);
        let Some(cell) = self.slots.get(index) else {
            return;
        };
        let mut slot = cell.get();
        if slot.second < second {
            slot = Slot {
                second,
                ..Slot::default()
            };
        }
        add(&mut slot);
        cell.set(slot);
    }

    /// Requests and retries of this second and those before it.
    fn recent(&self, now: Instant) -> (u64, u64) {
        let second = self.second(now);
        let slots = self.slots.iter().map(Cell::get);
        let recent = slots.filter(|slot| slot.second + SECONDS > second);
        recent.fold((0, 0), |(requests, retries), slot| {
            (requests + slot.requests, retries + slot.retries)
        })
    }

    fn second(&self, now: Instant) -> u64 {
        now.saturating_duration_since(self.started).as_secs()
    }
}

/// What there is besides the share, in parts of a retry.
fn besides(terms: &RetryBudget) -> u128 {
    let Some(rate) = terms.min_rate else { return 0 };
    let time = Duration::from_secs(SECONDS).as_nanos();
    // An artifact could say zero.
    let period = rate.period.as_nanos().max(1);
    u128::from(rate.count) * PARTS * time / period
}

#[cfg(test)]
mod tests {
    use super::*;
    use gw_graph::Rate;
    use proptest::prelude::*;

    fn terms(share: u32, per_second: u64) -> RetryBudget {
        let rate = Rate {
            count: per_second,
            period: Duration::from_secs(1),
        };
        RetryBudget {
            share,
            min_rate: (per_second > 0).then_some(rate),
        }
    }

    #[test]
    fn a_quiet_backend_has_some_retries_and_a_busy_one_its_share() {
        let start = Instant::now();
        let (budget, terms) = (Budget::new(start), terms(1_000, 1));
        let taken = |now| (0..100).take_while(|_| budget.take(&terms, now)).count();
        assert_eq!(taken(start), 10, "one for each second");
        (0..100).for_each(|_| budget.request(start));
        assert_eq!(taken(start), 10, "a tenth of the requests");
        let later = start + Duration::from_secs(9);
        assert_eq!(taken(later), 0, "they still count");
        assert_eq!(taken(later + Duration::from_secs(1)), 10);
    }

    #[test]
    fn nothing_is_taken_from_an_empty_budget() {
        let start = Instant::now();
        let budget = Budget::new(start);
        budget.request(start);
        assert!(!budget.take(&terms(0, 0), start));
        assert!(!budget.take(&terms(9_999, 0), start), "less than one");
        assert!(budget.take(&terms(10_000, 0), start));
    }

    #[derive(Clone, Copy, Debug)]
    enum Event {
        Request,
        Retry,
        Pass(u64),
    }

    fn event() -> impl Strategy<Value = Event> {
        prop_oneof![
            4 => Just(Event::Request),
            4 => Just(Event::Retry),
            1 => (0u64..4_000).prop_map(Event::Pass),
            1 => (0u64..40_000).prop_map(Event::Pass),
        ]
    }

    proptest! {
        /// A retry is given exactly if the log of everything that happened leaves room for it.
        #[test]
        fn the_budget_is_the_log(
            events in prop::collection::vec(event(), 0..400),
            share in 0u32..=10_000,
            per_second in 0u64..3,
        ) {
            let start = Instant::now();
            let (budget, terms) = (Budget::new(start), terms(share, per_second));
            let (mut millis, mut requests, mut retries) = (0, Vec::new(), Vec::new());
            for event in events {
                let now = start + Duration::from_millis(millis);
                let recent = |log: &[u64]| log.iter().filter(|s| **s + 10 > millis / 1_000).count();
                match event {
                    Event::Pass(time) => millis += time,
                    Event::Request => {
                        budget.request(now);
                        requests.push(millis / 1_000);
                    }
                    Event::Retry => {
                        let room = recent(&requests) as f64 * f64::from(share) / 10_000.0
                            + per_second as f64 * 10.0;
                        let fits = (recent(&retries) + 1) as f64 <= room + 1e-9;
                        prop_assert_eq!(budget.take(&terms, now), fits);
                        if fits {
                            retries.push(millis / 1_000);
                        }
                    }
                }
            }
        }
    }
}
