//! A trace as text: what was looked at, in order, with places in the source.

use gw_engine::{Mismatch, NearMiss, Trace, TraceEvent, Truth};
use gw_graph::{Effect, Graph, Origin};

/// The lines of a trace, indented by two blanks.
pub(crate) fn render(graph: &Graph, trace: &Trace) -> String {
    trace.events.iter().map(|e| event(graph, e)).collect()
}

fn event(graph: &Graph, event: &TraceEvent) -> String {
    match event {
        TraceEvent::Routed { route, near } => routed(graph, route.map(|r| r.index()), near),
        TraceEvent::Identity { authn, outcome } => {
            let name = graph
                .authns
                .get(authn.index())
                .map_or("?", |a| a.name.as_str());
            match outcome {
                Ok(id) if id.is_empty() => line("authn", &format!("{name}: verified"), ""),
                Ok(id) => line("authn", &format!("{name}: {id}"), ""),
                Err(reason) => line("authn", &format!("{name}: {}", reason.text), ""),
            }
        }
        TraceEvent::Atom { atom, value } => match graph.atoms.get(atom.index()) {
            Some(atom) => line(truth(*value), &atom.text, &place(graph, atom.origin)),
            None => String::new(),
        },
        TraceEvent::Rule { set, rule, value } => {
            let set = graph.rule_sets.get(set.index());
            let Some(rule) = set.and_then(|s| s.rules.get(*rule as usize)) else {
                return String::new();
            };
            let verb = match rule.effect {
                Effect::Allow => "allow",
                Effect::Deny => "deny",
            };
            let text = format!("{verb} of {}: {}", rule.name, truth(*value));
            line("authz", &text, &place(graph, rule.origin))
        }
        TraceEvent::Authorized { allowed, reason } => {
            let verdict = if *allowed { "allowed" } else { "denied" };
            line("authz", &format!("{verdict}: {}", reason.text), "")
        }
        TraceEvent::Limit {
            limit,
            admitted,
            remaining,
            wait,
        } => {
            let Some(limit) = graph.limits.get(limit.index()) else {
                return String::new();
            };
            let verdict = if *admitted { "passes" } else { "refuses" };
            let mut text = format!("{} {verdict}, {remaining} left", limit.name);
            if !wait.is_zero() {
                text.push_str(&format!(", after {wait:?}"));
            }
            line("limit", &text, &place(graph, limit.origin))
        }
        TraceEvent::Leaf { .. } | TraceEvent::Edge { .. } | TraceEvent::Ruled { .. } => {
            String::new()
        }
        TraceEvent::Edit { text } => line("edit", text, ""),
        TraceEvent::Action { text } => line("action", text, ""),
    }
}

fn routed(graph: &Graph, route: Option<usize>, near: &[NearMiss]) -> String {
    let mut text = match route.and_then(|r| graph.routes.get(r)) {
        Some(route) => line("route", &route.name, &place(graph, route.origin)),
        None => line("route", "no route takes this request", ""),
    };
    for miss in near {
        let Some(route) = graph.routes.get(miss.route.index()) else {
            continue;
        };
        let why: Vec<String> = miss.failed.iter().map(mismatch).collect();
        text.push_str(&line(
            "near",
            &format!("{}: {}", route.name, why.join(", ")),
            &place(graph, route.origin),
        ));
    }
    text
}

fn mismatch(mismatch: &Mismatch) -> String {
    match mismatch {
        Mismatch::Listener => "another listener".to_owned(),
        Mismatch::Host => "another host".to_owned(),
        Mismatch::Path(segment) => format!("the path differs from segment {} on", segment + 1),
        Mismatch::Method => "another method".to_owned(),
        Mismatch::Header(name) => format!("header `{name}` differs"),
        Mismatch::Query(name) => format!("query parameter `{name}` differs"),
        Mismatch::Source => "another source address".to_owned(),
        Mismatch::When => "its condition is not true".to_owned(),
        Mismatch::LessSpecific => "less specific".to_owned(),
    }
}

fn truth(value: Truth) -> &'static str {
    match value {
        Truth::True => "true",
        Truth::False => "false",
        Truth::Error(_) => "error",
    }
}

fn line(what: &str, text: &str, place: &str) -> String {
    let gap = if place.is_empty() {
        String::new()
    } else {
        format!("  ({place})")
    };
    format!("  {what:<8}{text}{gap}\n")
}

/// `shop.gw:12:3`.
pub(crate) fn place(graph: &Graph, origin: Origin) -> String {
    let file = graph
        .files
        .get(origin.file as usize)
        .map_or("", String::as_str);
    format!("{file}:{}:{}", origin.line, origin.column)
}
