//! Findings about a `retry` that is right but can do nothing, or has no time for it.

use super::super::TIMEOUT;
use super::super::layers::Layers;
use crate::cx::Cx;
use crate::fields::Fields;
use gw_graph::{Retry, RetryCause, Timeouts};
use gw_syntax::{Code, Diagnostic, Span, Statement};
use std::time::Duration;

/// Adds the findings.
pub(super) fn check(
    cx: &mut Cx<'_, '_>,
    (layers, f): (&Layers<'_>, &Fields<'_>),
    retry: &Retry,
    timeouts: &Timeouts,
) {
    if let Some(diagnostic) = never(f, retry) {
        return cx.report(diagnostic);
    }
    for name in ["non_idempotent", "max_body"] {
        if let Some(field) = f.statement(name).filter(|_| !retry.repeats_any()) {
            cx.report(needless(field, f, name));
        }
    }
    if let Some((total, at)) = timeouts.total.zip(total(layers))
        && let Some((name, each)) = slowest(retry, timeouts)
        && each.saturating_mul(retry.attempts) >= total
    {
        let culprit = f.expr("attempts").map_or(f.span, |e| e.span);
        cx.report(no_time((culprit, at), (name, each), retry.attempts, total));
    }
}

/// A retry that cannot happen whatever fails.
fn never(f: &Fields<'_>, retry: &Retry) -> Option<Diagnostic> {
    let spent = retry
        .budget
        .is_some_and(|b| b.share == 0 && b.min_rate.is_none());
    let (field, here) = match retry {
        Retry { attempts: 0, .. } => ("attempts", "no further try"),
        Retry { on, .. } if on.is_empty() => ("on", "no failure is worth another try"),
        _ if spent => ("budget", "and `min_rate` is zero too"),
        _ => return None,
    };
    let at = f.expr(field).map_or(f.span, |e| e.span);
    let help = match field {
        "attempts" => "`attempts` counts the tries after the first one: write `attempts = 1`",
        "on" => "name some failures, as `on = [connect, reset, 503]`",
        _ => "write `budget = 10%`",
    };
    Some(
        Diagnostic::new(Code::IdleRetry, at, "no request is ever sent again")
            .here(here)
            .help(format!(
                "{help}; if it is meant, `lint idle_retry = allow because \"…\"` in the backend"
            )),
    )
}

/// A setting for what is sent again after it was sent, where nothing is.
fn needless(field: &Statement, f: &Fields<'_>, name: &str) -> Diagnostic {
    let diagnostic = Diagnostic::new(
        Code::IdleRetry,
        field.span,
        format!("`{name}` has no effect"),
    )
    .here("only matters for requests that were sent");
    let diagnostic = match f.expr("on") {
        Some(on) => diagnostic.because(on.span, "only `connect` leads to another try"),
        None => diagnostic,
    };
    diagnostic.help(format!(
        "remove `{name}`, or add `reset` or a status to `on`"
    ))
}

/// Where the nearest `total` stands.
fn total(layers: &Layers<'_>) -> Option<Span> {
    let block = layers.iter().find_map(|(_, f)| f.one(TIMEOUT.keyword))?;
    let mut fields = block.block.iter().flat_map(|b| &b.statements);
    fields
        .find(|s| s.head.ident().name == "total")
        .map(|s| s.span)
}

/// The timeout that a failed try may take, where its end leads to another try.
fn slowest(retry: &Retry, timeouts: &Timeouts) -> Option<(&'static str, Duration)> {
    let of = |cause| match cause {
        RetryCause::Connect => Some(("connect", timeouts.connect)),
        RetryCause::FirstByte => Some(("first_byte", timeouts.first_byte)),
        RetryCause::Reset | RetryCause::Status(_) => None,
    };
    let timed = retry.on.iter().filter_map(|cause| of(*cause));
    timed.max_by_key(|(_, each)| *each)
}

fn no_time(
    (culprit, total_at): (Span, Span),
    (name, each): (&str, Duration),
    attempts: u32,
    total: Duration,
) -> Diagnostic {
    let tries = match attempts {
        1 => format!("one try may take {each:?}"),
        n => format!("{n} tries may take {each:?} each"),
    };
    Diagnostic::new(
        Code::TimeoutInversion,
        culprit,
        "the last try may have no time",
    )
    .here(format!("before it {tries}, by the timeout `{name}`"))
    .because(total_at, format!("all tries together end after {total:?}"))
    .help(format!(
        "make `total` longer than {:?}, or `{name}` shorter",
        each.saturating_mul(attempts)
    ))
}
