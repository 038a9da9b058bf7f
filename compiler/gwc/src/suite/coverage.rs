//! What of a policy its tests reach: routes, rules, limits, the edges of its decision diagrams and
//! the leaves of its route index. Read from the traces of the production engine.

use gw_engine::{Trace, TraceEvent, Truth};
use gw_graph::{
    Access, AtomId, Authorization, Branch, Effect, Few, Formula, Graph, LimitId, Mode, Origin,
    RouteId, RuleSetId,
};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Something that tests can reach.
#[derive(Debug)]
pub(crate) struct Point {
    /// What it is.
    pub(crate) kind: Kind,
    /// Where it stands.
    pub(crate) origin: Origin,
    /// What it is called.
    pub(crate) name: String,
}

/// The kinds of point.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub(crate) enum Kind {
    /// A route is taken.
    Route,
    /// A rule decides.
    Rule,
    /// A limit lets pass, or refuses.
    Limit,
    /// A condition is true, or false, at one node of a decision diagram.
    Edge,
    /// A path ends at a leaf of the route index.
    Leaf,
}

impl Kind {
    /// Every kind, in the order of reports.
    pub(crate) const ALL: [Kind; 5] =
        [Kind::Route, Kind::Rule, Kind::Limit, Kind::Edge, Kind::Leaf];

    /// Its name for several.
    pub(crate) fn plural(self) -> &'static str {
        match self {
            Kind::Route => "routes",
            Kind::Rule => "rules",
            Kind::Limit => "limits",
            Kind::Edge => "edges",
            Kind::Leaf => "leaves",
        }
    }
}

/// Everything that tests of a graph can reach.
#[derive(Debug, Default)]
pub(crate) struct Map {
    points: Vec<Point>,
    routes: Vec<usize>,
    rules: HashMap<(RuleSetId, u32), usize>,
    /// Admitted; refused is the next point.
    limits: Vec<usize>,
    /// The true edge of each node of each diagram, by the sets that the diagram is made of; false
    /// is the next point. Nodes that only errors lead to have none.
    diagrams: HashMap<Few<RuleSetId>, Vec<Option<usize>>>,
    /// Conditions of routes: true; false is the next point.
    conditions: HashMap<AtomId, usize>,
    leaves: Vec<usize>,
}

/// How often each point was reached; counted by all threads.
#[derive(Debug, Default)]
pub(crate) struct Hits(Vec<AtomicU64>);

impl Map {
    /// The points of a graph.
    pub(crate) fn of(graph: &Graph) -> Self {
        let mut map = Self::default();
        for route in &graph.routes {
            let at = map.add(
                Kind::Route,
                route.origin,
                format!("route {} is taken", route.name),
            );
            map.routes.push(at);
        }
        map.add_rules(graph);
        for limit in &graph.limits {
            let passes = format!("limit {} lets pass", limit.name);
            let at = map.add(Kind::Limit, limit.origin, passes);
            let refuses = format!("limit {} refuses", limit.name);
            map.add(Kind::Limit, limit.origin, refuses);
            map.limits.push(at);
        }
        for route in &graph.routes {
            map.add_diagram(graph, authorization(&route.access));
            if let Some(when) = &route.matcher.when {
                map.add_conditions(graph, when);
            }
        }
        map.add_leaves(graph);
        map
    }

