//! A description as a tree in which references are followed.

use crate::{place, reference};
use serde_json::{Map, Value};
use std::ops::Range;

/// A description, or a part of one in a file of its own.
#[derive(Debug)]
pub struct Document {
    root: Value,
    text: String,
}

/// Why a text cannot be read.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("this is neither YAML nor JSON: line {line}, column {column}: {message}")]
pub struct SyntaxError {
    /// What is wrong, on one line.
    pub message: String,
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1, in Unicode scalar values.
    pub column: usize,
}

impl SyntaxError {
    /// The byte of a text at which it is wrong.
    pub fn offset(&self, text: &str) -> usize {
        let mut lines = text.split_inclusive('\n');
        let before: usize = lines
            .by_ref()
            .take(self.line.saturating_sub(1))
            .map(str::len)
            .sum();
        let line = lines.next().unwrap_or_default().trim_end();
        let mut chars = line.char_indices();
        let at = chars.nth(self.column.saturating_sub(1));
        before + at.map_or(line.len(), |(at, _)| at)
    }
}

/// The versions of OpenAPI whose descriptions are understood.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Version {
    /// 3.0, with a dialect of JSON Schema of its own.
    V3_0,
    /// 3.1, with JSON Schema 2020-12.
    V3_1,
}

/// Why a document is no OpenAPI description of a known version.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum VersionError {
    /// It is something else.
    #[error("this is not an OpenAPI description: it has no `openapi: 3.x`")]
    NotOpenApi,
    /// It is one of another version.
    #[error("this is OpenAPI {0}; 3.0 and 3.1 are understood")]
    Unknown(String),
}

/// References of references that are followed; a circle ends here.
const MOST_REFERENCES: usize = 32;

static NOTHING: Value = Value::Null;

impl Document {
    /// Reads YAML or JSON. What aliases unfold to is bounded.
    ///
    /// # Errors
    /// [`SyntaxError`] where the text is neither.
    pub fn read(text: &str) -> Result<Self, SyntaxError> {
        let bare = text.trim_start_matches('\u{feff}');
        let root = match bare.trim_start().starts_with('{') {
            // YAML has braces too, and keys without quotes.
            true => serde_json::from_str(bare)
                .or_else(|e| yaml(text).map_err(|_| json_error(&e, bare)))?,
            false => yaml(text).map_err(|e| yaml_error(&e))?,
        };
        Ok(Self {
            root,
            text: text.to_owned(),
        })
    }

    /// The text that it was read from.
    pub fn source(&self) -> &str {
        &self.text
    }

    /// The version of OpenAPI that the description says it has.
    ///
    /// # Errors
    /// [`VersionError`] where it says none, or one that is not understood.
    pub fn version(&self) -> Result<Version, VersionError> {
        let version = match (self.root.get("openapi"), self.root.get("swagger")) {
            (Some(Value::String(version)), _) => version.clone(),
            // YAML reads `openapi: 3.1` as a number.
            (Some(Value::Number(version)), _) => version.to_string(),
            (_, Some(Value::String(version))) => version.clone(),
            (_, Some(Value::Number(version))) => version.to_string(),
            _ => return Err(VersionError::NotOpenApi),
        };
        let is = |known: &str| {
            let rest = version.strip_prefix(known);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        match (is("3.0") || version == "3", is("3.1")) {
            (true, _) => Ok(Version::V3_0),
            (_, true) => Ok(Version::V3_1),
            (false, false) => Err(VersionError::Unknown(version)),
        }
    }

    /// The value at a JSON pointer (RFC 6901).
    pub fn at(&self, pointer: &str) -> Option<&Value> {
        self.root.pointer(pointer)
    }

    /// The bytes of the text that hold the last step of a JSON pointer: a key, or an element of a
    /// list up to the end of its line. The nearest part around it where an alias hides it.
    pub fn place(&self, pointer: &str) -> Range<usize> {
        place::of(&self.text, pointer)
    }

    /// A member of the whole description, references followed.
    pub fn member(&self, name: &str) -> &Value {
        self.get(&self.root, name)
    }

    /// A member of an object, references followed; `null` where there is none.
    pub fn get<'d>(&'d self, of: &'d Value, name: &str) -> &'d Value {
        let of = self.resolved(of);
        of.get(name).map_or(&NOTHING, |value| self.resolved(value))
    }

    /// A member that is text.
    pub fn text<'d>(&'d self, of: &'d Value, name: &str) -> Option<&'d str> {
        self.get(of, name).as_str()
    }

    /// The members of an object, in order.
    pub fn members<'d>(&'d self, of: &'d Value) -> impl Iterator<Item = (&'d str, &'d Value)> {
        let members = self
            .resolved(of)
            .as_object()
            .into_iter()
            .flat_map(Map::iter);
        members.map(|(name, value)| (name.as_str(), self.resolved(value)))
    }

    /// The elements of a list.
    pub fn elements<'d>(&'d self, of: &'d Value) -> impl Iterator<Item = &'d Value> {
        let elements = self.resolved(of).as_array().into_iter().flatten();
        elements.map(|value| self.resolved(value))
    }

    /// What a reference into this description stands for. One that leads elsewhere, to nothing or
    /// round in circles stays as it is.
    fn resolved<'d>(&'d self, value: &'d Value) -> &'d Value {
        let mut at = value;
        for _ in 0..MOST_REFERENCES {
            let Some(Value::String(text)) = at.get("$ref") else {
                return at;
            };
            let (file, pointer) = reference::split(text);
            match self.root.pointer(&pointer) {
                Some(target) if file.is_empty() => at = target,
                Some(_) | None => return at,
            }
        }
        at
    }

    /// References that cannot be followed: to other files, and to nothing.
    pub fn loose_references(&self) -> Vec<String> {
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

/// The most values in a YAML text, those that aliases unfold to included. The largest descriptions
/// that are published have several hundred thousand.
const MOST_VALUES: usize = 1_000_000;

/// YAML 1.2, in which `on` and `no` are texts.
fn yaml(text: &str) -> Result<Value, serde_saphyr::Error> {
    let budget = serde_saphyr::budget! {
        max_nodes: MOST_VALUES,
        max_events: 3 * MOST_VALUES,
    };
    let options = serde_saphyr::options! { strict_booleans: true, budget: budget };
    serde_saphyr::from_str_with_options(text, options)
}

fn yaml_error(error: &serde_saphyr::Error) -> SyntaxError {
    let text = error.to_string();
    let first = text.lines().next().unwrap_or_default();
    // `error: line 3 column 12: unclosed bracket`: the place is said apart.
    let message = match first.split_once(": ") {
        Some(("error", rest)) => match rest.split_once(": ") {
            Some((place, message)) if place.starts_with("line ") => message,
            _ => rest,
        },
        _ => first,
    };
    let place = error.location().map(|l| (l.line(), l.column()));
    let (line, column) = place.unwrap_or((1, 1));
    let narrow = |n| usize::try_from(n).unwrap_or(usize::MAX);
    SyntaxError {
        message: message.to_owned(),
        line: narrow(line),
        column: narrow(column),
    }
}

fn json_error(error: &serde_json::Error, text: &str) -> SyntaxError {
    let whole = error.to_string();
    let message = whole.rsplit_once(" at line ").map(|(message, _)| message);
    let line = text.lines().nth(error.line().saturating_sub(1));
    // Columns of JSON count bytes.
    let before = line.and_then(|line| line.get(..error.column().saturating_sub(1)));
    SyntaxError {
        message: message.unwrap_or(&whole).to_owned(),
        line: error.line(),
        column: before.map_or(error.column(), |before| before.chars().count() + 1),
    }
}
