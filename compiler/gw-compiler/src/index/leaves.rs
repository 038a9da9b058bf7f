//! The leaves of the index: lists of routes, and as bit masks what they ask for besides host and
//! path. Equal lists and equal masks are stored once. Must not know how leaves are reached.

use gw_graph::{
    Dimension, DimensionKey, DimensionKind, DimensionValue, Leaf, Link, Matcher, Route, RouteId,
    RouteIndex, Slice,
};
use hashbrown::HashMap;
use std::collections::BTreeMap;

/// The leaves under construction.
pub(super) struct Leaves<'r> {
    routes: &'r [Route],
    built: RouteIndex,
    by_routes: HashMap<Vec<RouteId>, Link, foldhash::fast::FixedState>,
    by_demands: HashMap<Vec<Demand>, Slice, foldhash::fast::FixedState>,
}

type Mask = Vec<u64>;

/// A dimension with its masks in place.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Demand {
    kind: DimensionKind,
    any: Mask,
    values: Vec<(DimensionKey, Mask)>,
}

impl<'r> Leaves<'r> {
    pub(super) fn new(routes: &'r [Route]) -> Self {
        Self {
            routes,
            built: RouteIndex::default(),
            by_routes: HashMap::default(),
            by_demands: HashMap::default(),
        }
    }

    /// The leaf of these routes; none for no routes.
    pub(super) fn leaf(&mut self, routes: Vec<RouteId>) -> Link {
        if routes.is_empty() {
            return Link::NONE;
        }
        if let Some(link) = self.by_routes.get(&routes) {
            return *link;
        }
        let start = self.built.candidates.len();
        self.built.candidates.extend_from_slice(&routes);
        let candidates = Slice::between(start, self.built.candidates.len());
        let dimensions = self.dimensions(&routes);
        let link = Link::to(self.built.leaves.len());
        self.built.leaves.push(Leaf {
            candidates,
            dimensions,
        });
        self.by_routes.insert(routes, link);
        link
    }

    /// Moves the leaves to the index.
    pub(super) fn finish(self, index: &mut RouteIndex) {
        index.leaves = self.built.leaves;
        index.candidates = self.built.candidates;
        index.dimensions = self.built.dimensions;
        index.values = self.built.values;
        index.masks = self.built.masks;
    }

    fn dimensions(&mut self, routes: &[RouteId]) -> Slice {
        let matchers: Vec<_> = routes
            .iter()
            .filter_map(|r| self.routes.get(r.index()))
            .map(|r| &r.matcher)
            .collect();
        let demands = demands(&matchers);
        if demands.is_empty() {
            return Slice::default();
        }
        if let Some(slice) = self.by_demands.get(&demands) {
            return *slice;
        }
        let stored: Vec<_> = demands.iter().map(|demand| self.store(demand)).collect();
        let start = self.built.dimensions.len();
        self.built.dimensions.extend(stored);
        let slice = Slice::between(start, self.built.dimensions.len());
        self.by_demands.insert(demands, slice);
        slice
    }

    fn store(&mut self, demand: &Demand) -> Dimension {
        let any = self.store_mask(&demand.any);
        let start = self.built.values.len();
        for (key, mask) in &demand.values {
            let mask = self.store_mask(mask);
            self.built.values.push(DimensionValue {
                key: key.clone(),
                mask,
            });
        }
        let values = Slice::between(start, self.built.values.len());
        Dimension {
            kind: demand.kind.clone(),
            any,
            values,
        }
    }

    fn store_mask(&mut self, mask: &Mask) -> u32 {
        let at = u32::try_from(self.built.masks.len()).unwrap_or(u32::MAX);
        self.built.masks.extend_from_slice(mask);
        at
    }
}

/// What the routes of a leaf ask for, by kind.
fn demands(matchers: &[&Matcher]) -> Vec<Demand> {
    let mut kinds: BTreeMap<DimensionKind, BTreeMap<DimensionKey, Vec<usize>>> = BTreeMap::new();
    let mut asking: BTreeMap<DimensionKind, Vec<usize>> = BTreeMap::new();
    for (position, matcher) in matchers.iter().enumerate() {
        for (kind, keys) in asked(matcher) {
            asking.entry(kind.clone()).or_default().push(position);
            let values = kinds.entry(kind).or_default();
            for key in keys {
                values.entry(key).or_default().push(position);
            }
        }
    }
    let words = matchers.len().div_ceil(64);
    asking
        .into_iter()
        .map(|(kind, asking)| {
            let values = kinds.remove(&kind).unwrap_or_default();
            let values = values
                .into_iter()
                .map(|(k, list)| (k, mask(&list, words)))
                .collect();
            let mut any = mask(&(0..matchers.len()).collect::<Vec<_>>(), words);
            any.iter_mut()
                .zip(mask(&asking, words))
                .for_each(|(any, asks)| *any &= !asks);
            Demand { kind, any, values }
        })
        .collect()
}

/// What one route asks for: each kind once, with the values that satisfy it.
fn asked(matcher: &Matcher) -> BTreeMap<DimensionKind, Vec<DimensionKey>> {
    let mut asked = BTreeMap::new();
    if !matcher.listeners.is_empty() {
        let keys = matcher
            .listeners
            .iter()
            .map(|l| DimensionKey::Listener(*l))
            .collect();
        asked.insert(DimensionKind::Listener, keys);
    }
    if !matcher.methods.is_empty() {
        let mut keys: Vec<_> = matcher
            .methods
            .iter()
            .cloned()
            .map(DimensionKey::Text)
            .collect();
        // A GET route takes HEAD too (RFC 9110 section 9.3.2).
        if matcher.methods.iter().any(|m| m == "GET") {
            keys.push(DimensionKey::Text("HEAD".into()));
        }
        asked.insert(DimensionKind::Method, unique(keys));
    }
    if !matcher.sources.is_empty() {
        let keys = matcher
            .sources
            .iter()
            .map(|net| DimensionKey::Net(net.trunc()))
            .collect();
        asked.insert(DimensionKind::Source, unique(keys));
    }
    let headers = matcher
        .headers
        .iter()
        .map(|(n, v)| (DimensionKind::Header(n.clone()), v));
    let query = matcher
        .query
        .iter()
        .map(|(n, v)| (DimensionKind::Query(n.clone()), v));
    for (kind, value) in headers.chain(query) {
        let key = DimensionKey::Text(value.into());
        match asked.entry(kind) {
            std::collections::btree_map::Entry::Vacant(slot) => {
                slot.insert(vec![key]);
            }
            // Two different values of the same field at once: nothing satisfies that.
            std::collections::btree_map::Entry::Occupied(mut slot) => {
                slot.get_mut().retain(|first| *first == key);
            }
        }
    }
    asked
}

fn unique(mut keys: Vec<DimensionKey>) -> Vec<DimensionKey> {
    keys.sort();
    keys.dedup();
    keys
}

fn mask(positions: &[usize], words: usize) -> Mask {
    let mut mask = vec![0; words];
    for position in positions {
        if let Some(word) = mask.get_mut(position / 64) {
            *word |= 1u64 << (position % 64);
        }
    }
    mask
}
