//! Findings about requests that are repeated although their method says that twice is not once.

use super::RouteSpans;
use super::secrets::backends;
use crate::blocks::backend::retry;
use crate::resolve::{DeclId, Kind, Program};
use gw_graph::{Backend, BackendId, Graph, Route, RouteId, is_idempotent};
use gw_syntax::{Code, Diagnostic, Part, Span, Statement};

/// Adds the findings, one for each place that permits it: several backends may be like one.
pub(super) fn check(
    program: &Program<'_>,
    graph: &Graph,
    spans: &RouteSpans,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let mut told: Vec<Span> = Vec::new();
    for (at, backend) in graph.backends.iter().enumerate() {
        if !backend.retry.non_idempotent || !backend.retry.repeats_any() {
            continue;
        }
        let routes = reaching(graph, BackendId::from_index(at));
        let Some((first, others)) = routes.split_first() else {
            continue;
        };
        let place = permission(program, &backend.name);
        if let Some(place) = place.filter(|place| !told.contains(place)) {
            told.push(place);
            diagnostics.push(finding(backend, place, (first, spans), others.len()));
        }
    }
}

/// The method of a route that is not idempotent, with the route.
type Risky = (&'static str, RouteId);

/// The routes that send such requests to a backend.
fn reaching(graph: &Graph, backend: BackendId) -> Vec<Risky> {
    let routes = graph.routes.iter().enumerate();
    let reaching = routes.filter(|(_, route)| backends(route).any(|b| b == backend));
    reaching
        .filter_map(|(at, route)| Some((risky(route)?, RouteId::from_index(at))))
        .collect()
}

fn risky(route: &Route) -> Option<&'static str> {
    let methods = &route.matcher.methods;
    if methods.is_empty() {
        return Some("any method, `POST` too");
    }
    let risky = methods.iter().find(|m| !is_idempotent(m))?;
    Some(match risky.as_str() {
        "POST" => "`POST`",
        "PATCH" => "`PATCH`",
        _ => "a method that is not idempotent",
    })
}

/// Where a backend, or the one that it is like, permits it.
fn permission(program: &Program<'_>, name: &str) -> Option<Span> {
    let declared = |index: &usize| {
        let decl = program.decl(DeclId(*index));
        decl.is_some_and(|d| d.kind == Kind::Backend && d.name.name == name)
    };
    let mut id = DeclId((0..program.decls.len()).find(declared)?);
    for _ in 0..program.decls.len() {
        let decl = program.decl(id)?;
        if let Some(block) = inside(decl.statement, retry::SPEC.keyword) {
            return inside(block, "non_idempotent").map(|field| field.span);
        }
        let [_, Part::Word(_), Part::Word(parent)] = decl.statement.parts.as_slice() else {
            return None;
        };
        id = program.lookup(decl.module, &parent.name)?;
    }
    None
}

fn inside<'s>(statement: &'s Statement, word: &str) -> Option<&'s Statement> {
    let mut statements = statement.block.iter().flat_map(|b| &b.statements);
    statements.find(|s| s.head.ident().name == word)
}

fn finding(
    backend: &Backend,
    place: Span,
    ((takes, route), spans): (&Risky, &RouteSpans),
    others: usize,
) -> Diagnostic {
    let others = match others {
        0 => String::new(),
        1 => ", and so does another route".to_owned(),
        n => format!(", and so do {n} other routes"),
    };
    let message = format!("backend `{}` may do a request twice", backend.name);
    Diagnostic::new(Code::RetryOnPost, place, message)
        .here("what is sent again may have been done already")
        .because(spans.get(*route), format!("takes {takes}{others}"))
        .help(
            "remove it; or let clients send an `Idempotency-Key` by which the backend knows a \
             request again, and say so: `lint retry_on_post = allow because \"…\"` in the backend",
        )
}
