//! One request on its way through the graph: route → authn → authz → limit → request → action, and
//! later the response. Read `advance` first.

mod act;
mod authn;
mod authz;
mod limits;
mod respond;
mod routing;

pub(crate) use routing::candidate;

use crate::alike::Steps;
use crate::conditions::Conditions;
use crate::facts::{FactSource, Stage};
use crate::limit::{self, Asked, Tickets};
use crate::{
    AuthnFailure, Decision, Engine, Identity, LimitHeaders, Need, Permits, Progress, Refusal,
    RequestHead, Trace, TraceEvent, World,
};
use authn::Outcome;
use gw_expr::FactId;
use gw_graph::{AuthnId, Builtin, Reason, Route, RouteId};
use smallvec::SmallVec;
use smol_str::SmolStr;
use std::ops::ControlFlow;
use std::time::Duration;

/// One request on its way through the graph.
#[derive(Debug)]
pub struct Exchange<'x> {
    engine: &'x Engine,
    world: World<'x>,
    facts: FactSource<'x>,
    conditions: Conditions<'x>,
    step: Step,
    route: Option<Steps<'x>>,
    outcomes: SmallVec<[(AuthnId, Outcome); 1]>,
    tickets: Tickets<'x>,
    permits: Permits,
    asked: SmallVec<[Asked<'x>; 2]>,
    decision: Decision<'x>,
    trace: Option<Box<Trace>>,
    detail: Detail,
}

/// How much a trace tells.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Detail {
    /// The way through the graph.
    Way,
    /// Also the routes that came close, which takes a look at each.
    Near,
}

/// What comes next.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Step {
    Route,
    Authenticate,
    Authorize,
    Limit,
    Act,
    Done,
}

/// Goes on with the next step, or stops with an answer.
type Flow<'x> = ControlFlow<Progress<'x>, Step>;

impl<'x> Exchange<'x> {
    /// A new exchange; nothing is evaluated yet. A call, so that it is made where the caller keeps it: it
    /// has a thousand bytes.
    #[inline(never)]
    pub fn begin(engine: &'x Engine, world: World<'x>, head: &'x RequestHead<'x>) -> Self {
        Self {
            engine,
            world,
            conditions: Conditions::new(engine),
            step: Step::Route,
            route: None,
            outcomes: SmallVec::new(),
            tickets: Tickets::default(),
            permits: Permits::default(),
            asked: SmallVec::new(),
            decision: Decision {
                allowed: false,
                reason: engine.reason(Builtin::Internal),
                rule: None,
                status: Builtin::Internal.status(),
                limits: Vec::new(),
                shadow: Vec::new(),
                errors: 0,
            },
            trace: None,
            detail: Detail::Way,
            facts: engine.fact_source(world, head),
        }
    }

    /// Collects a [`Trace`].
    #[must_use]
    pub fn traced(self) -> Self {
        Self {
            detail: Detail::Near,
            ..self.recorded()
        }
    }

    /// Collects a [`Trace`] without near misses, in time that does not grow with the number of
    /// routes: for coverage.
    #[must_use]
    pub fn recorded(mut self) -> Self {
        self.trace = Some(Box::default());
        self.conditions.log = Some(Vec::new());
        self
    }

    /// Runs until it needs the world or is decided. Call it again after supplying what it needs;
    /// after the decision it refuses with an internal error.
    pub fn advance(&mut self) -> Progress<'x> {
        loop {
            let flow = match self.step {
                Step::Route => self.choose_route(),
                Step::Authenticate => self.authenticate(),
                Step::Authorize => self.authorize(),
                Step::Limit => self.limit(),
                Step::Act => ControlFlow::Break(self.act()),
                Step::Done => ControlFlow::Break(self.refuse(Builtin::Internal)),
            };
            self.decision.errors = self.conditions.errors;
            match flow {
                ControlFlow::Continue(next) => self.step = next,
                ControlFlow::Break(progress) => return progress,
            }
        }
    }

    /// The answer to [`Need::Identity`].
    pub fn supply_identity(&mut self, authn: AuthnId, outcome: Result<Identity, AuthnFailure>) {
        self.identified(authn, outcome);
    }

    /// The route, once it is found.
    pub fn route(&self) -> Option<&'x Route> {
        self.route.map(|steps| steps.route)
    }

    /// The route's place in the graph, once it is found.
    pub fn route_id(&self) -> Option<RouteId> {
        self.route.map(|steps| steps.id)
    }

    /// What was decided so far.
    pub fn decision(&self) -> &Decision<'x> {
        &self.decision
    }

    /// `RateLimit` and its like, if the route has enforced limits that were asked.
    pub fn limit_headers(&self) -> Option<LimitHeaders<'x>> {
        limit::headers(&self.asked)
    }

    /// The concurrency permits of a request that was let pass. The caller holds them until the
    /// response's body has ended; permits that are not taken are released with the exchange.
    pub fn permits(&mut self) -> Permits {
        std::mem::take(&mut self.permits)
    }

    /// The trace, if it is collected.
    pub fn trace(&self) -> Option<&Trace> {
        self.trace.as_deref()
    }

    /// `principal.id`, once an identity is established.
    pub fn principal_id(&self) -> Option<&str> {
        self.facts
            .identities()
            .first()
            .and_then(|(_, identity)| identity.id())
    }

    /// The present text of a fact by its path as the policy writes it, such as
    /// `request.headers["x-tenant"]`; only facts that the policy reads are known.
    pub fn fact_text(&self, path: &str) -> Option<String> {
        use gw_expr::Facts as _;
        let facts = &self.engine.graph.facts;
        let id: FactId = facts
            .iter()
            .find(|(_, fact)| fact.path.to_string() == path)?
            .0;
        self.facts.fact(id).ok()?.text().map(str::to_owned)
    }

    /// Refuses for a built-in reason.
    fn refuse(&mut self, why: Builtin) -> Progress<'x> {
        self.refuse_with(why.status(), self.engine.reason(why), None, Vec::new())
    }

    fn refuse_with(
        &mut self,
        status: u16,
        reason: &'x Reason,
        rule: Option<&'x SmolStr>,
        headers: Vec<(&'static str, String)>,
    ) -> Progress<'x> {
        self.step = Step::Done;
        // Rejected requests do not consume.
        self.tickets = Tickets::default();
        self.decision.allowed = false;
        self.decision.reason = reason;
        self.decision.rule = rule;
        self.decision.status = status;
        self.record(|| TraceEvent::Action {
            text: format!("refuse {status} {}", reason.slug),
        });
        Progress::Refuse(Box::new(Refusal {
            status,
            reason: reason.clone(),
            rule: rule.cloned(),
            headers,
        }))
    }

    /// Adds to the trace, after the conditions that were evaluated meanwhile.
    fn record(&mut self, event: impl FnOnce() -> TraceEvent) {
        if let Some(trace) = &mut self.trace {
            let atoms = self.conditions.log.iter_mut().flat_map(|log| log.drain(..));
            trace
                .events
                .extend(atoms.map(|(atom, value)| TraceEvent::Atom { atom, value }));
            trace.events.push(event());
        }
    }

    /// Facts up to this stage are settled.
    fn settle(&mut self, stage: Stage) {
        self.conditions.stage = stage;
    }

    /// Asks the caller to wait before the next step.
    fn wait(&mut self, time: Duration, next: Step) -> Flow<'x> {
        self.step = next;
        ControlFlow::Break(Progress::Need(Need::Wait(time)))
    }
}
