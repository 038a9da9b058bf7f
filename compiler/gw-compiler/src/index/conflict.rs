//! Routes that contradict each other: two of equal specificity that can take the same request, and
//! routes that never get one. Only routes with the same shape of path are compared.

use super::order::{self, Specificity};
use super::shape::{self, Entry};
use super::witness::{self, Witness};
use gw_graph::{Formula, HostPattern, Matcher, Route, RouteId};
use hashbrown::{HashMap, HashSet};
use std::collections::BTreeSet;

/// A contradiction between routes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Conflict {
    /// Two routes are equally specific, and can take the same request.
    Overlap {
        /// The one declared first.
        a: RouteId,
        /// The other.
        b: RouteId,
        /// A request that both take.
        witness: Box<Witness>,
    },
    /// A route never gets a request.
    Unreachable {
        /// The route.
        route: RouteId,
        /// A route that comes before it and takes all its requests, or the last of several that do
        /// so together.
        covered_by: RouteId,
    },
}

/// Adds the contradictions between the routes of one host.
pub(super) fn find(
    routes: &[Route],
    ids: &[RouteId],
    host: Option<&HostPattern>,
    conflicts: &mut Vec<Conflict>,
) {
    let first = conflicts.len();
    for mut list in shape::alike(routes, ids) {
        list.sort_by(|(_, a), (_, b)| order::compare(&a.matcher, &b.matcher));
        let specificity = |(_, route): &Entry<'_>| Specificity::of(&route.matcher);
        for group in list.chunk_by(|a, b| specificity(a) == specificity(b)) {
            compare_group(group, host, conflicts);
        }
    }
    if let Some(found) = conflicts.get_mut(first..) {
        found.sort_by_key(Conflict::later);
    }
}

impl Conflict {
    /// The route that would have to change, of which there is one contradiction for each host.
    fn later(&self) -> RouteId {
        match self {
            Conflict::Overlap { b, .. } => *b,
            Conflict::Unreachable { route, .. } => *route,
        }
    }
}

/// The same contradiction under several hosts is reported once.
pub(super) fn dedup(conflicts: &mut Vec<Conflict>) {
    let mut seen = HashSet::<_, foldhash::fast::FixedState>::default();
    conflicts.retain(|conflict| {
        seen.insert(match conflict {
            Conflict::Overlap { a, b, .. } => (true, *a, *b),
            Conflict::Unreachable { route, .. } => (false, *route, *route),
        })
    });
}

/// Routes that ask for the same fields, by the values that they ask for.
type ByValues<'r> = HashMap<Pairs<'r>, Vec<&'r Entry<'r>>>;
type Pairs<'r> = Vec<&'r (smol_str::SmolStr, String)>;

/// Compares routes of equal specificity. Routes that ask for the same fields with other values are
/// disjoint, so only those with the same values, or with other fields, are looked at.
fn compare_group(group: &[Entry<'_>], host: Option<&HostPattern>, conflicts: &mut Vec<Conflict>) {
    let mut by_fields: HashMap<Vec<(bool, &str)>, ByValues<'_>> = HashMap::new();
    for entry in group {
        let fields = fields(&entry.1.matcher);
        let values = values(&entry.1.matcher);
        let others = by_fields.iter().filter(|(f, _)| **f != fields);
        let mut earlier: Vec<&Entry<'_>> = others
            .flat_map(|(_, v)| v.values().flatten().copied())
            .collect();
        let same = by_fields.get(&fields).and_then(|v| v.get(&values));
        earlier.extend(same.into_iter().flatten());
        let overlap = earlier.iter().find_map(|first| overlap(first, entry, host));
        let unreachable = same.and_then(|same| covered(same, entry));
        conflicts.extend(overlap.or(unreachable));
        by_fields
            .entry(fields)
            .or_default()
            .entry(values)
            .or_default()
            .push(entry);
    }
}

fn fields(matcher: &Matcher) -> Vec<(bool, &str)> {
    let headers = matcher
        .headers
        .iter()
        .map(|(name, _)| (true, name.as_str()));
    let query = matcher.query.iter().map(|(name, _)| (false, name.as_str()));
    let names: BTreeSet<_> = headers.chain(query).collect();
    names.into_iter().collect()
}

fn values(matcher: &Matcher) -> Pairs<'_> {
    let mut headers: Vec<_> = matcher.headers.iter().collect();
    let mut query: Vec<_> = matcher.query.iter().collect();
    headers.sort();
    query.sort();
    headers.into_iter().chain(query).collect()
}

fn overlap(first: &Entry<'_>, second: &Entry<'_>, host: Option<&HostPattern>) -> Option<Conflict> {
    let (a, b) = if first.0 < second.0 {
        (first, second)
    } else {
        (second, first)
    };
    if a.1.matcher.priority != b.1.matcher.priority
        || exclude_each_other(a.1.matcher.when.as_deref(), b.1.matcher.when.as_deref())
    {
        return None;
    }
    let witness = witness::of_both(&a.1.matcher, &b.1.matcher, host)?;
    Some(Conflict::Overlap {
        a: a.0,
        b: b.0,
        witness: Box::new(witness),
    })
}

/// Conditions of which one is the other's negation.
fn exclude_each_other(a: Option<&Formula>, b: Option<&Formula>) -> bool {
    let negates = |a: &Formula, b: &Formula| matches!(a, Formula::Not(inner) if **inner == *b);
    matches!((a, b), (Some(a), Some(b)) if negates(a, b) || negates(b, a))
}

/// Whether routes that come earlier leave nothing for this one, method by method.
fn covered(earlier: &[&Entry<'_>], entry: &Entry<'_>) -> Option<Conflict> {
    let (route, matcher) = (entry.0, &entry.1.matcher);
    let covers = |method: Option<&str>| {
        earlier
            .iter()
            .find(|(_, e)| covers(&e.matcher, matcher, method))
            .map(|(id, _)| *id)
    };
    let covered_by = if matcher.methods.is_empty() {
        covers(None)?
    } else {
        let by: Option<Vec<_>> = matcher.methods.iter().map(|m| covers(Some(m))).collect();
        *by?.last()?
    };
    Some(Conflict::Unreachable { route, covered_by })
}

fn covers(outer: &Matcher, inner: &Matcher, method: Option<&str>) -> bool {
    let takes_method =
        outer.methods.is_empty() || method.is_some_and(|m| outer.methods.iter().any(|o| o == m));
    let path = outer.path.iter().zip(&inner.path);
    takes_method
        && outer
            .when
            .as_ref()
            .is_none_or(|w| inner.when.as_ref() == Some(w))
        && (outer.listeners.is_empty()
            || (!inner.listeners.is_empty()
                && inner.listeners.iter().all(|l| outer.listeners.contains(l))))
        && (outer.hosts.is_empty() || inner.hosts.iter().all(|h| outer.hosts.contains(h)))
        && (outer.sources.is_empty()
            || (!inner.sources.is_empty()
                && inner
                    .sources
                    .iter()
                    .all(|i| outer.sources.iter().any(|o| o.contains(i)))))
        && path
            .into_iter()
            .all(|(outer, inner)| witness::contains(outer, inner))
}
