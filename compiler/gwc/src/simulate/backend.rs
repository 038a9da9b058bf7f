//! Mocked backends: what becomes of a forwarded request, without a network. Failures have the
//! reasons that the proxy gives them.

use gw_compiler::{BackendFailure, MockBackend, MockOutcome};
use gw_graph::{Backend, Builtin};
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

/// The reply of a backend and the time until it is there. A backend without a mock answers 200.
pub(super) fn ask<'m>(backend: &Backend, mock: Option<&'m MockBackend>) -> (Reply<'m>, Duration) {
    let Some(mock) = mock else {
        let reply = Reply::Answer {
            status: 200,
            headers: &[],
            body: "",
        };
        return (reply, Duration::ZERO);
    };
    let (patience, late) = patience(backend);
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
fn patience(backend: &Backend) -> (Duration, Builtin) {
    let first_byte = backend.timeout.first_byte;
    match backend.timeout.total {
        Some(total) if total < first_byte => (total, Builtin::TotalTimeout),
        Some(_) | None => (first_byte, Builtin::FirstByteTimeout),
    }
}
