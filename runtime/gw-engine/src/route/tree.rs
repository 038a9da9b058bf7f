//! The states of the path, walked from left to right.

use super::edges::{Edges, FEW};
use super::window::segment;
use gw_graph::{Link, PathNode, RouteIndex};

/// No position. Checked links as sentinels keep a node within one cache line.
const NONE: u32 = u32::MAX;

/// The states of the path.
#[derive(Debug)]
pub(super) struct Tree {
    nodes: Vec<Node>,
    edges: Edges,
}

/// A state; see [`gw_graph::PathNode`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
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

impl Node {
    /// A state without a way on or a leaf.
    pub(super) const NOWHERE: Self = Self {
        edges: 0,
        len: 0,
        other: NONE,
        end: NONE,
        tail: NONE,
    };
}

impl Tree {
    pub(super) fn new(index: &RouteIndex) -> Self {
        let nodes: Vec<Node> = index.nodes.iter().map(node).collect();
        let many = |node: &Node| node.len != CHAIN && node.len as usize > FEW;
        let states = (0u32..).zip(&nodes).filter(|(_, node)| many(node));
        let states: Vec<_> = states
            .map(|(at, node)| (at, node.edges, node.len))
            .collect();
        let mut edges = Edges::new(index);
        edges.spread(&states, &nodes);
        Self { nodes, edges }
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
        let at = usize::from(path.starts_with('/'));
        self.descend(root, self.node(root)?, path.as_bytes(), at, judge)
    }

    #[inline]
    fn node(&self, state: u32) -> Option<&Node> {
        self.nodes.get(state as usize)
    }

    /// Goes on from a state at a place of the path; beyond its length the path has ended.
    fn descend<'t, T>(
        &'t self,
        mut state: u32,
        mut node: &'t Node,
        path: &[u8],
        mut at: usize,
        judge: &mut impl FnMut(u32) -> Option<T>,
    ) -> Option<T> {
        loop {
            if node.len == CHAIN {
                let first = self.node(node.edges)?;
                let found = self.descend(node.edges, first, path, at, judge);
                if found.is_some() {
                    return found;
                }
                state = node.other;
                node = self.node(state)?;
                continue;
            }
            if at > path.len() {
                return leaf(node.end, judge);
            }
            if node.len == 0 && node.other == NONE {
                return leaf(node.tail, judge);
            }
            let piece = segment(path, at);
            let spelt = if node.len as usize <= FEW {
                let next = self.edges.find_few(node.edges, node.len, piece);
                next.and_then(|next| Some((next, self.node(next)?)))
            } else {
                self.edges.find_many(state, piece)
            };
            let other = || {
                let next = some(node.other).filter(|_| !piece.text.is_empty())?;
                Some((next, self.node(next)?))
            };
            let Some(next) = spelt.or_else(other) else {
                return leaf(node.tail, judge);
            };
            (state, node) = next;
            at += piece.text.len() + 1;
        }
    }
}

#[inline]
fn leaf<T>(leaf: u32, judge: &mut impl FnMut(u32) -> Option<T>) -> Option<T> {
    some(leaf).and_then(judge)
}

#[inline]
fn some(position: u32) -> Option<u32> {
    (position != NONE).then_some(position)
}

/// The position of a link, or [`NONE`].
pub(super) fn raw(link: Link) -> u32 {
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
