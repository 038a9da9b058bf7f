//! The entries of routes.

use super::written::Written;
use super::{Access, Detail, Group, RouteEntry, answers};
use crate::command::graph::{host_labels, path, tree};
use crate::trace;
use gw_graph::{Action, Authorization, Graph, Mode, Origin, Route};
use std::collections::HashMap;

/// All routes, by service.
pub(super) fn groups(graph: &Graph, written: &Written<'_>) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    for route in &graph.routes {
        let service = route
            .name
            .split_once('.')
            .map_or("", |(service, _)| service);
        let at = *places.entry(service).or_insert_with(|| {
            groups.push(Group {
                name: service.to_owned(),
                doc: written.service(service).to_owned(),
                routes: Vec::new(),
            });
            groups.len() - 1
        });
        if let Some(group) = groups.get_mut(at) {
            group.routes.push(entry(graph, route, written));
        }
    }
    groups
}

fn entry(graph: &Graph, route: &Route, written: &Written<'_>) -> RouteEntry {
    let m = &route.matcher;
    let path = path(&m.path);
    let addresses = host_labels(route).into_iter();
    RouteEntry {
        name: route.name.to_string(),
        methods: match m.methods.is_empty() {
            true => "any method".to_owned(),
            false => m.methods.join("|"),
        },
        addresses: match m.hosts.is_empty() {
            true => vec![path],
            false => addresses.map(|host| format!("{host}{path}")).collect(),
        },
        doc: written.doc(route.origin).to_owned(),
        access: access(graph, route),
        details: details(graph, route, written),
        answers: answers::of(graph, route),
        place: trace::place(graph, route.origin),
    }
}

fn access(graph: &Graph, route: &Route) -> Access {
    match &route.access {
        gw_graph::Access::Public { why, .. } => Access::Public(why.to_string()),
        gw_graph::Access::Protected { authn, .. } => {
            let identity = authn.as_ref().map(|of| tree(graph, of));
            Access::Identity(identity.unwrap_or_default())
        }
    }
}

/// What holds for a route, in the order of the phases.
fn details(graph: &Graph, route: &Route, written: &Written<'_>) -> Vec<Detail> {
    let step = |phase: &str| -> Vec<(String, String)> {
        let steps = route.steps.iter().filter(|s| s.phase == phase);
        steps
            .map(|s| {
                let text = Some(written.block(s.origin)).filter(|t| !t.is_empty());
                (text.unwrap_or_else(|| s.text.clone()), s.scope.to_string())
            })
            .collect()
    };
    let details = [
        ("Only requests with", conditions(route)),
        ("Rules", rules(graph, route, written)),
        ("Limits", step("limit")),
        ("Changes of the request", step("request")),
        (end(&route.action), step("forward")),
        ("Changes of the response", step("response")),
    ];
    let details = details.into_iter().filter(|(_, lines)| !lines.is_empty());
    details
        .map(|(heading, lines)| Detail { heading, lines })
        .collect()
}

/// The heading of what a route does in the end.
fn end(action: &Action) -> &'static str {
    match action {
        Action::Forward(_) => "Goes to",
        Action::Respond(_) => "Answers with",
        Action::Redirect { .. } => "Sends the client to",
    }
}

/// What a request must have besides method, host and path.
fn conditions(route: &Route) -> Vec<(String, String)> {
    let m = &route.matcher;
    let headers = m.headers.iter();
    let headers = headers.map(|(name, value)| format!("request.headers[{name:?}] == {value:?}"));
    let query = m.query.iter();
    let query = query.map(|(name, value)| format!("request.query[{name:?}] == {value:?}"));
    let networks: Vec<String> = m.sources.iter().map(ToString::to_string).collect();
    let source = (!networks.is_empty()).then(|| format!("source.ip in [{}]", networks.join(", ")));
    let lines = headers.chain(query).chain(source);
    lines.map(|line| (line, String::new())).collect()
}

/// The rules of every scope, each once.
fn rules(graph: &Graph, route: &Route, written: &Written<'_>) -> Vec<(String, String)> {
    let (gw_graph::Access::Public { denies: rules, .. }
    | gw_graph::Access::Protected {
        authorization: rules,
        ..
    }) = &route.access;
    let Authorization { sets, .. } = rules;
    let sets = sets.iter();
    let sets = sets.filter_map(|id| graph.rule_sets.get(id.index()));
    let mut seen: Vec<Origin> = Vec::new();
    let mut lines = Vec::new();
    for set in sets {
        for rule in &set.rules {
            if seen.contains(&rule.origin) {
                continue;
            }
            seen.push(rule.origin);
            let by = match set.mode {
                Mode::Enforce => rule.name.to_string(),
                Mode::Shadow => format!("{}, only logged", rule.name),
            };
            lines.push((written.block(rule.origin), by));
        }
    }
    lines
}
