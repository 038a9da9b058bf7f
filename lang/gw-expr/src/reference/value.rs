//! Values to and from the `cel` crate.

use super::ReferenceError;
use crate::value::Timestamp;
use crate::{MapKey, OwnedMap, OwnedValue};
use cel::objects::Key;
use std::collections::HashMap;
use std::sync::Arc;

pub(super) fn to_cel(value: &OwnedValue) -> Result<cel::Value, ReferenceError> {
    Ok(match value {
        OwnedValue::Absent | OwnedValue::Null => cel::Value::Null,
        OwnedValue::Bool(b) => cel::Value::Bool(*b),
        OwnedValue::Int(n) => cel::Value::Int(*n),
        OwnedValue::Uint(n) => cel::Value::UInt(*n),
        OwnedValue::Double(d) => cel::Value::Float(*d),
        OwnedValue::Str(text) => cel::Value::String(Arc::new(text.to_string())),
        OwnedValue::Bytes(bytes) => cel::Value::Bytes(Arc::new(bytes.to_vec())),
        OwnedValue::List(list) => {
            cel::Value::List(Arc::new(list.iter().map(to_cel).collect::<Result<_, _>>()?))
        }
        OwnedValue::Map(map) => {
            let entry = |(k, v)| Ok((key(k), to_cel(v)?));
            let map: HashMap<Key, cel::Value> = map.iter().map(entry).collect::<Result<_, _>>()?;
            cel::Value::from(map)
        }
        OwnedValue::Duration(_) | OwnedValue::Timestamp(_) => {
            return Err(ReferenceError::Unsupported("times as facts"));
        }
        OwnedValue::Ip(_) | OwnedValue::Cidr(_) => {
            return Err(ReferenceError::Unsupported("networks"));
        }
        OwnedValue::Rate(_) | OwnedValue::Range(..) => {
            return Err(ReferenceError::Unsupported("rates and ranges"));
        }
        OwnedValue::Type(_) => return Err(ReferenceError::Unsupported("types as facts")),
        OwnedValue::Optional(_) => return Err(ReferenceError::Unsupported("optional values")),
    })
}

fn key(key: &MapKey) -> Key {
    match key {
        MapKey::Bool(b) => Key::Bool(*b),
        MapKey::Int(n) => Key::Int(*n),
        MapKey::Uint(n) => Key::Uint(*n),
        MapKey::Str(text) => Key::String(Arc::new(text.to_string())),
    }
}

pub(super) fn from_cel(value: &cel::Value) -> Result<OwnedValue, ReferenceError> {
    Ok(match value {
        cel::Value::Null => OwnedValue::Null,
        cel::Value::Bool(b) => OwnedValue::Bool(*b),
        cel::Value::Int(n) => OwnedValue::Int(*n),
        cel::Value::UInt(n) => OwnedValue::Uint(*n),
        cel::Value::Float(d) => OwnedValue::Double(*d),
        cel::Value::String(text) => OwnedValue::text(text.as_str()),
        cel::Value::Bytes(bytes) => OwnedValue::Bytes(bytes.as_slice().into()),
        cel::Value::List(list) => {
            OwnedValue::List(list.iter().map(from_cel).collect::<Result<_, _>>()?)
        }
        cel::Value::Map(map) => {
            let entry = |(k, v): (&Key, &cel::Value)| Ok((own_key(k), from_cel(v)?));
            let entries = map.map.iter().map(entry);
            OwnedValue::Map(Arc::new(
                entries.collect::<Result<OwnedMap, ReferenceError>>()?,
            ))
        }
        cel::Value::Duration(duration) => OwnedValue::Duration(
            duration
                .num_nanoseconds()
                .ok_or(ReferenceError::Unsupported("long durations"))?,
        ),
        cel::Value::Timestamp(at) => OwnedValue::Timestamp(Timestamp {
            seconds: at.timestamp(),
            nanos: at.timestamp_subsec_nanos(),
        }),
        _ => return Err(ReferenceError::Unsupported("other values of the crate")),
    })
}

fn own_key(key: &Key) -> MapKey {
    match key {
        Key::Bool(b) => MapKey::Bool(*b),
        Key::Int(n) => MapKey::Int(*n),
        Key::Uint(n) => MapKey::Uint(*n),
        Key::String(text) => MapKey::Str(text.as_str().into()),
    }
}
