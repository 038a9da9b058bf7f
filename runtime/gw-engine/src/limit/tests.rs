//! The algorithms against plain readings of their definitions, and the table under pressure.

use super::*;
use gw_graph::Rate;
use proptest::prelude::*;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

const SECOND: u64 = 1_000_000_000;

fn allowance(algorithm: Algorithm, count: u64, period: u64, burst: u64) -> Allowance {
    Allowance {
        algorithm,
        rate: Rate {
            count,
            period: Duration::from_nanos(period),
        },
        burst,
        concurrency: count,
        max_wait: Duration::from_nanos(period),
    }
}

/// Runs requests at these gaps and returns for each its time, and the wait if it was admitted.
fn run(allowance: &Allowance, gaps: &[u64]) -> Vec<(u64, Option<u64>)> {
    let limiter = Limiter::new(10);
    let mut now = 1_000 * SECOND;
    gaps.iter()
        .map(|gap| {
            now += gap;
            let verdict = limiter.acquire(7, allowance, now);
            (
                now,
                verdict
                    .admitted
                    .ok()
                    .map(|w| u64::try_from(w.as_nanos()).unwrap()),
            )
        })
        .collect()
}

proptest! {
    /// A bucket of tokens, counted in fractions of a token.
    #[test]
    fn token_bucket_is_a_bucket(
        count in 1u64..20, burst in 1u64..10, gaps in proptest::collection::vec(0u64..3_000, 1..60)
    ) {
        // The period is a multiple of the count, so that intervals are whole.
        let interval = 500;
        let limit = allowance(Algorithm::TokenBucket, count, count * interval, burst);
        let (mut level, mut last) = (burst * interval, None);
        for (now, admitted) in run(&limit, &gaps) {
            level = (level + now - last.unwrap_or(now)).min(burst * interval);
            last = Some(now);
            let expected = level >= interval;
            if expected {
                level -= interval;
            }
            prop_assert_eq!(admitted.is_some(), expected);
        }
    }

    /// Gcra is a bucket with one token more.
    #[test]
    fn gcra_is_a_bucket_with_one_token_more(
        count in 1u64..20, burst in 0u64..10, gaps in proptest::collection::vec(0u64..3_000, 1..60)
    ) {
        let gcra = allowance(Algorithm::Gcra, count, count * 700, burst);
        let bucket = allowance(Algorithm::TokenBucket, count, count * 700, burst + 1);
        prop_assert_eq!(run(&gcra, &gaps), run(&bucket, &gaps));
    }

    /// A queue: requests leave it one interval apart, except for a burst that passes at once.
    #[test]
    fn leaky_bucket_is_a_queue(
        count in 1u64..20, gaps in proptest::collection::vec(0u64..3_000, 1..60)
    ) {
        let interval = 900;
        let limit = allowance(Algorithm::LeakyBucket, count, count * interval, 0);
        let mut free_at = 0;
        for (now, wait) in run(&limit, &gaps) {
            let turn = now.max(free_at);
            let expected = (turn - now <= count * interval).then_some(turn - now);
            prop_assert_eq!(wait, expected);
            if expected.is_some() {
                free_at = turn + interval;
            }
        }
    }

    #[test]
    fn fixed_window_counts_per_period(
        count in 1u64..8, gaps in proptest::collection::vec(0u64..800, 1..80)
    ) {
        let limit = allowance(Algorithm::FixedWindow, count, 1_000, 0);
        let mut windows = std::collections::HashMap::new();
        for (now, admitted) in run(&limit, &gaps) {
            let used = windows.entry(now / 1_000).or_insert(0);
            prop_assert_eq!(admitted.is_some(), *used < count);
            *used += u64::from(admitted.is_some());
        }
    }

    #[test]
    fn sliding_window_weighs_the_last_period(
        count in 1u64..8, gaps in proptest::collection::vec(0u64..800, 1..80)
    ) {
        let limit = allowance(Algorithm::SlidingWindow, count, 1_000, 0);
        let mut windows = std::collections::HashMap::new();
        for (now, admitted) in run(&limit, &gaps) {
            let window = now / 1_000;
            let last = *windows.get(&(window - 1)).unwrap_or(&0);
            let this = windows.entry(window).or_insert(0u64);
            let weighted = last * (1_000 - now % 1_000) + (*this + 1) * 1_000;
            prop_assert_eq!(admitted.is_some(), weighted <= count * 1_000);
            *this += u64::from(admitted.is_some());
        }
    }

    /// What is taken back leaves no trace.
    #[test]
    fn rejected_requests_do_not_consume(
        algorithm in prop_oneof![
            Just(Algorithm::Gcra), Just(Algorithm::TokenBucket), Just(Algorithm::LeakyBucket),
            Just(Algorithm::FixedWindow), Just(Algorithm::SlidingWindow),
            Just(Algorithm::Concurrency)
        ],
        steps in proptest::collection::vec((0u64..500, any::<bool>()), 1..60),
    ) {
        let limit = allowance(algorithm, 4, 2_000, 2);
        let (with, without) = (Arc::new(Limiter::new(10)), Arc::new(Limiter::new(10)));
        let mut now = 1_000 * SECOND;
        let mut kept = Vec::new();
        for (gap, keep) in steps {
            now += gap;
            if !keep {
                drop({ let mut t = Tickets::default(); t.acquire(Cow::Borrowed(&with), 7, limit, now); t });
                continue;
            }
            let mut tickets = Tickets::default();
            let verdict = tickets.acquire(Cow::Borrowed(&with), 7, limit, now);
            kept.push(tickets.keep());
            let expected = without.acquire(7, &limit, now);
            prop_assert_eq!(verdict, expected);
        }
    }

    /// The time that a refusal names is long enough, and not a nanosecond too long.
    #[test]
    fn retry_after_is_exact(
        algorithm in prop_oneof![
            Just(Algorithm::Gcra), Just(Algorithm::TokenBucket), Just(Algorithm::FixedWindow)
        ],
        gaps in proptest::collection::vec(0u64..300, 1..40),
    ) {
        let limit = allowance(algorithm, 4, 2_000, 2);
        let limiter = Limiter::new(10);
        let mut now = 1_000 * SECOND;
        for gap in gaps {
            now += gap;
            if let Err(refused) = limiter.acquire(7, &limit, now).admitted {
                let wait = u64::try_from(refused.retry_after.as_nanos()).unwrap();
                prop_assert!(wait > 0);
                prop_assert!(limiter.acquire(7, &limit, now + wait - 1).admitted.is_err());
                prop_assert!(limiter.acquire(7, &limit, now + wait).admitted.is_ok());
                now += wait;
            }
        }
    }
}

