//! `gwc explain`: a code, a route, a request.

use crate::args::{Explain, ExplainRequest, ExplainRoute, ExplainWhat, Params, Policy};
use crate::exit;
use crate::input::{self, Refused, usage};
use crate::print;
use crate::retries;
use crate::simulate::{Arrival, DEFAULT_TIME, Detail, Outcome, Simulator};
use crate::trace;
use gw_compiler::cost::{self, Condition};
use gw_compiler::{Given, TestRequest};
use gw_expr::grouped;
use gw_graph::{Access, Action, Backend, Graph, HostPattern, Route};
use gw_syntax::Code;

/// The steps from which on a part of a condition is worth a word.
const NOTABLE: u64 = 100;

include!(concat!(env!("OUT_DIR"), "/pages.rs"));

/// Explains.
pub(crate) fn run(args: Explain) -> Result<u8, Refused> {
    match (args.what, args.code, args.overrides) {
        (Some(ExplainWhat::Route(args)), ..) => route(&args),
        (Some(ExplainWhat::Request(args)), ..) => request(&args),
        (None, Some(text), _) => code(&text),
        (None, None, Some(file)) => overrides(file),
        (None, None, None) => Err(usage("name a code such as GW0301, or `route` or `request`")),
    }
}

fn code(text: &str) -> Result<u8, Refused> {
    let Some(code) = Code::find(text) else {
        return Err(usage(&format!(
            "there is no diagnostic `{text}`; codes look like GW0301"
        )));
    };
    print::out(page(code));
    Ok(exit::FINE)
}

/// The page that explains a code.
pub(crate) fn page(code: Code) -> &'static str {
    let name = code.to_string();
    let mut pages = PAGES.iter().filter(|(n, _)| *n == name);
    pages.next().map_or("", |(_, page)| page)
}

fn overrides(file: String) -> Result<u8, Refused> {
    let compiled = input::compiled(&Policy {
        file,
        params: Params::default(),
    })?;
    for route in &compiled.graph.routes {
        for step in route
            .steps
            .iter()
            .filter(|s| s.text.starts_with("override"))
        {
            let place = trace::place(&compiled.graph, step.origin);
            print::out(&format!("{}  {}  ({place})\n", route.name, step.text));
        }
    }
    Ok(exit::FINE)
}

fn route(args: &ExplainRoute) -> Result<u8, Refused> {
    let compiled = input::compiled(&Policy::from(&args.policy))?;
    let graph = &compiled.graph;
    let matches = |r: &&Route| r.name == args.name || r.name.rsplit('.').next() == Some(&args.name);
    let found: Vec<&Route> = graph.routes.iter().filter(matches).collect();
    match found.as_slice() {
        [] => Err(usage(&format!(
            "there is no route `{}`; see `gwc graph`",
            args.name
        ))),
        routes => {
            routes.iter().for_each(|r| print::out(&pipeline(graph, r)));
            Ok(exit::FINE)
        }
    }
}

/// The effective pipeline of a route, phase by phase, with origins.
fn pipeline(graph: &Graph, route: &Route) -> String {
    let mut text = format!(
        "route {}  ({})\n",
        route.name,
        trace::place(graph, route.origin)
    );
    text.push_str(&format!("  {:<9}{}\n", "match", matcher(route)));
    match &route.access {
        Access::Public { why, .. } => text.push_str(&format!("  {:<9}public: {why}\n", "access")),
        Access::Protected { .. } => {}
    }
    for step in &route.steps {
        let place = trace::place(graph, step.origin);
        text.push_str(&format!(
            "  {:<9}{}  [{}]  ({place})\n",
            step.phase, step.text, step.scope
        ));
    }
    retries_of(graph, route)
        .iter()
        .for_each(|line| text.push_str(line));
    cost::conditions(graph, route)
        .iter()
        .for_each(|c| text.push_str(&cost_of(graph, c)));
    text
}

/// What the backends of a route say about retries.
fn retries_of(graph: &Graph, route: &Route) -> Vec<String> {
    let shares = match &route.action {
        Action::Forward(forward) => forward.split.as_slice(),
        Action::Respond(_) | Action::Redirect { .. } => &[],
    };
    let backends = shares
        .iter()
        .filter_map(|share| graph.backends.get(share.backend.index()));
    let line = |backend: &Backend| {
        let (retry, place) = (
            retries::describe(backend)?,
            trace::place(graph, backend.origin),
        );
        let exception = retries::exception(backend, route);
        Some(format!(
            "  {:<9}{retry}{exception}  [backend {}]  ({place})\n",
            "retry", backend.name
        ))
    };
    backends.filter_map(line).collect()
}

