//! The keywords of one schema: its own, and those that join others to it.

use super::combine::{Fit, join, meet, overlap};
use super::{Converter, NoteKind, Problem, value};
use crate::Version;
use crate::reference::Place;
use gw_expr::Type;
use serde_json::{Map, Value};

/// Why alternatives have no type.
const DIFFERENT: &str = "alternatives of different types";

/// Keywords that describe and do not ask.
const ANNOTATIONS: &[&str] = &[
    "$ref",
    "$schema",
    "$id",
    "$anchor",
    "$comment",
    "$defs",
    "definitions",
    "title",
    "description",
    "default",
    "example",
    "examples",
    "deprecated",
    "readOnly",
    "writeOnly",
    "externalDocs",
    "xml",
    "discriminator",
];

/// Whether a schema has a keyword that asks something besides its reference.
pub(super) fn says_something(schema: &Map<String, Value>) -> bool {
    let describes = |name: &str| ANNOTATIONS.contains(&name) || name.starts_with("x-");
    schema.keys().any(|name| !describes(name))
}

impl Converter<'_> {
    /// A schema as all of its parts together.
    pub(super) fn parts(
        &mut self,
        at: &Place,
        schema: &Map<String, Value>,
    ) -> Result<Type, Problem> {
        let mut parts = Vec::new();
        if let Some(Value::String(reference)) = schema.get("$ref") {
            let target = self.target(at, reference)?;
            let ty = self.referred(&at.child("$ref"), &target)?;
            if self.only_reference(schema).is_some() {
                return Ok(ty);
            }
            parts.push(ty);
        }
        for index in 0..schema.get("allOf").map_or(0, elements) {
            parts.push(self.schema(&at.child("allOf").child(&index.to_string()))?);
        }
        for keyword in ["oneOf", "anyOf"] {
            if let Some(list) = schema.get(keyword) {
                parts.push(self.alternatives(&at.child(keyword), elements(list))?);
            }
        }
        self.unchecked_of(at, schema, &["not", "if", "$dynamicRef", "$recursiveRef"]);
        parts.push(self.own(at, schema)?);
        let nullable =
            self.version == Version::V3_0 && schema.get("nullable") == Some(&Value::Bool(true));
        let mut parts = parts.into_iter();
        let first = parts.next().unwrap_or(Type::Dyn);
        let all = parts.try_fold(first, |all, part| meet(&all, &part));
        let ty = match all {
            Some(ty) => ty,
            None => self.loose(at.clone(), "its parts contradict each other"),
        };
        Ok(if nullable { absent(ty) } else { ty })
    }

    /// One of several schemas.
    fn alternatives(&mut self, at: &Place, count: usize) -> Result<Type, Problem> {
        let mut types = Vec::new();
        for index in 0..count {
            types.push(self.schema(&at.child(&index.to_string()))?);
        }
        let null = types.contains(&Type::Null);
        types.retain(|ty| *ty != Type::Null);
        let mut joined = join(&types);
        // `oneOf` refuses what two alternatives take.
        if let Some(joined) = &mut joined
            && at.name() == "oneOf"
            && overlap(&types)
        {
            joined.fit = joined.fit.max(Fit::Wide);
        }
        let ty = match joined {
            None if types.is_empty() => Type::Null,
            None => self.loose(at.clone(), DIFFERENT),
            Some(joined) => {
                match joined.fit {
                    Fit::Exact => {}
                    Fit::Wide => self.note(at.clone(), NoteKind::Unchecked),
                    Fit::Loose => self.note(at.clone(), NoteKind::Loose(DIFFERENT)),
                }
                joined.ty
            }
        };
        Ok(if null { absent(ty) } else { ty })
    }

    /// What the schema itself says of its values.
    fn own(&mut self, at: &Place, schema: &Map<String, Value>) -> Result<Type, Problem> {
        let mut kinds = kinds(schema);
        let null = kinds.len() > 1 && kinds.contains(&"null");
        kinds.retain(|kind| !null || *kind != "null");
        if kinds.contains(&"number") {
            kinds.retain(|kind| *kind != "integer");
        }
        let ty = match (value::listed(schema), kinds.as_slice()) {
            (Some(keyword), kinds) => {
                let ty = self.one_of_values(at, schema, keyword);
                match (ty, kinds) {
                    (Some(ty), [kind @ ("string" | "integer")]) => {
                        let other = self.of_kind(at, schema, kind)?;
                        meet(&ty, &other).unwrap_or(ty)
                    }
                    (Some(ty), _) => ty,
                    (None, _) => {
                        self.unchecked(at, keyword);
                        match kinds {
                            [kind] => self.of_kind(at, schema, kind)?,
                            _ => Type::Dyn,
                        }
                    }
                }
            }
            (None, []) => match implied(schema) {
                Some(kind) => self.of_kind(at, schema, kind)?,
                None => Type::Dyn,
            },
            (None, [kind]) => self.of_kind(at, schema, kind)?,
            (None, _) => self.loose(at.child("type"), "values of several types"),
        };
        Ok(if null { absent(ty) } else { ty })
    }

    fn of_kind(
        &mut self,
        at: &Place,
        schema: &Map<String, Value>,
        kind: &str,
    ) -> Result<Type, Problem> {
        Ok(match kind {
            "string" => self.text(at, schema),
            "integer" => self.integer(at, schema),
            "number" => self.number(at, schema),
            "boolean" => Type::Bool,
            "null" => Type::Null,
            "array" => self.list(at, schema)?,
            "object" => self.object(at, schema)?,
            _ => self.loose(at.child("type"), "an unknown type"),
        })
    }
}

/// `T?`; `json` has `null` already.
fn absent(ty: Type) -> Type {
    match ty {
        Type::Dyn | Type::Null => ty,
        other => other.or_absent(),
    }
}

fn elements(list: &Value) -> usize {
    list.as_array().map_or(0, Vec::len)
}

fn kinds(schema: &Map<String, Value>) -> Vec<&str> {
    match schema.get("type") {
        Some(Value::String(kind)) => vec![kind],
        Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// The type that the keywords of a schema without `type` are about.
fn implied(schema: &Map<String, Value>) -> Option<&'static str> {
    const OBJECT: &[&str] = &[
        "properties",
        "required",
        "additionalProperties",
        "patternProperties",
        "propertyNames",
        "minProperties",
        "maxProperties",
    ];
    const ARRAY: &[&str] = &["items", "prefixItems", "minItems", "maxItems", "contains"];
    const STRING: &[&str] = &["minLength", "maxLength", "pattern", "format"];
    const NUMBER: &[&str] = &[
        "minimum",
        "maximum",
        "exclusiveMinimum",
        "exclusiveMaximum",
        "multipleOf",
    ];
    let has = |keywords: &[&str]| keywords.iter().any(|k| schema.contains_key(*k));
    let kinds = [
        (OBJECT, "object"),
        (ARRAY, "array"),
        (STRING, "string"),
        (NUMBER, "number"),
    ];
    let implied = kinds.into_iter().find(|(keywords, _)| has(keywords));
    implied.map(|(_, kind)| kind)
}
