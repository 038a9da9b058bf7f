//! Changes that need no expression: rules, identities and limits that are gone or wider.

use super::{Hint, Mutant, Patch};
use gw_graph::{
    Access, Algorithm, Authorization, Effect, Formula, Graph, LimitId, Origin, RateSource, Route,
    RouteId, Rule,
};
use gw_syntax::Sources;
use indexmap::IndexMap;

/// Every such mutant.
pub(super) fn mutants(graph: &Graph, sources: &Sources) -> Vec<Mutant> {
    let mut out = rules(graph, sources);
    out.extend(identities(graph, sources));
    out.extend(limits(graph));
    out
}

fn mutant(origin: Origin, was: String, now: &str, hint: Hint, patches: Vec<Patch>) -> Mutant {
    Mutant {
        origin,
        was,
        now: now.to_owned(),
        hint,
        routes: Vec::new(),
        patches,
    }
}

/// A rule of one statement, as lowered in each place of use.
fn rules(graph: &Graph, sources: &Sources) -> Vec<Mutant> {
    let mut statements: IndexMap<Origin, Vec<&Rule>> = IndexMap::new();
    for rule in graph.rule_sets.iter().flat_map(|s| &s.rules) {
        statements.entry(rule.origin).or_default().push(rule);
    }
    let mut out = Vec::new();
    for (origin, uses) in statements {
        let to = |value: bool| -> Vec<Patch> {
            let patch = |rule: &&Rule| Patch::When {
                rule: origin,
                from: rule.when.clone(),
                to: Formula::Constant(value),
            };
            uses.iter().map(patch).collect()
        };
        let was = line(graph, sources, origin);
        let conditional = uses.iter().any(|r| r.when != Formula::Constant(true));
        match uses.first().map(|r| r.effect) {
            Some(Effect::Deny) => {
                out.push(mutant(origin, was, "(removed)", Hint::Refused, to(false)));
            }
            Some(Effect::Allow) => {
                let gone = mutant(origin, was.clone(), "(removed)", Hint::Allowed, to(false));
                out.push(gone);
                if conditional {
                    out.push(mutant(origin, was, "allow", Hint::NotAllowed, to(true)));
                }
            }
            None => {}
        }
    }
    out
}

/// An `authn` statement with all routes that it holds for.
fn identities(graph: &Graph, sources: &Sources) -> Vec<Mutant> {
    let mut statements: IndexMap<Origin, Vec<RouteId>> = IndexMap::new();
    for (at, route) in graph.routes.iter().enumerate() {
        let asks = matches!(&route.access, Access::Protected { authn: Some(_), .. });
        let step = route.steps.iter().rev().find(|s| s.phase == "authn");
        if let (true, Some(step)) = (asks, step) {
            let routes = statements.entry(step.origin).or_default();
            routes.push(RouteId::from_index(at));
        }
    }
    let one = |(origin, routes)| {
        let was = line(graph, sources, origin);
        let patches = vec![Patch::NoAuthn(routes)];
        mutant(origin, was, "(removed)", Hint::Anonymous, patches)
    };
    statements.into_iter().map(one).collect()
}

/// Limits that tests can exhaust: requests of tests are never under way together, so limits on
/// concurrency are left out.
fn limits(graph: &Graph) -> Vec<Mutant> {
    let mut out = Vec::new();
    for (at, limit) in graph.limits.iter().enumerate() {
        if limit.algorithm == Algorithm::Concurrency {
            continue;
        }
        let id = LimitId::from_index(at);
        let was = format!("limit {}", limit.name);
        if let RateSource::Fixed(_) = limit.rate {
            let now = format!("{was} with twice its rate and burst");
            let patches = vec![Patch::Wider(id)];
            out.push(mutant(
                limit.origin,
                was.clone(),
                &now,
                Hint::TooMany,
                patches,
            ));
        }
        let patches = vec![Patch::NoLimit(id)];
        out.push(mutant(
            limit.origin,
            was,
            "(not used)",
            Hint::TooMany,
            patches,
        ));
    }
    out
}

/// The routes that patches have an effect on.
pub(super) fn reached(graph: &Graph, patches: &[Patch]) -> Vec<RouteId> {
    let touches = |route: &Route, id: RouteId| {
        patches.iter().any(|patch| match patch {
            Patch::Matcher {
                route: name, from, ..
            } => route.name == *name && route.matcher == **from,
            Patch::When { rule, from, .. } => authorization(route)
                .sets
                .iter()
                .filter_map(|s| graph.rule_sets.get(s.index()))
                .flat_map(|s| &s.rules)
                .any(|r| r.origin == *rule && r.when == *from),
            Patch::NoAuthn(routes) => routes.contains(&id),
            Patch::Wider(limit) | Patch::NoLimit(limit) => route.limits.contains(limit),
        })
    };
    let routes = graph.routes.iter().enumerate();
    routes
        .map(|(at, route)| (RouteId::from_index(at), route))
        .filter(|(id, route)| touches(route, *id))
        .map(|(id, _)| id)
        .collect()
}

fn authorization(route: &Route) -> &Authorization {
    match &route.access {
        Access::Public { denies, .. } => denies,
        Access::Protected { authorization, .. } => authorization,
    }
}

/// The first line of a statement's text.
fn line(graph: &Graph, sources: &Sources, origin: Origin) -> String {
    // Modules are numbered as sources are, in the order in which they were loaded.
    debug_assert!(graph.files.len() <= sources.iter().count());
    let source = sources.iter().nth(origin.file as usize).map(|(_, s)| s);
    let text = source.and_then(|s| s.text.lines().nth(origin.line.saturating_sub(1) as usize));
    let text = text.unwrap_or_default();
    let from = origin.column.saturating_sub(1) as usize;
    let count = match origin.end_line == origin.line {
        true => origin.end_column.saturating_sub(origin.column) as usize,
        false => usize::MAX,
    };
    text.chars().skip(from).take(count).collect()
}
