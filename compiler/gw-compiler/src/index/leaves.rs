//! The leaves of the index: lists of routes, and as bit masks what they ask for besides host and
//! path. Equal lists and equal masks are stored once. Must not know how leaves are reached.

use gw_graph::{
    Dimension, DimensionKey, DimensionKind, DimensionValue, Leaf, Link, Matcher, Route, RouteId,
    RouteIndex, Slice,
};
use hashbrown::HashMap;
use std::collections::BTreeMap;

/// The leaves under construction.
pub(super) struct Leaves {
    built: RouteIndex,
    by_routes: HashMap<Vec<RouteId>, Link, foldhash::fast::FixedState>,
    /// What each route asks for, as a position in `asked`.
    asks: Vec<u32>,
    asked: Vec<Asked>,
    by_asks: HashMap<Vec<u32>, Slice, foldhash::fast::FixedState>,
}

/// What one route asks for: each kind once, with the values that satisfy it.
type Asked = BTreeMap<DimensionKind, Vec<DimensionKey>>;

type Mask = Vec<u64>;

/// A dimension with its masks in place.
struct Demand {
    kind: DimensionKind,
    any: Mask,
    values: Vec<(DimensionKey, Mask)>,
}

impl Leaves {
    pub(super) fn new(routes: &[Route]) -> Self {
        let mut known: HashMap<Asked, u32, foldhash::fast::FixedState> = HashMap::default();
        let mut asked = Vec::new();
        let ask = |route: &Route| {
            let next = u32::try_from(known.len()).unwrap_or(u32::MAX);
            let key = self::asked(&route.matcher);
            *known.entry(key).or_insert_with_key(|key| {
                asked.push(key.clone());
                next
            })
        };
        Self {
            asks: routes.iter().map(ask).collect(),
            asked,
            built: RouteIndex::default(),
            by_routes: HashMap::default(),
            by_asks: HashMap::default(),
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
        let asks: Vec<u32> = routes
            .iter()
            .filter_map(|r| self.asks.get(r.index()))
            .copied()
            .collect();
        if let Some(slice) = self.by_asks.get(&asks) {
            return *slice;
        }
        let asked: Vec<&Asked> = asks
            .iter()
            .filter_map(|at| self.asked.get(*at as usize))
            .collect();
        let demands = demands(&asked);
        let stored: Vec<_> = demands.iter().map(|demand| self.store(demand)).collect();
        let start = self.built.dimensions.len();
        self.built.dimensions.extend(stored);
        let slice = Slice::between(start, self.built.dimensions.len());
        self.by_asks.insert(asks, slice);
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
fn demands(candidates: &[&Asked]) -> Vec<Demand> {
    let mut kinds: BTreeMap<DimensionKind, BTreeMap<DimensionKey, Vec<usize>>> = BTreeMap::new();
    let mut asking: BTreeMap<DimensionKind, Vec<usize>> = BTreeMap::new();
    for (position, asked) in candidates.iter().enumerate() {
        for (kind, keys) in *asked {
            asking.entry(kind.clone()).or_default().push(position);
            let values = kinds.entry(kind.clone()).or_default();
            for key in keys {
                values.entry(key.clone()).or_default().push(position);
            }
        }
    }
    let words = candidates.len().div_ceil(64);
    asking
        .into_iter()
        .map(|(kind, asking)| {
            let values = kinds.remove(&kind).unwrap_or_default();
            let values = values
                .into_iter()
                .map(|(k, list)| (k, mask(&list, words)))
                .collect();
            let mut any = mask(&(0..candidates.len()).collect::<Vec<_>>(), words);
            any.iter_mut()
                .zip(mask(&asking, words))
                .for_each(|(any, asks)| *any &= !asks);
            Demand { kind, any, values }
        })
        .collect()
}

fn asked(matcher: &Matcher) -> Asked {
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
