//! Rules as an ordered decision diagram: every atom is tested at most once on any path, and tests
//! that cannot change the answer are left out (after Bryant, 1986, with a third edge for errors).
//! The meaning is the chain that `gw_graph::Authorization` describes.

use gw_graph::{AtomId, Branch, Diagram, DiagramNode, Effect, Formula, Mode, RuleSet, RuleSetId};
use hashbrown::HashMap;

/// Most nodes of a diagram; beyond it the chain is evaluated.
pub(crate) const NODE_BUDGET: usize = 4096;

/// Most atoms; a longer list of rules is cheap to walk and expensive to expand.
const ATOM_BUDGET: usize = 128;

/// The diagram of the enforced sets among `ids`; `None` over budget.
pub(crate) fn build(sets: &[RuleSet], ids: &[RuleSetId]) -> Option<Diagram> {
    let steps = steps(sets, ids);
    let mut atoms = Vec::new();
    steps.iter().for_each(|s| s.condition.collect(&mut atoms));
    atoms.sort_unstable();
    atoms.dedup();
    if atoms.len() > ATOM_BUDGET {
        return None;
    }
    let mut builder = Builder {
        nodes: Vec::new(),
        places: HashMap::new(),
        known: HashMap::new(),
    };
    let root = builder.branch(&steps)?;
    let count = u32::try_from(builder.nodes.len()).ok()?;
    // Children were finished first: reversing makes every edge lead to a higher position.
    let flip = |branch: Branch| match branch {
        Branch::Node(at) => Branch::Node(count - 1 - at),
        other => other,
    };
    let nodes = builder.nodes.iter().rev().map(|n| DiagramNode {
        atom: n.atom,
        if_true: flip(n.if_true),
        if_false: flip(n.if_false),
        if_error: flip(n.if_error),
    });
    Some(Diagram {
        root: flip(root),
        nodes: nodes.collect(),
    })
}

/// One question of the chain, with where its answers lead; `None` goes on to the next step.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Step {
    condition: Residual,
    if_true: Exit,
    if_false: Exit,
    if_error: Exit,
}

/// What an answer does.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Exit {
    /// The next step.
    Next,
    /// Over the other allow rules of the same set: this many steps.
    Skip(usize),
    /// The end.
    End(Branch),
}

fn steps(sets: &[RuleSet], ids: &[RuleSetId]) -> Vec<Step> {
    let enforced: Vec<(u32, &RuleSet)> = (0u32..)
        .zip(ids)
        .filter_map(|(position, id)| Some((position, sets.get(id.index())?)))
        .filter(|(_, set)| set.mode == Mode::Enforce)
        .collect();
    let mut out = Vec::new();
    for (position, set) in &enforced {
        for (rule_position, rule) in (0u32..)
            .zip(&set.rules)
            .filter(|(_, r)| r.effect == Effect::Deny)
        {
            out.push(Step {
                condition: Residual::of(&rule.when),
                if_true: Exit::End(Branch::Deny(*position, rule_position)),
                if_false: Exit::Next,
                if_error: Exit::End(Branch::DenyError(*position, rule_position)),
            });
        }
    }
    let has_allow = |set: &RuleSet| set.rules.iter().any(|r| r.effect == Effect::Allow);
    let last = enforced
        .iter()
        .rev()
        .find(|(_, s)| has_allow(s))
        .map(|(p, _)| *p);
    for (position, set) in enforced.iter().filter(|(_, s)| has_allow(s)) {
        let allows: Vec<_> = (0u32..)
            .zip(&set.rules)
            .filter(|(_, r)| r.effect == Effect::Allow)
            .collect();
        for (index, (rule_position, rule)) in allows.iter().enumerate() {
            let remaining = allows.len() - index - 1;
            let matched = if Some(*position) == last {
                Exit::End(Branch::Allow(*position, *rule_position))
            } else {
                Exit::Skip(remaining)
            };
            let missed = if remaining == 0 {
                Exit::End(Branch::NoAllow(*position))
            } else {
                Exit::Next
            };
            out.push(Step {
                condition: Residual::of(&rule.when),
                if_true: matched,
                if_false: missed,
                if_error: missed,
            });
        }
    }
    out
}

struct Builder {
    nodes: Vec<DiagramNode>,
    /// Where each node stands: equal ones are one.
    places: HashMap<DiagramNode, u32>,
    known: HashMap<Vec<Step>, Branch>,
}

impl Builder {
    /// Where the remaining steps lead; `None` over budget.
    fn branch(&mut self, steps: &[Step]) -> Option<Branch> {
        let Some((first, rest)) = steps.split_first() else {
            return Some(Branch::Pass);
        };
        let exit = match first.condition {
            Residual::True => Some(first.if_true),
            Residual::False => Some(first.if_false),
            Residual::Error => Some(first.if_error),
            Residual::Atom(_) | Residual::Not(_) | Residual::All(_) | Residual::Any(_) => None,
        };
        match exit {
            Some(Exit::Next) => return self.branch(rest),
            Some(Exit::Skip(count)) => return self.branch(rest.get(count..).unwrap_or_default()),
            Some(Exit::End(branch)) => return Some(branch),
            None => {}
        }
        if let Some(known) = self.known.get(steps) {
            return Some(*known);
        }
        let atom = first.condition.first_atom()?;
        let assume = |value: &Residual| -> Vec<Step> {
            steps
                .iter()
                .map(|s| Step {
                    condition: s.condition.assume(atom, value),
                    ..s.clone()
                })
                .collect()
        };
        let if_true = self.branch(&assume(&Residual::True))?;
        let if_false = self.branch(&assume(&Residual::False))?;
        let if_error = self.branch(&assume(&Residual::Error))?;
        let branch = if if_true == if_false && if_false == if_error {
            if_true
        } else {
            self.node(DiagramNode {
                atom,
                if_true,
                if_false,
                if_error,
            })?
        };
        self.known.insert(steps.to_vec(), branch);
        Some(branch)
    }

