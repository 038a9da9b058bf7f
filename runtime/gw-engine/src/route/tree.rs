//! The states of the path, walked from left to right.

use super::edges::{Edges, FEW, Small};
use gw_graph::{Link, PathNode, RouteIndex};

/// No position. Checked links as sentinels keep a node within one cache line.
const NONE: u32 = u32::MAX;

/// The states of the path.
#[derive(Debug)]
pub(super) struct Tree {
    nodes: Vec<Node>,
    small: Small,
    large: Edges,
}

/// A state; see [`gw_graph::PathNode`].
#[derive(Clone, Copy, Debug)]
struct Node {
    /// First edge; of a chain the first state.
    edges: u32,
    /// Number of edges; [`CHAIN`] for a chain.
    len: u32,
    /// Of a chain the second state.
    other: u32,
    end: u32,
    tail: u32,
}

const CHAIN: u32 = u32::MAX;

impl Tree {
    pub(super) fn new(index: &RouteIndex) -> Self {
        let mut large = Edges::default();
        for (at, node) in (0u32..).zip(&index.nodes) {
            if let PathNode::Segment { edges, .. } = node
                && edges.len as usize > FEW
            {
                for edge in index.edges.get(edges.range()).unwrap_or_default() {
                    let text = index.text.get(edge.text.range()).unwrap_or_default();
                    large.add(at, text, edge.text.start, raw(edge.child));
                }
            }
        }
        large.build(&index.text);
        Self {
            nodes: index.nodes.iter().map(node).collect(),
            small: Small::new(index),
            large,
        }
    }

    /// Offers the leaf of a path to `judge`, and if it finds nothing there the next one, where the
    /// states are chained.
    #[inline]
    pub(super) fn walk<T>(
        &self,
        root: u32,
        path: &str,
        judge: &mut impl FnMut(u32) -> Option<T>,
    ) -> Option<T> {
        self.descend(
            root,
            path.strip_prefix('/').unwrap_or(path).as_bytes(),
            true,
            judge,
        )
    }

    fn descend<T>(
        &self,
        mut at: u32,
        mut rest: &[u8],
        mut more: bool,
        judge: &mut impl FnMut(u32) -> Option<T>,
    ) -> Option<T> {
        loop {
            let node = self.nodes.get(at as usize)?;
            if node.len == CHAIN {
                let found = self.descend(node.edges, rest, more, judge);
                if found.is_some() {
                    return found;
                }
                at = node.other;
                continue;
            }
            if !more {
                return leaf(node.end, judge);
            }
            let (child, len) = self.child(at, node, rest);
            let Some(child) = child else {
                return leaf(node.tail, judge);
            };
            at = child;
            more = len < rest.len();
            rest = rest.get(len + 1..).unwrap_or_default();
        }
    }

    /// The state after the next segment, and the segment's length.
    #[inline]
    fn child(&self, at: u32, node: &Node, rest: &[u8]) -> (Option<u32>, usize) {
        if node.len as usize <= FEW
            && let Some((child, len)) = self.small.find(node.edges, node.len, rest)
        {
            return (Some(child), len);
        }
        let len = segment_len(rest);
        let segment = rest.get(..len).unwrap_or_default();
        if node.len as usize > FEW
            && let Some(child) = self.large.find(at, segment)
        {
            return (Some(child), len);
        }
        (if len > 0 { some(node.other) } else { None }, len)
    }
}

/// The place of the first slash, eight bytes at a time (Mycroft's test for a zero byte).
#[inline]
fn segment_len(rest: &[u8]) -> usize {
    const ONES: u64 = u64::from_le_bytes([0x01; 8]);
    const HIGHS: u64 = u64::from_le_bytes([0x80; 8]);
    const SLASHES: u64 = u64::from_le_bytes([b'/'; 8]);
    let (words, tail) = rest.as_chunks::<8>();
    for (at, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word) ^ SLASHES;
        let zeros = word.wrapping_sub(ONES) & !word & HIGHS;
        if zeros != 0 {
            return at * 8 + zeros.trailing_zeros() as usize / 8;
        }
    }
    let in_tail = tail.iter().position(|byte| *byte == b'/');
    rest.len() - tail.len() + in_tail.unwrap_or(tail.len())
}

#[inline]
fn leaf<T>(leaf: u32, judge: &mut impl FnMut(u32) -> Option<T>) -> Option<T> {
    some(leaf).and_then(judge)
}

#[inline]
fn some(position: u32) -> Option<u32> {
    (position != NONE).then_some(position)
}

fn raw(link: Link) -> u32 {
    link.position()
        .and_then(|p| u32::try_from(p).ok())
        .unwrap_or(NONE)
}

fn node(node: &PathNode) -> Node {
    match node {
        PathNode::Segment {
            edges,
            other,
            end,
            tail,
        } => Node {
            edges: edges.start,
            len: edges.len.min(CHAIN - 1),
            other: raw(*other),
            end: raw(*end),
            tail: raw(*tail),
        },
        PathNode::Chain { first, second } => Node {
            edges: raw(*first),
            len: CHAIN,
            other: raw(*second),
            end: NONE,
            tail: NONE,
        },
    }
}

#[cfg(test)]
mod tests {
    proptest::proptest! {
        #[test]
        fn finds_the_first_slash(text in "[a/.\u{af}]{0,40}") {
            let plain = text.bytes().position(|b| b == b'/').unwrap_or(text.len());
            proptest::prop_assert_eq!(super::segment_len(text.as_bytes()), plain);
        }
    }
}
