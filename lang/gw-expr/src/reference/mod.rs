//! An independent evaluator for tests: an expression printed as plain CEL and run by the `cel`
//! crate. Slow and partial on purpose; what CEL cannot say is reported, not approximated. All
//! uses of that crate are in this module.

mod count;
mod print;
mod value;

pub use count::{Count, count};

use crate::{FactId, Ir, OwnedValue};
use std::fmt::{Display, Formatter};

/// Why there is no value.
#[derive(Clone, PartialEq, Debug)]
pub enum ReferenceError {
    /// Plain CEL, or the crate, has no such thing.
    Unsupported(&'static str),
    /// The evaluation failed.
    Failed(String),
}

/// Evaluates an expression. `fact` gives the values of facts; an absent fact is `null` to CEL,
/// which compares as absent does in gw.
pub fn eval(ir: &Ir, fact: impl Fn(FactId) -> OwnedValue) -> Result<OwnedValue, ReferenceError> {
    let text = print::print(ir)?;
    let program = cel::Program::compile(&text)
        .map_err(|e| ReferenceError::Failed(format!("{text} does not parse: {e}")))?;
    let mut context = cel::Context::default();
    for id in ir.facts() {
        context.add_variable_from_value(print::fact_name(id), value::to_cel(&fact(id))?);
    }
    let value = program
        .execute(&context)
        .map_err(|e| ReferenceError::Failed(e.to_string()))?;
    value::from_cel(&value)
}

/// The expression as plain CEL over variables `f0`, `f1`, … for its facts.
pub fn source(ir: &Ir) -> Result<String, ReferenceError> {
    print::print(ir)
}

impl Display for ReferenceError {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        match self {
            ReferenceError::Unsupported(what) => write!(f, "plain CEL has no {what}"),
            ReferenceError::Failed(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for ReferenceError {}
