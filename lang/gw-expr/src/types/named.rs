//! The types that have a name without being declared.

use super::{Refined, Type};
use std::sync::Arc;

/// Names of built-in types with their base and the pattern of the constrained ones.
const PATTERNS: &[(&str, &str, i64)] = &[
    ("slug", "[a-z0-9]+(?:-[a-z0-9]+)*", 63),
    (
        "uuid",
        "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}",
        36,
    ),
    ("hash", "[0-9a-f]{64}", 64),
    (
        "host",
        "(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\\.)*[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?",
        253,
    ),
    ("email", "[^@\\s]+@[^@\\s]+", 254),
    ("url", "https?://[^\\s]+", 2048),
];

impl Type {
    /// Every name that [`Type::named`] knows, for suggestions.
    pub const NAMES: &'static [&'static str] = &[
        "json",
        "bool",
        "int",
        "uint",
        "double",
        "string",
        "bytes",
        "duration",
        "timestamp",
        "ip",
        "cidr",
        "rate",
        "size",
        "percent",
        "secret",
        "slug",
        "uuid",
        "hash",
        "host",
        "email",
        "url",
    ];

    /// The built-in type with that name, as written in schemas and path parameters.
    pub fn named(name: &str) -> Option<Type> {
        Some(match name {
            "json" => Type::Dyn,
            "bool" => Type::Bool,
            "int" => Type::Int,
            "uint" => Type::Uint,
            "double" => Type::Double,
            "string" => Type::String,
            "bytes" => Type::Bytes,
            "duration" => Type::Duration,
            "timestamp" => Type::Timestamp,
            "ip" => Type::Ip,
            "cidr" => Type::Cidr,
            "rate" => Type::Rate,
            "size" => Type::Size,
            "percent" => Type::Percent,
            "secret" => Type::Secret,
            _ => {
                let (name, pattern, max) = PATTERNS.iter().find(|(n, ..)| *n == name)?;
                Type::Refined(Arc::new(Refined {
                    name: (*name).into(),
                    max: Some(*max),
                    pattern: Some((*pattern).into()),
                    ..Refined::of(Type::String)
                }))
            }
        })
    }
}
