//! Routes that do the same. Most routes of a service ask for the same identities, obey the same
//! limits and go to the same backend, each with a copy of its own in the graph. A request reads
//! these from the first route that has them so, whose memory the requests of all of them keep in
//! the processor's caches. Edits are read from lists of those of first routes.

use crate::edits::Written;
use foldhash::fast::RandomState;
use gw_graph::{Access, Action, Edit, HeaderPattern, LimitId, Route, RouteId};
use hashbrown::HashMap;
use std::ops::Range;

/// For each route, the first ones that it is like.
#[derive(Debug, Default)]
pub(crate) struct Alike {
    places: Vec<Place>,
    kinds: Vec<Kind>,
    /// The edits of paths and queries of the first ones, which differ more than all else and would have to
    /// be looked for among the other edits.
    rewrites: Vec<Edit>,
    /// The edits of headers of the first ones, and of responses.
    written: Vec<Written>,
}

/// What is read for a route alone. Small, so that those of many routes stay in the caches.
#[derive(Clone, Debug)]
struct Place {
    /// Its place among the kinds.
    kind: u32,
    /// Where its edits of paths and queries lie.
    rewrites: Range<u32>,
}

/// What routes that do the same have in common: the first routes that have it so.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Kind {
    access: RouteId,
    limits: RouteId,
    /// Where the edits lie.
    headers: Range<u32>,
    response: Range<u32>,
    action: RouteId,
    /// See [`Steps::underscores`].
    underscores: bool,
}

/// A route that was found, and what it does.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Steps<'g> {
    pub(crate) id: RouteId,
    pub(crate) route: &'g Route,
    routes: &'g [Route],
    alike: &'g Alike,
    place: &'g Place,
    kind: &'g Kind,
}

/// How many unlike routes are looked back at: routes that are alike stand together.
const MEMORY: usize = 8;

/// The unlike routes that were met last, the latest first.
struct Recent<'g>(Vec<(RouteId, &'g Route)>);

impl Alike {
    pub(crate) fn of(routes: &[Route]) -> Self {
        let mut recent = [const { Recent(Vec::new()) }; 6];
        let mut known: HashMap<Kind, u32, RandomState> = HashMap::default();
        let mut alike = Self {
            places: Vec::with_capacity(routes.len()),
            ..Self::default()
        };
        for (at, route) in routes.iter().enumerate() {
            let [access, limits, rewrites, headers, response, action] = &mut recent;
            let here = (RouteId::from_index(at), route);
            let rewrites =
                rewrites.first(here, |a, b| of_headers(false, a).eq(of_headers(false, b)));
            let headers = headers.first(here, |a, b| of_headers(true, a).eq(of_headers(true, b)));
            let response = response.first(here, |a, b| a.response_edits == b.response_edits);
            let [rewrites, headers, response] = alike.edits(route, [rewrites, headers, response]);
            let kind = Kind {
                access: access.first(here, |a, b| a.access == b.access),
                limits: limits.first(here, |a, b| a.limits == b.limits),
                headers,
                response,
                action: action.first(here, |a, b| {
                    a.action == b.action && a.max_body == b.max_body
                }),
                underscores: route.request_edits.iter().any(is_underscored),
            };
            let kind = *known.entry(kind).or_insert_with_key(|kind| {
                alike.kinds.push(kind.clone());
                end(&alike.kinds) - 1
            });
            alike.places.push(Place { kind, rewrites });
        }
        alike.kinds.shrink_to_fit();
        alike.rewrites.shrink_to_fit();
        alike.written.shrink_to_fit();
        alike
    }

    /// Where the edits of a route lie that is like the first ones: of paths and queries, of headers, of
    /// responses.
    fn edits(&mut self, route: &Route, firsts: [RouteId; 3]) -> [Range<u32>; 3] {
        // The route itself is not among them yet.
        let [rewrites, headers, response] = firsts.map(|first| self.places.get(first.index()));
        let kind = |place: &Place| self.kinds.get(place.kind as usize);
        let headers = headers.and_then(kind).map(|kind| kind.headers.clone());
        let response = response.and_then(kind).map(|kind| kind.response.clone());
        let rewrites = rewrites.map(|place| place.rewrites.clone());
        let written = |edit: &Edit| Written::new(edit.clone());
        [
            rewrites.unwrap_or_else(|| add(&mut self.rewrites, of_headers(false, route).cloned())),
            headers.unwrap_or_else(|| add(&mut self.written, of_headers(true, route).map(written))),
            response.unwrap_or_else(|| {
                let edits = route.response_edits.iter();
                add(&mut self.written, edits.map(written))
            }),
        ]
    }

    /// A route with what it does.
    pub(crate) fn steps<'g>(&'g self, routes: &'g [Route], id: RouteId) -> Option<Steps<'g>> {
        let place = self.places.get(id.index())?;
        Some(Steps {
            id,
            route: routes.get(id.index())?,
            routes,
            alike: self,
            place,
            kind: self.kinds.get(place.kind as usize)?,
        })
    }
}

impl<'g> Steps<'g> {
    pub(crate) fn access(self) -> &'g Access {
        &self.first(self.kind.access).access
    }

    pub(crate) fn limits(self) -> &'g [LimitId] {
        &self.first(self.kind.limits).limits
    }

    /// The edits of the path and the query.
    pub(crate) fn rewrites(self) -> &'g [Edit] {
        part(&self.alike.rewrites, &self.place.rewrites)
    }

    /// The edits of the request's header.
    pub(crate) fn headers(self) -> &'g [Written] {
        part(&self.alike.written, &self.kind.headers)
    }

    /// Whether one of these gives or takes a name that holds an underscore.
    pub(crate) fn underscores(self) -> bool {
        self.kind.underscores
    }

    /// The edits of the response.
    pub(crate) fn response(self) -> &'g [Written] {
        part(&self.alike.written, &self.kind.response)
    }

    pub(crate) fn action(self) -> &'g Action {
        &self.first(self.kind.action).action
    }

    pub(crate) fn max_body(self) -> Option<u64> {
        self.first(self.kind.action).max_body
    }

    /// A first route; in doubt the route itself, which is like itself.
    fn first(self, id: RouteId) -> &'g Route {
        self.routes.get(id.index()).unwrap_or(self.route)
    }
}

fn end<T>(list: &[T]) -> u32 {
    u32::try_from(list.len()).unwrap_or(u32::MAX)
}

/// Where what is added to a list comes to lie.
fn add<T>(list: &mut Vec<T>, more: impl Iterator<Item = T>) -> Range<u32> {
    let begin = end(list);
    list.extend(more);
    begin..end(list)
}

fn part<'l, T>(list: &'l [T], place: &Range<u32>) -> &'l [T] {
    let part = list.get(place.start as usize..place.end as usize);
    part.unwrap_or_default()
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
