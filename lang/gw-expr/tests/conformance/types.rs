//! Types as the conformance data writes them (`cel.expr.Type` in JSON).

use gw_expr::Type;
use serde_json::Value as Json;
use std::sync::Arc;

/// The type that a JSON object of one field describes. Type parameters are numbered by letter.
pub(crate) fn read(json: &Json) -> Result<Type, String> {
    let (kind, inner) = json
        .as_object()
        .and_then(|fields| fields.iter().next())
        .ok_or_else(|| format!("not a type: {json}"))?;
    Ok(match (kind.as_str(), inner.as_str().unwrap_or("")) {
        ("primitive", "BOOL") => Type::Bool,
        ("primitive", "INT64") => Type::Int,
        ("primitive", "UINT64") => Type::Uint,
        ("primitive", "DOUBLE") => Type::Double,
        ("primitive", "STRING") => Type::String,
        ("primitive", "BYTES") => Type::Bytes,
        ("well_known", "DURATION") => Type::Duration,
        ("well_known", "TIMESTAMP") => Type::Timestamp,
        ("null", _) => Type::Null,
        ("dyn", _) | ("well_known", "ANY") => Type::Dyn,
        ("list_type", _) => Type::list(read(&inner["elem_type"])?),
        ("map_type", _) => Type::map(read(&inner["key_type"])?, read(&inner["value_type"])?),
        ("type", _) => Type::Type(Arc::new(read(inner).unwrap_or(Type::Dyn))),
        ("type_param", name) => Type::Param(u32::from(name.bytes().next().unwrap_or(0))),
        ("abstract_type", _) => {
            let params = inner["parameter_types"]
                .as_array()
                .into_iter()
                .flatten()
                .map(read);
            let mut params = params.collect::<Result<Vec<_>, _>>()?;
            match (inner["name"].as_str().unwrap_or(""), params.pop()) {
                ("optional_type", Some(of)) => Type::CelOptional(Arc::new(of)),
                (name, last) => {
                    params.extend(last);
                    Type::Opaque(name.into(), Arc::new(params))
                }
            }
        }
        _ => return Err(format!("unknown type: {json}")),
    })
}
