//! Mocked backends: what becomes of a forwarded request, without a network. Failures have the
//! reasons that the proxy gives them, and are retried as the proxy does, but for what depends on
//! chance or on other requests: pauses take no time, and budgets are never spent.

use gw_compiler::{BackendFailure, MockBackend, MockOutcome, TestRequest};
use gw_graph::{Backend, Builtin, RetryCause};
use std::time::Duration;

/// What the gateway gets from a backend.
pub(super) enum Reply<'m> {
    /// A response.
    Answer {
        status: u16,
        headers: &'m [(String, String)],
        body: &'m str,
    },
    /// None, for this reason.
    Failure(Builtin),
}

/// What came of all tries.
pub(super) struct Asked<'m> {
    /// The reply to the last one.
    pub(super) reply: Reply<'m>,
    /// How many there were.
    pub(super) tries: u32,
    /// How long they took.
    pub(super) time: Duration,
}

/// Asks a backend, again where its policy says so. One without a mock answers 200.
pub(super) fn ask<'m>(
    backend: &Backend,
    mock: Option<&'m MockBackend>,
    request: &TestRequest,
) -> Asked<'m> {
    let (mut tries, mut time) = (0, Duration::ZERO);
    loop {
        let meets = mock.filter(|m| m.times.is_none_or(|times| tries < times));
        let (reply, took) = once(backend, meets, time);
        (tries, time) = (tries + 1, time + took);
        let over = tries > backend.retry.attempts
            || backend.timeout.total.is_some_and(|total| time >= total)
            || !cause(&reply).is_some_and(|cause| is_repeated(backend, cause, request));
        if over {
            return Asked { reply, tries, time };
        }
    }
}

fn is_repeated(backend: &Backend, cause: RetryCause, request: &TestRequest) -> bool {
    let body = request.json.as_ref().map_or(0, |j| j.to_string().len());
    let kept = u64::try_from(body).is_ok_and(|body| body <= backend.retry.max_body);
    backend.retry.covers(cause, &request.method) && (kept || cause == RetryCause::Connect)
}

/// The failure that a reply is, if it is one that a policy may name.
fn cause(reply: &Reply<'_>) -> Option<RetryCause> {
    match reply {
        Reply::Answer { headers, .. } if headers.iter().any(|(n, _)| n == "retry-after") => None,
        Reply::Answer { status, .. } => Some(RetryCause::Status(*status)),
        Reply::Failure(reason) => RetryCause::of(*reason),
    }
}

/// One try, after others took some time: the reply and the time until it is there.
fn once<'m>(
    backend: &Backend,
    mock: Option<&'m MockBackend>,
    spent: Duration,
) -> (Reply<'m>, Duration) {
    let Some(mock) = mock else {
        let reply = Reply::Answer {
            status: 200,
            headers: &[],
            body: "",
        };
        return (reply, Duration::ZERO);
    };
    let (patience, late) = patience(backend, spent);
    let never = matches!(mock.outcome, MockOutcome::Fail(BackendFailure::Timeout));
    if never || mock.delay >= patience {
        return (Reply::Failure(late), patience);
    }
    let reply = match &mock.outcome {
        MockOutcome::Answer {
            status,
            headers,
            body,
        } => Reply::Answer {
            status: *status,
            headers,
            body,
        },
        MockOutcome::Fail(BackendFailure::Connect) => Reply::Failure(Builtin::BackendUnavailable),
        MockOutcome::Fail(BackendFailure::Reset) => Reply::Failure(Builtin::BackendReset),
        MockOutcome::Fail(BackendFailure::Timeout) => Reply::Failure(late),
    };
    (reply, mock.delay)
}

/// How long the gateway waits for a response head, and what it says then.
fn patience(backend: &Backend, spent: Duration) -> (Duration, Builtin) {
    let first_byte = backend.timeout.first_byte;
    let left = backend.timeout.total.map(|t| t.saturating_sub(spent));
    match left {
        Some(left) if left < first_byte => (left, Builtin::TotalTimeout),
        Some(_) | None => (first_byte, Builtin::FirstByteTimeout),
    }
}
