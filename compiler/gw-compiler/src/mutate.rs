//! Small changes of a policy that its tests should notice: a condition turned round, a rule that is
//! gone, an identity that is not asked for, a limit twice as wide. Made while the policy is
//! compiled, so that a change that does not type-check is never made; applied to the graph, so that
//! nothing is compiled again. Must not know how tests are run.

mod expr;
mod graph;

use crate::blocks::policy::simplify;
use crate::cx::Cx;
use gw_expr::{Checked, Env, Type};
use gw_graph::{
    Access, Formula, Graph, LimitId, Matcher, Origin, RateSource, RouteId, Rule, RuleSetId,
};
use gw_syntax::{Expr, Severity, Sources};
use indexmap::IndexMap;
use smol_str::SmolStr;

/// A small change of a policy.
#[derive(Clone, Debug)]
pub struct Mutant {
    /// What is changed.
    pub origin: Origin,
    /// Its text.
    pub was: String,
    /// The text that it would have instead.
    pub now: String,
    /// Which request would show the difference.
    pub hint: Hint,
    /// The routes that it has an effect on.
    pub routes: Vec<RouteId>,
    patches: Vec<Patch>,
}

/// Which request would show that a policy was changed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Hint {
    /// One for which the text as it stands and the changed text give different answers.
    Differ,
    /// One that this deny rule refuses.
    Refused,
    /// One that this allow rule lets pass, and no other.
    Allowed,
    /// One that this allow rule does not let pass.
    NotAllowed,
    /// One without a credential.
    Anonymous,
    /// One more than the limit allows.
    TooMany,
}

/// A condition in changed form, as lowering finds it.
#[derive(Debug)]
pub(crate) struct Change {
    origin: Origin,
    was: String,
    now: String,
    patch: Patch,
}

/// A change of the graph.
#[derive(Clone, PartialEq, Debug)]
enum Patch {
    /// The route of this name takes other requests.
    Matcher {
        route: SmolStr,
        from: Box<Matcher>,
        to: Box<Matcher>,
    },
    /// The rule of a statement has another condition, wherever it had the first one.
    When {
        rule: Origin,
        from: Formula,
        to: Formula,
    },
    /// Routes ask for no identity.
    NoAuthn(Vec<RouteId>),
    /// A limit lets twice as much pass.
    Wider(LimitId),
    /// No route has the limit.
    NoLimit(LimitId),
}

/// Notes the condition of a rule in every changed form that type-checks.
pub(crate) fn change_condition(cx: &mut Cx<'_, '_>, when: &Expr, env: &Env, rule: &Rule) {
    change(cx, when, env, |cx, checked, now| {
        let to = simplify(cx.formula_as(&checked, now));
        (to != rule.when).then(|| Patch::When {
            rule: rule.origin,
            from: rule.when.clone(),
            to,
        })
    });
}

/// Notes the condition of a route in every changed form that type-checks. `matcher` gives what the
/// route takes with another condition, unless that is nothing.
pub(crate) fn change_matcher(
    cx: &mut Cx<'_, '_>,
    when: &Expr,
    env: &Env,
    (route, from): (&SmolStr, &Matcher),
    matcher: impl Fn(&mut Cx<'_, '_>, Checked, &str) -> Option<Matcher>,
) {
    change(cx, when, env, |cx, checked, now| {
        let to = matcher(cx, checked, now).filter(|to| to != from)?;
        Some(Patch::Matcher {
            route: route.clone(),
            from: Box::new(from.clone()),
            to: Box::new(to),
        })
    });
}

fn change(
    cx: &mut Cx<'_, '_>,
    when: &Expr,
    env: &Env,
    patch: impl Fn(&mut Cx<'_, '_>, Checked, &str) -> Option<Patch>,
) {
    for form in expr::forms(when, cx.sources) {
        let mut findings = Vec::new();
        let facts = &mut cx.graph.facts;
        let checked = gw_expr::check_as(&form.whole, &Type::Bool, env, facts, &mut findings);
        let wrong = findings.iter().any(|d| d.severity == Severity::Error);
        if wrong || checked.ty == Type::Error {
            continue;
        }
        let Some(patch) = patch(cx, checked, &form.now) else {
            continue;
        };
        let change = Change {
            origin: cx.origin(form.span),
            was: cx.sources.text(form.span).to_owned(),
            now: form.now,
            patch,
        };
        if let Some(changes) = &mut cx.changes {
            changes.push(change);
        }
    }
}

