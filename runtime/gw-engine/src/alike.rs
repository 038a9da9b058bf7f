//! Routes that do the same. Most routes of a service ask for the same identities, obey the same
//! limits and go to the same backend, each with a copy of its own in the graph. A request reads
//! these from the first route that has them so, whose memory the requests of all of them keep in
//! the processor's caches.

use gw_graph::{Access, Action, Edit, HeaderPattern, LimitId, Route, RouteId};

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
    /// Of the route itself: see [`Steps::underscores`].
    underscores: bool,
}

/// A route that was found, and what it does.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Steps<'g> {
    pub(crate) id: RouteId,
    pub(crate) route: &'g Route,
    routes: &'g [Route],
    firsts: &'g Firsts,
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
                underscores: route.request_edits.iter().any(is_underscored),
            }
        });
        Self(firsts.collect())
    }

    /// A route with what it does.
    pub(crate) fn steps<'g>(&'g self, routes: &'g [Route], id: RouteId) -> Option<Steps<'g>> {
        Some(Steps {
            id,
            route: routes.get(id.index())?,
            routes,
            firsts: self.0.get(id.index())?,
        })
    }
}

impl<'g> Steps<'g> {
    pub(crate) fn access(self) -> &'g Access {
        &self.first(self.firsts.access).access
    }

    pub(crate) fn limits(self) -> &'g [LimitId] {
        &self.first(self.firsts.limits).limits
    }

    /// The edits of the path and the query, and others.
    pub(crate) fn rewrites(self) -> &'g [Edit] {
        &self.first(self.firsts.rewrites).request_edits
    }

    /// The edits of the request's header, and others.
    pub(crate) fn headers(self) -> &'g [Edit] {
        &self.first(self.firsts.headers).request_edits
    }

    /// Whether one of these gives or takes a name that holds an underscore.
    pub(crate) fn underscores(self) -> bool {
        self.firsts.underscores
    }

    pub(crate) fn response(self) -> &'g [Edit] {
        &self.first(self.firsts.response).response_edits
    }

    pub(crate) fn action(self) -> &'g Action {
        &self.first(self.firsts.action).action
    }

    pub(crate) fn max_body(self) -> Option<u64> {
        self.first(self.firsts.action).max_body
    }

    /// A first route; in doubt the route itself, which is like itself.
    fn first(self, id: RouteId) -> &'g Route {
        self.routes.get(id.index()).unwrap_or(self.route)
    }
}

/// Whether a field with `-` for `_` could be taken for what an edit gives or takes.
fn is_underscored(edit: &Edit) -> bool {
    match edit {
        Edit::SetHeader(name, _)
        | Edit::RenameHeader(_, name)
        | Edit::RemoveHeader(HeaderPattern::Name(name) | HeaderPattern::Prefix(name)) => {
            name.contains('_')
        }
        Edit::AddHeader(..)
        | Edit::SetPath(_)
        | Edit::ReplacePrefix(..)
        | Edit::SetQuery(..)
        | Edit::RemoveQuery(_)
        | Edit::SetStatus(_) => false,
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
