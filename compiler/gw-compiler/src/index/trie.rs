//! The patterns of one host as a tree of segments: literals apart, parameters together by class.
//! Nothing is decided here about what wins.

use super::order;
use gw_graph::{Route, RouteId, Segment, SegmentClass, SegmentType};
use hashbrown::HashMap;

/// A tree of patterns; node 0 is the root.
pub(super) struct Trie<'r> {
    nodes: Vec<TrieNode<'r>>,
}

/// The patterns with the same beginning.
#[derive(Default)]
pub(super) struct TrieNode<'r> {
    /// Literal segments in order of first use.
    pub(super) literals: Vec<(&'r str, u32)>,
    /// Children for typed, pattern and any segments, the most specific first.
    pub(super) params: [Option<u32>; 3],
    /// The type that every parameter leading here has, unless they differ.
    pub(super) ty: Option<&'r SegmentType>,
    /// Routes that end here, in order of precedence.
    pub(super) ends: Vec<RouteId>,
    /// Routes that go on with `**`, in order of precedence.
    pub(super) rests: Vec<RouteId>,
}

impl<'r> Trie<'r> {
    /// The tree of these routes' paths.
    pub(super) fn of(routes: &'r [Route], ids: &[RouteId]) -> Self {
        let mut trie = Self {
            nodes: vec![TrieNode::default()],
        };
        let mut literals = HashMap::with_hasher(foldhash::fast::FixedState::default());
        for &id in ids {
            if let Some(route) = routes.get(id.index()) {
                trie.insert(id, &route.matcher.path, &mut literals);
            }
        }
        for node in &mut trie.nodes {
            for list in [&mut node.ends, &mut node.rests] {
                list.sort_by(
                    |a, b| match (routes.get(a.index()), routes.get(b.index())) {
                        (Some(a), Some(b)) => order::compare(&a.matcher, &b.matcher),
                        _ => a.cmp(b),
                    },
                );
            }
        }
        trie
    }

    /// The node at a position.
    pub(super) fn node(&self, position: u32) -> Option<&TrieNode<'r>> {
        self.nodes.get(position as usize)
    }

    /// How many nodes there are.
    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    fn insert(
        &mut self,
        id: RouteId,
        path: &'r [Segment],
        literals: &mut HashMap<(u32, &'r str), u32, foldhash::fast::FixedState>,
    ) {
        let mut at = 0;
        // The root path is one empty segment, however it is written.
        if path.is_empty() {
            at = self.literal(at, "", literals);
        }
        for segment in path {
            at = match segment {
                Segment::Exact(text) => self.literal(at, text, literals),
                Segment::Param(_, ty) => self.param(at, segment.class(), Some(ty)),
                Segment::Any => self.param(at, SegmentClass::Any, None),
                Segment::Rest(_) => {
                    return self
                        .nodes
                        .get_mut(at as usize)
                        .map_or((), |n| n.rests.push(id));
                }
            };
        }
        if let Some(node) = self.nodes.get_mut(at as usize) {
            node.ends.push(id);
        }
    }

    fn literal(
        &mut self,
        parent: u32,
        text: &'r str,
        literals: &mut HashMap<(u32, &'r str), u32, foldhash::fast::FixedState>,
    ) -> u32 {
        let next = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        let child = *literals.entry((parent, text)).or_insert(next);
        if child == next {
            self.nodes.push(TrieNode::default());
            if let Some(node) = self.nodes.get_mut(parent as usize) {
                node.literals.push((text, child));
            }
        }
        child
    }

    fn param(&mut self, parent: u32, class: SegmentClass, ty: Option<&'r SegmentType>) -> u32 {
        let next = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        let Some(node) = self.nodes.get_mut(parent as usize) else {
            return parent;
        };
        let [typed, pattern, any] = &mut node.params;
        let slot = match class {
            SegmentClass::Typed => typed,
            SegmentClass::Pattern => pattern,
            SegmentClass::Exact | SegmentClass::Any | SegmentClass::Rest => any,
        };
        let child = *slot.get_or_insert(next);
        if child == next {
            self.nodes.push(TrieNode {
                ty,
                ..TrieNode::default()
            });
        } else if let Some(node) = self.nodes.get_mut(child as usize)
            && node.ty != ty
        {
            node.ty = None;
        }
        child
    }
}