#[test]
fn keys_count_apart() {
    let limit = allowance(Algorithm::FixedWindow, 1, SECOND, 0);
    let limiter = Limiter::new(1_000);
    for key in 0..1_000u64 {
        let key = key.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        assert!(limiter.acquire(key, &limit, SECOND).admitted.is_ok());
        assert!(limiter.acquire(key, &limit, SECOND).admitted.is_err());
    }
}

#[test]
fn the_longest_unused_key_is_forgotten_first() {
    let limit = allowance(Algorithm::FixedWindow, 1, SECOND, 0);
    let limiter = Limiter::new(3);
    for (key, now) in [(1, 1), (2, 2), (3, 3), (1, 4), (4, 5)] {
        limiter.acquire(key, &limit, now);
    }
    assert_eq!(limiter.keys.len(), 3);
    let refused = |key| limiter.acquire(key, &limit, 6).admitted.is_err();
    assert!(refused(1) && refused(3) && refused(4));
    assert!(!refused(2), "key 2 was used last before all others");
}

#[test]
fn tables_stay_in_bounds_and_expired_keys_make_room() {
    let limit = allowance(Algorithm::Gcra, 1, SECOND, 0);
    let limiter = Limiter::new(10_000);
    for n in 0..50_000u64 {
        limiter.acquire(n.wrapping_mul(0x9e37_79b9_7f4a_7c15), &limit, n);
    }
    assert!(
        (9_000..=10_000).contains(&limiter.keys.len()),
        "{}",
        limiter.keys.len()
    );
    let small = Limiter::new(10_000);
    for n in 0..50_000u64 {
        small.acquire(n.wrapping_mul(0x9e37_79b9_7f4a_7c15), &limit, n * SECOND);
    }
    assert!(
        small.keys.len() <= 200,
        "{} keys of which one is alive",
        small.keys.len()
    );
}

