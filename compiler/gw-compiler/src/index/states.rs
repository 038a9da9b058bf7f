//! From the tree of patterns to states that are walked without ever going back: a state is the
//! list of tree nodes that fit what was read, most specific first (subset construction).

use super::leaves::Leaves;
use super::trie::{Trie, TrieNode};
use gw_graph::{Link, PathEdge, PathNode, RouteIndex, Slice};
use hashbrown::HashMap;
use smallvec::SmallVec;

/// A pattern, or a group of patterns with the same beginning, that still fits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Item {
    /// Everything below this tree node.
    Node(u32),
    /// The routes that end with `**` at this tree node: they fit whatever follows.
    Rest(u32),
}

type Items = SmallVec<[Item; 4]>;

/// The states under construction for one host.
pub(super) struct States<'t, 'r, 'i> {
    trie: &'t Trie<'r>,
    index: &'i mut RouteIndex,
    known: HashMap<Items, Link, foldhash::fast::FixedState>,
    queue: Vec<(Items, Link)>,
    texts: HashMap<&'r str, Slice, foldhash::fast::FixedState>,
    /// Elements that may still be spent on states that stand for several tree nodes. Patterns can
    /// be made whose product is exponential; beyond the budget states are chained instead.
    budget: usize,
}

impl<'t, 'r, 'i> States<'t, 'r, 'i> {
    /// Adds the states of a tree to the index; the first one is returned.
    pub(super) fn build(
        trie: &'t Trie<'r>,
        index: &'i mut RouteIndex,
        leaves: &mut Leaves,
    ) -> Link {
        let mut states = States {
            trie,
            index,
            known: HashMap::default(),
            queue: Vec::new(),
            texts: HashMap::default(),
            budget: trie.len() * 8 + 65_536,
        };
        let root = states.state(SmallVec::from_slice(&[Item::Node(0)]));
        while let Some((items, link)) = states.queue.pop() {
            let node = states.expand(&items, leaves);
            if let Some(slot) = link
                .position()
                .and_then(|at| states.index.nodes.get_mut(at))
            {
                *slot = node;
            }
        }
        root
    }

    /// The state of these items, which is expanded later if it is new.
    fn state(&mut self, items: Items) -> Link {
        if items.is_empty() {
            return Link::NONE;
        }
        if let Some(link) = self.known.get(&items) {
            return *link;
        }
        let link = Link::to(self.index.nodes.len());
        self.index.nodes.push(PathNode::Chain {
            first: Link::NONE,
            second: Link::NONE,
        });
        self.known.insert(items.clone(), link);
        self.queue.push((items, link));
        link
    }

    fn expand(&mut self, items: &Items, leaves: &mut Leaves) -> PathNode {
        if items.len() > 1 {
            let cost = self.cost(items);
            if cost > self.budget {
                let (first, second) = items.split_at(1);
                return PathNode::Chain {
                    first: self.state(first.into()),
                    second: self.state(second.into()),
                };
            }
            self.budget -= cost;
        }
        PathNode::Segment {
            end: leaves.leaf(self.routes(items, true)),
            tail: leaves.leaf(self.routes(items, false)),
            other: self.other(items),
            edges: self.edges(items),
        }
    }

    /// What a state of several items adds to the index.
    fn cost(&self, items: &Items) -> usize {
        let of = |item: &Item| match item {
            Item::Node(at) => self
                .trie
                .node(*at)
                .map_or(0, |n| n.literals.len() + n.ends.len() + n.rests.len()),
            Item::Rest(at) => self.trie.node(*at).map_or(0, |n| n.rests.len()),
        };
        1 + items.iter().map(of).sum::<usize>()
    }

    /// The routes that take a path which ends here, or which goes on with anything.
    fn routes(&self, items: &Items, end: bool) -> Vec<gw_graph::RouteId> {
        let mut routes = Vec::new();
        for item in items {
            let (Item::Node(at) | Item::Rest(at)) = item;
            let Some(node) = self.trie.node(*at) else {
                continue;
            };
            if end && matches!(item, Item::Node(_)) {
                routes.extend_from_slice(&node.ends);
            }
            routes.extend_from_slice(&node.rests);
        }
        routes
    }

    /// The state after a segment that is not spelt out.
    fn other(&mut self, items: &Items) -> Link {
        let mut next = Items::new();
        let mut read = false;
        for item in items {
            match item {
                Item::Rest(_) => next.push(*item),
                Item::Node(at) => {
                    let Some(node) = self.trie.node(*at) else {
                        continue;
                    };
                    let params = node.params.iter().flatten().map(|child| Item::Node(*child));
                    read |= node.params.iter().any(Option::is_some);
                    next.extend(params);
                    next.extend(rest_of(*at, node));
                }
            }
        }
        if read { self.state(next) } else { Link::NONE }
    }

    /// The segments that are spelt out, sorted.
    fn edges(&mut self, items: &Items) -> Slice {
        let mut spelt: Vec<(&'r str, u32, u32)> = Vec::new();
        for item in items {
            if let Item::Node(at) = item
                && let Some(node) = self.trie.node(*at)
            {
                spelt.extend(
                    node.literals
                        .iter()
                        .map(|(text, child)| (*text, *at, *child)),
                );
            }
        }
        spelt.sort_unstable();
        let edges: Vec<_> = spelt
            .chunk_by(|a, b| a.0 == b.0)
            .filter_map(|same| same.first().map(|(text, ..)| (*text, same)))
            .map(|(text, same)| (text, self.state(self.after(items, text, same))))
            .collect();
        let start = self.index.edges.len();
        for (text, child) in edges {
            let text = self.text(text);
            self.index.edges.push(PathEdge { text, child });
        }
        Slice::between(start, self.index.edges.len())
    }

    /// Where a text stands in the index; equal texts of a host stand there once.
    fn text(&mut self, text: &'r str) -> Slice {
        *self.texts.entry(text).or_insert_with(|| {
            let from = self.index.text.len();
            self.index.text.push_str(text);
            Slice::between(from, self.index.text.len())
        })
    }

    /// The items after a spelt-out segment, given the tree nodes that have it with their children.
    fn after(&self, items: &Items, text: &'r str, spelt: &[(&'r str, u32, u32)]) -> Items {
        let mut next = Items::new();
        for item in items {
            let Item::Node(at) = item else {
                next.push(*item);
                continue;
            };
            let Some(node) = self.trie.node(*at) else {
                continue;
            };
            let children = spelt.iter().filter(|(_, parent, _)| parent == at);
            next.extend(children.map(|(.., child)| Item::Node(*child)));
            if !text.is_empty() {
                let params = node.params.iter().flatten();
                next.extend(
                    params
                        .filter(|c| self.may_fit(**c, text))
                        .map(|c| Item::Node(*c)),
                );
            }
            next.extend(rest_of(*at, node));
        }
        next
    }

    /// Whether a literal segment can be a value of the parameter that leads to a tree node. Texts
    /// with escapes and regular expressions are left to the engine.
    fn may_fit(&self, child: u32, text: &str) -> bool {
        let ty = self.trie.node(child).and_then(|node| node.ty);
        text.contains('%') || ty.and_then(|ty| ty.fits(text)).unwrap_or(true)
    }
}

fn rest_of(at: u32, node: &TrieNode<'_>) -> Option<Item> {
    (!node.rests.is_empty()).then_some(Item::Rest(at))
}
