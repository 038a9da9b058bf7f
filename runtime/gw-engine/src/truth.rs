//! The three values of a condition, with CEL's logic: `false && error` is false, `true || error`
//! is true.

use gw_expr::EvalError;

/// What a condition gave.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Truth {
    /// It holds.
    True,
    /// It does not hold.
    False,
    /// It could not be told.
    Error(EvalError),
}

impl Truth {
    /// Whether the condition holds; an error does not.
    pub fn holds(self) -> bool {
        self == Truth::True
    }
}

impl From<Result<bool, EvalError>> for Truth {
    fn from(result: Result<bool, EvalError>) -> Self {
        match result {
            Ok(true) => Truth::True,
            Ok(false) => Truth::False,
            Err(error) => Truth::Error(error),
        }
    }
}

impl std::ops::Not for Truth {
    type Output = Truth;

    fn not(self) -> Truth {
        match self {
            Truth::True => Truth::False,
            Truth::False => Truth::True,
            Truth::Error(error) => Truth::Error(error),
        }
    }
}
