//! Paths with typed parameters.

use crate::notes::Notes;
use crate::policy::Enums;
use crate::words;
use gw_schema::Document;
use serde_json::Value;

/// A path as the language writes it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Path {
    /// `/pets/{id:int}`.
    pub(crate) text: String,
    /// The same without names and types, `/pets/{}`: equal ones take the same requests.
    pub(crate) shape: String,
}

/// A path of the description, with the parameters that apply to it.
pub(crate) struct Template<'d> {
    pub(crate) document: &'d Document,
    pub(crate) path: &'d str,
    pub(crate) parameters: &'d [&'d Value],
    /// What notes call the operation.
    pub(crate) operation: &'d str,
}

impl Template<'_> {
    /// Translates it; `None`, with a note, for what is not a path of the language.
    pub(crate) fn translate(&self, enums: &mut Enums, notes: &mut Notes) -> Option<Path> {
        let (mut text, mut shape) = (String::new(), String::new());
        let mut names: Vec<String> = Vec::new();
        for segment in self.path.split('/').skip(1) {
            let (written, kind) = self.segment(segment, &mut names, enums, notes);
            text.push_str(&format!("/{written}"));
            shape.push_str(&format!("/{kind}"));
        }
        let valid = gw_syntax::parse_path(&text, gw_syntax::Span::default()).is_ok();
        if !valid || !self.path.starts_with('/') {
            notes.about(
                "left out, since their path cannot be written",
                self.operation,
            );
            return None;
        }
        Some(Path { text, shape })
    }

    fn segment(
        &self,
        segment: &str,
        names: &mut Vec<String>,
        enums: &mut Enums,
        notes: &mut Notes,
    ) -> (String, String) {
        let Some((before, rest)) = segment.split_once('{') else {
            return (segment.to_owned(), segment.to_owned());
        };
        let (name, after) = rest.split_once('}').unwrap_or((rest, ""));
        let mut word = words::plain(name);
        while names.contains(&word) {
            word.push('_');
        }
        names.push(word.clone());
        if !before.is_empty() || !after.is_empty() {
            notes.about(
                "segments that are parameters in part are taken whole",
                &format!("{} ({segment})", self.operation),
            );
            return (format!("{{{word}}}"), "{}".to_owned());
        }
        let constraint = self.constraint(name, enums, notes);
        (format!("{{{word}{constraint}}}"), "{}".to_owned())
    }

    /// `:int`, `:[a-z]+`, `:PetKind`; empty for any text.
    fn constraint(&self, name: &str, enums: &mut Enums, notes: &mut Notes) -> String {
        let document = self.document;
        let parameter = self.parameters.iter().find(|p| {
            document.text(p, "in") == Some("path") && document.text(p, "name") == Some(name)
        });
        let Some(parameter) = parameter else {
            return String::new();
        };
        let schema = document.get(parameter, "schema");
        let whole = format!("{} ({name})", self.operation);
        if let Some(variants) = variants(document, schema) {
            return match component(parameter) {
                Some(component) => enums.described(component, variants),
                None => enums.constraint(name, variants),
            };
        }
        let bounded = [
            "minimum",
            "maximum",
            "exclusiveMinimum",
            "exclusiveMaximum",
            "multipleOf",
        ];
        let sized = ["minLength", "maxLength"];
        match kind(document, schema) {
            Some("integer") => {
                let least = document.get(schema, "minimum").as_i64();
                let uint = least.is_some_and(|n| n >= 0);
                let only_zero = least == Some(0);
                let rest = bounded.iter().filter(|b| !(**b == "minimum" && only_zero));
                if has(document, schema, rest) {
                    notes.about("bounds of path parameters are not checked", &whole);
                }
                if uint { ":uint" } else { ":int" }.to_owned()
            }
            Some("boolean") => ":bool".to_owned(),
            Some("string") => {
                if has(document, schema, sized.iter()) {
                    notes.about("lengths of path parameters are not checked", &whole);
                }
                if document.text(schema, "format") == Some("uuid") {
                    return ":uuid".to_owned();
                }
                match document.text(schema, "pattern") {
                    None => String::new(),
                    Some(pattern) => pattern_of(pattern).unwrap_or_else(|| {
                        notes.about("patterns of path parameters that are not checked", &whole);
                        String::new()
                    }),
                }
            }
            Some(other) => {
                let what = format!("{whole} is of type {other}");
                notes.about("path parameters that are taken as any text", &what);
                String::new()
            }
            None => String::new(),
        }
    }
}

/// The schema under `components` that a parameter refers to.
fn component(parameter: &Value) -> Option<&str> {
    let reference = parameter.get("schema")?.get("$ref")?.as_str()?;
    let name = reference.strip_prefix("#/components/schemas/")?;
    words::is_name(name).then_some(name)
}

fn has<'a>(
    document: &Document,
    schema: &Value,
    mut names: impl Iterator<Item = &'a &'a str>,
) -> bool {
    names.any(|name| !document.get(schema, name).is_null())
}

/// The type of a schema; 3.1 writes `[integer, "null"]` too.
pub(crate) fn kind<'d>(document: &'d Document, schema: &'d Value) -> Option<&'d str> {
    match document.get(schema, "type") {
        Value::String(name) => Some(name),
        Value::Array(names) => {
            let mut names = names
                .iter()
                .filter_map(Value::as_str)
                .filter(|n| *n != "null");
            names.next()
        }
        _ => None,
    }
}

/// The texts of an enumeration.
fn variants(document: &Document, schema: &Value) -> Option<Vec<String>> {
    let list = match (document.get(schema, "enum"), document.get(schema, "const")) {
        (Value::Array(list), _) => list.clone(),
        (_, constant @ (Value::String(_) | Value::Number(_))) => vec![constant.clone()],
        _ => return None,
    };
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    };
    let texts: Option<Vec<String>> = list.iter().map(text).collect();
    texts.filter(|texts| !texts.is_empty())
}

/// A pattern of the description, which is found anywhere in a text unless it has anchors, as one
/// that fits a whole segment. `None` where the language does not have it.
fn pattern_of(pattern: &str) -> Option<String> {
    let whole = pattern
        .strip_prefix('^')
        .and_then(|p| p.strip_suffix('$'))?;
    let ends_escaped = whole.ends_with('\\');
    let fits = !ends_escaped && !whole.is_empty() && writable(whole);
    // A bare word would be the name of a type.
    fits.then(|| format!(":(?:{whole})"))
}

/// Whether a pattern can stand in a path literal, and is a regular expression here as there.
fn writable(pattern: &str) -> bool {
    let plain = pattern
        .chars()
        .all(|c| c.is_ascii_graphic() && c != '/' && c != '#');
    plain && regex_syntax::parse(pattern).is_ok()
}

/// A pattern that takes exactly these texts.
pub(crate) fn alternatives(texts: &[String]) -> Option<String> {
    let escaped: Vec<String> = texts.iter().map(|t| regex_syntax::escape(t)).collect();
    let pattern = escaped.join("|");
    writable(&pattern).then(|| format!(":(?:{pattern})"))
}
