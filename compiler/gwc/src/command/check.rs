//! `gwc check`.

mod fix;

use crate::args::{Check, CheckFormat, Levels};
use crate::exit;
use crate::input::{self, Refused, usage};
use crate::print;
use crate::render::human::Drawing;
use crate::render::{github, human, json, json::PublicRoute, sarif};
use gw_compiler::{Compiled, Disk, Failure, Level, Options};
use gw_graph::{Access, Graph};
use gw_syntax::{Diagnostic, Severity, Sources};

/// Checks a policy, and mends it where that is asked for.
pub(crate) fn run(args: &Check) -> Result<u8, Refused> {
    let options = options(args)?;
    if args.diff {
        return fix::show(&args.policy.file, &options);
    }
    if args.fix {
        fix::write(&args.policy.file, &options)?;
    }
    match gw_compiler::survey(&Disk, &args.policy.file, &options) {
        Ok(compiled) => Ok(sound(args, &compiled)),
        Err(failure) => Ok(broken(args, &failure)),
    }
}

fn options(args: &Check) -> Result<Options, Refused> {
    let mut options = input::options(&args.policy.params)?;
    let Levels { allow, warn, deny } = &args.levels;
    for (level, names) in [
        (Level::Allow, allow),
        (Level::Warn, warn),
        (Level::Deny, deny),
    ] {
        for name in names {
            let set = options.lints.set(name, level);
            set.map_err(|e| usage(&e.to_string()))?;
        }
    }
    Ok(options)
}

fn sound(args: &Check, compiled: &Compiled) -> u8 {
    let public = args.list_public.then(|| public_routes(&compiled.graph));
    let (sources, diagnostics) = (&compiled.sources, &compiled.diagnostics);
    report(args, sources, diagnostics, public.as_deref());
    if matches!(args.format, CheckFormat::Human | CheckFormat::Narrated) {
        print::out(&match public {
            Some(routes) => routes.iter().map(line).collect(),
            None => format!("{}: {}\n", args.policy.file, summary(&compiled.graph)),
        });
    }
    let denied = |d: &Diagnostic| d.severity == Severity::Error;
    match diagnostics.iter().any(denied) {
        true => exit::FINDINGS,
        false => exit::FINE,
    }
}

fn broken(args: &Check, failure: &Failure) -> u8 {
    report(args, &failure.sources, &failure.diagnostics, None);
    exit::DOES_NOT_COMPILE
}

fn report(
    args: &Check,
    sources: &Sources,
    diagnostics: &[Diagnostic],
    public: Option<&[PublicRoute]>,
) {
    match args.format {
        CheckFormat::Human => print::err(&human::render(sources, diagnostics)),
        CheckFormat::Narrated => {
            print::err(&human::render_as(Drawing::Narrated, sources, diagnostics));
        }
        CheckFormat::Json => print::out(&json::render(sources, diagnostics, public)),
        CheckFormat::Sarif => print::out(&sarif::render(sources, diagnostics)),
        CheckFormat::Github => print::out(&github::render(sources, diagnostics)),
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
