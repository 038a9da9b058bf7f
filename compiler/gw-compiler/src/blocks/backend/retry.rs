//! `retry` of a backend: which failures are worth another try, and how many.

mod effect;
mod on;

use super::layers::{Layers, nested};
use crate::cx::Cx;
use crate::fields::Fields;
use crate::spec::{BlockSpec, FieldSpec, Repeats, Shape, Words};
use gw_expr::{OwnedValue, Type};
use gw_graph::{Rate, Retry, RetryBudget, Timeouts};
use gw_syntax::{Code, Diagnostic, Expr, ExprKind, Literal};
use std::time::Duration;

/// `retry` of a backend
pub(crate) const SPEC: BlockSpec = BlockSpec {
    keyword: "retry",
    parents: &["backend"],
    usage: "retry { on = [CAUSE, …], attempts = N, budget = N% }",
    shape: Shape::of(Words::None).block(),
    doc: "When a failed request is sent again, to another endpoint where there is one. `connect`: there was no connection, so that nothing was sent, or the backend refused the stream (HTTP/2). `reset`: the connection broke off before a response head. `first_byte`: no response head came within `timeout { first_byte }`. A number: the response has that status, and no `Retry-After`. Only GET, HEAD, OPTIONS, TRACE, PUT and DELETE are repeated after they were sent (RFC 9110 section 9.2.2). `connect` and `first_byte` of `timeout` hold for each try, `total` for all of them with their pauses. Without this block a request that could not be sent is sent once more.",
    example: "retry { on = [connect, reset, 502, 503], attempts = 2, budget = 10% }",
    fields: &[
        FieldSpec::optional(
            "on",
            "connect | reset | first_byte | 500 | 502 | 503 | 504",
            "the failures that are worth another try, as a list",
        )
        .default("[connect, reset]"),
        FieldSpec::optional(
            "attempts",
            "int",
            "most further tries after the first one, from 0 to 10",
        )
        .default("1"),
        FieldSpec::optional(
            "budget",
            "percent",
            "how many retries there may be against the requests of the last ten seconds, for each worker thread",
        )
        .default("20%"),
        FieldSpec::optional(
            "min_rate",
            "rate",
            "retries that the budget has besides, so that a quiet backend has some",
        )
        .default("1/s"),
        FieldSpec::optional(
            "backoff",
            "duration",
            "longest pause before the second try, doubled for each further one up to sixteenfold; the pause is random, and there is none after `connect` if the next try goes elsewhere",
        )
        .default("25ms"),
        FieldSpec::optional(
            "max_body",
            "size",
            "most bytes of a request body that are kept to be sent again; longer bodies are sent once",
        )
        .default("64KiB"),
        FieldSpec::optional(
            "non_idempotent",
            "bool",
            "whether POST, PATCH and other methods are repeated too, although they may be done twice",
        )
        .default("false"),
    ],
    repeats: Repeats::Once,
};

/// Most further tries.
const MOST_ATTEMPTS: i64 = 10;

/// Largest body that may be kept, in bytes.
const MOST_BODY: i64 = 16 << 20;

/// Longest first pause.
const LONGEST_BACKOFF: Duration = Duration::from_secs(60);

/// When a backend is tried again.
pub(super) fn lower(cx: &mut Cx<'_, '_>, layers: &Layers<'_>, timeouts: &Timeouts) -> Retry {
    let Some((module, f)) = nested(cx, layers, &SPEC) else {
        return Retry::default();
    };
    let found = cx.diagnostics.len();
    let retry = Retry {
        on: on::lower(cx, &f),
        attempts: whole(cx, module, &f, "attempts", MOST_ATTEMPTS)
            .and_then(|n| u32::try_from(n).ok())
            .unwrap_or(1),
        budget: Some(budget(cx, module, &f)),
        backoff: backoff(cx, module, &f).unwrap_or(Duration::from_millis(25)),
        max_body: whole(cx, module, &f, "max_body", MOST_BODY).unwrap_or(64 << 10),
        non_idempotent: cx.flag(module, &f, "non_idempotent").unwrap_or(false),
    };
    // What is wrong already has no effect either.
    if cx.diagnostics.len() == found {
        effect::check(cx, (layers, &f), &retry, timeouts);
    }
    retry
}

fn whole(cx: &mut Cx<'_, '_>, module: usize, f: &Fields<'_>, name: &str, most: i64) -> Option<u64> {
    cx.whole(module, f, name, 0..=most)
}

fn budget(cx: &mut Cx<'_, '_>, module: usize, f: &Fields<'_>) -> RetryBudget {
    let share = f
        .expr("budget")
        .and_then(|expr| share(cx, module, expr))
        .unwrap_or(2_000);
    let min_rate = match f.expr("min_rate") {
        None => Some(Rate {
            count: 1,
            period: Duration::from_secs(1),
        }),
        Some(expr) => min_rate(cx, module, expr),
    };
    RetryBudget { share, min_rate }
}

/// A percentage as a share of 10,000.
fn share(cx: &mut Cx<'_, '_>, module: usize, expr: &Expr) -> Option<u32> {
    let number = match expr.kind {
        ExprKind::Literal(Literal::Int(n)) => Some(n.to_string()),
        ExprKind::Literal(Literal::Double(n)) => Some(n.to_string()),
        _ => None,
    };
    if let Some(number) = number {
        cx.report(
            Diagnostic::new(
                Code::UnitMismatch,
                expr.span,
                "`budget` is a share of the requests",
            )
            .here("a number without `%`")
            .help("write a percentage such as `10%`")
            .fix(
                format!("write `{number}%`"),
                expr.span,
                format!("{number}%"),
            ),
        );
        return None;
    }
    let OwnedValue::Double(percent) = cx.constant(module, expr, &Type::Percent)? else {
        return None;
    };
    if (0.0..=100.0).contains(&percent) {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "from 0 to 10,000"
        )]
        return Some((percent * 100.0).round() as u32);
    }
    cx.report(
        Diagnostic::new(Code::NumberRange, expr.span, "`budget` is out of range")
            .here("must be between 0% and 100%")
            .help("write a percentage such as `10%`"),
    );
    None
}

/// None for a rate of zero.
fn min_rate(cx: &mut Cx<'_, '_>, module: usize, expr: &Expr) -> Option<Rate> {
    let OwnedValue::Rate(rate) = cx.constant(module, expr, &Type::Rate)? else {
        return None;
    };
    (rate.count > 0).then(|| rate.into())
}

fn backoff(cx: &mut Cx<'_, '_>, module: usize, f: &Fields<'_>) -> Option<Duration> {
    let pause = cx.duration(module, f, "backoff")?;
    if let Some(expr) = f.expr("backoff").filter(|_| pause > LONGEST_BACKOFF) {
        cx.report(
            Diagnostic::new(Code::NumberRange, expr.span, "`backoff` is out of range")
                .here("longer than a minute")
                .help("write a duration such as `25ms`: a client waits meanwhile"),
        );
        return None;
    }
    Some(pause)
}
