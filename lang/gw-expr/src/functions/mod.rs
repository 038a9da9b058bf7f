//! The functions of the language: declaration, documentation and evaluation of each in one
//! place, one file per topic.

mod bits;
mod convert;
mod encoding;
mod format;
mod list;
mod math;
pub(crate) mod net;
mod optional;
mod pattern;
mod quote;
mod registry;
mod set;
mod signature;
mod string;
mod string_index;
pub(crate) mod time;
mod time_fields;

pub(crate) use format::double;
pub(crate) use list::sort_by_key;
pub(crate) use pattern::{Search, search};
pub(crate) use registry::Evaluate;
pub use registry::{Declaration, Function};
pub(crate) use signature::Signature;

use crate::{EvalError, Value};

/// What a function gives.
type Outcome<'a> = Result<Value<'a>, EvalError>;

/// The answer to arguments that no signature covers.
fn mismatch<'a>(args: &[Value<'a>]) -> Outcome<'a> {
    if args.iter().any(|arg| arg.is_absent()) {
        return Err(EvalError::Absent);
    }
    Err(EvalError::NoMatchingOverload)
}