#[test]
fn keys_with_requests_under_way_are_never_forgotten() {
    let limit = allowance(Algorithm::Concurrency, 1, SECOND, 0);
    let limiter = Arc::new(Limiter::new(2));
    let mut tickets = Tickets::default();
    assert!(
        tickets
            .acquire(Cow::Borrowed(&limiter), 1, limit, 1)
            .admitted
            .is_ok()
    );
    assert!(
        tickets
            .acquire(Cow::Borrowed(&limiter), 2, limit, 2)
            .admitted
            .is_ok()
    );
    assert!(
        tickets
            .acquire(Cow::Borrowed(&limiter), 3, limit, 3)
            .admitted
            .is_err()
    );
    let permits = tickets.keep();
    assert!(limiter.acquire(1, &limit, 4).admitted.is_err());
    drop(permits);
    assert!(limiter.acquire(3, &limit, 5).admitted.is_ok());
}

#[test]
fn limits_hold_exactly_across_threads() {
    for algorithm in [
        Algorithm::Gcra,
        Algorithm::TokenBucket,
        Algorithm::FixedWindow,
        Algorithm::SlidingWindow,
        Algorithm::Concurrency,
    ] {
        let limit = allowance(algorithm, 500, SECOND, 499);
        let expected = if algorithm == Algorithm::TokenBucket {
            499
        } else {
            500
        };
        let limiter = Limiter::new(100);
        let admitted = AtomicU64::new(0);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..1_000 {
                        let passed = limiter.acquire(7, &limit, 1_000 * SECOND).admitted.is_ok();
                        admitted.fetch_add(u64::from(passed), Ordering::Relaxed);
                    }
                });
            }
        });
        assert_eq!(admitted.into_inner(), expected, "{algorithm:?}");
    }
}

#[test]
fn fields_name_what_is_left() {
    let limit = allowance(Algorithm::FixedWindow, 2, 60 * SECOND, 0);
    let limiter = Limiter::new(10);
    let now = 600 * SECOND + 1;
    let label = Label::new("per \"user\"", Some(&limit));
    let ask = || Asked {
        label: &label,
        allowance: limit,
        verdict: limiter.acquire(7, &limit, now),
    };
    let first = headers(&[ask()]).unwrap();
    assert_eq!(first.limit, r#""per \"user\"";r=1;t=60"#);
    assert_eq!(first.policy, r#""per \"user\"";q=2;w=60"#);
    assert_eq!(first.retry_after, None);
    ask();
    assert_eq!(headers(&[ask()]).unwrap().retry_after, Some(60));
    assert_eq!(headers(&[]), None);
}

/// A core that was held up between two cores that were not: its requests are no haste.
#[test]
fn an_old_time_is_no_haste() {
    for algorithm in [Algorithm::Gcra, Algorithm::TokenBucket] {
        let limit = allowance(algorithm, 1_000, SECOND, 3);
        let limiter = Limiter::new(10);
        let start = 1_000 * SECOND;
        let steady = (0..100).map(|n| start + n * 1_000_000);
        for now in steady {
            assert!(limiter.acquire(7, &limit, now).admitted.is_ok());
        }
        let held_up = start + 10_000_000;
        assert!(limiter.acquire(7, &limit, held_up).admitted.is_ok());
    }
}

/// When the system's clock is set back by an hour nobody waits for an hour.
#[test]
fn a_clock_that_is_set_back() {
    for algorithm in [
        Algorithm::Gcra,
        Algorithm::TokenBucket,
        Algorithm::LeakyBucket,
        Algorithm::FixedWindow,
        Algorithm::SlidingWindow,
    ] {
        let limit = allowance(algorithm, 1, SECOND, 1);
        let limiter = Limiter::new(10);
        let before = 10_000 * SECOND;
        while limiter.acquire(7, &limit, before).admitted == Ok(Duration::ZERO) {}
        let after = before - 3_600 * SECOND;
        limiter.acquire(7, &limit, after);
        let verdict = limiter.acquire(7, &limit, after + 3 * SECOND);
        assert_eq!(verdict.admitted, Ok(Duration::ZERO), "{algorithm:?}");
    }
}
