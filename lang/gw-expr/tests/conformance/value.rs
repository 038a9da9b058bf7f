//! Values as the conformance data writes them (`cel.expr.Value` in JSON).

use base64::Engine;
use gw_expr::{Env, FactTable, MapKey, OwnedMap, OwnedValue, Timestamp, check};
use gw_syntax::FileId;
use serde_json::Value as Json;
use std::sync::Arc;

/// The value that a JSON object of one field describes.
pub(crate) fn read(json: &Json) -> Result<OwnedValue, String> {
    let (kind, inner) = json
        .as_object()
        .and_then(|fields| fields.iter().next())
        .ok_or_else(|| format!("not a value: {json}"))?;
    let broken = || format!("not a {kind}: {inner}");
    Ok(match kind.as_str() {
        "null_value" => OwnedValue::Null,
        "bool_value" => OwnedValue::Bool(inner.as_bool().ok_or_else(broken)?),
        "int64_value" => OwnedValue::Int(text(inner).parse().map_err(|_| broken())?),
        "uint64_value" => OwnedValue::Uint(text(inner).parse().map_err(|_| broken())?),
        "double_value" => OwnedValue::Double(match inner.as_f64() {
            Some(number) => number,
            None => text(inner).parse().map_err(|_| broken())?,
        }),
        "string_value" => OwnedValue::text(text(inner)),
        "bytes_value" => {
            let bytes = base64::engine::general_purpose::STANDARD.decode(text(inner));
            OwnedValue::Bytes(bytes.map_err(|_| broken())?.into())
        }
        "type_value" => OwnedValue::Type(text(inner).into()),
        "list_value" => {
            let values: Result<Vec<_>, _> = items(inner, "values").map(read).collect();
            OwnedValue::list(values?)
        }
        "map_value" => {
            let mut map = OwnedMap::default();
            for entry in items(inner, "entries") {
                let key = read(&entry["key"])?;
                map.insert(
                    MapKey::of(key.as_value()).ok_or_else(broken)?,
                    read(&entry["value"])?,
                );
            }
            OwnedValue::Map(Arc::new(map))
        }
        "object_value" => time(inner).ok_or_else(broken)?,
        _ => return Err(format!("unknown kind of value: {kind}")),
    })
}

fn items<'j>(json: &'j Json, key: &str) -> impl Iterator<Item = &'j Json> {
    json[key].as_array().into_iter().flatten()
}

fn text(json: &Json) -> String {
    json.as_str()
        .map_or_else(|| json.to_string(), str::to_owned)
}

/// A duration or timestamp, as text or by fields.
fn time(json: &Json) -> Option<OwnedValue> {
    let kind = json["@type"].as_str()?.rsplit_once('.')?.1.to_lowercase();
    if let Some(text) = json["value"].as_str() {
        let expr =
            gw_syntax::parse_expr(FileId::default(), &format!("{kind}('{text}')"), 0).ok()?;
        let checked = check(
            &expr,
            &Env::new(),
            &mut FactTable::default(),
            &mut Vec::new(),
        );
        return checked.ir.constant().cloned();
    }
    let number = |key: &str| {
        json.get(key)
            .map_or(Some(0), |n| text(n).parse::<i64>().ok())
    };
    let (seconds, nanos) = (number("seconds")?, number("nanos")?);
    match kind.as_str() {
        "duration" => Some(OwnedValue::Duration(seconds * 1_000_000_000 + nanos)),
        "timestamp" => {
            let nanos = u32::try_from(nanos).ok()?;
            Some(OwnedValue::Timestamp(Timestamp { seconds, nanos }))
        }
        _ => None,
    }
}

/// Whether two values are the same, types included; NaN is NaN, entries of maps have no order.
pub(crate) fn same(a: &OwnedValue, b: &OwnedValue) -> bool {
    match (a, b) {
        (OwnedValue::Double(x), OwnedValue::Double(y)) => x == y || (x.is_nan() && y.is_nan()),
        (OwnedValue::List(x), OwnedValue::List(y)) => {
            x.len() == y.len() && x.iter().zip(y.iter()).all(|(p, q)| same(p, q))
        }
        (OwnedValue::Map(x), OwnedValue::Map(y)) => {
            x.len() == y.len()
                && x.iter()
                    .all(|(key, p)| y.iter().any(|(other, q)| other == key && same(p, q)))
        }
        _ => a == b,
    }
}
