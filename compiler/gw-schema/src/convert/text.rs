//! `string` with its formats, lengths and pattern.

use super::{Converter, pattern};
use crate::reference::Place;
use gw_expr::{Refined, Schema, Type};
use serde_json::{Map, Value};
use std::sync::Arc;

const LENGTHS: &[&str] = &["minLength", "maxLength"];

impl Converter<'_> {
    pub(super) fn text(&mut self, at: &Place, schema: &Map<String, Value>) -> Type {
        let base = of_format(schema);
        if !matches!(base.base(), Type::String) {
            self.unchecked_of(at, schema, LENGTHS);
            self.unchecked_of(at, schema, &["pattern"]);
            return base;
        }
        let [min, max] = ["minLength", "maxLength"].map(|k| schema.get(k).and_then(Value::as_i64));
        let wish = schema.get("pattern").and_then(Value::as_str);
        let refined = Refined {
            min: min.filter(|min| *min > 0),
            max,
            pattern: wish.and_then(pattern::whole).map(Into::into),
            ..Refined::of(base.clone())
        };
        let bare = refined.min.is_none() && refined.max.is_none();
        if wish.is_some() && refined.pattern.is_none() {
            self.unchecked(at, "pattern");
        }
        let plain = bare && refined.pattern.is_none();
        let ty = Type::Refined(Arc::new(refined.clone()));
        match Schema::new(&ty) {
            _ if plain => base,
            Ok(_) => ty,
            // A pattern that would grow too large.
            Err(_) => {
                self.unchecked(at, "pattern");
                let rest = Refined {
                    pattern: None,
                    ..refined
                };
                match bare {
                    true => base,
                    false => Type::Refined(Arc::new(rest)),
                }
            }
        }
    }
}

/// The type of the texts of a format; texts of any kind where the format says less than a type
/// would, or something else: durations are those of ISO 8601, URIs have any scheme.
fn of_format(schema: &Map<String, Value>) -> Type {
    let encoded = schema.get("contentEncoding").and_then(Value::as_str);
    let format = schema.get("format").and_then(Value::as_str);
    let named = match (format, encoded) {
        (_, Some("base64")) | (Some("byte"), _) => "bytes",
        (Some("date-time"), _) => "timestamp",
        (Some("ipv4" | "ipv6"), _) => "ip",
        (Some("uuid"), _) => "uuid",
        (Some("hostname"), _) => "host",
        (Some("email"), _) => "email",
        _ => "string",
    };
    Type::named(named).unwrap_or(Type::String)
}
