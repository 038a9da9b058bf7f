//! What an expression costs at most, found without running it: each operator, read and call counts
//! by how large its operands can be, and a loop counts its body as often as it can run. Must not
//! know routes, nor where the sizes of inputs come from.
//!
//! The unit is a *step*: one operator, read or call, or 16 bytes or one element looked at, compared
//! or copied. Similar in idea to the estimator of cel-go (checker/cost.go).

mod bulk;
mod describe;
mod estimate;
mod function;
mod operator;

#[cfg(feature = "reference")]
pub(crate) use bulk::Bulk;
pub use describe::grouped;
#[cfg(feature = "reference")]
pub(crate) use estimate::{collected, deciding};
pub(crate) use function::{Cost, Growth, Work, call, result, search};
pub(crate) use operator::{compared, operation};

use crate::{Fact, FactPath, FactTable, Ir};

/// How much an expression may cost.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Estimate {
    /// The most steps that an evaluation takes.
    pub steps: u64,
    /// The part that takes most of them, operands left out.
    pub dearest: Option<Part>,
}

/// A part of an expression.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Part {
    /// What it is: "`exists` over `jwt.roles`, up to 32,768 times".
    pub text: String,
    /// The steps that it takes.
    pub steps: u64,
    /// The fact whose size makes it dear, where there is one.
    pub fact: Option<FactPath>,
}

/// The cost of an expression. `bytes` says how many bytes a fact can have as it arrives: the text
/// of a header, the JSON of a claim. What a fact's type says (`max`, variants) narrows that.
pub fn estimate(ir: &Ir, facts: &FactTable, bytes: &dyn Fn(&Fact) -> u64) -> Estimate {
    estimate::estimate(ir, facts, bytes)
}
