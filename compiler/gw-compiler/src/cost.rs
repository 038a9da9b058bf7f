//! What the expressions of a policy cost at most. Knows how large what a request brings can be;
//! must not know how an expression's cost adds up.

use gw_expr::{Estimate, Fact, FactTable, Ir};
use gw_graph::{Access, AtomId, Authorization, Formula, Graph, HttpSettings, Origin, Route};

/// The most bytes of a record of a table; a file with longer ones is not read.
const RECORD: u64 = gw_graph::MAX_RECORD_BYTES as u64;

/// The largest message of a TLS handshake, which brings the certificate of a client, in bytes.
const HANDSHAKE: u64 = 64 << 10;

/// The largest head of a response that is taken from a backend, in bytes.
const RESPONSE: u64 = 64 << 10;

/// A condition of a route with its cost.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Condition {
    /// Its source text.
    pub text: String,
    /// Where it stands.
    pub origin: Origin,
    /// What it costs.
    pub estimate: Estimate,
}

/// The cost of an expression of a policy, for the largest inputs that its listeners let in.
pub fn estimate(graph: &Graph, ir: &Ir) -> Estimate {
    let heads = graph.listeners.iter().map(|l| l.http.max_head);
    let head = heads.max().unwrap_or(HttpSettings::default().max_head);
    gw_expr::estimate(ir, &graph.facts, &|fact| bytes(fact, head))
}

/// The same of an expression without its policy, for the largest inputs that a listener lets in if
/// it says nothing else.
pub fn estimate_alone(facts: &FactTable, ir: &Ir) -> Estimate {
    let head = HttpSettings::default().max_head;
    gw_expr::estimate(ir, facts, &|fact| bytes(fact, head))
}

/// The bytes in which a fact arrives: what is read from the head of a message is no longer than
/// that, tokens included.
fn bytes(fact: &Fact, head: u64) -> u64 {
    match fact.path.root.as_str() {
        "response" => RESPONSE,
        "request" | "path" | "source" | "peer" | "tls" | "route" | "now" | "jwt" | "principal" => {
            head
        }
        "certificate" => HANDSHAKE,
        _ => RECORD,
    }
}

/// The conditions that a request to a route may evaluate, each once, the dearest first.
pub fn conditions(graph: &Graph, route: &Route) -> Vec<Condition> {
    let mut atoms: Vec<AtomId> = Vec::new();
    route
        .matcher
        .when
        .iter()
        .for_each(|f| gather(f, &mut atoms));
    let (Access::Public { denies: rules, .. }
    | Access::Protected {
        authorization: rules,
        ..
    }) = &route.access;
    rules_of(rules, graph, &mut atoms);
    let mut conditions: Vec<Condition> = atoms
        .into_iter()
        .filter_map(|id| {
            let atom = graph.atoms.get(id.index())?;
            let ir = graph.exprs.get(atom.expr.index())?;
            Some(Condition {
                text: atom.text.clone(),
                origin: atom.origin,
                estimate: estimate(graph, ir),
            })
        })
        .collect();
    conditions.sort_by_key(|c| std::cmp::Reverse(c.estimate.steps));
    conditions
}

fn rules_of(rules: &Authorization, graph: &Graph, atoms: &mut Vec<AtomId>) {
    let sets = rules.sets.iter();
    let sets = sets.filter_map(|id| graph.rule_sets.get(id.index()));
    for rule in sets.flat_map(|set| &set.rules) {
        gather(&rule.when, atoms);
    }
}

fn gather(formula: &Formula, atoms: &mut Vec<AtomId>) {
    match formula {
        Formula::Constant(_) => {}
        Formula::Atom(id) if atoms.contains(id) => {}
        Formula::Atom(id) => atoms.push(*id),
        Formula::Not(inner) => gather(inner, atoms),
        Formula::All(parts) | Formula::Any(parts) => {
            parts.iter().for_each(|part| gather(part, atoms));
        }
    }
}
