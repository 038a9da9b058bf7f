//! `gwc test --mutate`: which small changes of the policy no test notices.

use super::{Case, Kept, chosen, internal, report};
use crate::args::{Test, TestFormat};
use crate::exit;
use crate::input::{self, Refused};
use crate::print::{self, Paint};
use crate::render::snippet;
use crate::simulate::{Detail, Outcome, Simulator};
use crate::suite::{self, mutation::Fate};
use gw_compiler::{Hint, Mutant};
use gw_graph::{Graph, Origin, RouteId};
use gw_syntax::{FileId, Sources, Span};
use serde_json::json;
use std::collections::HashMap;

/// Runs the tests against every mutant.
pub(super) fn run(args: &Test) -> Result<u8, Refused> {
    let report = match args.format {
        TestFormat::Human => Tally::human,
        TestFormat::Json => Tally::json,
        TestFormat::Junit => return Err(input::usage("`--mutate` has no JUnit report")),
    };
    let (compiled, mutants) = input::compiled_mutants(&args.policy)?;
    let tests = chosen(args, &compiled.tests)?;
    let simulator = Simulator::new(compiled.graph).map_err(|e| internal(&e))?;
    let graph = simulator.graph();
    let routes = by_name(graph);
    let results = suite::run(
        &simulator,
        &tests,
        Detail::Nothing,
        |reached: &mut Vec<RouteId>, _, outcome, _| reached.extend(route(&routes, outcome)),
    );
    if results.iter().any(|(r, _)| !r.failures.is_empty()) {
        return Ok(broken(args, &tests, results, &compiled.sources));
    }
    let reached = tests
        .iter()
        .copied()
        .zip(results.into_iter().map(|(_, r)| r));
    let fates = suite::mutation::run(&simulator, &mutants, &reached.collect::<Vec<_>>());
    let tally = Tally {
        mutants: mutants.iter().zip(fates).collect(),
        graph,
        sources: &compiled.sources,
    };
    print::out(&report(&tally));
    let wanted = args.min.unwrap_or(100.0);
    let enough = tally.share() >= wanted;
    Ok(if enough { exit::FINE } else { exit::FINDINGS })
}

fn by_name(graph: &Graph) -> HashMap<&str, RouteId> {
    let routes = graph.routes.iter().enumerate();
    routes
        .map(|(at, route)| (route.name.as_str(), RouteId::from_index(at)))
        .collect()
}

fn route(routes: &HashMap<&str, RouteId>, outcome: &Outcome) -> Option<RouteId> {
    routes.get(outcome.route.as_deref()?).copied()
}

/// Tests that fail already notice nothing.
fn broken(
    args: &Test,
    tests: &[&gw_compiler::Test],
    results: Vec<(suite::CaseResult, Vec<RouteId>)>,
    sources: &Sources,
) -> u8 {
    let case = |(test, (result, _))| Case::new((test, (result, Kept::default())));
    let cases: Vec<Case<'_>> = tests.iter().zip(results).map(case).collect();
    let report = report::Report {
        cases: &cases,
        sources,
        policy: &args.policy.file,
        gone: &[],
        coverage: None,
    };
    print::out(&report::human::render(&report));
    print::err("error: only tests that pass can notice a change\n");
    exit::FINDINGS
}

/// All mutants with their fates.
struct Tally<'t> {
    mutants: Vec<(&'t Mutant, Fate)>,
    graph: &'t Graph,
    sources: &'t Sources,
}

