//! Findings about certificates of clients: routes that want one where no listener asks for it.

use super::RouteSpans;
use crate::resolve::{Kind, Program};
use gw_graph::{Access, AuthnId, AuthnKind, AuthnTree, Graph, Route, RouteId};
use gw_syntax::{Code, Diagnostic, Span};

/// Adds the findings, one for each authentication.
pub(super) fn check(
    program: &Program<'_>,
    graph: &Graph,
    spans: &RouteSpans,
    diagnostics: &mut Vec<Diagnostic>,
) {
    for (index, authn) in graph.authns.iter().enumerate() {
        if !matches!(authn.kind, AuthnKind::ClientCertificate(_)) {
            continue;
        }
        let id = AuthnId::from_index(index);
        let wants = |(_, route): &(usize, &Route)| match &route.access {
            Access::Protected {
                authn: Some(tree), ..
            } => names(tree, id),
            Access::Protected { authn: None, .. } | Access::Public { .. } => false,
        };
        let in_vain = |(_, route): &(usize, &Route)| !is_asked(graph, route);
        let mut routes = graph.routes.iter().enumerate().filter(wants);
        let Some((at, route)) = routes.find(in_vain) else {
            continue;
        };
        let place = spans.get(RouteId::from_index(at));
        let mut declared = program.included(Kind::Authn);
        let declared = declared.find(|(_, d)| d.name.name == authn.name);
        let declared = declared.map(|(_, d)| d.name.span);
        diagnostics.push(finding(route, place, &authn.name, declared));
    }
}

fn names(tree: &AuthnTree, id: AuthnId) -> bool {
    match tree {
        AuthnTree::One(one) => *one == id,
        AuthnTree::AnyOf(list) | AuthnTree::AllOf(list) => list.iter().any(|t| names(t, id)),
    }
}

/// Whether some listener of the route asks clients for certificates.
fn is_asked(graph: &Graph, route: &Route) -> bool {
    let on = &route.matcher.listeners;
    let served =
        graph.listeners.iter().enumerate().filter(|(index, _)| {
            on.is_empty() || on.iter().any(|listener| listener.index() == *index)
        });
    let asks = |tls: &gw_graph::ListenerTls| tls.client.is_some();
    graph.listeners.is_empty()
        || served
            .into_iter()
            .any(|(_, l)| l.tls.as_ref().is_some_and(asks))
}

fn finding(route: &Route, place: Span, authn: &str, declared: Option<Span>) -> Diagnostic {
    let message = format!("no client can show `{}` a certificate", route.name);
    let diagnostic = Diagnostic::new(Code::NotAskedFor, place, message)
        .here("none of its listeners asks for one")
        .help("write `tls { … client { ca = file(\"clients.pem\") } }` in the listener");
    match declared {
        Some(declared) => diagnostic.because(declared, format!("`{authn}` reads it")),
        None => diagnostic,
    }
}
