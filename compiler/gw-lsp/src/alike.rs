//! Routes that are alike: those of a service, or those that stand alone, that differ in their names
//! and in the fixed parts of their paths only. No type follows from either, so that what a word
//! means in one of them it means in all. Knows texts; must not know types.

use crate::snapshot::View;
use crate::typed::{is_route, narrowed, part_of};
use gw_syntax::{File, Part, PathSegmentKind, Span, Statement};
use std::collections::{BTreeMap, HashMap};

/// The routes of a file, each with the first that is like it.
pub(crate) struct Alike {
    /// By where routes begin: the route, and the first that is like it.
    routes: BTreeMap<u32, (Span, Span)>,
}

/// What routes that are alike have in common.
#[derive(PartialEq, Eq, Hash)]
struct Shape<'v> {
    service: Option<Span>,
    /// Between the name and the path: methods.
    methods: &'v str,
    parameters: Vec<&'v str>,
    /// All that follows the path.
    rest: &'v str,
}

impl Alike {
    pub(crate) fn of(view: &View) -> Self {
        let mut firsts: HashMap<Shape<'_>, Span> = HashMap::new();
        let mut routes = BTreeMap::new();
        let mut note = |service: Option<Span>, route: &Statement| {
            let shape = shape(view, service, route);
            let first = shape.map_or(route.span, |s| *firsts.entry(s).or_insert(route.span));
            routes.insert(route.span.start, (route.span, first));
        };
        for item in &view.file().items {
            match item.head.ident().name.as_str() {
                "route" => note(None, item),
                "service" => {
                    let inner = item.block.iter().flat_map(|b| &b.statements);
                    let routes = inner.filter(|s| is_route(s));
                    routes.for_each(|route| note(Some(item.span), route));
                }
                _ => {}
            }
        }
        Self { routes }
    }

    /// The same place in the first route that is like the one around it; a place elsewhere itself.
    pub(crate) fn first(&self, place: Span) -> Span {
        let before = self.routes.range(..=place.start).next_back();
        let Some((_, (route, first))) = before.filter(|(_, (route, _))| place.end <= route.end)
        else {
            return place;
        };
        // Behind their paths, texts are the same up to the end.
        let moved = |at: u32| first.end.checked_sub(route.end - at);
        match (moved(place.start), moved(place.end)) {
            (Some(start), Some(end)) => Span {
                start,
                end,
                ..place
            },
            (None, _) | (_, None) => place,
        }
    }

    /// The file with one route of each kind.
    pub(crate) fn sample(&self, view: &View) -> File {
        let is_first = |route: &Statement| {
            let known = self.routes.get(&route.span.start);
            known.is_none_or(|(_, first)| *first == route.span)
        };
        let file = view.file();
        let kept = file
            .items
            .iter()
            .filter_map(|item| match item.head.ident().name.as_str() {
                "route" => is_first(item).then(|| item.clone()),
                "service" => Some(narrowed(item, is_first)),
                _ => Some(item.clone()),
            });
        part_of(file, kept.collect())
    }
}

/// What a route has in common with those that are like it; none where its header is an unusual one.
fn shape<'v>(view: &'v View, service: Option<Span>, route: &Statement) -> Option<Shape<'v>> {
    let (name, path) = match route.parts.as_slice() {
        [Part::Word(name), Part::Path(path), ..]
        | [
            Part::Word(name),
            Part::Methods(_) | Part::Word(_),
            Part::Path(path),
            ..,
        ] => (name, path),
        _ => return None,
    };
    let between = |start, end| {
        view.slice(Span {
            start,
            end,
            ..path.span
        })
    };
    let parameters = path.segments.iter().filter_map(|s| match &s.kind {
        PathSegmentKind::Param { .. } => Some(view.slice(s.span)),
        PathSegmentKind::Exact(_) | PathSegmentKind::Any | PathSegmentKind::Rest => None,
    });
    Some(Shape {
        service,
        methods: between(name.span.end, path.span.start),
        parameters: parameters.collect(),
        rest: between(path.span.end, route.span.end),
    })
}
