//! Results of a run, for people and for machines.

pub(super) mod human;
pub(super) mod json;
pub(super) mod junit;

use super::Case;
use super::coverage::Summary;
use gw_syntax::Sources;

/// A run of tests.
pub(super) struct Report<'r> {
    /// Every test with its result, in the order of the source.
    pub(super) cases: &'r [Case<'r>],
    pub(super) sources: &'r Sources,
    /// The policy, as it was named.
    pub(super) policy: &'r str,
    /// Tests that only the snapshot has.
    pub(super) gone: &'r [String],
    pub(super) coverage: Option<&'r Summary>,
}

impl Report<'_> {
    fn failed(&self) -> usize {
        self.cases.iter().filter(|c| c.failed()).count()
    }
}
