//! The routes whose host and path fit: what else they ask for, as bit masks in order of
//! precedence. The first bit that is left wins.

use super::Slots;
use gw_graph::{DimensionKey, DimensionKind, ListenerId, RouteId, RouteIndex, Slice};
use ipnet::IpNet;
use smol_str::SmolStr;
use std::net::IpAddr;

/// What routes can ask of a request besides host and path.
pub(crate) trait Demands {
    fn listener(&self) -> ListenerId;
    fn method(&self) -> &str;
    /// A header field that has this slot; values of several lines are joined.
    fn header(&self, slot: u32) -> Option<&[u8]>;
    /// The first value of a query parameter that has this slot, decoded.
    fn query(&self, slot: u32) -> Option<&str>;
    fn source(&self) -> IpAddr;
}

/// The leaves of the index.
#[derive(Debug)]
pub(super) struct Leaves {
    leaves: Vec<Leaf>,
    candidates: Vec<Candidate>,
    dimensions: Vec<Dimension>,
    masks: Vec<u64>,
}

/// The routes of a leaf, and what they ask for.
#[derive(Clone, Copy, Debug)]
struct Leaf {
    candidates: Slice,
    dimensions: Slice,
    /// The first of the candidates, which is mostly the only one.
    first: Option<Candidate>,
}

/// A route of a leaf, with what is to be judged beside the masks: kept here so that most look-ups
/// end without reading the route.
#[derive(Clone, Copy, Debug)]
struct Candidate {
    route: RouteId,
    judge: Judge,
}

/// What is to be judged of a candidate.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Judge {
    /// Nothing.
    Nothing,
    /// Its parameters, if the path holds escapes.
    Escapes,
    /// Its parameters and its condition.
    All,
}

#[derive(Debug)]
struct Dimension {
    values: Values,
    /// Candidates that do not ask.
    any: u32,
}

/// Values with the masks of the candidates that ask for them; texts are sorted.
#[derive(Debug)]
enum Values {
    Listener(Vec<(ListenerId, u32)>),
    Method(Vec<(Method, u32)>),
    Header(u32, Vec<(SmolStr, u32)>),
    Query(u32, Vec<(SmolStr, u32)>),
    Source(Vec<(IpNet, u32)>),
}

/// A method with its bytes as a number, which tells methods of up to eight bytes apart.
#[derive(Debug)]
struct Method {
    text: SmolStr,
    number: u64,
}

impl Method {
    fn new(text: SmolStr) -> Self {
        Self {
            number: number(text.as_bytes()),
            text,
        }
    }

    #[inline]
    fn is(&self, method: &str, number: u64) -> bool {
        self.number == number
            && self.text.len() == method.len()
            && (method.len() <= 8 || self.text == method)
    }
}

/// Distinct for distinct texts of one length up to eight: the first and last four bytes, or the
/// first, middle and last of shorter ones.
#[inline]
fn number(text: &[u8]) -> u64 {
    if let (Some(first), Some(last)) = (text.first_chunk::<4>(), text.last_chunk::<4>()) {
        return u64::from(u32::from_le_bytes(*first)) << 32 | u64::from(u32::from_le_bytes(*last));
    }
    let byte = |at: usize| text.get(at).copied().map_or(0, u64::from);
    byte(0) << 16 | byte(text.len() / 2) << 8 | byte(text.len().saturating_sub(1))
}

impl Leaves {
    pub(super) fn new(
        index: &RouteIndex,
        slots: &mut impl Slots,
        judge: impl Fn(RouteId) -> Judge,
    ) -> Self {
        let dimension = |dimension: &gw_graph::Dimension| {
            let values = index
                .values
                .get(dimension.values.range())
                .unwrap_or_default();
            let texts = || {
                let text = |v: &gw_graph::DimensionValue| match &v.key {
                    DimensionKey::Text(text) => Some((text.clone(), v.mask)),
                    DimensionKey::Listener(_) | DimensionKey::Net(_) => None,
                };
                let mut texts: Vec<_> = values.iter().filter_map(text).collect();
                texts.sort();
                texts
            };
            let values = match &dimension.kind {
                DimensionKind::Listener => Values::Listener(
                    values
                        .iter()
                        .filter_map(|v| Some((v.key.listener()?, v.mask)))
                        .collect(),
                ),
                DimensionKind::Method => Values::Method(
                    texts()
                        .into_iter()
                        .map(|(text, mask)| (Method::new(text), mask))
                        .collect(),
                ),
                DimensionKind::Header(name) => Values::Header(slots.header(name), texts()),
                DimensionKind::Query(name) => Values::Query(slots.query(name), texts()),
                DimensionKind::Source => Values::Source(
                    values
                        .iter()
                        .filter_map(|v| Some((v.key.net()?, v.mask)))
                        .collect(),
                ),
            };
            Dimension {
                values,
                any: dimension.any,
            }
        };
        let candidates = index.candidates.iter().map(|route| Candidate {
            route: *route,
            judge: judge(*route),
        });
        let candidates: Vec<Candidate> = candidates.collect();
        let leaf = |leaf: &gw_graph::Leaf| Leaf {
            candidates: leaf.candidates,
            dimensions: leaf.dimensions,
            first: slice(&candidates, leaf.candidates).first().copied(),
        };
        Self {
            leaves: index.leaves.iter().map(leaf).collect(),
            candidates,
            dimensions: index.dimensions.iter().map(dimension).collect(),
            masks: index.masks.clone(),
        }
    }

