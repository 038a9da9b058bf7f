//! Runs the tests against changed policies. A change that no test notices is a hole in the tests.

use super::passes;
use crate::parallel;
use crate::simulate::Simulator;
use gw_compiler::{Mutant, Test};
use gw_graph::RouteId;

/// What became of a mutant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Fate {
    /// A test noticed it.
    Killed,
    /// This many tests reach what it changes, and none noticed.
    Survived(usize),
    /// The changed graph cannot run, so it says nothing about the tests.
    Stillborn,
}

/// The fate of every mutant, given the routes that each test reaches. Only tests that reach what
/// is changed are run, until one fails.
pub(crate) fn run(
    original: &Simulator,
    mutants: &[Mutant],
    tests: &[(&Test, Vec<RouteId>)],
) -> Vec<Fate> {
    parallel::map(mutants.len(), |at| match mutants.get(at) {
        Some(mutant) => fate(original, mutant, tests),
        None => Fate::Stillborn,
    })
}

fn fate(original: &Simulator, mutant: &Mutant, tests: &[(&Test, Vec<RouteId>)]) -> Fate {
    let reach = |routes: &[RouteId]| routes.iter().any(|r| mutant.routes.contains(r));
    let mut reaching = tests.iter().filter(|(_, routes)| reach(routes)).peekable();
    if reaching.peek().is_none() {
        return Fate::Survived(0);
    }
    let Ok(simulator) = original.changed(mutant.apply(original.graph())) else {
        return Fate::Stillborn;
    };
    let mut tried = 0;
    for (test, _) in reaching {
        tried += 1;
        if !passes(&simulator, test) {
            return Fate::Killed;
        }
    }
    Fate::Survived(tried)
}
