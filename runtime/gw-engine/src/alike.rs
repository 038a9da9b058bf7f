//! Routes that do the same. Most routes of a service ask for the same identities, obey the same
//! limits and go to the same backend, each with a copy of its own in the graph. A request reads
//! these from the first route that has them so, whose memory the requests of all of them keep in
//! the processor's caches.

use gw_graph::{Access, Action, Edit, Few, LimitId, Route, RouteId};

/// For each route, the first ones that it is like.
#[derive(Debug)]
pub(crate) struct Alike(Vec<Firsts>);

#[derive(Clone, Copy, Debug)]
struct Firsts {
    access: RouteId,
    limits: RouteId,
    rewrites: RouteId,
    headers: RouteId,
    response: RouteId,
    action: RouteId,
}

/// What a request meets once its route is found.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Steps<'g> {
    /// The route.
    pub(crate) id: RouteId,
    pub(crate) access: &'g Access,
    pub(crate) limits: &'g Few<LimitId>,
    /// With edits of the path and the query, and others.
    pub(crate) rewrites: &'g Few<Edit>,
    /// With edits of the request's header, and others.
    pub(crate) headers: &'g Few<Edit>,
    pub(crate) response: &'g Few<Edit>,
    pub(crate) action: &'g Action,
    pub(crate) max_body: Option<u64>,
}

/// How many unlike routes are looked back at: routes that are alike stand together.
const MEMORY: usize = 8;

/// The unlike routes that were met last, the latest first.
struct Recent<'g>(Vec<(RouteId, &'g Route)>);

impl Alike {
    pub(crate) fn of(routes: &[Route]) -> Self {
        let mut recent = [const { Recent(Vec::new()) }; 6];
        let firsts = routes.iter().enumerate().map(|(at, route)| {
            let [access, limits, rewrites, headers, response, action] = &mut recent;
            let here = (RouteId::from_index(at), route);
            Firsts {
                access: access.first(here, |a, b| a.access == b.access),
                limits: limits.first(here, |a, b| a.limits == b.limits),
                rewrites: rewrites
                    .first(here, |a, b| of_headers(false, a).eq(of_headers(false, b))),
                headers: headers.first(here, |a, b| of_headers(true, a).eq(of_headers(true, b))),
                response: response.first(here, |a, b| a.response_edits == b.response_edits),
                action: action.first(here, |a, b| {
                    a.action == b.action && a.max_body == b.max_body
                }),
            }
        });
        Self(firsts.collect())
    }

    /// What a route does.
    pub(crate) fn steps<'g>(&self, routes: &'g [Route], id: RouteId) -> Option<Steps<'g>> {
        let firsts = self.0.get(id.index())?;
        let route = |id: RouteId| routes.get(id.index());
        let last = route(firsts.action)?;
        Some(Steps {
            id,
            access: &route(firsts.access)?.access,
            limits: &route(firsts.limits)?.limits,
            rewrites: &route(firsts.rewrites)?.request_edits,
            headers: &route(firsts.headers)?.request_edits,
            response: &route(firsts.response)?.response_edits,
            action: &last.action,
            max_body: last.max_body,
        })
    }
}

/// The edits of a request that concern its header, or the others.
fn of_headers(headers: bool, route: &Route) -> impl Iterator<Item = &Edit> {
    let edits = route.request_edits.iter();
    edits.filter(move |edit| edit.is_of_header() == headers)
}

impl<'g> Recent<'g> {
    /// The latest of them that is the same, or else this route.
    fn first(
        &mut self,
        (id, route): (RouteId, &'g Route),
        same: impl Fn(&Route, &Route) -> bool,
    ) -> RouteId {
        if let Some(at) = self.0.iter().position(|(_, other)| same(route, other)) {
            self.0.get_mut(..=at).unwrap_or_default().rotate_right(1);
        } else {
            self.0.truncate(MEMORY - 1);
            self.0.insert(0, (id, route));
        }
        self.0.first().map_or(id, |(first, _)| *first)
    }
}