/// What a condition takes at most, and its dearest part where that is not all of it.
fn cost_of(graph: &Graph, condition: &Condition) -> String {
    let place = trace::place(graph, condition.origin);
    let estimate = &condition.estimate;
    let dearest = match &estimate.dearest {
        Some(part) if part.steps > NOTABLE => {
            format!(", {} of them {}", grouped(part.steps), part.text)
        }
        Some(_) | None => String::new(),
    };
    format!(
        "  {:<9}{} steps at most: {}{dearest}  ({place})\n",
        "cost",
        grouped(estimate.steps),
        condition.text
    )
}

fn matcher(route: &Route) -> String {
    let m = &route.matcher;
    let mut parts = Vec::new();
    if !m.methods.is_empty() {
        parts.push(m.methods.join("|"));
    }
    let hosts: Vec<String> = m.hosts.iter().map(host).collect();
    parts.push(format!(
        "{}{}",
        hosts.join(" or "),
        super::graph::path(&m.path)
    ));
    parts.extend(
        m.headers
            .iter()
            .map(|(n, v)| format!("header {n} == {v:?}")),
    );
    parts.extend(m.query.iter().map(|(n, v)| format!("query {n} == {v:?}")));
    if !m.sources.is_empty() {
        let networks: Vec<String> = m.sources.iter().map(ToString::to_string).collect();
        parts.push(format!("source in {}", networks.join(", ")));
    }
    if m.when.is_some() {
        parts.push("and its condition".to_owned());
    }
    parts.join(" ")
}

fn host(host: &HostPattern) -> String {
    match host {
        HostPattern::Exact(name) => name.to_string(),
        HostPattern::Suffix(name) => format!("*.{name}"),
    }
}

fn request(args: &ExplainRequest) -> Result<u8, Refused> {
    let compiled = input::compiled(&Policy::from(&args.policy))?;
    let given = given(args)?;
    let text = explained(compiled.graph, &args.request, args.host.clone(), &given);
    print::out(&text.map_err(|e| usage(&e))?);
    Ok(exit::FINE)
}

/// What happens to a request, phase by phase, and how it ends.
///
/// # Errors
/// In words, a text that is no request, or a policy that the engine refuses.
pub(crate) fn explained(
    graph: Graph,
    request: &str,
    host: Option<String>,
    given: &Given,
) -> Result<String, String> {
    let (method, target) = request
        .split_once(' ')
        .ok_or("write a request as 'GET /path'")?;
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let host = host.unwrap_or_else(|| first_host(&graph));
    let request = TestRequest {
        method: method.to_owned(),
        host,
        path: path.to_owned(),
        query: query.to_owned(),
        json: None,
    };
    let simulator = Simulator::new(graph)?;
    let arrival = Arrival {
        time: DEFAULT_TIME,
        random: 0,
        detail: Detail::Near,
    };
    let outcome = simulator.send(&Simulator::state(), given, &request, arrival);
    Ok(trace::render(simulator.graph(), &outcome.trace) + &verdict(&outcome))
}

fn given(args: &ExplainRequest) -> Result<Given, Refused> {
    let json = |path: &Option<String>| -> Result<Option<serde_json::Value>, Refused> {
        let Some(path) = path else { return Ok(None) };
        let text = input::read(path)?;
        serde_json::from_str(&text)
            .map(Some)
            .map_err(|e| usage(&format!("{path}: {e}")))
    };
    let mut headers = Vec::new();
    for header in &args.headers {
        let (name, value) = header
            .split_once(':')
            .ok_or_else(|| usage(&format!("`{header}` is not `NAME: VALUE`")))?;
        headers.push((name.trim().to_lowercase(), value.trim().to_owned()));
    }
    Ok(Given {
        jwt: json(&args.jwt)?,
        key: json(&args.key)?,
        certificate: json(&args.certificate)?,
        source: args.source,
        headers,
        ..Given::default()
    })
}

fn first_host(graph: &Graph) -> String {
    let hosts = graph.routes.iter().flat_map(|r| &r.matcher.hosts);
    let mut names = hosts.filter_map(|h| match h {
        HostPattern::Exact(name) => Some(name.to_string()),
        HostPattern::Suffix(_) => None,
    });
    names.next().unwrap_or_else(|| "localhost".to_owned())
}

fn verdict(outcome: &Outcome) -> String {
    let rule = outcome
        .rule
        .as_ref()
        .map(|r| format!(" by {r}"))
        .unwrap_or_default();
    let to = match (&outcome.backend, &outcome.sent) {
        (Some(backend), Some((path, query))) if query.is_empty() => {
            format!(", sent to {backend} as {path}")
        }
        (Some(backend), Some((path, query))) => format!(", sent to {backend} as {path}?{query}"),
        _ => String::new(),
    };
    format!("= {} {}{rule}{to}\n", outcome.status, outcome.reason.text)
}
