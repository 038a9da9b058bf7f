//! A description as a tree in which references are followed.

use crate::ImportError;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

/// A description of a known version.
#[derive(Debug)]
pub(crate) struct Document {
    root: Value,
}

/// References of references that are followed; a circle ends here.
const MOST_REFERENCES: usize = 32;

static NOTHING: Value = Value::Null;

impl Document {
    /// Reads YAML or JSON.
    pub(crate) fn read(text: &str) -> Result<Self, ImportError> {
        let text = text.trim_start_matches('\u{feff}');
        let root: Value = match text.trim_start().starts_with('{') {
            true => serde_json::from_str(text).map_err(|e| ImportError::Syntax(e.to_string()))?,
            false => yaml(text).map_err(|e| ImportError::Syntax(first_line(&e)))?,
        };
        let version = match (root.get("openapi"), root.get("swagger")) {
            (Some(Value::String(version)), _) => version.clone(),
            // YAML reads `openapi: 3.1` as a number.
            (Some(Value::Number(version)), _) => version.to_string(),
            (_, Some(Value::String(version))) => version.clone(),
            (_, Some(Value::Number(version))) => version.to_string(),
            _ => return Err(ImportError::NotOpenApi),
        };
        let known = ["3.0", "3.1"].iter().any(|known| {
            version
                .strip_prefix(known)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        });
        match known || version == "3" {
            true => Ok(Self { root }),
            false => Err(ImportError::Version(version)),
        }
    }

    /// A member of the whole description, references followed.
    pub(crate) fn member(&self, name: &str) -> &Value {
        self.get(&self.root, name)
    }

    /// A member of an object, references followed; `null` where there is none.
    pub(crate) fn get<'d>(&'d self, of: &'d Value, name: &str) -> &'d Value {
        let of = self.resolved(of);
        of.get(name).map_or(&NOTHING, |value| self.resolved(value))
    }

    /// A member that is text.
    pub(crate) fn text<'d>(&'d self, of: &'d Value, name: &str) -> Option<&'d str> {
        self.get(of, name).as_str()
    }

    /// The members of an object, in order.
    pub(crate) fn members<'d>(
        &'d self,
        of: &'d Value,
    ) -> impl Iterator<Item = (&'d str, &'d Value)> {
        let members = self
            .resolved(of)
            .as_object()
            .into_iter()
            .flat_map(Map::iter);
        members.map(|(name, value)| (name.as_str(), self.resolved(value)))
    }

    /// The elements of a list.
    pub(crate) fn elements<'d>(&'d self, of: &'d Value) -> impl Iterator<Item = &'d Value> {
        let elements = self.resolved(of).as_array().into_iter().flatten();
        elements.map(|value| self.resolved(value))
    }

    /// What a reference into this description stands for (RFC 6901). One that leads elsewhere, to
    /// nothing or round in circles stays as it is.
    fn resolved<'d>(&'d self, value: &'d Value) -> &'d Value {
        let mut at = value;
        for _ in 0..MOST_REFERENCES {
            let Some(Value::String(reference)) = at.get("$ref") else {
                return at;
            };
            let Some(pointer) = reference.strip_prefix('#') else {
                return at;
            };
            let pointer = percent_decode_str(pointer).decode_utf8_lossy();
            match self.root.pointer(&pointer) {
                Some(target) => at = target,
                None => return at,
            }
        }
        at
    }

    /// References that cannot be followed: to other files, and to nothing.
    pub(crate) fn loose_references(&self) -> Vec<String> {
        let mut found = Vec::new();
        let mut todo = vec![&self.root];
        while let Some(value) = todo.pop() {
            match value {
                Value::Object(members) => {
                    if let Some(Value::String(reference)) = members.get("$ref")
                        && self.resolved(value).get("$ref").is_some()
                        && !found.contains(reference)
                    {
                        found.push(reference.clone());
                    }
                    todo.extend(members.values());
                }
                Value::Array(elements) => todo.extend(elements),
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
            }
        }
        found.sort();
        found
    }
}

/// YAML 1.2, in which `on` and `no` are texts; budgets of the library bound what aliases unfold to.
fn yaml(text: &str) -> Result<Value, serde_saphyr::Error> {
    let options = serde_saphyr::options! { strict_booleans: true };
    serde_saphyr::from_str_with_options(text, options)
}

fn first_line(error: &serde_saphyr::Error) -> String {
    let text = error.to_string();
    text.lines().next().unwrap_or_default().to_owned()
}
