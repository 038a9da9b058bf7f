//! Runs tests on the production engine: each from fresh counters, on all cores. Must not know how
//! results are printed.

mod case;
pub(crate) mod coverage;
mod expect;
pub(crate) mod mutation;

pub(crate) use case::{CaseResult, StepFailure, passes, request};

use crate::parallel;
use crate::simulate::{Detail, Outcome, Simulator};
use gw_compiler::{Test, TestStep};

/// Runs every test. `watch` sees each outcome with its step and whether it is the last of the
/// step; what it keeps is returned with the result.
pub(crate) fn run<W: Send + Default>(
    simulator: &Simulator,
    tests: &[&Test],
    detail: Detail,
    watch: impl Fn(&mut W, &TestStep, &Outcome, Position) + Sync,
) -> Vec<(CaseResult, W)> {
    parallel::map(tests.len(), |at| {
        let mut kept = W::default();
        let test = tests.get(at).copied();
        let result = test.map(|test| {
            case::run(simulator, test, detail, &mut |step, outcome, position| {
                watch(&mut kept, step, outcome, position);
            })
        });
        (result.unwrap_or_default(), kept)
    })
}

/// Where an outcome stands in its step.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Position {
    /// The same request is sent again.
    Repeated,
    /// The one that expectations are about.
    Last,
}
