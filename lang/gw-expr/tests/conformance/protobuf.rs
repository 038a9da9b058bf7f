//! Which tests need protobuf messages, enums or wrappers. gw has no message construction, by
//! design; durations and timestamps are its own types.

use serde_json::Value as Json;

const MARKS: &[&str] = &[
    "TestAllTypes",
    "google.protobuf.",
    "type.googleapis.com/",
    "cel.expr.conformance",
    "proto2",
    "proto3",
    "enum_value",
    "message_type",
    "\"wrapper\"",
    "NestedEnum",
    "GlobalEnum",
];

/// Whether a test names a protobuf message, enum or wrapper anywhere but in its name.
pub(crate) fn named_in(test: &Json) -> bool {
    let mut relevant = test.clone();
    if let Some(fields) = relevant.as_object_mut() {
        fields.remove("name");
        fields.remove("description");
    }
    let mut text = relevant.to_string();
    for own in ["google.protobuf.Duration", "google.protobuf.Timestamp"] {
        text = text
            .replace(&format!("type.googleapis.com/{own}"), "")
            .replace(own, "");
    }
    MARKS.iter().any(|mark| text.contains(mark))
}
