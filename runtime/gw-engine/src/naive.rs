//! The plain reading of what routes take: each in turn, in order of precedence. The oracle of the
//! index, and what tells why a route did not take a request. Shares with the index only the
//! meaning of segment types.

use crate::conditions::Conditions;
use crate::facts::{Candidate, FactSource};
use crate::route::Demands;
use crate::{Engine, Mismatch, NearMiss, RequestHead, Truth, World};
use gw_graph::{HostPattern, Matcher, Route, RouteId, Segment, SegmentClass};
use smol_str::SmolStr;
use std::cmp::Ordering;

/// The first route in order of precedence that takes the request.
pub(crate) fn find(engine: &Engine, world: World<'_>, head: &RequestHead<'_>) -> Option<RouteId> {
    let facts = engine.fact_source(world, head);
    let mut conditions = Conditions::new(engine);
    let mut fitting: Vec<(RouteId, &Route)> = routes(engine)
        .filter(|(id, _)| mismatches(engine, *id, &facts, &mut conditions).is_empty())
        .collect();
    fitting.sort_by(|(a, first), (b, second)| {
        precedence(&first.matcher, &second.matcher, head.host).then(a.cmp(b))
    });
    fitting.first().map(|(id, _)| *id)
}

/// Routes that failed one matcher only, or fit but lost, the closest first.
pub(crate) fn near<'x>(
    engine: &'x Engine,
    chosen: Option<RouteId>,
    facts: &FactSource<'x>,
    conditions: &mut Conditions<'x>,
) -> Vec<NearMiss> {
    const MOST: usize = 8;
    let mut near: Vec<NearMiss> = routes(engine)
        .filter(|(id, _)| Some(*id) != chosen)
        .map(|(route, _)| {
            let mut failed = mismatches(engine, route, facts, conditions);
            if failed.is_empty() {
                failed.push(Mismatch::LessSpecific);
            }
            NearMiss { route, failed }
        })
        .filter(|miss| miss.failed.len() == 1 && miss.failed != [Mismatch::Path(0)])
        .collect();
    near.sort_by_key(|miss| match miss.failed.first() {
        Some(Mismatch::Path(segment)) => (1, usize::MAX - segment),
        _ => (0, 0),
    });
    near.truncate(MOST);
    near
}

fn routes(engine: &Engine) -> impl Iterator<Item = (RouteId, &Route)> {
    engine
        .graph
        .routes
        .iter()
        .enumerate()
        .map(|(at, route)| (RouteId::from_index(at), route))
}

/// What of a route does not fit; the condition is judged only if all else fits.
fn mismatches<'x>(
    engine: &'x Engine,
    id: RouteId,
    facts: &FactSource<'x>,
    conditions: &mut Conditions<'x>,
) -> Vec<Mismatch> {
    let Some(route) = engine.graph.routes.get(id.index()) else {
        return vec![Mismatch::Host];
    };
    let matcher = &route.matcher;
    let head = facts.head();
    let mut failed = Vec::new();
    if !matcher.listeners.is_empty() && !matcher.listeners.contains(&head.listener) {
        failed.push(Mismatch::Listener);
    }
    if !matcher.hosts.is_empty() && !matcher.hosts.iter().any(|h| takes_host(h, head.host)) {
        failed.push(Mismatch::Host);
    }
    failed.extend(path_mismatch(engine, id, matcher, head.path).map(Mismatch::Path));
    if !takes_method(matcher, head.method) {
        failed.push(Mismatch::Method);
    }
    for (name, value) in &matcher.headers {
        if facts.header_named(name) != Some(value.as_bytes()) {
            failed.push(Mismatch::Header(name.to_string()));
        }
    }
    for (name, value) in &matcher.query {
        if facts.query_named(name) != Some(value.as_str()) {
            failed.push(Mismatch::Query(name.to_string()));
        }
    }
    let source = facts.source();
    if !matcher.sources.is_empty() && !matcher.sources.iter().any(|net| net.contains(&source)) {
        failed.push(Mismatch::Source);
    }
    if let (true, Some(when)) = (failed.is_empty(), &matcher.when) {
        let params = engine.router.params(id);
        facts.judge(params.map(|params| Candidate { route, params }));
        if conditions.formula(when, facts) != Truth::True {
            failed.push(Mismatch::When);
        }
    }
    failed
}

