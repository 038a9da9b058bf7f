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
    pending: Vec<(u32, Edge)>,
    slots: Vec<Edge>,
    text: Box<[u8]>,
}

#[derive(Clone, Copy, Debug)]
struct Edge {
    hash: u32,
    start: u32,
    len: u32,
    child: u32,
}

const EMPTY: Edge = Edge {
    hash: 0,
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
        let hash = hash(node, segment.as_bytes());
        let len = u32::try_from(segment.len()).unwrap_or(u32::MAX);
        self.pending.push((
            node,
            Edge {
                hash,
                start,
                len,
                child,
            },
        ));
    }

    pub(super) fn build(&mut self, text: &str) {
        let pending = std::mem::take(&mut self.pending);
        if pending.is_empty() {
            return;
        }
        self.text = text.as_bytes().into();
        self.slots = vec![EMPTY; (pending.len() * 2).next_power_of_two()];
        let mask = self.slots.len() - 1;
        for (_, edge) in pending {
            let mut at = edge.hash as usize & mask;
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
        let hash = hash(node, segment);
        let mask = self.slots.len().checked_sub(1)?;
        let mut at = hash as usize & mask;
        loop {
            let slot = self.slots.get(at)?;
            if slot.len == EMPTY.len {
                return None;
            }
            if slot.hash == hash && text(&self.text, slot.start, slot.len) == segment {
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
fn hash(node: u32, segment: &[u8]) -> u32 {
    let mut hasher = FixedState::with_seed(u64::from(node)).build_hasher();
    hasher.write(segment);
    #[expect(
        clippy::cast_possible_truncation,
        reason = "any 32 bits of the hash will do"
    )]
    {
        hasher.finish() as u32
    }
}
