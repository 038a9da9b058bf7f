//! `gwc check`.

use crate::args::{Check, Format};
use crate::exit;
use crate::input::{self, Refused};
use crate::print;
use crate::render::{human, json, json::PublicRoute};
use gw_graph::{Access, Graph};
use gw_syntax::{Diagnostic, Severity, Sources};

/// Checks a policy.
pub(crate) fn run(args: &Check) -> Result<u8, Refused> {
    match input::compile(&args.policy)? {
        Ok(compiled) => {
            let public = args.list_public.then(|| public_routes(&compiled.graph));
            report(
                args,
                &compiled.sources,
                &compiled.diagnostics,
                public.as_deref(),
            );
            if args.format == Format::Human {
                print::out(&match public {
                    Some(routes) => routes.iter().map(line).collect(),
                    None => format!("{}: {}\n", args.policy.file, summary(&compiled.graph)),
                });
            }
            let denied = args.deny.is_some()
                && compiled
                    .diagnostics
                    .iter()
                    .any(|d| d.severity >= Severity::Warning);
            Ok(if denied { exit::FINDINGS } else { exit::FINE })
        }
        Err(failure) => {
            report(args, &failure.sources, &failure.diagnostics, None);
            Ok(exit::DOES_NOT_COMPILE)
        }
    }
}

fn report(
    args: &Check,
    sources: &Sources,
    diagnostics: &[Diagnostic],
    public: Option<&[PublicRoute]>,
) {
    match args.format {
        Format::Human => print::err(&human::render(sources, diagnostics)),
        Format::Json => print::out(&json::render(sources, diagnostics, public)),
    }
}

fn line(route: &PublicRoute) -> String {
    format!("{}  {}  ({})\n", route.route, route.why, route.place)
}

fn summary(graph: &Graph) -> String {
    let plural = |n: usize, word: &str| format!("{n} {word}{}", if n == 1 { "" } else { "s" });
    let public = graph
        .routes
        .iter()
        .filter(|r| matches!(r.access, Access::Public { .. }))
        .count();
    format!(
        "{} ({public} public), {}, {}",
        plural(graph.routes.len(), "route"),
        plural(graph.backends.len(), "backend"),
        plural(graph.listeners.len(), "listener"),
    )
}

fn public_routes(graph: &Graph) -> Vec<PublicRoute> {
    graph
        .routes
        .iter()
        .filter_map(|route| match &route.access {
            Access::Public { why, .. } => Some(PublicRoute {
                route: route.name.to_string(),
                why: why.to_string(),
                place: crate::trace::place(graph, route.origin),
            }),
            Access::Protected { .. } => None,
        })
        .collect()
}
