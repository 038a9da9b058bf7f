//! Findings about the whole policy, once every part of it is right: overlapping and unreachable
//! routes, unused names, rules over budget.

mod certificates;
mod network;
mod retries;
mod secrets;
mod slash;

use crate::index::Conflict;
use crate::recall::Outcome as Recollection;
use crate::resolve::{Kind, Program};
use gw_graph::{Access, Authorization, Graph, Route, RouteId};
use gw_syntax::{Code, Diagnostic, Span};

/// The fact that tells who the client is.
pub(crate) const CLIENT: &str = "source.ip";

/// Places of routes in the order of the graph, for findings that it alone cannot place.
#[derive(Default)]
pub(crate) struct RouteSpans(Vec<Span>);

impl RouteSpans {
    /// Makes room for the places of further routes.
    pub(crate) fn reserve(&mut self, count: usize) {
        self.0.reserve(count);
    }

    /// Notes the place of the next route.
    pub(crate) fn push(&mut self, header: Span) {
        self.0.push(header);
    }

    /// The place of a route.
    pub(crate) fn get(&self, id: RouteId) -> Span {
        self.0.get(id.index()).copied().unwrap_or_default()
    }
}

/// Findings about the finished graph.
pub(crate) fn verify(
    program: &Program<'_>,
    graph: &Graph,
    (spans, recalled): (&RouteSpans, &mut Recollection),
    diagnostics: &mut Vec<Diagnostic>,
) {
    unused(program, diagnostics);
    unused_imports(program, diagnostics);
    listeners(program, graph, diagnostics);
    network::check(program, graph, recalled.reads_source, diagnostics);
    certificates::check(program, graph, spans, diagnostics);
    secrets::check(program, graph, spans, diagnostics);
    retries::check(program, graph, spans, diagnostics);
    slash::check(graph, (spans, recalled), diagnostics);
    for (at, route) in graph.routes.iter().enumerate() {
        if is_over_budget(route) {
            diagnostics.push(over_budget(route, spans.get(RouteId::from_index(at))));
        }
    }
}

/// Findings about routes that take the same requests.
pub(crate) fn conflicts(
    graph: &Graph,
    spans: &RouteSpans,
    found: &[Conflict],
    diagnostics: &mut Vec<Diagnostic>,
) {
    let place = |id: gw_graph::RouteId| {
        let route = graph.routes.get(id.index());
        let name = route.map(|r| r.name.clone()).unwrap_or_default();
        (name, spans.get(id))
    };
    for conflict in found {
        match conflict {
            Conflict::Overlap { a, b, witness } => {
                let ((first, first_span), (second, second_span)) = (place(*a), place(*b));
                diagnostics.push(
                    Diagnostic::new(
                        Code::RouteOverlap,
                        second_span,
                        format!("routes `{first}` and `{second}` both match `{witness}`"),
                    )
                    .here("equally specific")
                    .because(first_span, "matches it too")
                    .help(
                        "make one more specific (path, method, `when`), or give one `priority = 1`",
                    ),
                );
            }
            Conflict::Unreachable { route, covered_by } => {
                let ((name, span), (other, other_span)) = (place(*route), place(*covered_by));
                diagnostics.push(
                    Diagnostic::new(
                        Code::RouteUnreachable,
                        span,
                        format!("route `{name}` can never match"),
                    )
                    .here("every request is taken before")
                    .because(other_span, format!("`{other}` takes them"))
                    .help("remove the route, or narrow the one that covers it"),
                );
            }
        }
    }
}

fn unused(program: &Program<'_>, diagnostics: &mut Vec<Diagnostic>) {
    let served = [Kind::Service, Kind::Route];
    if served
        .into_iter()
        .all(|k| program.included(k).next().is_none())
    {
        // A file of declarations for others to import.
        return;
    }
    for decl in program.unused() {
        let keyword = decl.kind.keyword();
        if matches!(decl.kind, Kind::Listener | Kind::Service | Kind::Route) {
            continue;
        }
        diagnostics.push(
            Diagnostic::new(
                Code::UnusedName,
                decl.name.span,
                format!("{keyword} `{}` is never used", decl.name.name),
            )
            .here("nothing refers to it")
            .help(format!(
                "use it, or remove it; `_{}` keeps it without this warning",
                decl.name.name
            )),
        );
    }
}

fn unused_imports(program: &Program<'_>, diagnostics: &mut Vec<Diagnostic>) {
    for name in program.unused_imports() {
        diagnostics.push(
            Diagnostic::new(
                Code::UnusedImport,
                name.span,
                format!("`{}` is imported and never used", name.name),
            )
            .here("nothing refers to it")
            .help("remove it from the braces of the import"),
        );
    }
}

fn listeners(program: &Program<'_>, graph: &Graph, diagnostics: &mut Vec<Diagnostic>) {
    if graph.listeners.is_empty()
        && let Some((_, decl)) = [Kind::Service, Kind::Route]
            .into_iter()
            .flat_map(|k| program.included(k))
            .next()
    {
        diagnostics.push(
            Diagnostic::new(
                Code::NoListener,
                decl.name.span,
                "no listener serves this policy",
            )
            .here("cannot be reached")
            .help("add `listener http { bind = \":8080\" }`"),
        );
    }
}

fn over_budget(route: &Route, span: Span) -> Diagnostic {
    let message = format!(
        "the rules of route `{}` are too many for a decision diagram",
        route.name
    );
    Diagnostic::new(Code::DiagramBudget, span, message)
        .here("evaluated one after the other")
        .help("this is correct but slower; fewer distinct conditions would help")
}

/// Whether the rules of a route are too many for a diagram.
pub(crate) fn is_over_budget(route: &Route) -> bool {
    let authorization: &Authorization = match &route.access {
        Access::Public { denies, .. } => denies,
        Access::Protected { authorization, .. } => authorization,
    };
    authorization.diagram.is_none() && !authorization.sets.is_empty()
}
