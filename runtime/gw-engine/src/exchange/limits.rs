//! The fourth step: whether it is not too many. All limits are asked; what one refuses, none
//! counts.

use super::{Exchange, Flow, Step};
use crate::alike::Steps;
use crate::limit::{self, Allowance, Asked, Terms, Verdict, hash_value};
use crate::text::Renderer;
use crate::{EvalFailure, Progress, ShadowDecision, TraceEvent};
use gw_expr::{EvalError, Value};
use gw_graph::{Algorithm, Builtin, Effect, Limit, LimitId, Mode, Rate};
use std::ops::ControlFlow;
use std::time::Duration;

impl<'x> Exchange<'x> {
    pub(super) fn limit(&mut self) -> Flow<'x> {
        let limits = self.route.map_or(&[][..], Steps::limits);
        if limits.is_empty() {
            return ControlFlow::Continue(Step::Act);
        }
        let limiters = self.engine.limiters(self.world.state);
        let mut wait = Duration::ZERO;
        for id in limits {
            let graph = &self.engine.graph;
            let known = graph.limits.get(id.index()).zip(limiters.get(*id));
            let terms = self.engine.terms.get(id.index());
            let Some(((limit, limiter), terms)) = known.zip(terms) else {
                return ControlFlow::Break(self.refuse(Builtin::Internal));
            };
            let Ok((key, allowance)) = self.demand(limit, terms) else {
                match self.without_key(limit) {
                    Some(refused) => return ControlFlow::Break(refused),
                    None => continue,
                }
            };
            let now = u64::try_from(self.facts.head().time.0).unwrap_or(0);
            let verdict = self.tickets.acquire(limiter, key, allowance, now);
            self.note(*id, &verdict);
            match limit.mode {
                Mode::Enforce => {
                    self.asked.push(Asked {
                        label: &terms.label,
                        allowance,
                        verdict,
                    });
                    match verdict.admitted {
                        Ok(time) => wait = wait.max(time),
                        Err(_) => return ControlFlow::Break(self.exceeded(*id, limit)),
                    }
                }
                Mode::Shadow if verdict.admitted.is_err() => self.in_shadow(limit, reason(limit)),
                Mode::Shadow => {}
            }
        }
        if wait > Duration::ZERO {
            return self.wait(wait, Step::Act);
        }
        ControlFlow::Continue(Step::Act)
    }

    /// The hash of the limit's key, and what it allows to this request.
    fn demand(&self, limit: &'x Limit, terms: &'x Terms) -> Result<(u64, Allowance), EvalFailure> {
        let renderer = Renderer {
            engine: self.engine,
            facts: &self.facts,
        };
        let seed = self.world.state.seed();
        let hash = |value: Value<'_>| Ok(Some(hash_value(seed, value)));
        let key = match limit.key {
            Some(expr) => renderer.value(expr, hash)?,
            None => None,
        };
        let rate = match terms.computed {
            None => None,
            Some(expr) => {
                let error = EvalError::Absent;
                let absent = EvalFailure::Expr { expr, error };
                Some(renderer.value(expr, to_rate)?.ok_or(absent)?)
            }
        };
        Ok((
            key.unwrap_or_else(|| hash_value(seed, Value::Null)),
            terms.allowance(rate),
        ))
    }

    /// A limit whose key or rate fails refuses, unless it is in shadow mode.
    fn without_key(&mut self, limit: &'x Limit) -> Option<Progress<'x>> {
        self.conditions.errors = self.conditions.errors.saturating_add(1);
        let why = Builtin::LimitKeyError;
        match limit.mode {
            Mode::Enforce => {
                let (reason, rule) = (self.engine.reason(why), Some(&limit.name));
                Some(self.refuse_with(why.status(), reason, rule, Vec::new()))
            }
            Mode::Shadow => {
                self.in_shadow(limit, why);
                None
            }
        }
    }

    fn exceeded(&mut self, id: LimitId, limit: &'x Limit) -> Progress<'x> {
        self.decision.limits.push(id);
        let why = reason(limit);
        let retry = limit::retry_after(&self.asked);
        let headers = retry.map(|seconds| ("retry-after", seconds.to_string()));
        let rule = Some(&limit.name);
        self.refuse_with(
            why.status(),
            self.engine.reason(why),
            rule,
            headers.into_iter().collect(),
        )
    }

    fn in_shadow(&mut self, limit: &Limit, why: Builtin) {
        let rule = limit.name.clone();
        let shadow = ShadowDecision {
            rule,
            effect: Effect::Deny,
            reason: self.engine.reason(why).clone(),
        };
        self.decision.shadow.push(shadow);
    }

    fn note(&mut self, limit: LimitId, verdict: &Verdict) {
        let (admitted, remaining) = (verdict.admitted.is_ok(), verdict.remaining);
        let wait = verdict.admitted.unwrap_or_default();
        self.record(|| TraceEvent::Limit {
            limit,
            admitted,
            remaining,
            wait,
        });
    }
}

fn reason(limit: &Limit) -> Builtin {
    match limit.algorithm {
        Algorithm::Concurrency => Builtin::TooManyConcurrent,
        Algorithm::Gcra
        | Algorithm::TokenBucket
        | Algorithm::LeakyBucket
        | Algorithm::FixedWindow
        | Algorithm::SlidingWindow => Builtin::RateLimited,
    }
}

fn to_rate(value: Value<'_>) -> Result<Option<Rate>, EvalError> {
    match value {
        Value::Rate(rate) if rate.count > 0 && rate.period > 0 => {
            let period = Duration::from_nanos(rate.period.unsigned_abs());
            Ok(Some(Rate {
                count: rate.count,
                period,
            }))
        }
        Value::Rate(_) => Err(EvalError::BadArgument),
        Value::Absent => Ok(None),
        _ => Err(EvalError::NoMatchingOverload),
    }
}
