//! From JSON to values of a declared type: token claims, key metadata, bodies.

use crate::{OwnedValue, Type};

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

/// The value, if it has the type. Fields that the type does not declare are left out; optional
/// fields that are absent or `null` are absent.
pub fn conform(ty: &Type, json: &serde_json::Value) -> Result<OwnedValue, ConformError> {
    match (ty, json) {
        (Type::Optional(_), serde_json::Value::Null) => Ok(OwnedValue::Absent),
        _ => Err(ConformError {
            pointer: String::new(),
            expected: ty.to_string(),
            found: json.to_string(),
        }),
    }
}
