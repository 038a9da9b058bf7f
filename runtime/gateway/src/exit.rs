//! Exit codes, the same in every command.

/// Fine.
pub(crate) const FINE: u8 = 0;
/// The gateway cannot start, or is not well.
pub(crate) const FAILED: u8 = 1;
/// The command line is wrong.
pub(crate) const USAGE: u8 = 2;
/// The policy does not compile.
pub(crate) const DOES_NOT_COMPILE: u8 = 3;
/// A fault in the gateway itself.
pub(crate) const INTERNAL: u8 = 70;
