//! `gwc test`.

mod expect;
mod snapshot;

use crate::args::{Format, Test};
use crate::exit;
use crate::input::{self, Refused, usage};
use crate::print;
use crate::simulate::{DEFAULT_TIME, Outcome, Simulator};
use crate::trace;
use gw_compiler::Compiled;
use gw_syntax::{Sources, Span};
use std::time::Duration;

/// Runs the tests of a policy.
pub(crate) fn run(args: &Test) -> Result<u8, Refused> {
    let compiled = input::compiled(&args.policy)?;
    let Compiled {
        graph,
        tests,
        sources,
        ..
    } = compiled;
    let mut simulator = Simulator::new(graph).map_err(|e| internal(&e))?;
    let chosen = |name: &str| {
        args.filter
            .as_ref()
            .is_none_or(|f| name.contains(f.as_str()))
    };
    let mut results = Vec::new();
    for test in tests.iter().filter(|t| chosen(&t.name)) {
        simulator.reset();
        results.push(run_one(&simulator, test, &sources));
    }
    let snapshots =
        snapshot::compare(&args.policy.file, &results, args.accept).map_err(|e| usage(&e))?;
    print::out(&match args.format {
        Format::Human => human(&results, &snapshots),
        Format::Json => json(&results),
    });
    let failed = results.iter().any(|r| !r.failures.is_empty()) || !snapshots.is_empty();
    Ok(if failed { exit::FINDINGS } else { exit::FINE })
}

fn internal(message: &str) -> Refused {
    print::err(&format!("internal error: {message}\n"));
    Refused(exit::INTERNAL)
}

/// What one test gave.
struct TestResult {
    name: String,
    /// Each with what was expected, what came, and the trace.
    failures: Vec<String>,
    /// The last response of each request, for snapshots.
    responses: Vec<String>,
}

fn run_one(simulator: &Simulator, test: &gw_compiler::Test, sources: &Sources) -> TestResult {
    let mut result = TestResult {
        name: test.name.clone(),
        failures: Vec::new(),
        responses: Vec::new(),
    };
    let mut clock = Duration::ZERO;
    for (index, step) in test.steps.iter().enumerate() {
        clock += step.after;
        let start = step.given.time.unwrap_or(DEFAULT_TIME);
        let time = start.saturating_add(i64::try_from(clock.as_nanos()).unwrap_or(i64::MAX));
        let mut last = None;
        for round in 0..step.repeat {
            let random =
                (u64::from(round) << 32 | index as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            last = Some(simulator.send(&step.given, &step.request, time, random));
        }
        let Some(outcome) = last else { continue };
        let differences: Vec<String> = step
            .then
            .iter()
            .filter_map(|(e, span)| {
                Some(located(sources, *span, &expect::difference(e, &outcome)?))
            })
            .collect();
        if !differences.is_empty() {
            let trace = trace::render(simulator.graph(), &outcome.trace);
            result
                .failures
                .push(format!("{}{trace}", differences.concat()));
        }
        result.responses.push(describe(step, &outcome));
    }
    result
}

fn located(sources: &Sources, span: Span, difference: &str) -> String {
    let place = sources.get(span.file).map_or_else(String::new, |source| {
        let at = source.line_col(span.start);
        format!("{}:{}:{}: ", source.name, at.line, at.column)
    });
    format!("{place}{difference}\n")
}

fn describe(step: &gw_compiler::TestStep, outcome: &Outcome) -> String {
    let query = if step.request.query.is_empty() {
        String::new()
    } else {
        format!("?{}", step.request.query)
    };
    let mut text = format!(
        "{} {}{query} -> {}",
        step.request.method, step.request.path, outcome.status
    );
    if let Some(route) = &outcome.route {
        text.push_str(&format!("\n  route {route}"));
    }
    text.push_str(&format!("\n  reason {}", outcome.reason.slug));
    if let Some(rule) = &outcome.rule {
        text.push_str(&format!("\n  rule {rule}"));
    }
    if let (Some(backend), Some((path, query))) = (&outcome.backend, &outcome.sent) {
        let mark = if query.is_empty() { "" } else { "?" };
        text.push_str(&format!("\n  backend {backend} {path}{mark}{query}"));
    }
    for (name, value) in &outcome.headers {
        text.push_str(&format!("\n  {name}: {value}"));
    }
    text
}

fn human(results: &[TestResult], snapshots: &[String]) -> String {
    let mut text = String::new();
    for result in results {
        let mark = if result.failures.is_empty() {
            "ok"
        } else {
            "FAILED"
        };
        text.push_str(&format!("test {} … {mark}\n", result.name));
        result
            .failures
            .iter()
            .for_each(|f| text.push_str(&format!("\n{f}\n")));
    }
    snapshots
        .iter()
        .for_each(|s| text.push_str(&format!("\n{s}\n")));
    let failed = results.iter().filter(|r| !r.failures.is_empty()).count();
    text.push_str(&format!(
        "\n{} passed, {failed} failed\n",
        results.len() - failed
    ));
    text
}

fn json(results: &[TestResult]) -> String {
    let tests: Vec<_> = results
        .iter()
        .map(|r| serde_json::json!({ "name": r.name, "passed": r.failures.is_empty(), "failures": r.failures }))
        .collect();
    let failed = results.iter().filter(|r| !r.failures.is_empty()).count();
    let report =
        serde_json::json!({ "tests": tests, "passed": results.len() - failed, "failed": failed });
    format!("{report}\n")
}
