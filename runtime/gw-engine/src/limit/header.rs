//! The RateLimit header fields (draft-ietf-httpapi-ratelimit-headers-10). Must not know how
//! requests are counted.

use super::cell::{Allowance, Verdict};
use crate::LimitHeaders;
use gw_graph::Algorithm;
use std::borrow::Cow;
use std::time::Duration;

/// What the fields say of a limit whoever asks, written when the graph is loaded.
#[derive(Clone, Debug)]
pub(crate) struct Label {
    /// The limit's name as a string of structured fields.
    name: String,
    /// Its item in `RateLimit-Policy`, unless the rate depends on the request.
    policy: Option<String>,
}

/// An enforced limit that was asked, with its answer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked<'x> {
    pub(crate) label: &'x Label,
    pub(crate) allowance: Allowance,
    pub(crate) verdict: Verdict,
}

impl Label {
    /// The label of a limit; `fixed` is what it allows to every request, where that is known.
    pub(crate) fn new(name: &str, fixed: Option<&Allowance>) -> Self {
        let name = quoted(name);
        let policy = fixed.map(|allowance| {
            let mut item = String::new();
            push_policy(&mut item, &name, allowance);
            item
        });
        Self { name, policy }
    }
}

/// The field values for the limits that were asked; none if none was.
pub(crate) fn headers<'x>(asked: &[Asked<'x>]) -> Option<LimitHeaders<'x>> {
    let (first, others) = asked.split_first()?;
    let policy = match &first.label.policy {
        Some(known) if others.is_empty() => Cow::Borrowed(known.as_str()),
        Some(_) | None => Cow::Owned(listed(asked, |one, policy| match &one.label.policy {
            Some(known) => policy.push_str(known),
            None => push_policy(policy, &one.label.name, &one.allowance),
        })),
    };
    Some(LimitHeaders {
        limit: listed(asked, |one, limit| push_left(limit, one)),
        policy,
        retry_after: retry_after(asked),
    })
}

/// Seconds to wait, if a limit refused.
pub(crate) fn retry_after(asked: &[Asked<'_>]) -> Option<u64> {
    let refused = asked.iter().filter_map(|one| one.verdict.admitted.err());
    refused.map(|r| seconds(r.retry_after).max(1)).max()
}

/// A list of structured fields with one item for each limit.
fn listed(asked: &[Asked<'_>], push: impl Fn(&Asked<'_>, &mut String)) -> String {
    /// Room for the parameters of an item: two names and numbers of twenty digits.
    const PARAMETERS: usize = 48;
    let names = asked.iter().map(|one| one.label.name.len() + PARAMETERS);
    let mut list = String::with_capacity(names.sum());
    for one in asked {
        if !list.is_empty() {
            list.push_str(", ");
        }
        push(one, &mut list);
    }
    list
}

fn push_left(to: &mut String, one: &Asked<'_>) {
    to.push_str(&one.label.name);
    push_parameter(to, ";r=", one.verdict.remaining);
    if one.allowance.algorithm != Algorithm::Concurrency {
        push_parameter(to, ";t=", seconds(one.verdict.reset));
    }
}

fn push_policy(to: &mut String, name: &str, allowance: &Allowance) {
    to.push_str(name);
    push_parameter(to, ";q=", allowance.quota());
    if allowance.algorithm != Algorithm::Concurrency {
        push_parameter(to, ";w=", seconds(window(allowance)));
    }
}

fn push_parameter(to: &mut String, name: &str, value: u64) {
    to.push_str(name);
    to.push_str(itoa::Buffer::new().format(value));
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
fn seconds(duration: Duration) -> u64 {
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
