//! The built-in backend: answers every request with a description of it, so that a policy can be
//! tried with nothing else installed. Never shows credentials.

use crate::outgoing::Outgoing;
use bytes::Bytes;
use serde_json::{Map, Value, json};

/// Headers whose values are not shown.
const HIDDEN: [&str; 4] = [
    "authorization",
    "cookie",
    "proxy-authorization",
    "x-api-key",
];

/// The description, as JSON text with a newline at the end.
pub(crate) fn describe(request: &Outgoing<'_>, body_bytes: u64) -> Bytes {
    let mut shown = Map::new();
    for field in request.section.iter() {
        let name = std::str::from_utf8(field.name).unwrap_or_default();
        let text = match HIDDEN.contains(&name) {
            true => "[hidden]".into(),
            false => String::from_utf8_lossy(field.value),
        };
        match shown.get_mut(name) {
            Some(Value::String(all)) if !HIDDEN.contains(&name) => {
                all.push_str(", ");
                all.push_str(&text);
            }
            _ => drop(shown.insert(name.to_owned(), Value::String(text.into_owned()))),
        }
    }
    let description = json!({
        "method": request.method,
        "path": request.target.path,
        "query": request.target.query.unwrap_or_default(),
        "host": String::from_utf8_lossy(request.host.bytes()),
        "headers": shown,
        "body_bytes": body_bytes,
    });
    let mut text = serde_json::to_vec_pretty(&description).unwrap_or_default();
    text.push(b'\n');
    text.into()
}
