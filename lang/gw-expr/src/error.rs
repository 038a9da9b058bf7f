//! Why an evaluation failed. Small and copyable: it travels through the request path.

use serde::{Deserialize, Serialize};
use std::fmt::{Display, Formatter};

macro_rules! errors {
    ($($variant:ident = $slug:literal, $message:literal;)*) => {
        /// A failed evaluation. CEL's errors, plus `Absent` for a missing fact that was needed.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
        pub enum EvalError { $(#[doc = $message] $variant,)* }

        impl EvalError {
            /// A stable name for logs and metrics.
            pub fn slug(self) -> &'static str { match self { $(Self::$variant => $slug,)* } }

            /// A message for people.
            pub fn message(self) -> &'static str { match self { $(Self::$variant => $message,)* } }
        }
    };
}

errors! {
    NoSuchKey = "no_such_key", "no such key";
    NoSuchField = "no_such_field", "no such field";
    NoMatchingOverload = "no_matching_overload", "no such operation for these types";
    UndeclaredReference = "undeclared_reference", "undeclared reference";
    DivisionByZero = "division_by_zero", "division by zero";
    Overflow = "overflow", "a number or time is out of range";
    BadConversion = "bad_conversion", "a conversion failed";
    IndexOutOfRange = "index_out_of_range", "an index is out of range";
    DuplicateKey = "duplicate_key", "a map key is given twice";
    BadKey = "bad_key", "a value cannot be a map key";
    BadRegex = "bad_regex", "a regular expression is wrong or too large";
    BadTimeZone = "bad_time_zone", "unknown time zone";
    BadFormat = "bad_format", "a format string does not fit its arguments";
    BadArgument = "bad_argument", "an argument is out of range";
    OptionalNone = "optional_none", "an optional without a value was read";
    Absent = "absent", "a value is absent";
    Unavailable = "unavailable", "a fact cannot be obtained now";
    TooCostly = "too_costly", "the evaluation exceeds its budget";
}

impl Display for EvalError {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.message())
    }
}

impl std::error::Error for EvalError {}
