//! When a request goes to its backend again, as plain data, and what follows from that data and the
//! request's method alone. Must not know how a request is sent, or when.

use crate::{Builtin, Rate};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::time::Duration;

/// When and how often a failed request goes to its backend again.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Retry {
    /// Failures that are worth another try, each once.
    pub on: Vec<RetryCause>,
    /// Most further tries after the first one.
    pub attempts: u32,
    /// Bound on the retries of all requests together; none where nothing bounds them.
    pub budget: Option<RetryBudget>,
    /// The longest pause before the second try, doubled for each further one; the pause itself is
    /// random. Zero for none.
    pub backoff: Duration,
    /// Most bytes of a request body that are kept to be sent again.
    pub max_body: u64,
    /// Whether methods that are not idempotent are repeated too.
    pub non_idempotent: bool,
}

/// A failure of one try.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum RetryCause {
    /// There is no connection, so that nothing was sent.
    Connect,
    /// The connection broke off before a response head.
    Reset,
    /// No response head came in time.
    FirstByte,
    /// The response has this status, one of [`RETRIED_STATUSES`].
    Status(u16),
}

impl RetryCause {
    /// The failure that a reason stands for, where a policy can name it.
    pub fn of(reason: Builtin) -> Option<Self> {
        const CAUSES: [(Builtin, RetryCause); 3] = [
            (Builtin::BackendUnavailable, RetryCause::Connect),
            (Builtin::BackendReset, RetryCause::Reset),
            (Builtin::FirstByteTimeout, RetryCause::FirstByte),
        ];
        let found = CAUSES.iter().find(|(of, _)| *of == reason);
        found.map(|(_, cause)| *cause)
    }
}

/// The statuses that may say that another try will do better (RFC 9110 section 15.6).
pub const RETRIED_STATUSES: [u16; 4] = [500, 502, 503, 504];

/// How many retries a backend is given, against the requests that it is given.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct RetryBudget {
    /// Retries for 10,000 requests.
    pub share: u32,
    /// Retries besides, so that a backend with few requests is retried too.
    pub min_rate: Option<Rate>,
}

impl Default for Retry {
    /// What holds for a backend that says nothing: a request that could not be sent is sent once
    /// more.
    fn default() -> Self {
        Self {
            on: vec![RetryCause::Connect],
            attempts: 1,
            budget: None,
            backoff: Duration::ZERO,
            max_body: 0,
            non_idempotent: false,
        }
    }
}

impl Retry {
    /// Whether a request with this method goes out again after such a failure. Where nothing was
    /// sent, the method does not matter.
    pub fn covers(&self, cause: RetryCause, method: &str) -> bool {
        self.on.contains(&cause) && (cause == RetryCause::Connect || self.repeats(method))
    }

    /// Whether requests with this method may go out again after they were sent.
    pub fn repeats(&self, method: &str) -> bool {
        self.non_idempotent || is_idempotent(method)
    }

    /// Whether a request may go out again after it was sent, its method permitting.
    pub fn repeats_any(&self) -> bool {
        self.attempts > 0 && self.on.iter().any(|cause| *cause != RetryCause::Connect)
    }
}

/// Whether several requests with this method have the effect of one (RFC 9110 section 9.2.2). No
/// for a method that is not known.
pub fn is_idempotent(method: &str) -> bool {
    matches!(
        method,
        "GET" | "HEAD" | "OPTIONS" | "TRACE" | "PUT" | "DELETE"
    )
}

impl fmt::Display for RetryCause {
    /// As a policy writes it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RetryCause::Connect => f.write_str("connect"),
            RetryCause::Reset => f.write_str("reset"),
            RetryCause::FirstByte => f.write_str("first_byte"),
            RetryCause::Status(status) => status.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_not_sent_goes_out_again_whatever_its_method() {
        let retry = Retry {
            on: vec![RetryCause::Connect, RetryCause::Reset],
            ..Retry::default()
        };
        for (cause, method, covered) in [
            (RetryCause::Connect, "POST", true),
            (RetryCause::Reset, "GET", true),
            (RetryCause::Reset, "PUT", true),
            (RetryCause::Reset, "POST", false),
            (RetryCause::Reset, "PATCH", false),
            (RetryCause::Reset, "CONNECT", false),
            (RetryCause::Reset, "get", false),
            (RetryCause::FirstByte, "GET", false),
            (RetryCause::Status(503), "GET", false),
        ] {
            assert_eq!(retry.covers(cause, method), covered, "{cause} {method}");
        }
        let loose = Retry {
            non_idempotent: true,
            ..retry
        };
        assert!(loose.covers(RetryCause::Reset, "POST"));
    }
}
