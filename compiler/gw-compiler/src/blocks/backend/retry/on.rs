//! The failures that a `retry` names. Must not know what follows from them.

use crate::cx::{Cx, items};
use crate::fields::Fields;
use gw_graph::{RETRIED_STATUSES, RetryCause};
use gw_syntax::{Code, Diagnostic, Expr, ExprKind, Literal, Span};

const WORDS: &[(&str, RetryCause)] = &[
    ("connect", RetryCause::Connect),
    ("reset", RetryCause::Reset),
    ("first_byte", RetryCause::FirstByte),
];

/// The causes, each once.
pub(super) fn lower(cx: &mut Cx<'_, '_>, f: &Fields<'_>) -> Vec<RetryCause> {
    let Some(list) = f.expr("on") else {
        return vec![RetryCause::Connect, RetryCause::Reset];
    };
    let mut causes: Vec<(RetryCause, Span)> = Vec::new();
    let mut before = None;
    for item in items(list) {
        if let Some(cause) = cause(cx, item) {
            match causes.iter().find(|(known, _)| *known == cause) {
                Some((_, first)) => cx.report(listed_twice(cause, item.span, (*first, before))),
                None => causes.push((cause, item.span)),
            }
        }
        before = Some(item.span);
    }
    causes.into_iter().map(|(cause, _)| cause).collect()
}

fn cause(cx: &mut Cx<'_, '_>, item: &Expr) -> Option<RetryCause> {
    match &item.kind {
        ExprKind::Literal(Literal::Int(status)) => {
            let known = u16::try_from(*status).ok();
            let known = known.filter(|status| RETRIED_STATUSES.contains(status));
            if known.is_none() {
                cx.report(hopeless(*status, item.span));
            }
            known.map(RetryCause::Status)
        }
        ExprKind::Literal(Literal::StatusClass(class)) => {
            cx.report(whole_class(*class, item.span));
            None
        }
        ExprKind::Name { name, .. } if name == "timeout" => {
            cx.report(which_timeout(item.span));
            None
        }
        _ => cx.word_of(item, "on", WORDS),
    }
}

/// The element with the comma before it goes; the first one cannot be the second of its kind.
fn listed_twice(
    cause: RetryCause,
    here: Span,
    (first, before): (Span, Option<Span>),
) -> Diagnostic {
    let start = before.map_or(here.start, |before| before.end);
    Diagnostic::new(
        Code::DuplicateField,
        here,
        format!("`{cause}` is listed twice"),
    )
    .here("listed again here")
    .because(first, "first listed here")
    .help("keep one of them")
    .fix(
        format!("remove the second `{cause}`"),
        Span { start, ..here },
        "",
    )
}

const RIGHT: &str = "write some of `500`, `502`, `503`, `504`";

/// Another try would get the same answer, or harm.
fn hopeless(status: i64, at: Span) -> Diagnostic {
    let here = match status {
        429 => "the backend asks for fewer requests, not for more",
        408 | 413 | 414 | 431 => "the request itself is at fault",
        100..=399 => "no failure",
        400..=499 => "the backend would refuse the request again",
        501 | 505..=599 => "the backend would answer so again",
        _ => "no status",
    };
    Diagnostic::new(
        Code::BadRetry,
        at,
        format!("another try does not help after status {status}"),
    )
    .here(here)
    .help(RIGHT)
}

fn whole_class(class: u8, at: Span) -> Diagnostic {
    let message = format!("not every status of `{class}xx` is worth another try");
    Diagnostic::new(Code::BadRetry, at, message)
        .here("too many statuses")
        .help(RIGHT)
}

fn which_timeout(at: Span) -> Diagnostic {
    let message = "`timeout` could mean several";
    Diagnostic::new(Code::BadRetry, at, message)
        .here("no failure of that name")
        .help(
            "`connect` covers connections that take too long, `first_byte` responses that do; \
             after `total` there is no time for another try",
        )
}
