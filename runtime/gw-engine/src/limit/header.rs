//! The RateLimit header fields (draft-ietf-httpapi-ratelimit-headers-10). Must not know how
//! requests are counted.

use super::cell::{Allowance, Verdict};
use crate::LimitHeaders;
use gw_graph::Algorithm;
use std::fmt::Write;
use std::time::Duration;

/// An enforced limit that was asked, with its answer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked<'x> {
    pub(crate) name: &'x str,
    pub(crate) allowance: Allowance,
    pub(crate) verdict: Verdict,
}

/// The field values for the limits that were asked; none if none was.
pub(crate) fn headers(asked: &[Asked<'_>]) -> Option<LimitHeaders> {
    if asked.is_empty() {
        return None;
    }
    let (mut limit, mut policy) = (String::new(), String::new());
    for one in asked {
        let separator = if limit.is_empty() { "" } else { ", " };
        let name = quoted(one.name);
        // Writing to a string cannot fail.
        let _ = write!(limit, "{separator}{name};r={}", one.verdict.remaining);
        let _ = write!(policy, "{separator}{name};q={}", one.allowance.quota());
        if one.allowance.algorithm != Algorithm::Concurrency {
            let _ = write!(limit, ";t={}", seconds(one.verdict.reset));
            let _ = write!(policy, ";w={}", seconds(window(&one.allowance)));
        }
    }
    let refused = asked.iter().filter_map(|one| one.verdict.admitted.err());
    let retry_after = refused.map(|r| seconds(r.retry_after).max(1)).max();
    Some(LimitHeaders {
        limit,
        policy,
        retry_after,
    })
}

/// The time in which the quota comes back.
fn window(allowance: &Allowance) -> Duration {
    let rate = allowance.rate;
    match allowance.algorithm {
        Algorithm::FixedWindow | Algorithm::SlidingWindow | Algorithm::Concurrency => rate.period,
        Algorithm::Gcra | Algorithm::TokenBucket | Algorithm::LeakyBucket => {
            let nanos = rate
                .period
                .as_nanos()
                .saturating_mul(u128::from(allowance.quota()))
                / u128::from(rate.count.max(1));
            Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
        }
    }
}

/// Whole seconds, rounded up.
pub(crate) fn seconds(duration: Duration) -> u64 {
    duration
        .as_secs()
        .saturating_add(u64::from(duration.subsec_nanos() > 0))
}

/// A string of structured fields (RFC 9651 section 3.3.3).
fn quoted(name: &str) -> String {
    let mut text = String::from("\"");
    for c in name.chars() {
        match c {
            '"' | '\\' => text.extend(['\\', c]),
            ' '..='~' => text.push(c),
            _ => text.push('?'),
        }
    }
    text.push('"');
    text
}
