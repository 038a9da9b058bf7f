//! Results for people: one line for each test, and of those that failed where, what and why.

use super::super::{Case, place};
use super::Report;
use crate::print::Paint;
use crate::render::snippet;
use crate::suite::StepFailure;
use gw_syntax::Sources;

pub(in super::super) fn render(report: &Report<'_>) -> String {
    let paint = Paint::for_output();
    let mut text = String::new();
    for case in report.cases {
        let mark = match case.failed() {
            true => paint.red("FAILED"),
            false => paint.green("ok"),
        };
        text.push_str(&format!("test {} … {mark}\n", case.test.name));
        text.push_str(&failures(case, report.sources));
    }
    for name in report.gone {
        text.push_str(&format!(
            "\n{}.snap: there is no test `{name}` any more\naccept that with `gwc test {} --accept`\n",
            report.policy, report.policy
        ));
    }
    let failed = report.failed();
    let passed = report.cases.len() - failed;
    text.push_str(&format!("\n{passed} passed, {failed} failed\n"));
    if let Some(coverage) = report.coverage {
        text.push_str(&super::super::coverage::text::render(coverage));
    }
    text
}

/// What is wrong with a case; empty where nothing is.
pub(super) fn failures(case: &Case<'_>, sources: &Sources) -> String {
    let mut text = String::new();
    if let (Some(row), false) = (case.test.row, case.result.failures.is_empty()) {
        text.push_str(&format!("\n  in the row at {}\n", place(sources, row)));
    }
    for failure in &case.result.failures {
        text.push_str(&step(failure, sources));
    }
    if let Some(snapshot) = &case.snapshot {
        text.push_str(&format!("\n{snapshot}"));
    }
    text
}

fn step(failure: &StepFailure, sources: &Sources) -> String {
    let mut text = String::new();
    for difference in &failure.differences {
        let place = place(sources, difference.span);
        let source = snippet::render(sources, difference.span, &difference.text);
        text.push_str(&format!("\n  {place}\n{source}"));
    }
    let StepFailure {
        request,
        verdict,
        trace,
        ..
    } = failure;
    text.push_str(&format!("\n  {request} gave {verdict}\n{trace}"));
    text
}
