//! Failures as clients read them: problem documents (RFC 9457), or gRPC statuses for gRPC requests.

use crate::decode::Arrival;
use crate::respond::Fault;
use bytes::Bytes;
use gw_http1::{Fields, Known, Value};
use serde_json::{Map, json};

/// The document for a failure (RFC 9457).
pub(crate) fn document(fault: &Fault, id: &str) -> Bytes {
    let mut document = Map::new();
    let mut put = |name: &str, value| document.insert(name.to_owned(), value);
    put(
        "type",
        json!(format!("urn:gw:reason:{}", fault.reason.slug)),
    );
    put("title", json!(fault.reason.text));
    put("status", json!(fault.status));
    if let Some(detail) = fault.detail {
        put("detail", json!(detail));
    }
    put("reason", json!(fault.reason.slug));
    if let Some(rule) = &fault.rule {
        put("rule", json!(rule));
    }
    put("request_id", json!(id));
    let mut text = serde_json::to_vec(&document).unwrap_or_default();
    text.push(b'\n');
    text.into()
}

/// The fields of a trailers-only response (gRPC over HTTP/2, "Responses").
pub(crate) fn grpc(fault: &Fault, fields: &mut Fields) {
    fields.push("content-type", b"application/grpc");
    fields.push("grpc-status", grpc_status(fault.status).as_bytes());
    let text = fault.reason.text.as_bytes();
    if Value::new(text).is_some() {
        fields.push("grpc-message", text);
    }
}

/// Whether a request is one of gRPC.
pub(crate) fn is_grpc(arrival: &Arrival) -> bool {
    let kind = arrival.request.fields.first(Known::ContentType);
    kind.is_some_and(|k| k.starts_with(b"application/grpc"))
}

/// The gRPC status for an HTTP status ("HTTP to gRPC Status Code Mapping", extended by what the
/// gateway knows for sure).
fn grpc_status(status: u16) -> &'static str {
    match status {
        400 | 431 => "3",
        401 => "16",
        403 => "7",
        404 | 405 | 501 => "12",
        408 | 504 => "4",
        413 | 429 => "8",
        499 => "1",
        502 | 503 => "14",
        _ => "13",
    }
}
