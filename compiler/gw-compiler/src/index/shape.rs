//! Routes whose paths have the same shape: the same literal segments, and parameters that are as
//! specific at the same places. Only these can be equally specific.

use gw_graph::{Route, RouteId, Segment, SegmentClass};
use std::hash::{BuildHasher, Hash, Hasher};

/// A route with its identity.
pub(super) type Entry<'r> = (RouteId, &'r Route);

/// A segment as far as shapes go.
#[derive(PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Step<'r> {
    Literal(&'r str),
    Other(SegmentClass),
}

/// Every two or more of these routes whose paths have the same shape, in the order of the source.
/// Nearly all routes are alone, so that hashes are compared first.
pub(super) fn alike<'r>(
    routes: &'r [Route],
    ids: &[RouteId],
) -> impl Iterator<Item = Vec<Entry<'r>>> {
    let entry = |id: &RouteId| Some((*id, routes.get(id.index())?));
    let mut hashed = Vec::with_capacity(ids.len());
    let entries = ids.iter().filter_map(entry);
    hashed.extend(entries.map(|(id, route)| (hash(route), id)));
    hashed.sort_unstable();
    let same: Vec<Vec<Entry<'r>>> = hashed
        .chunk_by(|a, b| a.0 == b.0)
        .filter(|same| same.len() > 1)
        .map(|same| same.iter().filter_map(|(_, id)| entry(id)).collect())
        .collect();
    same.into_iter().flat_map(apart)
}

/// Shapes that only have the same hash.
fn apart(mut same: Vec<Entry<'_>>) -> Vec<Vec<Entry<'_>>> {
    same.sort_by(|a, b| shape(a.1).cmp(shape(b.1)));
    let shapes = same.chunk_by(|a, b| shape(a.1).eq(shape(b.1)));
    shapes.map(<[_]>::to_vec).collect()
}

fn hash(route: &Route) -> u64 {
    let mut hasher = foldhash::fast::FixedState::default().build_hasher();
    shape(route).for_each(|step| step.hash(&mut hasher));
    hasher.finish()
}

fn shape(route: &Route) -> impl Iterator<Item = Step<'_>> {
    let path = route.matcher.path.as_slice();
    // The root path is one empty segment, however it is written.
    let root = path.is_empty().then_some(Step::Literal(""));
    root.into_iter()
        .chain(path.iter().map(|segment| match segment {
            Segment::Exact(text) => Step::Literal(text),
            Segment::Param(..) | Segment::Any | Segment::Rest(_) => Step::Other(segment.class()),
        }))
}
