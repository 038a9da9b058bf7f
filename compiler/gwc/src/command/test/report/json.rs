//! Results as one JSON object on one line; `docs/json.md` describes it.

use super::super::{Case, place};
use super::Report;
use crate::render::json::{Place, place as parts};
use gw_syntax::Sources;
use serde::Serialize;

#[derive(Serialize)]
struct Object<'r> {
    version: u32,
    tests: Vec<Entry<'r>>,
    passed: usize,
    failed: usize,
    snapshot_only: &'r [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    coverage: Option<serde_json::Value>,
}

#[derive(Serialize)]
struct Entry<'r> {
    name: &'r str,
    passed: bool,
    seconds: f64,
    #[serde(flatten)]
    place: Place<'r>,
    row: Option<String>,
    failures: Vec<Failure<'r>>,
    snapshot: Option<&'r str>,
}

#[derive(Serialize)]
struct Failure<'r> {
    message: &'r str,
    #[serde(flatten)]
    place: Place<'r>,
    request: &'r str,
    response: &'r str,
    trace: &'r str,
}

pub(in super::super) fn render(report: &Report<'_>) -> String {
    let failed = report.failed();
    let object = Object {
        version: 1,
        tests: report
            .cases
            .iter()
            .map(|c| entry(c, report.sources))
            .collect(),
        passed: report.cases.len() - failed,
        failed,
        snapshot_only: report.gone,
        coverage: report.coverage.map(super::super::coverage::json),
    };
    serde_json::to_string(&object).unwrap_or_default() + "\n"
}

fn entry<'r>(case: &'r Case<'_>, sources: &'r Sources) -> Entry<'r> {
    let failures = case.result.failures.iter().flat_map(|step| {
        step.differences.iter().map(|difference| Failure {
            message: &difference.text,
            place: parts(sources, difference.span),
            request: &step.request,
            response: &step.verdict,
            trace: &step.trace,
        })
    });
    Entry {
        name: &case.test.name,
        passed: !case.failed(),
        seconds: case.result.time.as_secs_f64(),
        place: parts(sources, case.test.span),
        row: case.test.row.map(|row| place(sources, row)),
        failures: failures.collect(),
        snapshot: case.snapshot.as_deref(),
    }
}
