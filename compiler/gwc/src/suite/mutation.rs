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
    let reaching = tests.iter().filter(|(_, routes)| mutant.concerns(routes));
    let mut reaching = reaching.peekable();
    if reaching.peek().is_none() {
        return Fate::Survived(0);
    }
    let changed = mutant.apply(original.graph());
    let Some(Ok(simulator)) = changed.map(|graph| original.changed(graph)) else {
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
