//! The third step: whether the request may pass.

use super::{Exchange, Flow, Step};
use crate::rules::{self, Ruling};
use crate::{ShadowDecision, TraceEvent};
use gw_graph::{Access, Authorization, Builtin, Effect, Reason};
use std::ops::ControlFlow;

impl<'x> Exchange<'x> {
    pub(super) fn authorize(&mut self) -> Flow<'x> {
        let Some(steps) = self.route else {
            return ControlFlow::Break(self.refuse(Builtin::Internal));
        };
        let authorization = match steps.access() {
            Access::Public { denies, .. } => denies,
            Access::Protected { authorization, .. } => authorization,
        };
        let ruling = rules::decide(
            authorization,
            self.engine,
            &mut self.conditions,
            &self.facts,
        );
        if self.engine.shadows {
            self.shadow(authorization);
        }
        let (rule, reason) = ruling.reason(authorization, self.engine);
        if self.trace.is_some() {
            self.explain(authorization, ruling, reason);
        }
        if !ruling.allows() {
            let status = Builtin::NoAllowMatched.status();
            return ControlFlow::Break(self.refuse_with(status, reason, rule, Vec::new()));
        }
        self.decision.reason = reason;
        self.decision.rule = rule;
        ControlFlow::Continue(Step::Limit)
    }

    fn shadow(&mut self, authorization: &Authorization) {
        let engine = self.engine;
        let rulings = rules::shadows(authorization, engine, &mut self.conditions, &self.facts);
        for ruling in rulings.into_iter().filter(|ruling| !ruling.allows()) {
            let (rule, reason) = ruling.reason(authorization, self.engine);
            let rule = rule.cloned().unwrap_or_default();
            self.decision.shadow.push(ShadowDecision {
                rule,
                effect: Effect::Deny,
                reason: reason.clone(),
            });
        }
    }

    fn explain(&mut self, authorization: &Authorization, ruling: Ruling, reason: &Reason) {
        let graph = &self.engine.graph;
        let mut events = Vec::new();
        // Conditions that the decision did not need are not evaluated for the count of errors.
        let errors = self.conditions.errors;
        rules::explain(
            authorization,
            graph,
            &mut self.conditions,
            &self.facts,
            &mut events,
        );
        self.conditions.errors = errors;
        for event in events {
            self.record(|| event);
        }
        if let Some((set, rule)) = ruling.place(authorization) {
            self.record(|| TraceEvent::Ruled { set, rule });
        }
        self.record(|| TraceEvent::Authorized {
            allowed: ruling.allows(),
            reason: reason.clone(),
        });
    }
}
