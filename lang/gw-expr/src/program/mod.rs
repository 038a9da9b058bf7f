//! The compiled evaluator: built once when a graph is loaded, run per request.

mod collect;
mod eval;
mod frame;
mod lower;
mod node;
mod predicate;
mod scratch;
mod set;

pub(crate) use collect::FEW;
pub use scratch::Scratch;

use crate::{EvalError, Facts, Ir, OwnedValue, Value};
use frame::Context;
use node::{Node, Test};
use std::fmt::{Display, Formatter};

/// A compiled expression. Regular expressions, networks and sets of constants are built with it.
#[derive(Debug)]
pub struct Program {
    root: Node,
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
        lower::node(ir).map(|root| Program { root })
    }

    /// The value of the expression. Allocates in `scratch` only where text or collections are
    /// computed.
    pub fn eval<'a, F: Facts + ?Sized>(
        &'a self,
        facts: &'a F,
        scratch: &'a Scratch,
    ) -> Result<Value<'a>, EvalError> {
        eval::eval(&self.root, &Context::new(facts, scratch), None)
    }

    /// The truth of a predicate; a value that is not a bool is an error.
    pub fn eval_bool<F: Facts + ?Sized>(&self, facts: &F) -> Result<bool, EvalError> {
        let scratch = Scratch::new();
        match &self.root {
            Node::Test(test) => predicate(test, facts, &scratch),
            root => eval::eval(root, &Context::new(facts, &scratch), None)?.truth(),
        }
    }

    /// The value with its own memory.
    pub fn eval_owned<F: Facts + ?Sized>(&self, facts: &F) -> Result<OwnedValue, EvalError> {
        let scratch = Scratch::new();
        self.eval(facts, &scratch).map(OwnedValue::from)
    }
}

fn predicate<F: Facts + ?Sized>(
    test: &Test,
    facts: &F,
    scratch: &Scratch,
) -> Result<bool, EvalError> {
    predicate::test(test, &Context::new(facts, scratch), None)
}

impl Display for CompileError {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        match self {
            CompileError::Regex { pattern, reason } => {
                write!(
                    f,
                    "the regular expression `{pattern}` cannot be compiled: {reason}"
                )
            }
        }
    }
}

impl std::error::Error for CompileError {}
