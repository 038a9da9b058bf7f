//! Segments that are spelt out: compared one by one where a state has few, found by one hash table
//! for all states where it has many.

use foldhash::fast::FixedState;
use gw_graph::RouteIndex;
use std::hash::{BuildHasher, Hasher};

/// States with so many edges or fewer compare them one by one.
pub(super) const FEW: usize = 4;

/// The edges of states with few.
#[derive(Debug)]
pub(super) struct Small {
    edges: Vec<SmallEdge>,
    text: Box<[u8]>,
}

#[derive(Clone, Copy, Debug)]
struct SmallEdge {
    start: u32,
    len: u32,
    child: u32,
}

/// The edges of states with many: open addressing, at most half full. Its keys come from the
/// policy, so nobody can choose them to collide.
#[derive(Debug, Default)]
pub(super) struct Edges {
    pending: Vec<Edge>,
    slots: Vec<Edge>,
    text: Box<[u8]>,
}

/// Half a cache line: most segments are found without a look at their text.
#[derive(Clone, Copy, Debug)]
struct Edge {
    head: Head,
    node: u32,
    start: u32,
    len: u32,
    child: u32,
}

/// The first bytes of a segment, filled up with zeros.
type Head = [u8; HEAD];
const HEAD: usize = 16;

const EMPTY: Edge = Edge {
    head: [0; HEAD],
    node: 0,
    start: 0,
    len: u32::MAX,
    child: 0,
};

impl Small {
    pub(super) fn new(index: &RouteIndex) -> Self {
        let edges = index.edges.iter().map(|edge| SmallEdge {
            start: edge.text.start,
            len: edge.text.len,
            child: edge
                .child
                .position()
                .and_then(|p| u32::try_from(p).ok())
                .unwrap_or(u32::MAX),
        });
        Self {
            edges: edges.collect(),
            text: index.text.as_bytes().into(),
        }
    }

    /// The state after the segment that `rest` begins with, and the segment's length.
    #[inline]
    pub(super) fn find(&self, start: u32, len: u32, rest: &[u8]) -> Option<(u32, usize)> {
        let range = start as usize..start as usize + len as usize;
        for edge in self.edges.get(range)? {
            let text = text(&self.text, edge.start, edge.len);
            if rest.starts_with(text) && rest.get(text.len()).is_none_or(|byte| *byte == b'/') {
                return Some((edge.child, text.len()));
            }
        }
        None
    }
}

impl Edges {
    /// Adds an edge; [`Edges::build`] makes it visible.
    pub(super) fn add(&mut self, node: u32, segment: &str, start: u32, child: u32) {
        let len = u32::try_from(segment.len()).unwrap_or(u32::MAX - 1);
        self.pending.push(Edge {
            head: head(segment.as_bytes()),
            node,
            start,
            len,
            child,
        });
    }

    pub(super) fn build(&mut self, all: &str) {
        let pending = std::mem::take(&mut self.pending);
        if pending.is_empty() {
            return;
        }
        self.text = all.as_bytes().into();
        self.slots = vec![EMPTY; (pending.len() * 2).next_power_of_two()];
        let mask = self.slots.len() - 1;
        for edge in pending {
            let segment = text(&self.text, edge.start, edge.len);
            let mut at = hash(edge.node, &edge.head, segment) & mask;
            while let Some(slot) = self.slots.get_mut(at) {
                if slot.len == EMPTY.len {
                    *slot = edge;
                    break;
                }
                at = (at + 1) & mask;
            }
        }
    }

    /// The state after a segment.
    #[inline]
    pub(super) fn find(&self, node: u32, segment: &[u8]) -> Option<u32> {
        let head = head(segment);
        let mask = self.slots.len().checked_sub(1)?;
        let mut at = hash(node, &head, segment) & mask;
        loop {
            let slot = self.slots.get(at)?;
            if slot.len == EMPTY.len {
                return None;
            }
            if slot.head == head
                && slot.node == node
                && slot.len as usize == segment.len()
                && (segment.len() <= HEAD || text(&self.text, slot.start, slot.len) == segment)
            {
                return Some(slot.child);
            }
            at = (at + 1) & mask;
        }
    }
}

#[inline]
fn text(text: &[u8], start: u32, len: u32) -> &[u8] {
    text.get(start as usize..start as usize + len as usize)
        .unwrap_or_default()
}

#[inline]
fn head(segment: &[u8]) -> Head {
    let mut head = [0; HEAD];
    head.iter_mut()
        .zip(segment)
        .for_each(|(to, from)| *to = *from);
    head
}

/// Multiplies the halves of the head together and folds (as foldhash does); longer segments add
/// the hash of what follows.
#[inline]
fn hash(node: u32, head: &Head, segment: &[u8]) -> usize {
    const K: u64 = 0x9e37_79b9_7f4a_7c15;
    let [low, high] = halves(u128::from_le_bytes(*head));
    let mut state = u64::from(node).wrapping_mul(K) ^ segment.len() as u64;
    if let Some(rest) = segment.get(HEAD..).filter(|rest| !rest.is_empty()) {
        let mut hasher = FixedState::with_seed(state).build_hasher();
        hasher.write(rest);
        state = hasher.finish();
    }
    fold(low ^ state, high ^ K) as usize
}

#[inline]
fn fold(a: u64, b: u64) -> u64 {
    let [low, high] = halves(u128::from(a) * u128::from(b));
    low ^ high
}

#[inline]
#[expect(
    clippy::cast_possible_truncation,
    reason = "the halves are what is asked for"
)]
fn halves(whole: u128) -> [u64; 2] {
    [whole as u64, (whole >> 64) as u64]
}
