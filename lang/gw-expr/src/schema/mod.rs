//! From JSON and from text to values of a declared type: token claims, key metadata, bodies,
//! path parameters. A [`Schema`] is built once, with its patterns compiled.

mod json;
mod shape;
mod text;

use crate::{CompileError, OwnedValue, Type};
use shape::Shape;
use std::fmt::{Display, Formatter};

/// A type that values are read by.
#[derive(Debug)]
pub struct Schema {
    shape: Shape,
}

/// Why a JSON value does not have a type.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ConformError {
    /// The place, as a JSON pointer (RFC 6901); empty for the whole value.
    pub pointer: String,
    /// What the type asks for.
    pub expected: String,
    /// What is there.
    pub found: String,
}

impl Schema {
    /// Compiles a type.
    pub fn new(ty: &Type) -> Result<Schema, CompileError> {
        shape::compile(ty).map(|shape| Schema { shape })
    }

    /// The value, if it has the type. Fields that the type does not declare are left out;
    /// optional ones that are missing or `null` are absent. Numbers of the JSON fit ints if they
    /// are whole. Timestamps are RFC 3339 texts or seconds since 1970 (RFC 7519, NumericDate).
    pub fn conform(&self, json: &serde_json::Value) -> Result<OwnedValue, ConformError> {
        json::read(&self.shape, json).map_err(|mut error| {
            error.steps.reverse();
            ConformError {
                pointer: error
                    .steps
                    .iter()
                    .map(|step| format!("/{}", escape(step)))
                    .collect(),
                expected: error.expected,
                found: error.found,
            }
        })
    }

    /// The value that a text such as a path or query parameter is, if it has the type. Lists and
    /// records have no text.
    pub fn read_text(&self, text: &str) -> Option<OwnedValue> {
        text::read(&self.shape, text)
    }
}

/// Reads JSON by a type that is used once; [`Schema`] is for repeated use.
pub fn conform(ty: &Type, json: &serde_json::Value) -> Result<OwnedValue, ConformError> {
    Schema::new(ty)
        .map_err(|error| ConformError::of_type(ty, &error))?
        .conform(json)
}

impl ConformError {
    /// For a type that no value is read by, because it does not compile.
    pub fn of_type(ty: &Type, error: &CompileError) -> Self {
        Self {
            pointer: String::new(),
            expected: ty.to_string(),
            found: error.to_string(),
        }
    }
}

/// A JSON value as `json` has it: whole numbers are ints, or uints above their range.
pub fn from_json(json: &serde_json::Value) -> OwnedValue {
    json::dynamic(json)
}

/// A step of a JSON pointer (RFC 6901, section 3).
fn escape(step: &str) -> String {
    step.replace('~', "~0").replace('/', "~1")
}

impl Display for ConformError {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        let place = if self.pointer.is_empty() {
            "the value"
        } else {
            &self.pointer
        };
        write!(
            f,
            "{place}: expected {}, found {}",
            self.expected, self.found
        )
    }
}

impl std::error::Error for ConformError {}
