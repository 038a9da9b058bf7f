//! Findings about routes that differ only in a slash at the end.

use super::RouteSpans;
use crate::recall::Outcome as Recollection;
use gw_graph::{
    Access, Action, AuthnTree, Effect, Few, Formula, Graph, Mode, Route, RouteId, Segment,
};
use gw_syntax::{Code, Diagnostic, Span};
use hashbrown::HashMap;

/// Adds a finding for each pair that treats the same requests differently.
pub(super) fn check(
    graph: &Graph,
    (spans, recalled): (&RouteSpans, &mut Recollection),
    diagnostics: &mut Vec<Diagnostic>,
) {
    let routes = || (0..).map(RouteId::from_index).zip(&graph.routes);
    let mut slashed: HashMap<&[Segment], Vec<(RouteId, &Route)>> = HashMap::new();
    for (id, route) in routes() {
        if let Some(stem) = before_slash(&route.matcher.path) {
            slashed.entry(stem).or_default().push((id, route));
        }
    }
    if slashed.is_empty() {
        return;
    }
    for (id, plain) in routes() {
        let others = slashed.get(plain.matcher.path.as_slice());
        for (other_id, other) in others.into_iter().flatten() {
            if !same_requests(plain, other) {
                continue;
            }
            recalled.compare(id);
            if treats_differently(graph, plain, other) {
                let places = (spans.get(id), spans.get(*other_id));
                diagnostics.push(pair((plain, other), places));
            }
        }
    }
}

/// The path without the slash at its end; `/` alone has none to lose.
fn before_slash(path: &Few<Segment>) -> Option<&[Segment]> {
    match path.as_slice() {
        [stem @ .., Segment::Exact(last)] if last.is_empty() && !stem.is_empty() => Some(stem),
        _ => None,
    }
}

/// Whether they would take the same requests but for the slash.
fn same_requests(a: &Route, b: &Route) -> bool {
    let (a, b) = (&a.matcher, &b.matcher);
    let methods = a.methods.is_empty()
        || b.methods.is_empty()
        || a.methods.iter().any(|m| b.methods.contains(m));
    methods
        && (&a.listeners, &a.hosts) == (&b.listeners, &b.hosts)
        && (&a.headers, &a.query, &a.sources) == (&b.headers, &b.query, &b.sources)
        && a.when == b.when
}

/// Whether it matters which of them takes a request. A redirect is how they are brought together.
fn treats_differently(graph: &Graph, a: &Route, b: &Route) -> bool {
    let redirects = |r: &Route| matches!(r.action, Action::Redirect { .. });
    !redirects(a)
        && !redirects(b)
        && (guard(graph, a) != guard(graph, b) || a.limits != b.limits || a.action != b.action)
}

/// Whether a route is public, whom it asks for, and its rules without their names.
type Guard<'g> = (
    bool,
    Option<&'g AuthnTree>,
    Vec<(Mode, Effect, &'g Formula)>,
);

/// Who is let in, whatever the rules are called.
fn guard<'g>(graph: &'g Graph, route: &'g Route) -> Guard<'g> {
    let (public, authn, authorization) = match &route.access {
        Access::Public { denies, .. } => (true, None, denies),
        Access::Protected {
            authn,
            authorization,
        } => (false, authn.as_ref(), authorization),
    };
    let ids = authorization.sets.iter();
    let sets = ids.filter_map(|id| graph.rule_sets.get(id.index()));
    let rules = sets.flat_map(|s| s.rules.iter().map(|r| (s.mode, r.effect, &r.when)));
    (public, authn, rules.collect())
}

fn pair((plain, slashed): (&Route, &Route), (first, second): (Span, Span)) -> Diagnostic {
    let message = format!(
        "routes `{}` and `{}` differ only in a slash at the end, and treat requests differently",
        plain.name, slashed.name
    );
    Diagnostic::new(Code::TrailingSlash, second, message)
        .here("with a slash")
        .because(first, "without")
        .help("let one of them redirect to the other: `redirect 308 \"/path\"`")
}
