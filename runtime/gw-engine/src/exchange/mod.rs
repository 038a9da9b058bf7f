//! One request on its way through the graph.

use crate::{
    AuthnFailure, Decision, Engine, EvalFailure, Headers, Identity, LimitHeaders, Permits,
    Progress, RequestHead, ResponseEdits, Trace, World,
};
use gw_graph::{AuthnId, Builtin, Route};

/// One request on its way through the graph.
#[derive(Debug)]
pub struct Exchange<'x> {
    engine: &'x Engine,
    world: World<'x>,
    head: &'x RequestHead<'x>,
    decision: Decision,
    trace: Option<Trace>,
}

impl<'x> Exchange<'x> {
    /// A new exchange; nothing is evaluated yet.
    pub fn begin(engine: &'x Engine, world: World<'x>, head: &'x RequestHead<'x>) -> Self {
        let decision = Decision {
            allowed: false,
            reason: Builtin::Internal.reason(),
            rule: None,
            status: 500,
            limits: Vec::new(),
            shadow: Vec::new(),
            errors: 0,
        };
        Self {
            engine,
            world,
            head,
            decision,
            trace: None,
        }
    }

    /// Collects a [`Trace`].
    #[must_use]
    pub fn traced(mut self) -> Self {
        self.trace = Some(Trace::default());
        self
    }

    /// Runs until it needs the world or is decided. Call it again after supplying what it needs.
    pub fn advance(&mut self) -> Progress<'x> {
        Progress::Refuse(crate::Refusal {
            status: 500,
            reason: Builtin::Internal.reason(),
            rule: None,
            headers: Vec::new(),
        })
    }

    /// The answer to [`crate::Need::Identity`].
    pub fn supply_identity(&mut self, _authn: AuthnId, _outcome: Result<Identity, AuthnFailure>) {}

    /// The route, once it is found.
    pub fn route(&self) -> Option<&'x Route> {
        None
    }

    /// What was decided so far.
    pub fn decision(&self) -> &Decision {
        &self.decision
    }

    /// `RateLimit` and its like, if the route has limits that were asked.
    pub fn limit_headers(&self) -> Option<LimitHeaders> {
        None
    }

    /// The response phase: the route's edits of a response, whoever made it. Nothing where no
    /// route was found.
    ///
    /// # Errors
    /// [`EvalFailure`] if a value cannot be computed; the caller answers with
    /// [`Builtin::TransformError`] instead.
    pub fn respond(
        &mut self,
        _status: u16,
        _headers: &dyn Headers,
    ) -> Result<ResponseEdits<'_>, EvalFailure> {
        Ok(ResponseEdits::default())
    }

    /// The concurrency permits taken so far. The caller holds them until the response's body has
    /// ended; permits that are not taken are released with the exchange.
    pub fn permits(&mut self) -> Permits {
        Permits::default()
    }

    /// The trace, if it is collected.
    pub fn trace(&self) -> Option<&Trace> {
        self.trace.as_ref()
    }

    /// `principal.id`, once an identity is established.
    pub fn principal_id(&self) -> Option<&str> {
        None
    }

    /// The present text of a fact by its path, as `request.headers["x-a"]`, for logs; only facts
    /// that the policy reads are known.
    pub fn fact_text(&self, _path: &str) -> Option<String> {
        let _ = (self.engine, self.world, self.head);
        None
    }
}
