//! Findings about addresses: listeners that serve nothing, backends that are the gateway itself,
//! client addresses that a listener cannot know.

use crate::resolve::{Kind, Program};
use gw_graph::{Graph, Listener, ListenerId, Target, Targets};
use gw_syntax::{Code, Diagnostic, Span};
use std::net::IpAddr;

/// Adds the findings.
pub(super) fn check(
    program: &Program<'_>,
    graph: &Graph,
    recalled_read: bool,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let reads_source = recalled_read || reads_source(graph);
    for (index, listener) in graph.listeners.iter().enumerate() {
        let Some(place) = place(program, Kind::Listener, &listener.name) else {
            continue;
        };
        if !graph.routes.is_empty() && !serves(graph, ListenerId::from_index(index)) {
            diagnostics.push(idle(listener, place));
        }
        if reads_source && hides_clients(listener) {
            diagnostics.push(no_client_address(listener, place));
        }
        for backend in &graph.backends {
            let Targets::Fixed(targets) = &backend.targets else {
                continue;
            };
            let Some(at) = place_of_backend(program, &backend.name) else {
                continue;
            };
            let itself = targets.iter().find(|t| leads_to(t, listener));
            diagnostics.extend(itself.map(|t| loops(&backend.name, t, at, (listener, place))));
        }
    }
}

fn place(program: &Program<'_>, kind: Kind, name: &str) -> Option<Span> {
    let mut all = program.included(kind);
    all.find(|(_, d)| d.name.name == name)
        .map(|(_, d)| d.name.span)
}

/// Backends may come from files that are not part of the policy as a whole.
pub(super) fn place_of_backend(program: &Program<'_>, name: &str) -> Option<Span> {
    let mut backends = program.decls.iter().filter(|d| d.kind == Kind::Backend);
    backends.find(|d| d.name.name == name).map(|d| d.name.span)
}

fn serves(graph: &Graph, listener: ListenerId) -> bool {
    let mut listeners = graph.routes.iter().map(|r| &r.matcher.listeners);
    listeners.any(|l| l.is_empty() || l.contains(&listener))
}

fn idle(listener: &Listener, place: Span) -> Diagnostic {
    let message = format!("no route is served on listener `{}`", listener.name);
    Diagnostic::new(Code::IdleListener, place, message)
        .here("answers everything with 404")
        .help("name it in the `listeners` of a service or route, or remove it")
}

/// Host and port of a bind address; no host for every address.
fn bound(listener: &Listener) -> Option<(Option<IpAddr>, u16)> {
    let (host, port) = listener.bind.rsplit_once(':')?;
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let host = if host == "localhost" {
        "127.0.0.1"
    } else {
        host
    };
    let address = host.parse::<IpAddr>().ok();
    Some((address.filter(|a| !a.is_unspecified()), port.parse().ok()?))
}

/// Whether a connection to the target arrives at the listener of the same machine.
fn leads_to(target: &Target, listener: &Listener) -> bool {
    let Some((address, port)) = bound(listener) else {
        return false;
    };
    let host = match target.host.as_str() {
        "localhost" => Some(IpAddr::from([127, 0, 0, 1])),
        host => host.parse::<IpAddr>().ok(),
    };
    let same = match (host, address) {
        (Some(host), Some(address)) => host == address,
        (Some(host), None) => host.is_loopback() || host.is_unspecified(),
        (None, _) => false,
    };
    same && port == target.port && port != 0
}

fn loops(backend: &str, target: &Target, at: Span, to: (&Listener, Span)) -> Diagnostic {
    let (listener, place) = to;
    let message = format!(
        "backend `{backend}` sends requests back to this gateway: `{}:{}` is listener `{}`",
        target.host, target.port, listener.name
    );
    Diagnostic::new(Code::TargetLoop, at, message)
        .here("leads back here")
        .because(place, format!("binds `{}`", listener.bind))
        .help("name the address of the service itself, or give the listener another port")
}

/// Whether an expression reads the client's address.
fn reads_source(graph: &Graph) -> bool {
    let mut facts = graph.facts.iter();
    facts.any(|(_, fact)| fact.path.dotted() == super::CLIENT)
}

/// Only this machine can connect, so what connects is a proxy, and it is not believed.
fn hides_clients(listener: &Listener) -> bool {
    let loopback = bound(listener).and_then(|(address, _)| address);
    loopback.is_some_and(|a| a.is_loopback()) && listener.http.trusted_proxies.is_empty()
}

fn no_client_address(listener: &Listener, place: Span) -> Diagnostic {
    let message = format!(
        "every client of listener `{}` has the address of this machine",
        listener.name
    );
    Diagnostic::new(Code::PeerAddress, place, message)
        .here(format!(
            "binds `{}` and trusts no proxy, yet `source.ip` is read",
            listener.bind
        ))
        .help("add `http { trusted_proxies = [127.0.0.0/8, ::1] }` if a proxy stands before it")
}