    /// The points, each with how often it was reached.
    pub(crate) fn points<'m>(&'m self, hits: &'m Hits) -> impl Iterator<Item = (&'m Point, u64)> {
        let counts = hits.0.iter().map(|count| count.load(Relaxed));
        self.points.iter().zip(counts)
    }

    fn add(&mut self, kind: Kind, origin: Origin, name: String) -> usize {
        self.points.push(Point { kind, origin, name });
        self.points.len() - 1
    }

    /// A statement is one point, however many places use its policy.
    fn add_rules(&mut self, graph: &Graph) {
        let mut known: HashMap<Origin, usize> = HashMap::new();
        for (at, set) in graph.rule_sets.iter().enumerate() {
            for (rule, written) in (0u32..).zip(&set.rules) {
                let verb = match written.effect {
                    Effect::Allow => "allow",
                    Effect::Deny => "deny",
                };
                let name = format!("{verb} of {} decides", set.name);
                let point = match known.get(&written.origin) {
                    Some(point) => *point,
                    None => self.add(Kind::Rule, written.origin, name),
                };
                known.insert(written.origin, point);
                self.rules.insert((RuleSetId::from_index(at), rule), point);
            }
        }
    }

    fn add_diagram(&mut self, graph: &Graph, authorization: &Authorization) {
        let Some(diagram) = &authorization.diagram else {
            return;
        };
        if self.diagrams.contains_key(&authorization.sets) {
            return;
        }
        let mut reachable = vec![false; diagram.nodes.len()];
        mark(&mut reachable, diagram.root);
        let mut points = Vec::with_capacity(diagram.nodes.len());
        for (at, node) in diagram.nodes.iter().enumerate() {
            // Edges lead to higher positions: whatever leads here was looked at before.
            let is_reachable = reachable.get(at) == Some(&true);
            if is_reachable {
                mark(&mut reachable, node.if_true);
                mark(&mut reachable, node.if_false);
            }
            points.push(is_reachable.then(|| self.add_condition(graph, node.atom)));
        }
        self.diagrams.insert(authorization.sets.clone(), points);
    }

    /// Two points: the condition is true, it is false.
    fn add_condition(&mut self, graph: &Graph, atom: AtomId) -> usize {
        let (text, origin) = match graph.atoms.get(atom.index()) {
            Some(atom) => (atom.text.as_str(), atom.origin),
            None => ("?", Origin::default()),
        };
        let at = self.add(Kind::Edge, origin, format!("{text} is true"));
        self.add(Kind::Edge, origin, format!("{text} is false"));
        at
    }

    fn add_conditions(&mut self, graph: &Graph, formula: &Formula) {
        match formula {
            Formula::Constant(_) => {}
            Formula::Atom(atom) => {
                if !self.conditions.contains_key(atom) {
                    let at = self.add_condition(graph, *atom);
                    self.conditions.insert(*atom, at);
                }
            }
            Formula::Not(inner) => self.add_conditions(graph, inner),
            Formula::All(list) | Formula::Any(list) => {
                list.iter().for_each(|f| self.add_conditions(graph, f));
            }
        }
    }

    fn add_leaves(&mut self, graph: &Graph) {
        let index = &graph.index;
        for leaf in &index.leaves {
            let candidates = index.candidates.get(leaf.candidates.range());
            let routes: Vec<_> = candidates
                .unwrap_or_default()
                .iter()
                .filter_map(|id| graph.routes.get(id.index()))
                .collect();
            let names: Vec<&str> = routes.iter().map(|r| r.name.as_str()).collect();
            let origin = routes.first().map(|r| r.origin).unwrap_or_default();
            let name = format!("a path of {}", names.join(" or else "));
            let at = self.add(Kind::Leaf, origin, name);
            self.leaves.push(at);
        }
    }
}

fn mark(reachable: &mut [bool], branch: Branch) {
    if let Branch::Node(at) = branch
        && let Some(seen) = reachable.get_mut(at as usize)
    {
        *seen = true;
    }
}

fn authorization(access: &Access) -> &Authorization {
    match access {
        Access::Public { denies, .. } => denies,
        Access::Protected { authorization, .. } => authorization,
    }
}

impl Hits {
    /// Nothing was reached yet.
    pub(crate) fn none(map: &Map) -> Self {
        Self(map.points.iter().map(|_| AtomicU64::new(0)).collect())
    }

    /// Counts what a request reached.
    pub(crate) fn count(&self, map: &Map, graph: &Graph, trace: &Trace) {
        let mut way = Way {
            hits: self,
            map,
            graph,
            route: None,
            routed: false,
            values: HashMap::new(),
        };
        trace.events.iter().for_each(|event| way.event(event));
    }

    fn hit(&self, point: Option<usize>) {
        if let Some(count) = point.and_then(|p| self.0.get(p)) {
            count.fetch_add(1, Relaxed);
        }
    }
}

/// The way of one request.
struct Way<'w> {
    hits: &'w Hits,
    map: &'w Map,
    graph: &'w Graph,
    route: Option<RouteId>,
    routed: bool,
    /// What the conditions of the route's rules gave.
    values: HashMap<(RuleSetId, u32), Truth>,
}

