//! Who may pass: the rules of a route as a decision diagram, or as the chain that it stands for.

use crate::conditions::Conditions;
use crate::facts::Identified;
use crate::{Engine, TraceEvent, Truth};
use gw_graph::{
    Authorization, Branch, Builtin, Diagram, Effect, Graph, Mode, Reason, RuleSet, RuleSetId,
};
use smallvec::SmallVec;

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

/// The rules of a set by effect, in their order.
#[derive(Debug)]
pub(crate) struct Effects {
    denies: Vec<u32>,
    allows: Vec<u32>,
}

impl Effects {
    pub(crate) fn of(set: &RuleSet) -> Self {
        let (mut denies, mut allows) = (Vec::new(), Vec::new());
        for (at, rule) in (0u32..).zip(&set.rules) {
            match rule.effect {
                Effect::Deny => denies.push(at),
                Effect::Allow => allows.push(at),
            }
        }
        Self { denies, allows }
    }
}

/// What the enforced rules say.
pub(crate) fn decide<F: Identified>(
    authorization: &Authorization,
    engine: &Engine,
    conditions: &mut Conditions<'_>,
    facts: &F,
) -> Ruling {
    match &authorization.diagram {
        Some(diagram) => walk(diagram, conditions, facts, &mut |_, _| {}),
        None => chain(
            &sets(authorization, engine, Mode::Enforce),
            conditions,
            facts,
        ),
    }
}

/// The end of the way through a diagram; `pass` sees every node with the edge that is taken.
#[inline(always)]
fn walk<F: Identified>(
    diagram: &Diagram,
    conditions: &mut Conditions<'_>,
    facts: &F,
    pass: &mut impl FnMut(u32, Truth),
) -> Ruling {
    let mut at = diagram.root;
    loop {
        at = match at {
            Branch::Node(position) => match diagram.nodes.get(position as usize) {
                Some(node) => {
                    let value = conditions.atom(node.atom, facts);
                    pass(position, value);
                    match value {
                        Truth::True => node.if_true,
                        Truth::False => node.if_false,
                        Truth::Error(_) => node.if_error,
                    }
                }
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

/// What each set in shadow mode would say by itself.
pub(crate) fn shadows<F: Identified>(
    authorization: &Authorization,
    engine: &Engine,
    conditions: &mut Conditions<'_>,
    facts: &F,
) -> Vec<Ruling> {
    let sets = sets(authorization, engine, Mode::Shadow);
    sets.iter()
        .map(|set| chain(std::slice::from_ref(set), conditions, facts))
        .collect()
}

/// Every rule with what its condition gives, for traces.
pub(crate) fn explain<F: Identified>(
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
    // The conditions are known by now: the way is told again, not decided again.
    if let Some(diagram) = &authorization.diagram {
        let mut pass = |node, value| events.push(TraceEvent::Edge { node, value });
        walk(diagram, conditions, facts, &mut pass);
    }
}

/// A set with its position in `Authorization::sets`.
#[derive(Clone, Copy)]
struct At<'g> {
    position: u32,
    set: &'g RuleSet,
    effects: &'g Effects,
}

fn sets<'g>(
    authorization: &Authorization,
    engine: &'g Engine,
    mode: Mode,
) -> SmallVec<[At<'g>; 4]> {
    let at = |(position, id): (u32, &RuleSetId)| {
        let set = engine.graph.rule_sets.get(id.index())?;
        Some(At {
            position,
            set,
            effects: engine.effects.get(id.index())?,
        })
    };
    let sets = (0u32..).zip(&authorization.sets).filter_map(at);
    sets.filter(|at| at.set.mode == mode).collect()
}

/// The meaning of [`Authorization`]: every deny rule of every set first, then of every set that
/// has allow rules one must hold.
fn chain<F: Identified>(sets: &[At<'_>], conditions: &mut Conditions<'_>, facts: &F) -> Ruling {
    for at in sets {
        for rule in &at.effects.denies {
            match at.judge(*rule, conditions, facts) {
                Truth::True => return Ruling::Deny(at.position, *rule),
                Truth::Error(_) => return Ruling::DenyError(at.position, *rule),
                Truth::False => {}
            }
        }
    }
    let mut ruling = Ruling::Pass;
    for at in sets.iter().filter(|at| !at.effects.allows.is_empty()) {
        let mut allows = at.effects.allows.iter();
        match allows.find(|rule| at.judge(**rule, conditions, facts).holds()) {
            Some(rule) => ruling = Ruling::Allow(at.position, *rule),
            None => return Ruling::NoAllow(at.position),
        }
    }
    ruling
}

impl At<'_> {
    fn judge<F: Identified>(&self, rule: u32, conditions: &mut Conditions<'_>, facts: &F) -> Truth {
        let rule = self.set.rules.get(rule as usize);
        rule.map_or(Truth::False, |rule| conditions.formula(&rule.when, facts))
    }
}

impl Ruling {
    /// Whether the request may pass.
    pub(crate) fn allows(self) -> bool {
        match self {
            Ruling::Allow(..) | Ruling::Pass => true,
            Ruling::Deny(..) | Ruling::DenyError(..) | Ruling::NoAllow(_) => false,
        }
    }

    /// The set that decided, and its rule where one did.
    pub(crate) fn place(self, authorization: &Authorization) -> Option<(RuleSetId, Option<u32>)> {
        let set = |at: u32| authorization.sets.get(at as usize).copied();
        match self {
            Ruling::Pass => None,
            Ruling::NoAllow(at) => Some((set(at)?, None)),
            Ruling::Allow(at, rule) | Ruling::Deny(at, rule) | Ruling::DenyError(at, rule) => {
                Some((set(at)?, Some(rule)))
            }
        }
    }

    /// The name of the rule that decided, and why.
    pub(crate) fn reason<'g>(
        self,
        authorization: &Authorization,
        engine: &'g Engine,
    ) -> (Option<&'g smol_str::SmolStr>, &'g Reason) {
        let set = |at: u32| {
            let id = authorization.sets.get(at as usize)?;
            engine.graph.rule_sets.get(id.index())
        };
        let rule = |at, rule: u32| set(at).and_then(|set| set.rules.get(rule as usize));
        match self {
            Ruling::Pass => (None, engine.reason(Builtin::Allowed)),
            Ruling::Allow(at, which) => (
                rule(at, which).map(|rule| &rule.name),
                engine.reason(Builtin::Allowed),
            ),
            Ruling::Deny(at, which) => match rule(at, which) {
                Some(rule) => (Some(&rule.name), &rule.reason),
                None => (None, engine.reason(Builtin::NoAllowMatched)),
            },
            Ruling::DenyError(at, which) => (
                rule(at, which).map(|rule| &rule.name),
                engine.reason(Builtin::DenyError),
            ),
            Ruling::NoAllow(at) => (
                set(at).map(|set| &set.name),
                engine.reason(Builtin::NoAllowMatched),
            ),
        }
    }
}
