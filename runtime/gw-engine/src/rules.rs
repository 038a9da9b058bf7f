//! Who may pass: the rules of a route as a decision diagram, or as the chain that it stands for.

use crate::conditions::Conditions;
use crate::{TraceEvent, Truth};
use gw_expr::Facts;
use gw_graph::{
    Authorization, Branch, Builtin, Effect, Graph, Mode, Reason, Rule, RuleSet, RuleSetId,
};

/// What the rules say: set (position in `Authorization::sets`) and rule (position in the set).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Ruling {
    /// This rule lets the request pass.
    Allow(u32, u32),
    /// Nothing stands against it, and no set has allow rules.
    Pass,
    /// This rule refuses it.
    Deny(u32, u32),
    /// The condition of this deny rule failed.
    DenyError(u32, u32),
    /// No allow rule of this set lets it pass.
    NoAllow(u32),
}

/// What the enforced rules say.
pub(crate) fn decide<F: Facts>(
    authorization: &Authorization,
    graph: &Graph,
    conditions: &mut Conditions<'_>,
    facts: &F,
) -> Ruling {
    match &authorization.diagram {
        Some(diagram) => {
            let mut at = diagram.root;
            loop {
                at = match at {
                    Branch::Node(node) => match diagram.nodes.get(node as usize) {
                        Some(node) => match conditions.atom(node.atom, facts) {
                            Truth::True => node.if_true,
                            Truth::False => node.if_false,
                            Truth::Error(_) => node.if_error,
                        },
                        // Checked when the graph was loaded; a hole denies.
                        None => return Ruling::NoAllow(0),
                    },
                    Branch::Allow(set, rule) => return Ruling::Allow(set, rule),
                    Branch::Pass => return Ruling::Pass,
                    Branch::Deny(set, rule) => return Ruling::Deny(set, rule),
                    Branch::DenyError(set, rule) => return Ruling::DenyError(set, rule),
                    Branch::NoAllow(set) => return Ruling::NoAllow(set),
                };
            }
        }
        None => chain(
            &sets(authorization, graph, Mode::Enforce),
            conditions,
            facts,
        ),
    }
}

/// What each set in shadow mode would say by itself.
pub(crate) fn shadows<F: Facts>(
    authorization: &Authorization,
    graph: &Graph,
    conditions: &mut Conditions<'_>,
    facts: &F,
) -> Vec<Ruling> {
    let sets = sets(authorization, graph, Mode::Shadow);
    sets.iter()
        .map(|set| chain(std::slice::from_ref(set), conditions, facts))
        .collect()
}

/// Every rule with what its condition gives, for traces.
pub(crate) fn explain<F: Facts>(
    authorization: &Authorization,
    graph: &Graph,
    conditions: &mut Conditions<'_>,
    facts: &F,
    events: &mut Vec<TraceEvent>,
) {
    for id in &authorization.sets {
        let rules = graph
            .rule_sets
            .get(id.index())
            .map_or(&[][..], |set| set.rules.as_slice());
        for (rule, written) in (0u32..).zip(rules) {
            let value = conditions.formula(&written.when, facts);
            events.push(TraceEvent::Rule {
                set: *id,
                rule,
                value,
            });
        }
    }
}

type Sets<'g> = Vec<(u32, &'g RuleSet)>;

fn sets<'g>(authorization: &Authorization, graph: &'g Graph, mode: Mode) -> Sets<'g> {
    let set = |(at, id): (u32, &RuleSetId)| Some((at, graph.rule_sets.get(id.index())?));
    (0u32..)
        .zip(&authorization.sets)
        .filter_map(set)
        .filter(|(_, set)| set.mode == mode)
        .collect()
}

/// The meaning of [`Authorization`]: every deny rule of every set first, then of every set that
/// has allow rules one must hold.
fn chain<F: Facts>(sets: &[(u32, &RuleSet)], conditions: &mut Conditions<'_>, facts: &F) -> Ruling {
    for (at, set) in sets {
        for (rule, written) in of(set, Effect::Deny) {
            match conditions.formula(&written.when, facts) {
                Truth::True => return Ruling::Deny(*at, rule),
                Truth::Error(_) => return Ruling::DenyError(*at, rule),
                Truth::False => {}
            }
        }
    }
    let mut ruling = Ruling::Pass;
    for (at, set) in sets {
        let mut allows = of(set, Effect::Allow).peekable();
        if allows.peek().is_none() {
            continue;
        }
        match allows.find(|(_, rule)| conditions.formula(&rule.when, facts).holds()) {
            Some((rule, _)) => ruling = Ruling::Allow(*at, rule),
            None => return Ruling::NoAllow(*at),
        }
    }
    ruling
}

fn of(set: &RuleSet, effect: Effect) -> impl Iterator<Item = (u32, &Rule)> {
    (0u32..)
        .zip(&set.rules)
        .filter(move |(_, rule)| rule.effect == effect)
}

impl Ruling {
    /// Whether the request may pass.
    pub(crate) fn allows(self) -> bool {
        match self {
            Ruling::Allow(..) | Ruling::Pass => true,
            Ruling::Deny(..) | Ruling::DenyError(..) | Ruling::NoAllow(_) => false,
        }
    }

    /// The name of the rule that decided, and why.
    pub(crate) fn reason<'g>(
        self,
        authorization: &Authorization,
        graph: &'g Graph,
    ) -> (Option<&'g smol_str::SmolStr>, Reason) {
        let set = |at: u32| {
            let id = authorization.sets.get(at as usize)?;
            graph.rule_sets.get(id.index())
        };
        let rule = |at, rule: u32| set(at).and_then(|set| set.rules.get(rule as usize));
        match self {
            Ruling::Pass => (None, Builtin::Allowed.reason()),
            Ruling::Allow(at, which) => (
                rule(at, which).map(|rule| &rule.name),
                Builtin::Allowed.reason(),
            ),
            Ruling::Deny(at, which) => match rule(at, which) {
                Some(rule) => (Some(&rule.name), rule.reason.clone()),
                None => (None, Builtin::NoAllowMatched.reason()),
            },
            Ruling::DenyError(at, which) => (
                rule(at, which).map(|rule| &rule.name),
                Builtin::DenyError.reason(),
            ),
            Ruling::NoAllow(at) => (
                set(at).map(|set| &set.name),
                Builtin::NoAllowMatched.reason(),
            ),
        }
    }
}