    /// The first candidate that fits and is accepted.
    #[inline]
    pub(super) fn first<D: Demands>(
        &self,
        leaf: u32,
        demands: &D,
        accept: &mut impl FnMut(RouteId, Judge) -> bool,
    ) -> Option<RouteId> {
        let (candidates, dimensions) = self.leaf(leaf)?;
        // One word of candidates at a time, so that leaves of any size need no memory.
        for (word, chunk) in candidates.chunks(64).enumerate() {
            let mut left = self.word(word, chunk, dimensions, demands, false);
            while left != 0 {
                let found = chunk.get(left.trailing_zeros() as usize)?;
                if accept(found.route, found.judge) {
                    return Some(found.route);
                }
                left &= left - 1;
            }
        }
        None
    }

    /// Calls `each` for the candidates that fit but for their method.
    pub(super) fn each_ignoring_method<D: Demands>(
        &self,
        leaf: u32,
        demands: &D,
        each: &mut impl FnMut(RouteId),
    ) {
        let Some((candidates, dimensions)) = self.leaf(leaf) else {
            return;
        };
        for (word, chunk) in candidates.chunks(64).enumerate() {
            let left = self.word(word, chunk, dimensions, demands, true);
            let fits = |(bit, _): &(usize, &Candidate)| left & (1u64 << bit) != 0;
            chunk
                .iter()
                .enumerate()
                .filter(fits)
                .for_each(|(_, found)| each(found.route));
        }
    }

    #[inline]
    fn leaf(&self, leaf: u32) -> Option<(&[Candidate], &[Dimension])> {
        let leaf = self.leaves.get(leaf as usize)?;
        let candidates = match &leaf.first {
            Some(only) if leaf.candidates.len == 1 => std::slice::from_ref(only),
            _ => slice(&self.candidates, leaf.candidates),
        };
        Some((candidates, slice(&self.dimensions, leaf.dimensions)))
    }

    /// The candidates of a word that all dimensions leave.
    #[inline]
    fn word<D: Demands>(
        &self,
        word: usize,
        chunk: &[Candidate],
        dimensions: &[Dimension],
        demands: &D,
        any_method: bool,
    ) -> u64 {
        let mut left = if chunk.len() >= 64 {
            u64::MAX
        } else {
            (1u64 << chunk.len()) - 1
        };
        for dimension in dimensions {
            if any_method && matches!(dimension.values, Values::Method(_)) {
                continue;
            }
            left &= self.mask(dimension.any, word) | self.asked(&dimension.values, word, demands);
            if left == 0 {
                break;
            }
        }
        left
    }

    /// The candidates that ask for what the request has.
    #[inline]
    fn asked<D: Demands>(&self, values: &Values, word: usize, demands: &D) -> u64 {
        let found = match values {
            Values::Method(values) => {
                let method = demands.method();
                let number = number(method.as_bytes());
                let known = values.iter().find(|(known, _)| known.is(method, number));
                known.map(|(_, mask)| *mask)
            }
            Values::Header(slot, values) => {
                demands.header(*slot).and_then(|value| text(values, value))
            }
            Values::Query(slot, values) => demands
                .query(*slot)
                .and_then(|value| text(values, value.as_bytes())),
            Values::Listener(values) => {
                let listener = demands.listener();
                values
                    .iter()
                    .find(|(id, _)| *id == listener)
                    .map(|(_, mask)| *mask)
            }
            Values::Source(values) => {
                let ip = demands.source();
                let inside = values.iter().filter(|(net, _)| net.contains(&ip));
                return inside.fold(0, |found, (_, mask)| found | self.mask(*mask, word));
            }
        };
        found.map_or(0, |mask| self.mask(mask, word))
    }

    #[inline]
    fn mask(&self, mask: u32, word: usize) -> u64 {
        self.masks.get(mask as usize + word).copied().unwrap_or(0)
    }
}

#[inline]
fn text(values: &[(SmolStr, u32)], value: &[u8]) -> Option<u32> {
    if values.len() <= 8 {
        return values
            .iter()
            .find(|(text, _)| text.as_bytes() == value)
            .map(|(_, mask)| *mask);
    }
    let at = values
        .binary_search_by(|(text, _)| text.as_bytes().cmp(value))
        .ok()?;
    values.get(at).map(|(_, mask)| *mask)
}

#[inline]
fn slice<T>(of: &[T], slice: Slice) -> &[T] {
    of.get(slice.range()).unwrap_or_default()
}
