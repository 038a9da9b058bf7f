//! The compiled evaluator: built once when a graph is loaded, run per request.

mod scratch;

pub use scratch::Scratch;

use crate::{EvalError, Facts, Ir, OwnedValue, Value};

/// A compiled expression. Regular expressions, networks and sets of constants are built with it.
#[derive(Debug)]
pub struct Program {
    ir: Ir,
}

/// Why an expression could not be compiled.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum CompileError {
    /// A regular expression is wrong, or larger than the limit.
    Regex {
        /// The pattern.
        pattern: String,
        /// What the regular expression compiler says.
        reason: String,
    },
}

impl Program {
    /// Compiles a checked expression.
    pub fn compile(ir: &Ir) -> Result<Program, CompileError> {
        Ok(Program { ir: ir.clone() })
    }

    /// The value of the expression. Allocates in `scratch` only where text or collections are
    /// computed.
    pub fn eval<'a, F: Facts + ?Sized>(
        &'a self,
        facts: &'a F,
        _scratch: &'a Scratch,
    ) -> Result<Value<'a>, EvalError> {
        match &self.ir {
            Ir::Fact(id) => facts.fact(*id),
            _ => Err(EvalError::Unavailable),
        }
    }

    /// The truth of a predicate; a value that is not a bool is an error.
    pub fn eval_bool<F: Facts + ?Sized>(&self, facts: &F) -> Result<bool, EvalError> {
        let scratch = Scratch::new();
        self.eval(facts, &scratch)?.truth()
    }

    /// The value with its own memory.
    pub fn eval_owned<F: Facts + ?Sized>(&self, facts: &F) -> Result<OwnedValue, EvalError> {
        let scratch = Scratch::new();
        self.eval(facts, &scratch).map(OwnedValue::from)
    }
}
