//! What became of a request.

use super::backend::Reply;
use gw_engine::Trace;
use gw_graph::{Builtin, Reason};
use std::time::Duration;

/// What became of a request.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// Status that the client sees.
    pub(crate) status: u16,
    /// Why.
    pub(crate) reason: Reason,
    /// The policy, service, route or limit that decided.
    pub(crate) rule: Option<String>,
    /// The route.
    pub(crate) route: Option<String>,
    /// The backend.
    pub(crate) backend: Option<String>,
    /// Path and query that the backend sees.
    pub(crate) sent: Option<(String, String)>,
    /// Header that the backend sees.
    pub(crate) sent_headers: Vec<(String, String)>,
    /// Header that the client sees.
    pub(crate) headers: Vec<(String, String)>,
    /// Body that the client sees.
    pub(crate) body: String,
    /// How often it was sent to the backend.
    pub(crate) tries: u32,
    /// Time that a queue and the backend took.
    pub(crate) waited: Duration,
    /// Policies and limits in shadow mode that would have refused.
    pub(crate) shadow: Vec<String>,
    /// What happened on the way, as far as it was asked for.
    pub(crate) trace: Trace,
}

impl Outcome {
    /// Nothing is known yet.
    pub(super) fn undecided() -> Self {
        Self {
            status: 0,
            reason: Builtin::Internal.reason(),
            rule: None,
            route: None,
            backend: None,
            sent: None,
            sent_headers: Vec::new(),
            headers: Vec::new(),
            body: String::new(),
            tries: 0,
            waited: Duration::ZERO,
            shadow: Vec::new(),
            trace: Trace::default(),
        }
    }

    /// A request that no policy sees.
    pub(super) fn refused_early(builtin: Builtin) -> Self {
        Self {
            status: builtin.status(),
            reason: builtin.reason(),
            ..Self::undecided()
        }
    }

    /// Takes over what the backend gave; its failure, where it failed.
    pub(super) fn take(&mut self, reply: Reply<'_>) -> Option<Builtin> {
        match reply {
            Reply::Answer {
                status,
                headers,
                body,
            } => {
                self.status = status;
                self.headers = headers.to_vec();
                self.body = body.to_owned();
                None
            }
            Reply::Failure(builtin) => {
                self.status = builtin.status();
                Some(builtin)
            }
        }
    }

    /// `403 no allow matched, by writes`.
    pub(crate) fn verdict(&self) -> String {
        let by = self.rule.as_ref().map(|r| format!(", by {r}"));
        let by = by.unwrap_or_default();
        format!("{} {}{by}", self.status, self.reason.text)
    }
}
