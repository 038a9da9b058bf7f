//! Exit codes: the contract with CI.

/// Everything is fine.
pub(crate) const FINE: u8 = 0;
/// Findings, failed tests, or files that are not formatted.
pub(crate) const FINDINGS: u8 = 1;
/// The command line is wrong.
pub(crate) const USAGE: u8 = 2;
/// The policy does not compile.
pub(crate) const DOES_NOT_COMPILE: u8 = 3;
/// The tool itself failed.
pub(crate) const INTERNAL: u8 = 70;
