//! `gwc test`: runs the tests of a policy, and says what they leave out.

mod coverage;
mod mutate;
mod report;
mod snapshot;

use crate::args::{Test, TestFormat};
use crate::exit;
use crate::input::{self, Refused, usage};
use crate::print;
use crate::simulate::{Detail, Simulator};
use crate::suite::{self, CaseResult, Position};
use gw_compiler::Compiled;
use gw_syntax::Sources;
use report::Report;
use suite::coverage::{Hits, Map};

/// Runs the tests of a policy.
pub(crate) fn run(args: &Test) -> Result<u8, Refused> {
    if args.mutate {
        return mutate::run(args);
    }
    let compiled = input::compiled(&args.policy)?;
    let Compiled {
        graph,
        tests,
        sources,
        ..
    } = compiled;
    let tests = chosen(args, &tests)?;
    let simulator = Simulator::new(graph).map_err(|e| internal(&e))?;
    let (mut cases, summary) = cases(args, &simulator, &tests, &sources);
    let gone = snapshot::compare(args, &mut cases).map_err(|e| usage(&e))?;
    let report = Report {
        cases: &cases,
        sources: &sources,
        policy: &args.policy.file,
        gone: &gone,
        coverage: summary.as_ref(),
    };
    print::out(&match args.format {
        TestFormat::Human => report::human::render(&report),
        TestFormat::Json => report::json::render(&report),
        TestFormat::Junit => report::junit::render(&report),
    });
    let covered = match &summary {
        Some(summary) => coverage::write(args, summary)?,
        None => true,
    };
    let failed = cases.iter().any(Case::failed) || !gone.is_empty() || !covered;
    Ok(if failed { exit::FINDINGS } else { exit::FINE })
}

/// The results of every test as `--format json` has them, without coverage and snapshots.
///
/// # Errors
/// In words, a policy that the engine refuses.
pub(crate) fn results(compiled: Compiled, policy: &str) -> Result<String, String> {
    let Compiled {
        graph,
        tests,
        sources,
        ..
    } = compiled;
    let tests: Vec<&gw_compiler::Test> = tests.iter().collect();
    let simulator = Simulator::new(graph)?;
    let results = suite::run(
        &simulator,
        &tests,
        Detail::Nothing,
        |_: &mut Kept, _, _, _| {},
    );
    let cases: Vec<Case<'_>> = tests.iter().zip(results).map(Case::new).collect();
    Ok(report::json::render(&Report {
        cases: &cases,
        sources: &sources,
        policy,
        gone: &[],
        coverage: None,
    }))
}

/// Runs the tests; with their coverage, where it is asked for.
fn cases<'t>(
    args: &Test,
    simulator: &Simulator,
    tests: &[&'t gw_compiler::Test],
    sources: &Sources,
) -> (Vec<Case<'t>>, Option<coverage::Summary>) {
    let graph = simulator.graph();
    let map = coverage::asked(args).then(|| Map::of(graph));
    let hits = map.as_ref().map(Hits::none).unwrap_or_default();
    let detail = match map {
        Some(_) => Detail::Way,
        None => Detail::Nothing,
    };
    let keeps = snapshot::is_kept(args);
    let results = suite::run(
        simulator,
        tests,
        detail,
        |kept: &mut Kept, step, out, at| {
            if let Some(map) = &map {
                hits.count(map, graph, &out.trace);
            }
            if keeps && at == Position::Last {
                kept.responses.push(snapshot::describe(step, out));
            }
        },
    );
    let summary = map.map(|map| coverage::Summary::of(&map, &hits, sources));
    (tests.iter().zip(results).map(Case::new).collect(), summary)
}

/// The tests that `--filter` lets through.
fn chosen<'t>(
    args: &Test,
    tests: &'t [gw_compiler::Test],
) -> Result<Vec<&'t gw_compiler::Test>, Refused> {
    let Some(filter) = &args.filter else {
        return Ok(tests.iter().collect());
    };
    let named = |test: &&gw_compiler::Test| test.name.contains(filter.as_str());
    let chosen: Vec<_> = tests.iter().filter(named).collect();
    if chosen.is_empty() && !tests.is_empty() {
        return Err(usage(&format!("no test has `{filter}` in its name")));
    }
    Ok(chosen)
}

fn internal(message: &str) -> Refused {
    print::err(&format!("internal error: {message}\n"));
    Refused(exit::INTERNAL)
}

/// What is kept of the outcomes of one test.
#[derive(Default)]
struct Kept {
    /// The last response of each request.
    responses: Vec<String>,
}

/// A test with what it gave.
struct Case<'t> {
    test: &'t gw_compiler::Test,
    result: CaseResult,
    kept: Kept,
    /// How its responses differ from the snapshot.
    snapshot: Option<String>,
}

impl<'t> Case<'t> {
    fn new((test, (result, kept)): (&&'t gw_compiler::Test, (CaseResult, Kept))) -> Self {
        Self {
            test,
            result,
            kept,
            snapshot: None,
        }
    }

    fn failed(&self) -> bool {
        !self.result.failures.is_empty() || self.snapshot.is_some()
    }
}

/// `shop.gw:12:3` of a place in the sources.
fn place(sources: &Sources, span: gw_syntax::Span) -> String {
    sources.get(span.file).map_or_else(String::new, |source| {
        let at = source.line_col(span.start);
        format!("{}:{}:{}", source.name, at.line, at.column)
    })
}
