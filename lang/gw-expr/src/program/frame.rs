//! What an evaluation runs in: the facts, the scratch memory, the variables of comprehensions.

use super::Scratch;
use crate::{EvalError, Value};
use std::cell::Cell;

/// The most elements that comprehensions of one evaluation may visit together.
const FUEL: u32 = 1_000_000;

/// What does not change during an evaluation.
pub(super) struct Context<'a, F: ?Sized> {
    pub(super) facts: &'a F,
    pub(super) scratch: &'a Scratch,
    fuel: Cell<u32>,
}

/// A variable, on the stack. A binding whose value failed fails where it is used.
pub(super) struct Frame<'f, 'a> {
    pub(super) value: Result<Value<'a>, EvalError>,
    pub(super) outer: Option<&'f Frame<'f, 'a>>,
}

impl<'a, F: ?Sized> Context<'a, F> {
    pub(super) fn new(facts: &'a F, scratch: &'a Scratch) -> Self {
        Self {
            facts,
            scratch,
            fuel: Cell::new(FUEL),
        }
    }

    /// Pays for one step of a comprehension.
    pub(super) fn step(&self) -> Result<(), EvalError> {
        let left = self.fuel.get().checked_sub(1).ok_or(EvalError::TooCostly)?;
        self.fuel.set(left);
        Ok(())
    }
}

impl<'a> Frame<'_, 'a> {
    /// The variable that is `index` bindings out.
    pub(super) fn local(
        mut frame: Option<&Frame<'_, 'a>>,
        index: u32,
    ) -> Result<Value<'a>, EvalError> {
        for _ in 0..index {
            frame = frame.and_then(|f| f.outer);
        }
        frame.map_or(Err(EvalError::UndeclaredReference), |f| f.value)
    }
}
