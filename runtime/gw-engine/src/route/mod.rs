//! From a request to its route: host, path, then what else routes ask for. Allocates nothing and
//! reads the path once. Must not know conditions: the caller judges the candidates that fit.

mod edges;
mod hosts;
mod leaf;
mod params;
mod tree;
mod window;

pub(crate) use leaf::{Demands, Judge};
pub(crate) use params::{ParamKind, RouteParams, Segments, decode};

use gw_graph::{Graph, RouteId};
use hosts::Hosts;
use leaf::Leaves;
use regex_automata::meta::BuildError;
use tree::Tree;

/// The route index, prepared for look-ups.
#[derive(Debug)]
pub(crate) struct Router {
    hosts: Hosts,
    tree: Tree,
    leaves: Leaves,
    params: Vec<RouteParams>,
}

/// Whose names have slots: header fields and query parameters that anything in the graph reads.
pub(crate) trait Slots {
    fn header(&mut self, name: &str) -> u32;
    fn query(&mut self, name: &str) -> u32;
}

impl Router {
    /// Prepares the index of a graph.
    ///
    /// # Errors
    /// A regular expression of a path parameter that cannot be compiled.
    pub(crate) fn new(
        graph: &Graph,
        slots: &mut impl Slots,
    ) -> Result<Self, (RouteId, Box<BuildError>)> {
        let mut regexes = params::Regexes::default();
        let params = graph.routes.iter().enumerate().map(|(at, route)| {
            RouteParams::new(&route.matcher.path, &mut regexes)
                .map_err(|error| (RouteId::from_index(at), error))
        });
        let params = params.collect::<Result<Vec<_>, _>>()?;
        let judge = |id: RouteId| {
            let when = graph
                .routes
                .get(id.index())
                .and_then(|route| route.matcher.when.as_ref());
            match (when, params.get(id.index())) {
                (None, Some(params)) => params.judge(),
                (Some(_), _) | (None, None) => Judge::All,
            }
        };
        Ok(Self {
            hosts: Hosts::new(&graph.index),
            tree: Tree::new(&graph.index),
            leaves: Leaves::new(&graph.index, slots, judge),
            params,
        })
    }

    /// The parameters of a route.
    pub(crate) fn params(&self, route: RouteId) -> Option<&RouteParams> {
        self.params.get(route.index())
    }

    /// The first route that takes the request, in order of precedence. `accept` judges what is left
    /// of a candidate after all masks, if anything is.
    pub(crate) fn find<D: Demands>(
        &self,
        host: &str,
        path: &str,
        demands: &D,
        accept: &mut impl FnMut(RouteId, Judge) -> bool,
    ) -> Option<RouteId> {
        self.search(host, path, |leaf| self.leaves.first(leaf, demands, accept))
    }

    /// The same with the leaf that has the route.
    pub(crate) fn find_leaf<D: Demands>(
        &self,
        host: &str,
        path: &str,
        demands: &D,
        accept: &mut impl FnMut(RouteId, Judge) -> bool,
    ) -> Option<(u32, RouteId)> {
        self.search(host, path, |leaf| {
            Some((leaf, self.leaves.first(leaf, demands, accept)?))
        })
    }

    /// What `judge` makes of the first leaf that it takes.
    #[inline(always)]
    fn search<T>(
        &self,
        host: &str,
        path: &str,
        mut judge: impl FnMut(u32) -> Option<T>,
    ) -> Option<T> {
        if let Some(root) = self.hosts.only() {
            return self.tree.walk(root, path, &mut judge);
        }
        self.hosts
            .roots(host)
            .find_map(|root| self.tree.walk(root, path, &mut judge))
    }

    /// Calls `each` for every route whose host and path fit, and everything else but the method.
    pub(crate) fn ignoring_method<D: Demands>(
        &self,
        host: &str,
        path: &str,
        demands: &D,
        each: &mut impl FnMut(RouteId),
    ) {
        for root in self.hosts.roots(host) {
            let found: Option<()> = self.tree.walk(root, path, &mut |leaf| {
                self.leaves.each_ignoring_method(leaf, demands, each);
                None
            });
            debug_assert!(found.is_none());
        }
    }
}
