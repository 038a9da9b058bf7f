//! `enum` and `const`: values that are listed.

use super::{Converter, number::between};
use crate::reference::Place;
use gw_expr::{EnumType, Type, Variant};
use serde_json::{Map, Value};
use smol_str::SmolStr;
use std::sync::Arc;

/// The keyword that lists the values of a schema, where one does.
pub(super) fn listed(schema: &Map<String, Value>) -> Option<&'static str> {
    match (schema.get("const"), schema.get("enum")) {
        (Some(_), _) => Some("const"),
        (None, Some(Value::Array(list))) if !list.is_empty() => Some("enum"),
        _ => None,
    }
}

/// An enum without a name.
pub(super) fn enumeration(names: impl IntoIterator<Item = SmolStr>) -> Type {
    let mut variants: Vec<Variant> = Vec::new();
    for name in names {
        if variants.iter().all(|v| v.name != name) {
            variants.push(Variant {
                name,
                inherits: Vec::new(),
            });
        }
    }
    Type::Enum(Arc::new(EnumType {
        name: SmolStr::default(),
        variants,
        span: None,
    }))
}

impl Converter<'_> {
    /// Texts as an enum, whole numbers as a range; `None` for anything else.
    pub(super) fn one_of_values(
        &mut self,
        at: &Place,
        schema: &Map<String, Value>,
        keyword: &str,
    ) -> Option<Type> {
        let values: Vec<&Value> = match schema.get(keyword) {
            Some(Value::Array(list)) if keyword == "enum" => list.iter().collect(),
            other => other.into_iter().collect(),
        };
        let null = values.contains(&&Value::Null);
        let rest = || values.iter().filter(|v| !v.is_null());
        if rest().next().is_none() {
            return Some(Type::Null);
        }
        let texts: Option<Vec<SmolStr>> = rest().map(|v| v.as_str().map(SmolStr::new)).collect();
        let numbers: Option<Vec<i64>> = rest().map(|v| v.as_i64()).collect();
        let ty = match (texts, numbers) {
            (Some(texts), _) => enumeration(texts),
            (None, Some(mut numbers)) => {
                numbers.sort_unstable();
                numbers.dedup();
                let (first, last) = (*numbers.first()?, *numbers.last()?);
                let span = last.abs_diff(first);
                if u64::try_from(numbers.len() - 1).ok() != Some(span) {
                    self.unchecked(at, keyword);
                }
                between(Type::Int, Some(first), Some(last))
            }
            (None, None) => return None,
        };
        Some(if null { ty.or_absent() } else { ty })
    }
}
