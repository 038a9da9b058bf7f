//! Builds the route index: host by host a tree of pattern segments, from it the states that the
//! engine walks, and finds routes that contradict each other. Knows routes as plain data only;
//! must not know the source language.

mod conflict;
mod leaves;
mod order;
mod shape;
mod states;
#[cfg(test)]
mod tests;
mod trie;
mod witness;

pub use conflict::Conflict;
pub use witness::Witness;

use gw_graph::{HostPattern, Route, RouteId, RouteIndex};
use leaves::Leaves;
use states::States;
use std::collections::BTreeMap;
use trie::Trie;

/// The index of these routes, and every contradiction between them. Routes are identified by
/// their position.
pub fn build(routes: &[Route]) -> (RouteIndex, Vec<Conflict>) {
    let mut index = RouteIndex::default();
    let mut leaves = Leaves::new(routes);
    let conflicts = each_host(routes, |ids, host| {
        let trie = Trie::of(routes, ids);
        let root = States::build(&trie, &mut index, &mut leaves);
        match host {
            Some(host) => index.hosts.push((host.clone(), root)),
            None => index.any_host = root,
        }
    });
    leaves.finish(&mut index);
    (index, conflicts)
}

/// Every contradiction between these routes.
pub fn conflicts(routes: &[Route]) -> Vec<Conflict> {
    each_host(routes, |_, _| {})
}

/// Looks for contradictions between the routes of each host, and hands them on.
fn each_host(
    routes: &[Route],
    mut take: impl FnMut(&[RouteId], Option<&HostPattern>),
) -> Vec<Conflict> {
    let mut by_host: BTreeMap<&HostPattern, Vec<RouteId>> = BTreeMap::new();
    let mut any_host = Vec::new();
    for (position, route) in routes.iter().enumerate() {
        let id = RouteId::from_index(position);
        for host in &route.matcher.hosts {
            by_host.entry(host).or_default().push(id);
        }
        if route.matcher.hosts.is_empty() {
            any_host.push(id);
        }
    }
    let mut conflicts = Vec::new();
    for (host, mut ids) in by_host {
        // A route may list the same host twice.
        ids.dedup();
        conflict::find(routes, &ids, Some(host), &mut conflicts);
        take(&ids, Some(host));
    }
    if !any_host.is_empty() {
        conflict::find(routes, &any_host, None, &mut conflicts);
        take(&any_host, None);
    }
    conflict::dedup(&mut conflicts);
    conflicts
}
