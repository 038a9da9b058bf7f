//! Segments that are spelt out: compared one by one where a state has few, found by one hash table
//! for all states where it has many.

use super::tree::Node;
use super::window::{HEAD, Head, Piece, head};
use foldhash::fast::FixedState;
use gw_graph::RouteIndex;
use std::hash::{BuildHasher, Hasher};

/// States with so many edges or fewer compare them one by one.
pub(super) const FEW: usize = 4;

/// The edges of all states.
#[derive(Debug)]
pub(super) struct Edges {
    /// In the order of the index, for states with few.
    edges: Vec<Edge>,
    /// Those of states with many: open addressing, at most half full. Its keys come from the
    /// policy, so nobody can choose them to collide.
    slots: Vec<Slot>,
    text: Box<[u8]>,
}

/// Most segments are found without a look at their text.
#[derive(Clone, Copy, Debug)]
struct Edge {
    head: Head,
    start: u32,
    len: u32,
    child: u32,
}

/// A line of the cache with all that the way on needs: the requests of many routes drive it out of
/// there again and again.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
struct Slot {
    edge: Edge,
    /// The state that it leads from.
    from: u32,
    /// A copy of the one that it leads to.
    to: Node,
}

const _: () = assert!(size_of::<Slot>() == 64);

const EMPTY: Slot = Slot {
    edge: Edge {
        head: 0,
        start: 0,
        len: u32::MAX,
        child: 0,
    },
    from: u32::MAX,
    to: Node::NOWHERE,
};

impl Edges {
    pub(super) fn new(index: &RouteIndex) -> Self {
        let edges = index.edges.iter().map(|edge| {
            let text = index.text.get(edge.text.range()).unwrap_or_default();
            Edge {
                head: head(text.as_bytes()),
                start: edge.text.start,
                len: edge.text.len,
                child: super::tree::raw(edge.child),
            }
        });
        let text = index.text.as_bytes().into();
        Self {
            edges: edges.collect(),
            slots: Vec::new(),
            text,
        }
    }

    /// Makes the edges of states with many findable: state, first edge and number of edges. They lead
    /// to these nodes.
    pub(super) fn spread(&mut self, states: &[(u32, u32, u32)], nodes: &[Node]) {
        let count: usize = states.iter().map(|(.., len)| *len as usize).sum();
        if count == 0 {
            return;
        }
        let mut slots = vec![EMPTY; (count * 2).next_power_of_two()];
        let mask = slots.len() - 1;
        for (from, start, len) in states {
            for edge in self.few(*start, *len) {
                let piece = Piece {
                    head: edge.head,
                    text: self.text_of(edge),
                };
                let to = nodes.get(edge.child as usize);
                let mut at = hash(*from, piece) & mask;
                while let Some(slot) = slots.get_mut(at) {
                    if slot.edge.len == EMPTY.edge.len {
                        *slot = Slot {
                            edge: *edge,
                            from: *from,
                            to: to.copied().unwrap_or(Node::NOWHERE),
                        };
                        break;
                    }
                    at = (at + 1) & mask;
                }
            }
        }
        self.slots = slots;
    }

    /// The state after a segment, of a state with few edges.
    #[inline]
    pub(super) fn find_few(&self, start: u32, len: u32, piece: Piece<'_>) -> Option<u32> {
        self.few(start, len)
            .iter()
            .find(|edge| self.is(edge, piece))
            .map(|edge| edge.child)
    }

    /// The state after a segment, of a state with many edges.
    #[inline]
    pub(super) fn find_many(&self, from: u32, piece: Piece<'_>) -> Option<(u32, &Node)> {
        let mask = self.slots.len().checked_sub(1)?;
        let mut at = hash(from, piece) & mask;
        loop {
            let slot = self.slots.get(at)?;
            if slot.edge.len == EMPTY.edge.len {
                return None;
            }
            if slot.from == from && self.is(&slot.edge, piece) {
                return Some((slot.edge.child, &slot.to));
            }
            at = (at + 1) & mask;
        }
    }

    #[inline]
    fn few(&self, start: u32, len: u32) -> &[Edge] {
        self.edges
            .get(start as usize..start as usize + len as usize)
            .unwrap_or_default()
    }

    #[inline]
    fn is(&self, edge: &Edge, piece: Piece<'_>) -> bool {
        edge.head == piece.head
            && edge.len as usize == piece.text.len()
            && (piece.text.len() <= HEAD || self.text_of(edge) == piece.text)
    }

    fn text_of(&self, edge: &Edge) -> &[u8] {
        let (start, len) = (edge.start as usize, edge.len as usize);
        self.text.get(start..start + len).unwrap_or_default()
    }
}

/// Multiplies the halves of the head together and folds (as foldhash does); longer segments add
/// the hash of what follows.
#[inline]
#[expect(
    clippy::cast_possible_truncation,
    reason = "any bits of the hash will do"
)]
fn hash(node: u32, piece: Piece<'_>) -> usize {
    const K: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut state = u64::from(node).wrapping_mul(K) ^ piece.text.len() as u64;
    if let Some(rest) = piece.text.get(HEAD..).filter(|rest| !rest.is_empty()) {
        let mut hasher = FixedState::with_seed(state).build_hasher();
        hasher.write(rest);
        state = hasher.finish();
    }
    let (low, high) = (piece.head as u64, (piece.head >> 64) as u64);
    let product = u128::from(low ^ state) * u128::from(high ^ K);
    (product ^ (product >> 64)) as usize
}
