//! The first step: which route takes the request.

use super::{Detail, Exchange, Flow, Step};
use crate::conditions::Conditions;
use crate::facts::{Candidate, FactSource, Stage};
use crate::route::Judge;
use crate::{Engine, Progress, TraceEvent, naive};
use gw_graph::{Builtin, RouteId};
use std::ops::ControlFlow;

impl<'x> Exchange<'x> {
    pub(super) fn choose_route(&mut self) -> Flow<'x> {
        let chosen = match self.trace {
            None => find_route(self.engine, &self.facts, &mut self.conditions),
            Some(_) => self.choose_traced(),
        };
        let routes = &self.engine.graph.routes;
        let found = chosen.and_then(|id| self.engine.alike.steps(routes, id));
        let Some(steps) = found else {
            return ControlFlow::Break(self.no_route());
        };
        self.judge(steps.id);
        self.settle(Stage::Route);
        self.route = Some(steps);
        ControlFlow::Continue(Step::Authenticate)
    }

    /// The route, with what is worth telling about the way to it.
    fn choose_traced(&mut self) -> Option<RouteId> {
        let (engine, facts, conditions) = (self.engine, &self.facts, &mut self.conditions);
        let head = facts.head();
        let mut accept = |id, judge| accepts(engine, facts, conditions, id, judge);
        let router = &engine.router;
        let found = router.find_leaf(head.host, head.path, facts, &mut accept);
        let route = found.map(|(_, route)| route);
        let near = match self.detail {
            Detail::Near => naive::near(engine, route, facts, conditions),
            Detail::Way => Vec::new(),
        };
        self.record(|| TraceEvent::Routed { route, near });
        if let Some((leaf, _)) = found {
            self.record(|| TraceEvent::Leaf { leaf });
        }
        route
    }

    /// The path's parameters are those of this route.
    fn judge(&self, id: RouteId) {
        self.facts.judge(candidate(self.engine, id));
    }

    /// 405 if only the method stands in the way (RFC 9110 section 15.5.6), else 404.
    fn no_route(&mut self) -> Progress<'x> {
        let allow = self.other_methods();
        if allow.is_empty() {
            return self.refuse(Builtin::NoRoute);
        }
        let why = Builtin::MethodNotAllowed;
        self.refuse_with(
            why.status(),
            self.engine.reason(why),
            None,
            vec![("allow", allow.join(", "))],
        )
    }

    /// Methods of the routes that would take the request but for its method.
    fn other_methods(&mut self) -> Vec<&'x str> {
        let (engine, facts, conditions) = (self.engine, &self.facts, &mut self.conditions);
        let head = facts.head();
        let mut methods: Vec<&'x str> = Vec::new();
        engine
            .router
            .ignoring_method(head.host, head.path, facts, &mut |id| {
                let Some(candidate) = candidate(engine, id) else {
                    return;
                };
                let matcher = &candidate.route.matcher;
                facts.judge(Some(candidate));
                let fits = candidate.params.fit(head.path)
                    && matcher
                        .when
                        .as_ref()
                        .is_none_or(|w| conditions.formula(w, facts).holds());
                if fits {
                    methods.extend(matcher.methods.iter().map(|method| method.as_str()));
                }
            });
        if methods.contains(&"GET") {
            methods.push("HEAD");
        }
        methods.sort_unstable();
        methods.dedup();
        methods
    }
}

/// The route that the index gives.
fn find_route<'x>(
    engine: &'x Engine,
    facts: &FactSource<'x>,
    conditions: &mut Conditions<'x>,
) -> Option<RouteId> {
    let head = facts.head();
    engine
        .router
        .find(head.host, head.path, facts, &mut |id, judge| {
            accepts(engine, facts, conditions, id, judge)
        })
}

/// Whether a candidate takes the request, by what the masks of its leaf leave to judge.
#[inline]
fn accepts<'x>(
    engine: &'x Engine,
    facts: &FactSource<'x>,
    conditions: &mut Conditions<'x>,
    id: RouteId,
    judge: Judge,
) -> bool {
    match judge {
        Judge::Nothing => return true,
        Judge::Escapes if !facts.head().path.contains('%') => return true,
        Judge::Escapes | Judge::All => {}
    }
    let Some(candidate) = candidate(engine, id) else {
        return false;
    };
    if !candidate.params.fit(facts.head().path) {
        return false;
    }
    match &candidate.route.matcher.when {
        None => true,
        Some(when) => {
            facts.judge(Some(candidate));
            conditions.formula(when, facts).holds()
        }
    }
}

/// A route with its parameters.
pub(crate) fn candidate(engine: &Engine, id: RouteId) -> Option<Candidate<'_>> {
    let params = engine.router.params(id)?;
    Some(Candidate {
        route: engine.graph.routes.get(id.index())?,
        params,
    })
}
