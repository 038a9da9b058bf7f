//! `array`.

use super::{Converter, Problem, number::between};
use crate::reference::Place;
use gw_expr::Type;
use serde_json::{Map, Value};

impl Converter<'_> {
    pub(super) fn list(
        &mut self,
        at: &Place,
        schema: &Map<String, Value>,
    ) -> Result<Type, Problem> {
        self.unchecked_of(at, schema, &["uniqueItems", "contains", "unevaluatedItems"]);
        let tuple = match schema.get("items") {
            Some(Value::Array(_)) => Some("items"),
            _ => schema.get("prefixItems").map(|_| "prefixItems"),
        };
        let element = match (tuple, schema.get("items")) {
            (Some(keyword), _) => self.loose(at.child(keyword), "elements of different types"),
            (None, Some(_)) => self.schema(&at.child("items"))?,
            (None, None) => Type::Dyn,
        };
        let bound = |keyword| schema.get(keyword).and_then(Value::as_i64);
        let min = bound("minItems").filter(|min| *min > 0);
        Ok(between(Type::list(element), min, bound("maxItems")))
    }
}
