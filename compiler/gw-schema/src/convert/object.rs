//! `object`: a record of the properties that it names, or a map.

use super::{Converter, Problem, number::between};
use crate::reference::Place;
use gw_expr::{Field, RecordType, Type};
use indexmap::IndexMap;
use serde_json::{Map, Value};
use smol_str::SmolStr;

/// Constraints on members that a record does not declare, and on what they depend on.
const UNCHECKED: &[&str] = &[
    "patternProperties",
    "propertyNames",
    "dependentRequired",
    "dependentSchemas",
    "dependencies",
];

impl Converter<'_> {
    pub(super) fn object(
        &mut self,
        at: &Place,
        schema: &Map<String, Value>,
    ) -> Result<Type, Problem> {
        self.unchecked_of(at, schema, UNCHECKED);
        let required = required(schema);
        let properties = schema.get("properties").and_then(Value::as_object);
        let additional = schema.get("additionalProperties");
        if properties.is_none() && required.is_empty() && additional != Some(&Value::Bool(false)) {
            return self.map(at, schema);
        }
        self.unchecked_of(at, schema, &["minProperties", "maxProperties"]);
        if additional.is_some_and(Value::is_object) {
            self.unchecked(at, "additionalProperties");
        }
        let mut fields = IndexMap::new();
        for (name, property) in properties.into_iter().flatten() {
            let ty = self.schema(&at.child("properties").child(name))?;
            let optional = ty.may_be_absent() || !required.contains(&name.as_str());
            let field = Field {
                optional,
                ..Field::new(ty.present().clone())
            };
            fields.insert(SmolStr::new(name), field.doc(description(property)));
        }
        for name in required {
            let name = SmolStr::new(name);
            fields.entry(name).or_insert_with(|| Field::new(Type::Dyn));
        }
        Ok(Type::record(RecordType {
            name: SmolStr::default(),
            fields,
            span: None,
        }))
    }

    fn map(&mut self, at: &Place, schema: &Map<String, Value>) -> Result<Type, Problem> {
        let value = match schema.get("additionalProperties") {
            Some(Value::Object(_)) => self.schema(&at.child("additionalProperties"))?,
            _ => Type::Dyn,
        };
        let bound = |keyword| schema.get(keyword).and_then(Value::as_i64);
        let map = Type::map(Type::String, value);
        let min = bound("minProperties").filter(|min| *min > 0);
        Ok(between(map, min, bound("maxProperties")))
    }
}

fn required(schema: &Map<String, Value>) -> Vec<&str> {
    let names = schema.get("required").and_then(Value::as_array);
    names
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect()
}

/// What a schema says about itself, on one line.
fn description(schema: &Value) -> String {
    let text = schema.get("description").and_then(Value::as_str);
    let words = text.unwrap_or_default().split_whitespace();
    words.collect::<Vec<_>>().join(" ")
}
