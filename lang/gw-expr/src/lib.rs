//! Expressions: CEL with the gateway's types. Declared names and functions, the checker, the
//! typed representation that artifacts store, and the compiled evaluator. Must not know the
//! grammar, sockets, or what a route is.

mod check;
mod cost;
mod env;
mod error;
mod fact;
mod functions;
mod ir;
mod operators;
mod program;
#[cfg(feature = "reference")]
pub mod reference;
mod regex;
mod schema;
mod types;
mod value;

pub use check::{Checked, check, check_as, listed, nearest};
pub use cost::{Estimate, Part, estimate, grouped};
pub use env::{Availability, Dialect, Env, Overload, Phase, Variable};
pub use error::EvalError;
pub use fact::{Fact, FactId, FactPath, FactStep, FactTable, Facts};
pub use functions::{Declaration, Function};
pub use ir::{
    Comprehension, ComprehensionKind, Ir, ListElement, MapElement, Missing, Operator, Switch,
};
pub use program::{CompileError, Program, Scratch};
pub use schema::{ConformError, Schema, conform, from_json};
pub use types::{EnumType, Field, RecordType, Refined, Type, Variant};
pub use value::{
    Inner, List, Lookup, Map, MapKey, OwnedMap, OwnedValue, Rate, Timestamp, TypeName, Value,
};
