//! The way from a request to its route: hosts, path states and leaves, as flat arenas. Built by
//! the compiler, walked by the engine; must not know how either is done.
//!
//! A lookup reads the path once from left to right. Every state stands for all patterns that fit
//! the segments so far, so nothing is tried twice: where `/users/me` and `/users/{id}` both fit,
//! the state after `me` holds both, and its leaf lists both in the order of precedence.

use crate::{HostPattern, ListenerId, RouteId};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

/// The route index.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct RouteIndex {
    /// The states where the paths of each host begin, exact hosts and suffixes, in their order.
    pub hosts: Vec<(HostPattern, Link)>,
    /// The state where the paths of routes for any host begin.
    pub any_host: Link,
    /// States of the path.
    pub nodes: Vec<PathNode>,
    /// Literal segments, those of a node together and sorted.
    pub edges: Vec<PathEdge>,
    /// The texts of the edges.
    pub text: String,
    /// Where paths end.
    pub leaves: Vec<Leaf>,
    /// The routes of the leaves, those of a leaf together, first the one that wins.
    pub candidates: Vec<RouteId>,
    /// What the routes of leaves ask for besides host and path; shared between leaves.
    pub dimensions: Vec<Dimension>,
    /// Values of the dimensions, those of a dimension together and sorted.
    pub values: Vec<DimensionValue>,
    /// Sets of candidates: bit n of a mask is the n-th candidate of its leaf.
    pub masks: Vec<u64>,
}

/// A position in an arena, or none.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Link(u32);

/// A range of an arena.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
pub struct Slice {
    /// First position.
    pub start: u32,
    /// Number of elements.
    pub len: u32,
}

/// A state: some segments of the path have been read.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum PathNode {
    /// Reads one more segment.
    Segment {
        /// Segments that are spelt out in patterns.
        edges: Slice,
        /// The state after any other segment that is not empty.
        other: Link,
        /// The leaf if the path ends here.
        end: Link,
        /// The leaf if it goes on, but no edge fits and there is no other state.
        tail: Link,
    },
    /// Two states whose product would be too large: the second counts if the first finds nothing.
    Chain {
        /// Tried first.
        first: Link,
        /// Tried next.
        second: Link,
    },
}

/// A literal segment that leads to another state.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PathEdge {
    /// The segment, in bytes of `RouteIndex::text`.
    pub text: Slice,
    /// The state after it.
    pub child: Link,
}

/// The routes whose host and path fit.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Leaf {
    /// The routes, most specific first.
    pub candidates: Slice,
    /// What they ask for besides; empty if nothing.
    pub dimensions: Slice,
}

/// One thing that routes of a leaf ask for. The masks of all dimensions together leave the routes
/// that fit.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Dimension {
    /// What is asked for.
    pub kind: DimensionKind,
    /// Candidates that do not ask for it; position in `RouteIndex::masks`.
    pub any: u32,
    /// The values that the other candidates ask for.
    pub values: Slice,
}

/// What is asked for.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub enum DimensionKind {
    /// The listener.
    Listener,
    /// The method.
    Method,
    /// A header field by its name in lower case.
    Header(SmolStr),
    /// The first value of a query parameter.
    Query(SmolStr),
    /// The client's address; several values may hold.
    Source,
}

/// A value with the candidates that ask for it; those of `Dimension::any` are not repeated.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct DimensionValue {
    /// The value.
    pub key: DimensionKey,
    /// The candidates; position in `RouteIndex::masks`.
    pub mask: u32,
}

/// A value of a dimension.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub enum DimensionKey {
    /// A listener.
    Listener(ListenerId),
    /// A method, header value or query value.
    Text(SmolStr),
    /// A network.
    Net(IpNet),
}

impl DimensionKey {
    /// The listener, if it is one.
    pub fn listener(&self) -> Option<ListenerId> {
        match self {
            DimensionKey::Listener(id) => Some(*id),
            DimensionKey::Text(_) | DimensionKey::Net(_) => None,
        }
    }

    /// The network, if it is one.
    pub fn net(&self) -> Option<IpNet> {
        match self {
            DimensionKey::Net(net) => Some(*net),
            DimensionKey::Listener(_) | DimensionKey::Text(_) => None,
        }
    }
}

impl Link {
    /// Nothing.
    pub const NONE: Link = Link(u32::MAX);

    /// A position.
    pub fn to(position: usize) -> Self {
        Self(u32::try_from(position).unwrap_or(u32::MAX))
    }

    /// The position, if there is one.
    #[inline]
    pub fn position(self) -> Option<usize> {
        (self != Self::NONE).then_some(self.0 as usize)
    }
}

impl Default for Link {
    fn default() -> Self {
        Self::NONE
    }
}

impl Slice {
    /// The range from `start` to `end`.
    pub fn between(start: usize, end: usize) -> Self {
        let clamp = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Self {
            start: clamp(start),
            len: clamp(end.saturating_sub(start)),
        }
    }

    /// The range as indices.
    #[inline]
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.start as usize + self.len as usize
    }
}
