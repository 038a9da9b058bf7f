//! Reading JSON by a shape.

use super::shape::{Kind, Member, Shape};
use super::text;
use crate::{OwnedMap, OwnedValue, Timestamp};
use base64::Engine;
use serde_json::Value as Json;
use std::sync::Arc;

/// A mismatch with the steps to it, innermost first.
#[derive(Debug)]
pub(super) struct Mismatch {
    pub(super) steps: Vec<String>,
    pub(super) expected: String,
    pub(super) found: String,
}

type Outcome = Result<OwnedValue, Mismatch>;

pub(super) fn read(shape: &Shape, json: &Json) -> Outcome {
    let value = match (&shape.kind, json) {
        (Kind::Optional(_), Json::Null) => Some(OwnedValue::Absent),
        (Kind::Optional(inner), _) => return read(inner, json),
        (Kind::List(element), Json::Array(items)) => Some(list(element, items)?),
        (Kind::Map(value), Json::Object(fields)) => Some(map(value, fields)?),
        (Kind::Record(members), Json::Object(fields)) => Some(record(members, fields)?),
        (kind, _) => scalar(kind, json),
    };
    match value {
        Some(value) if shape.admits(&value) => Ok(value),
        _ => Err(mismatch(shape, describe(json))),
    }
}

fn mismatch(shape: &Shape, found: String) -> Mismatch {
    let expected = match &shape.kind {
        Kind::Enum(variants) => format!("one of {}", variants.join(", ")),
        _ => shape.name.clone(),
    };
    Mismatch {
        steps: Vec::new(),
        expected,
        found,
    }
}

fn scalar(kind: &Kind, json: &Json) -> Option<OwnedValue> {
    Some(match (kind, json) {
        (Kind::Any, _) => dynamic(json),
        (Kind::Null, Json::Null) => OwnedValue::Null,
        (Kind::Bool, Json::Bool(b)) => OwnedValue::Bool(*b),
        (Kind::Int, Json::Number(n)) => OwnedValue::Int(whole(n)?),
        (Kind::Uint, Json::Number(n)) => {
            OwnedValue::Uint(n.as_u64().or_else(|| u64::try_from(whole(n)?).ok())?)
        }
        (Kind::Double, Json::Number(n)) => OwnedValue::Double(n.as_f64()?),
        (Kind::Text, Json::String(text)) => OwnedValue::text(text.as_str()),
        (Kind::Enum(variants), Json::String(text)) => {
            OwnedValue::Str(variants.iter().find(|v| *v == text)?.clone())
        }
        (Kind::Bytes, Json::String(text)) => {
            let bytes = base64::engine::general_purpose::STANDARD
                .decode(text)
                .ok()?;
            OwnedValue::Bytes(bytes.into())
        }
        (Kind::Timestamp, Json::Number(n)) => OwnedValue::Timestamp(numeric_date(n)?),
        (Kind::Duration | Kind::Timestamp | Kind::Ip | Kind::Cidr, Json::String(text)) => {
            text::scalar(kind, text)?
        }
        _ => return None,
    })
}

/// A whole number in the range of ints, however it is written.
#[expect(
    clippy::cast_possible_truncation,
    reason = "the range is checked first"
)]
fn whole(number: &serde_json::Number) -> Option<i64> {
    number.as_i64().or_else(|| {
        let double = number.as_f64()?;
        let fits = double.fract() == 0.0 && double.abs() < 9_007_199_254_740_992.0;
        fits.then_some(double as i64)
    })
}

/// Seconds since 1970, perhaps with a fraction (RFC 7519, section 2).
#[expect(
    clippy::cast_possible_truncation,
    reason = "the range is checked first"
)]
fn numeric_date(number: &serde_json::Number) -> Option<Timestamp> {
    if let Some(seconds) = number.as_i64() {
        return Timestamp::from_nanos(i128::from(seconds) * 1_000_000_000);
    }
    let seconds = number.as_f64().filter(|s| s.abs() < 1e12)?;
    Timestamp::from_nanos((seconds * 1e9) as i128)
}

/// JSON without a shape.
pub(super) fn dynamic(json: &Json) -> OwnedValue {
    match json {
        Json::Null => OwnedValue::Null,
        Json::Bool(b) => OwnedValue::Bool(*b),
        Json::Number(n) => match (n.as_i64(), n.as_u64()) {
            (Some(int), _) => OwnedValue::Int(int),
            (None, Some(uint)) => OwnedValue::Uint(uint),
            (None, None) => OwnedValue::Double(n.as_f64().unwrap_or(f64::NAN)),
        },
        Json::String(text) => OwnedValue::text(text.as_str()),
        Json::Array(items) => OwnedValue::list(items.iter().map(dynamic)),
        Json::Object(fields) => OwnedValue::map(
            fields
                .iter()
                .map(|(name, value)| (name.as_str(), dynamic(value))),
        ),
    }
}

fn list(element: &Shape, items: &[Json]) -> Outcome {
    let read = items
        .iter()
        .enumerate()
        .map(|(index, item)| read(element, item).map_err(|e| inside(e, index.to_string())));
    Ok(OwnedValue::List(read.collect::<Result<_, _>>()?))
}

fn map(value: &Shape, fields: &serde_json::Map<String, Json>) -> Outcome {
    let entries = fields.iter().map(|(name, json)| {
        let value = read(value, json).map_err(|e| inside(e, name.clone()))?;
        Ok((name.as_str(), value))
    });
    Ok(OwnedValue::Map(Arc::new(
        entries.collect::<Result<OwnedMap, Mismatch>>()?,
    )))
}

fn record(members: &[Member], fields: &serde_json::Map<String, Json>) -> Outcome {
    let mut map = OwnedMap::with_capacity(members.len());
    for member in members {
        match fields.get(member.name.as_str()) {
            None | Some(Json::Null) if member.optional => {}
            None => {
                return Err(inside(
                    mismatch(&member.shape, "nothing".into()),
                    member.name.to_string(),
                ));
            }
            Some(json) => {
                let value =
                    read(&member.shape, json).map_err(|e| inside(e, member.name.to_string()))?;
                map.insert(member.name.clone(), value);
            }
        }
    }
    Ok(OwnedValue::Map(Arc::new(map)))
}

fn inside(mut error: Mismatch, step: String) -> Mismatch {
    error.steps.push(step);
    error
}

/// What is there, shortened: the text may be long or private.
fn describe(json: &Json) -> String {
    match json {
        Json::Null => "null".to_owned(),
        Json::Bool(b) => b.to_string(),
        Json::Number(n) => n.to_string(),
        Json::String(text) if text.chars().count() <= 40 => format!("{text:?}"),
        Json::String(text) => format!("a text of {} characters", text.chars().count()),
        Json::Array(items) => format!("a list of {}", items.len()),
        Json::Object(_) => "an object".to_owned(),
    }
}