fn takes_host(pattern: &HostPattern, host: &str) -> bool {
    match pattern {
        HostPattern::Exact(name) => name == host,
        HostPattern::Suffix(suffix) => host.strip_suffix(suffix.as_str()).is_some_and(|before| {
            before
                .strip_suffix('.')
                .is_some_and(|labels| !labels.is_empty())
        }),
    }
}

fn takes_method(matcher: &Matcher, method: &str) -> bool {
    let lists = |name: &str| matcher.methods.iter().any(|m| m == name);
    matcher.methods.is_empty() || lists(method) || (method == "HEAD" && lists("GET"))
}

/// The first segment that does not fit.
fn path_mismatch(engine: &Engine, id: RouteId, matcher: &Matcher, path: &str) -> Option<usize> {
    shape_mismatch(&matcher.path, path).or_else(|| engine.router.params(id)?.misfit(path))
}

/// The same without a look at the types of parameters.
fn shape_mismatch(pattern: &[Segment], path: &str) -> Option<usize> {
    let root = root();
    let pattern = or_root(pattern, &root);
    let mut texts = path.strip_prefix('/').unwrap_or(path).split('/');
    for (at, segment) in pattern.iter().enumerate() {
        let fits = match segment {
            Segment::Rest(_) => return None,
            Segment::Exact(literal) => texts.next() == Some(literal.as_str()),
            Segment::Any | Segment::Param(..) => texts.next().is_some_and(|text| !text.is_empty()),
        };
        if !fits {
            return Some(at);
        }
    }
    texts.next().map(|_| pattern.len())
}

/// Which of two routes that both take a request comes first.
fn precedence(a: &Matcher, b: &Matcher, host: &str) -> Ordering {
    let conditions = |m: &Matcher| {
        m.headers.len()
            + m.query.len()
            + usize::from(!m.sources.is_empty())
            + usize::from(m.when.is_some())
    };
    let names_head = |m: &Matcher| m.methods.iter().any(|method| method == "HEAD");
    host_class(b, host)
        .cmp(&host_class(a, host))
        .then_with(|| path_order(&a.path, &b.path))
        .then_with(|| a.methods.is_empty().cmp(&b.methods.is_empty()))
        .then_with(|| conditions(b).cmp(&conditions(a)))
        .then_with(|| b.priority.cmp(&a.priority))
        .then_with(|| names_head(b).cmp(&names_head(a)))
}

/// Greater is more specific: exact, then suffixes by length, then any.
fn host_class(matcher: &Matcher, host: &str) -> usize {
    let fitting = matcher
        .hosts
        .iter()
        .filter(|pattern| takes_host(pattern, host));
    let class = |pattern: &HostPattern| match pattern {
        HostPattern::Exact(_) => usize::MAX,
        HostPattern::Suffix(suffix) => 1 + suffix.len(),
    };
    fitting.map(class).max().unwrap_or(0)
}

/// Segment by segment from the left; a path that ends beats one that goes on with `**`.
fn path_order(a: &[Segment], b: &[Segment]) -> Ordering {
    let root = root();
    let (a, b) = (or_root(a, &root), or_root(b, &root));
    let class = |path: &[Segment], at: usize| path.get(at).map(Segment::class);
    for at in 0..a.len().max(b.len()) {
        match (class(a, at), class(b, at)) {
            (Some(SegmentClass::Rest), None) => return Ordering::Greater,
            (None, Some(SegmentClass::Rest)) => return Ordering::Less,
            (first, second) if first != second => return first.cmp(&second),
            _ => {}
        }
    }
    Ordering::Equal
}

/// The pattern of `/`: one empty segment.
fn root() -> [Segment; 1] {
    [Segment::Exact(SmolStr::default())]
}

/// The root's pattern may be written as no segment at all.
fn or_root<'p>(pattern: &'p [Segment], root: &'p [Segment]) -> &'p [Segment] {
    if pattern.is_empty() { root } else { pattern }
}
