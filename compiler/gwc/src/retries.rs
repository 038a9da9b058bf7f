//! What a backend says about retries, in words. Must not know where they are shown.

use gw_graph::{Backend, Retry, RetryBudget, RetryCause, Route};

/// `connect, reset, 503: 2 more tries, at most 10% of the requests`; none where the backend says
/// nothing.
pub(crate) fn describe(backend: &Backend) -> Option<String> {
    let retry = &backend.retry;
    if *retry == Retry::default() {
        return None;
    }
    let causes: Vec<String> = retry.on.iter().map(ToString::to_string).collect();
    let tries = match retry.attempts {
        0 => return Some("never".to_owned()),
        _ if causes.is_empty() => return Some("never".to_owned()),
        1 => "1 more try".to_owned(),
        n => format!("{n} more tries"),
    };
    let budget = retry.budget.as_ref().map(bound).unwrap_or_default();
    let methods = match retry.non_idempotent && retry.repeats_any() {
        true => ", whatever the method",
        false => "",
    };
    Some(format!("{}: {tries}{budget}{methods}", causes.join(", ")))
}

/// `; POST only after connect`, where a route takes methods that are not repeated; else nothing.
pub(crate) fn exception(backend: &Backend, route: &Route) -> String {
    let retry = &backend.retry;
    let methods = route.matcher.methods.iter();
    let once: Vec<&str> = methods
        .map(|m| m.as_str())
        .filter(|m| !retry.repeats(m))
        .collect();
    match (once.join("|"), retry.on.contains(&RetryCause::Connect)) {
        _ if once.is_empty() || !retry.repeats_any() => String::new(),
        (methods, true) => format!("; {methods} only after connect"),
        (methods, false) => format!("; never {methods}"),
    }
}

fn bound(budget: &RetryBudget) -> String {
    let percent = f64::from(budget.share) / 100.0;
    format!(", at most {percent}% of the requests")
}