impl Tally<'_> {
    /// Mutants that ran, and those of them that were noticed.
    fn counts(&self) -> (usize, usize) {
        let count = |f: fn(Fate) -> bool| self.mutants.iter().filter(|(_, fate)| f(*fate)).count();
        let ran = count(|fate| fate != Fate::Stillborn);
        (ran, count(|fate| fate == Fate::Killed))
    }

    fn share(&self) -> f64 {
        let (all, reached) = self.counts();
        super::coverage::Share { reached, all }.percent()
    }

    fn survivors(&self) -> impl Iterator<Item = (&Mutant, usize)> {
        self.mutants.iter().filter_map(|(mutant, fate)| match fate {
            Fate::Survived(tests) => Some((*mutant, *tests)),
            Fate::Killed | Fate::Stillborn => None,
        })
    }

    fn human(&self) -> String {
        let paint = Paint::for_output();
        let mut text = String::new();
        for (mutant, tests) in self.survivors() {
            text.push_str(&self.survivor(mutant, tests, paint));
        }
        let (ran, killed) = self.counts();
        text.push_str(&format!(
            "{ran} changes, {killed} noticed ({:.1} %), {} not\n",
            self.share(),
            ran - killed
        ));
        text
    }

    fn survivor(&self, mutant: &Mutant, tests: usize, paint: Paint) -> String {
        let noticed = match tests {
            0 => "no test comes here".to_owned(),
            1 => "the one test that comes here does not notice".to_owned(),
            n => format!("none of the {n} tests that come here notices"),
        };
        let snippet = snippet::render(self.sources, self.span(mutant.origin), &noticed);
        let was = paint.red(&format!("  - {}\n", one_line(&mutant.was)));
        let now = paint.green(&format!("  + {}\n", one_line(&mutant.now)));
        let place = crate::trace::place(self.graph, mutant.origin);
        format!(
            "{place}\n{snippet}{was}{now}  = help: {}\n\n",
            self.hint(mutant)
        )
    }

    /// Which request would tell the two apart.
    fn hint(&self, mutant: &Mutant) -> String {
        let route = mutant.routes.first();
        let route = route.and_then(|r| self.graph.routes.get(r.index()));
        let request = route.map_or_else(String::new, |route| {
            let methods = &route.matcher.methods;
            let method = methods.first().map_or("GET", |m| m.as_str());
            format!(
                "{method} {}",
                super::super::graph::path(&route.matcher.path)
            )
        });
        let was = one_line(&mutant.was);
        match mutant.hint {
            Hint::Differ => format!(
                "test `{request}` with a request for which `{was}` and `{}` give different answers",
                one_line(&mutant.now)
            ),
            Hint::Refused => {
                format!("test `{request}` with a request that this rule refuses: `then status 403`")
            }
            Hint::Allowed => {
                format!(
                    "test `{request}` with a request that only this rule lets pass: `then status 2xx`"
                )
            }
            Hint::NotAllowed => format!(
                "test `{request}` with a request that meets no allow rule: `then status 403`"
            ),
            Hint::Anonymous => {
                format!("test `{request}` without `given jwt` or `given key`: `then status 401`")
            }
            Hint::TooMany => format!(
                "test `{request}` with `repeat`, one more than the limit lets pass: `then status 429`"
            ),
        }
    }

    fn json(&self) -> String {
        let (ran, killed) = self.counts();
        let survivors: Vec<_> = self
            .survivors()
            .map(|(mutant, tests)| {
                let span = self.span(mutant.origin);
                let place = crate::render::json::place(self.sources, span);
                json!({
                    "file": place.file, "line": place.line, "column": mutant.origin.column,
                    "was": mutant.was, "now": mutant.now,
                    "tests": tests, "help": self.hint(mutant),
                })
            })
            .collect();
        let object = json!({
            "version": 1, "mutants": ran, "noticed": killed, "survivors": survivors,
        });
        format!("{object}\n")
    }

    /// The place in the source.
    fn span(&self, origin: Origin) -> Span {
        let file = FileId(origin.file);
        let Some(source) = self.sources.get(file) else {
            return Span::default();
        };
        let offset = |line: u32, column: u32| {
            let lines = source.text.split_inclusive('\n');
            let before: usize = lines
                .take(line.saturating_sub(1) as usize)
                .map(str::len)
                .sum();
            let rest = source.text.get(before..).unwrap_or_default();
            let within = rest.char_indices().nth(column.saturating_sub(1) as usize);
            before + within.map_or(rest.len(), |(at, _)| at)
        };
        Span::new(
            file,
            offset(origin.line, origin.column),
            offset(origin.end_line, origin.end_column),
        )
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
