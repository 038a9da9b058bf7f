//! Findings about secrets that leave the machine where others can read them.

use super::RouteSpans;
use crate::resolve::Program;
use gw_graph::{Action, BackendId, Edit, Graph, Route, RouteId, SecretId, Target, Targets, Text};
use gw_syntax::{Code, Diagnostic, Span};
use hashbrown::HashSet;

/// Adds the findings, one for each backend.
pub(super) fn check(
    program: &Program<'_>,
    graph: &Graph,
    spans: &RouteSpans,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let mut told: HashSet<BackendId> = HashSet::new();
    for (at, route) in graph.routes.iter().enumerate() {
        let Some(secret) = secret(route) else {
            continue;
        };
        for id in backends(route) {
            let Some((name, target)) = plain(graph, id).filter(|_| told.insert(id)) else {
                continue;
            };
            let place = super::network::place_of_backend(program, name).unwrap_or_default();
            let by = spans.get(RouteId::from_index(at));
            let secret = graph.secrets.get(secret.index());
            let secret = secret.map_or("", |s| s.name.as_str());
            diagnostics.push(finding((name, target, place), secret, by));
        }
    }
}

/// The first secret that a route sends to its backends.
fn secret(route: &Route) -> Option<SecretId> {
    let mut texts = route.request_edits.iter().filter_map(Edit::text);
    texts.find_map(Text::secret)
}

/// The backends of a route.
pub(super) fn backends(route: &Route) -> impl Iterator<Item = BackendId> {
    let forward = match &route.action {
        Action::Forward(forward) => Some(forward),
        Action::Respond(_) | Action::Redirect { .. } => None,
    };
    forward
        .into_iter()
        .flat_map(|f| f.split.iter().map(|s| s.backend))
}

/// The name of a backend, and a target of it that is reached over a network without TLS.
fn plain(graph: &Graph, id: BackendId) -> Option<(&str, &Target)> {
    let backend = graph.backends.get(id.index())?;
    let Targets::Fixed(targets) = &backend.targets else {
        return None;
    };
    let target = targets
        .iter()
        .find(|t| !t.tls && !gw_graph::is_loopback(&t.host))?;
    Some((&backend.name, target))
}

fn finding((backend, target, place): (&str, &Target, Span), secret: &str, by: Span) -> Diagnostic {
    let message = format!("secret `{secret}` is sent to backend `{backend}` without TLS");
    Diagnostic::new(Code::PlainSecret, place, message)
        .here(format!("`http://{}:{}` is another machine", target.host, target.port))
        .because(by, "this route sends it there")
        .help("write `https://` in the target; where the network encrypts by itself, `lint plain_secret = allow because \"…\"` in the backend")
}
