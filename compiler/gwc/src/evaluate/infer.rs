//! The type that a JSON value looks like.

use gw_expr::{Field, RecordType, Type};
use serde_json::Value;

/// The narrowest type of the language that has the value.
pub(super) fn of(value: &Value) -> Type {
    match value {
        Value::Null => Type::Null,
        Value::Bool(_) => Type::Bool,
        Value::Number(n) if n.is_i64() => Type::Int,
        Value::Number(n) if n.is_u64() => Type::Uint,
        Value::Number(_) => Type::Double,
        Value::String(_) => Type::String,
        Value::Array(elements) => Type::list(element(elements)),
        Value::Object(members) => {
            let fields = members
                .iter()
                .map(|(name, v)| (name.as_str(), Field::new(of(v))));
            Type::record(RecordType::new("", fields))
        }
    }
}

/// What all elements are; `json` where they differ or there is none.
fn element(elements: &[Value]) -> Type {
    let mut types = elements.iter().map(of);
    let Some(first) = types.next() else {
        return Type::Dyn;
    };
    match types.all(|ty| ty == first) {
        true => first,
        false => Type::Dyn,
    }
}