impl Way<'_> {
    fn event(&mut self, event: &TraceEvent) {
        match event {
            TraceEvent::Routed { route, .. } => {
                self.route = *route;
                self.routed = true;
                let point = route.and_then(|r| self.map.routes.get(r.index()));
                self.hits.hit(point.copied());
            }
            TraceEvent::Leaf { leaf } => {
                let point = self.map.leaves.get(*leaf as usize);
                self.hits.hit(point.copied());
            }
            // Conditions that are looked at before there is a route are those of routes.
            TraceEvent::Atom { atom, value } if !self.routed => {
                let point = self.map.conditions.get(atom);
                self.hits.hit(point.and_then(|p| edge(*p, *value)));
            }
            TraceEvent::Rule { set, rule, value } => {
                self.values.insert((*set, *rule), *value);
            }
            TraceEvent::Edge { node, value } => {
                let points = self.rules().and_then(|r| self.map.diagrams.get(&r.sets));
                let first = points.and_then(|p| *p.get(*node as usize)?);
                self.hits.hit(first.and_then(|first| edge(first, *value)));
            }
            TraceEvent::Ruled { set, rule } => self.ruled(*set, *rule),
            TraceEvent::Limit {
                limit, admitted, ..
            } => self.limited(*limit, *admitted),
            TraceEvent::Authorized { .. } => self.shadows(),
            TraceEvent::Atom { .. }
            | TraceEvent::Identity { .. }
            | TraceEvent::Edit { .. }
            | TraceEvent::Action { .. } => {}
        }
    }

    fn rules(&self) -> Option<&Authorization> {
        let route = self.graph.routes.get(self.route?.index())?;
        Some(authorization(&route.access))
    }

    /// The rule that decided; and of the scopes that the request passed before, the first rule
    /// that let it pass.
    fn ruled(&mut self, set: RuleSetId, rule: Option<u32>) {
        let decided = rule.and_then(|rule| self.map.rules.get(&(set, rule)));
        self.hits.hit(decided.copied());
        let effect = |set: RuleSetId, rule: u32| {
            let set = self.graph.rule_sets.get(set.index())?;
            Some((set.mode, set.rules.get(rule as usize)?.effect))
        };
        let denied = rule.and_then(|r| effect(set, r)).map(|(_, e)| e) == Some(Effect::Deny);
        let sets = self.rules().map(|r| r.sets.clone()).unwrap_or_default();
        let before = sets.iter().take_while(|s| **s != set);
        let mut passed = Vec::new();
        for set in before.filter(|_| !denied) {
            let allows = (0u32..)
                .map_while(|rule| Some((rule, effect(*set, rule)?)))
                .filter(|(_, (mode, e))| *mode == Mode::Enforce && *e == Effect::Allow);
            let holds = |rule: u32| self.values.get(&(*set, rule)) == Some(&Truth::True);
            passed.extend(allows.map(|(r, _)| (*set, r)).find(|(_, r)| holds(*r)));
        }
        for place in passed {
            self.hits.hit(self.map.rules.get(&place).copied());
        }
    }

    /// Rules in shadow mode decide nothing: those that would have are counted.
    fn shadows(&mut self) {
        let shadow = |set: &RuleSetId| {
            let set = self.graph.rule_sets.get(set.index());
            set.is_some_and(|s| s.mode == Mode::Shadow)
        };
        let held = self.values.iter().filter(|(_, v)| **v == Truth::True);
        let held = held.map(|(place, _)| *place);
        for place in held.filter(|(set, _)| shadow(set)).collect::<Vec<_>>() {
            self.hits.hit(self.map.rules.get(&place).copied());
        }
    }

    fn limited(&mut self, limit: LimitId, admitted: bool) {
        let point = self.map.limits.get(limit.index()).copied();
        self.hits.hit(point.map(|p| p + usize::from(!admitted)));
    }
}

/// The point of an edge, given that of the first edge of its node. Edges of errors are no points:
/// most conditions cannot fail.
fn edge(first: usize, value: Truth) -> Option<usize> {
    match value {
        Truth::True => Some(first),
        Truth::False => Some(first + 1),
        Truth::Error(_) => None,
    }
}