/// Every mutant, in the order of the source. A policy that is used in several places is changed in
/// all of them at once.
pub(crate) fn mutants(graph: &Graph, sources: &Sources, changes: Vec<Change>) -> Vec<Mutant> {
    let mut merged: IndexMap<(Origin, String), Mutant> = IndexMap::new();
    for change in changes {
        let key = (change.origin, change.now.clone());
        let mutant = merged.entry(key).or_insert_with(|| Mutant {
            origin: change.origin,
            was: change.was,
            now: change.now,
            hint: Hint::Differ,
            routes: Vec::new(),
            patches: Vec::new(),
        });
        mutant.patches.push(change.patch);
    }
    let mut all: Vec<Mutant> = merged.into_values().collect();
    all.extend(graph::mutants(graph, sources));
    for mutant in &mut all {
        mutant.routes = graph::reached(graph, &mutant.patches);
    }
    all.retain(|m| !m.routes.is_empty());
    all.sort_by_key(|m| {
        let o = m.origin;
        (o.file, o.line, o.column, o.end_line, o.end_column)
    });
    all
}

impl Mutant {
    /// The graph with the change; none if its routes would be in conflict, so that it would not
    /// compile.
    pub fn apply(&self, graph: &Graph) -> Option<Graph> {
        let mut changed = graph.clone();
        for patch in &self.patches {
            patch.apply(&mut changed);
        }
        if self.moves_requests() {
            let (index, conflicts) = crate::index::build(&changed.routes);
            changed.index = index;
            return conflicts.is_empty().then_some(changed);
        }
        Some(changed)
    }

    /// Whether requests may come to other routes than before.
    fn moves_requests(&self) -> bool {
        let moves = |patch: &Patch| matches!(patch, Patch::Matcher { .. });
        self.patches.iter().any(moves)
    }

    /// Whether a request that came to these routes may notice.
    pub fn concerns(&self, routes: &[RouteId]) -> bool {
        self.moves_requests() || routes.iter().any(|r| self.routes.contains(r))
    }
}

impl Patch {
    fn apply(&self, graph: &mut Graph) {
        match self {
            Patch::Matcher { route, from, to } => {
                let routes = graph.routes.iter_mut();
                for route in routes.filter(|r| r.name == *route && r.matcher == **from) {
                    route.matcher = Matcher::clone(to);
                }
            }
            Patch::When { rule, from, to } => {
                let mut touched = Vec::new();
                for (at, set) in graph.rule_sets.iter_mut().enumerate() {
                    let rules = set.rules.iter_mut();
                    for rule in rules.filter(|r| r.origin == *rule && r.when == *from) {
                        rule.when = to.clone();
                        touched.push(RuleSetId::from_index(at));
                    }
                }
                decide_by_chain(graph, &touched);
            }
            Patch::NoAuthn(routes) => {
                for id in routes {
                    let route = graph.routes.get_mut(id.index());
                    if let Some(Access::Protected { authn, .. }) = route.map(|r| &mut r.access) {
                        *authn = None;
                    }
                }
            }
            Patch::Wider(id) => {
                if let Some(limit) = graph.limits.get_mut(id.index()) {
                    if let RateSource::Fixed(rate) = &mut limit.rate {
                        rate.count = rate.count.saturating_mul(2);
                    }
                    limit.burst = limit.burst.saturating_mul(2);
                }
            }
            Patch::NoLimit(id) => {
                for route in &mut graph.routes {
                    route.limits.retain(|l| l != id);
                }
            }
        }
    }
}

/// The diagrams of routes with changed rules no longer say what the rules say.
fn decide_by_chain(graph: &mut Graph, touched: &[RuleSetId]) {
    for route in &mut graph.routes {
        let rules = match &mut route.access {
            Access::Public { denies, .. } => denies,
            Access::Protected { authorization, .. } => authorization,
        };
        if rules.sets.iter().any(|s| touched.contains(s)) {
            rules.diagram = None;
        }
    }
}
