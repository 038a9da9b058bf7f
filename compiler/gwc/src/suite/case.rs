//! One test: its requests in order, its clock, and what differs from what it expects.

use super::{Position, expect};
use crate::simulate::{Arrival, DEFAULT_TIME, Detail, Outcome, Simulator};
use crate::trace;
use gw_compiler::{Expected, GivenTime, Test, TestStep};
use gw_engine::State;
use gw_syntax::Span;
use std::time::{Duration, Instant};

/// What one test gave.
#[derive(Debug, Default)]
pub(crate) struct CaseResult {
    /// The steps that failed.
    pub(crate) failures: Vec<StepFailure>,
    /// How long it took.
    pub(crate) time: Duration,
}

/// A request that did not give what is expected.
#[derive(Debug)]
pub(crate) struct StepFailure {
    /// The request, as `POST /v1/acme/orders`.
    pub(crate) request: String,
    /// What came, as `403 no allow matched, by writes`.
    pub(crate) verdict: String,
    /// What differs.
    pub(crate) differences: Vec<Difference>,
    /// What was looked at on the way, in lines.
    pub(crate) trace: String,
}

/// An expectation that does not hold.
#[derive(Debug)]
pub(crate) struct Difference {
    /// The expectation.
    pub(crate) span: Span,
    /// `expected status 200, got status 403`.
    pub(crate) text: String,
}

/// Runs a test.
pub(super) fn run(
    simulator: &Simulator,
    test: &Test,
    detail: Detail,
    seen: &mut dyn FnMut(&TestStep, &Outcome, Position),
) -> CaseResult {
    let start = Instant::now();
    let mut failures = Vec::new();
    each_step(simulator, test, detail, seen, &mut |step, outcomes| {
        failures.extend(failure(step, outcomes));
        Going::On
    });
    if !failures.is_empty() {
        explain(simulator, test, &mut failures);
    }
    CaseResult {
        failures,
        time: start.elapsed(),
    }
}

/// Whether a test passes; stops at the first expectation that does not hold.
pub(crate) fn passes(simulator: &Simulator, test: &Test) -> bool {
    let mut passes = true;
    let mut judge = |step: &TestStep, outcomes: &Outcomes| {
        let mut all = step.then.iter().zip(&outcomes.held);
        passes = all.all(|(expected, held)| difference(expected, *held, outcomes).is_none());
        if passes { Going::On } else { Going::Stop }
    };
    let nothing = &mut |_: &TestStep, _: &Outcome, _| {};
    each_step(simulator, test, Detail::Nothing, nothing, &mut judge);
    passes
}

/// Whether the next step is run.
enum Going {
    On,
    Stop,
}

/// What the requests of a step gave.
struct Outcomes {
    last: Outcome,
    /// Of how many requests each expectation held, where it is counted.
    held: Vec<u32>,
}

/// Sends the requests of a test, with the clock that it says.
fn each_step(
    simulator: &Simulator,
    test: &Test,
    detail: Detail,
    seen: &mut dyn FnMut(&TestStep, &Outcome, Position),
    judge: &mut dyn FnMut(&TestStep, &Outcomes) -> Going,
) {
    let state = Simulator::state();
    let mut clock = Clock {
        now: DEFAULT_TIME,
        set: None,
    };
    for (index, step) in (0u64..).zip(&test.steps) {
        clock.begin(step);
        let outcomes = send(simulator, &state, (index, step), &mut clock, detail, seen);
        if let Some(outcomes) = outcomes
            && let Going::Stop = judge(step, &outcomes)
        {
            return;
        }
    }
}

/// The time of a test.
struct Clock {
    now: i64,
    set: Option<GivenTime>,
}

impl Clock {
    /// A `given time` that was not there before sets it; `after` lets it run.
    fn begin(&mut self, step: &TestStep) {
        if self.set != step.given.time {
            self.set = step.given.time;
            self.now = self.set.map_or(self.now, |time| time.nanos);
        }
        self.run(step.after);
    }

    fn run(&mut self, time: Duration) {
        let nanos = i64::try_from(time.as_nanos()).unwrap_or(i64::MAX);
        self.now = self.now.saturating_add(nanos);
    }
}

/// Sends the request of a step as often as it says.
fn send(
    simulator: &Simulator,
    state: &State,
    (index, step): (u64, &TestStep),
    clock: &mut Clock,
    detail: Detail,
    seen: &mut dyn FnMut(&TestStep, &Outcome, Position),
) -> Option<Outcomes> {
    let mut held = vec![0; step.then.len()];
    let mut last = None;
    for round in 0..step.repeat {
        if round > 0 {
            clock.run(step.every);
        }
        let arrival = Arrival {
            time: clock.now,
            random: (u64::from(round) << 32 | index).wrapping_mul(0x9E37_79B9_7F4A_7C15),
            detail,
        };
        let outcome = simulator.send(state, &step.given, &step.request, arrival);
        let position = match round + 1 == step.repeat {
            true => Position::Last,
            false => Position::Repeated,
        };
        seen(step, &outcome, position);
        for (expected, held) in step.then.iter().zip(&mut held) {
            if expected.times.is_some() && expect::difference(&expected.what, &outcome).is_none() {
                *held += 1;
            }
        }
        last = Some(outcome);
    }
    Some(Outcomes { last: last?, held })
}

/// What differs in a step, without its trace.
fn failure(step: &TestStep, outcomes: &Outcomes) -> Option<StepFailure> {
    let differences: Vec<Difference> = step
        .then
        .iter()
        .zip(&outcomes.held)
        .filter_map(|(expected, held)| {
            let text = difference(expected, *held, outcomes)?;
            let span = expected.span;
            Some(Difference { span, text })
        })
        .collect();
    (!differences.is_empty()).then(|| StepFailure {
        request: request(step),
        verdict: outcomes.last.verdict(),
        differences,
        trace: String::new(),
    })
}

fn difference(expected: &Expected, held: u32, outcomes: &Outcomes) -> Option<String> {
    match expected.times {
        None => expect::difference(&expected.what, &outcomes.last),
        Some(times) => (times != held).then(|| {
            let what = expect::describe(&expected.what);
            format!("expected {what} {times} times, got it {held} times")
        }),
    }
}

/// Runs a test once more, with traces: those of tests that pass are not worth their time.
fn explain(simulator: &Simulator, test: &Test, failures: &mut [StepFailure]) {
    let mut failures = failures.iter_mut();
    let nothing = &mut |_: &TestStep, _: &Outcome, _| {};
    each_step(
        simulator,
        test,
        Detail::Near,
        nothing,
        &mut |step, outcomes| {
            if failure(step, outcomes).is_some()
                && let Some(failure) = failures.next()
            {
                failure.trace = trace::render(simulator.graph(), &outcomes.last.trace);
            }
            Going::On
        },
    );
}

/// `POST /v1/acme/orders?lang=en`.
pub(crate) fn request(step: &TestStep) -> String {
    let request = &step.request;
    let mark = if request.query.is_empty() { "" } else { "?" };
    format!("{} {}{mark}{}", request.method, request.path, request.query)
}
