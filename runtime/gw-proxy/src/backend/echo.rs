//! The built-in backend: answers every request with a description of it, so that a policy can be
//! tried with nothing else installed. Never shows credentials.

use bytes::Bytes;
use http::{HeaderMap, Method};
use serde_json::{Map, Value, json};

/// Headers whose values are not shown.
const HIDDEN: [&str; 4] = [
    "authorization",
    "cookie",
    "proxy-authorization",
    "x-api-key",
];

/// The description, as JSON text with a newline at the end.
pub(crate) fn describe(
    method: &Method,
    target: &str,
    host: &str,
    headers: &HeaderMap,
    body_bytes: u64,
) -> Bytes {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut shown = Map::new();
    for name in headers.keys() {
        let all = headers.get_all(name).iter();
        let text = |v: &http::HeaderValue| String::from_utf8_lossy(v.as_bytes()).into_owned();
        let value = match HIDDEN.contains(&name.as_str()) {
            true => "[hidden]".to_owned(),
            false => all.map(text).collect::<Vec<_>>().join(", "),
        };
        shown.insert(name.to_string(), Value::String(value));
    }
    let description = json!({
        "method": method.as_str(),
        "path": path,
        "query": query,
        "host": host,
        "headers": shown,
        "body_bytes": body_bytes,
    });
    let mut text = serde_json::to_vec_pretty(&description).unwrap_or_default();
    text.push(b'\n');
    text.into()
}