    /// The node with these edges; `None` over budget.
    fn node(&mut self, node: DiagramNode) -> Option<Branch> {
        if let Some(at) = self.places.get(&node) {
            return Some(Branch::Node(*at));
        }
        if self.nodes.len() >= NODE_BUDGET {
            return None;
        }
        let at = u32::try_from(self.nodes.len()).ok()?;
        self.nodes.push(node);
        self.places.insert(node, at);
        Some(Branch::Node(at))
    }
}

/// A formula of which some atoms are known. Smart constructors keep it reduced.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Residual {
    True,
    False,
    Error,
    Atom(AtomId),
    Not(Box<Residual>),
    All(Vec<Residual>),
    Any(Vec<Residual>),
}

impl Residual {
    fn of(formula: &Formula) -> Self {
        match formula {
            Formula::Constant(true) => Residual::True,
            Formula::Constant(false) => Residual::False,
            Formula::Atom(id) => Residual::Atom(*id),
            Formula::Not(inner) => Residual::of(inner).negate(),
            Formula::All(list) => junction(list.iter().map(Residual::of), Residual::False),
            Formula::Any(list) => junction(list.iter().map(Residual::of), Residual::True),
        }
    }

    fn negate(self) -> Self {
        match self {
            Residual::True => Residual::False,
            Residual::False => Residual::True,
            Residual::Error => Residual::Error,
            Residual::Not(inner) => *inner,
            other => Residual::Not(Box::new(other)),
        }
    }

    fn assume(&self, atom: AtomId, value: &Residual) -> Self {
        match self {
            Residual::Atom(id) if *id == atom => value.clone(),
            Residual::True | Residual::False | Residual::Error | Residual::Atom(_) => self.clone(),
            Residual::Not(inner) => inner.assume(atom, value).negate(),
            Residual::All(list) => {
                junction(list.iter().map(|r| r.assume(atom, value)), Residual::False)
            }
            Residual::Any(list) => {
                junction(list.iter().map(|r| r.assume(atom, value)), Residual::True)
            }
        }
    }

    fn first_atom(&self) -> Option<AtomId> {
        match self {
            Residual::True | Residual::False | Residual::Error => None,
            Residual::Atom(id) => Some(*id),
            Residual::Not(inner) => inner.first_atom(),
            Residual::All(list) | Residual::Any(list) => list.iter().find_map(Residual::first_atom),
        }
    }

    fn collect(&self, out: &mut Vec<AtomId>) {
        match self {
            Residual::True | Residual::False | Residual::Error => {}
            Residual::Atom(id) => out.push(*id),
            Residual::Not(inner) => inner.collect(out),
            Residual::All(list) | Residual::Any(list) => list.iter().for_each(|r| r.collect(out)),
        }
    }
}

/// `&&` with `absorbing` false, `||` with `absorbing` true: the absorbing value wins over errors,
/// an error over the neutral value (CEL, langdef.md, "Logical Operators").
fn junction(members: impl Iterator<Item = Residual>, absorbing: Residual) -> Residual {
    let neutral = absorbing.clone().negate();
    let mut out = Vec::new();
    let mut failed = false;
    for member in members {
        if member == absorbing {
            return absorbing;
        }
        if member == Residual::Error {
            failed = true;
        } else if member != neutral {
            out.push(member);
        }
    }
    if out.is_empty() {
        return if failed { Residual::Error } else { neutral };
    }
    if failed {
        out.push(Residual::Error);
    }
    if out.len() == 1 {
        return out.pop().unwrap_or(neutral);
    }
    if absorbing == Residual::False {
        Residual::All(out)
    } else {
        Residual::Any(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gw_graph::{Origin, Reason, Rule};

    fn atom(n: usize) -> Formula {
        Formula::Atom(AtomId::from_index(n))
    }

    fn allow(when: Formula) -> Rule {
        Rule {
            name: "r".into(),
            effect: Effect::Allow,
            when,
            reason: Reason::new("r"),
            origin: Origin::default(),
        }
    }

    /// `(a && c) || (b && c)` asks for `c` after `a` and after `b`: what is left differs, since the
    /// second rule may still match, but what to do does not.
    #[test]
    fn equal_nodes_are_one() {
        let both = |a, b| Formula::All(vec![atom(a), atom(b)]);
        let once = RuleSet {
            name: "p".into(),
            rules: vec![allow(Formula::Any(vec![both(0, 2), both(1, 2)]))],
            mode: Mode::Enforce,
            origin: Origin::default(),
        };
        let diagram = build(&[once], &[RuleSetId::from_index(0)]).unwrap();
        let mut nodes = diagram.nodes.clone();
        nodes.sort_by_key(|n| n.atom);
        nodes.dedup();
        assert_eq!(nodes.len(), diagram.nodes.len(), "{:#?}", diagram.nodes);
    }
}
