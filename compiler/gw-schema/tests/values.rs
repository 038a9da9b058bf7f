//! The claim of this crate against another implementation of JSON Schema: a type takes every value
//! that its schema takes; and where nothing is noted, it takes no others.

#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use gw_expr::Schema;
use gw_schema::{Document, Library, Note, Place, Version, read};
use gw_syntax::{FileId, Ident};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// One description without references to others.
struct Alone(Arc<Document>);

impl Library for Alone {
    fn document(&self, _: FileId) -> Option<Arc<Document>> {
        Some(Arc::clone(&self.0))
    }

    fn open(&mut self, _: &Place, _: &str) -> Option<FileId> {
        None
    }

    fn declared(&self, _: &Place) -> Option<Ident> {
        None
    }
}

const NAMES: &[&str] = &["a", "b", "c"];
const TEXTS: &[&str] = &["", "a", "b", "ab", "abc", "x1", "long text"];
const PATTERNS: &[&str] = &["^[a-z]+$", "b", "^a", "\\d$", "^(?:a|ab)$"];

fn name() -> impl Strategy<Value = &'static str> {
    prop::sample::select(NAMES)
}

fn text() -> impl Strategy<Value = &'static str> {
    prop::sample::select(TEXTS)
}

fn number() -> impl Strategy<Value = Value> {
    prop_oneof![
        (-3i64..6).prop_map(Value::from),
        prop::sample::select(&[0.5f64, 1.0, 2.5, -1.5]).prop_map(Value::from),
    ]
}

/// Some keywords of a kind of value, each with or without.
fn keywords(
    kind: &'static str,
    all: Vec<(&'static str, BoxedStrategy<Value>)>,
) -> BoxedStrategy<Value> {
    let parts: Vec<_> = all
        .into_iter()
        .map(|(name, value)| prop::option::weighted(0.4, value).prop_map(move |v| (name, v)))
        .collect();
    let object = move |parts: Vec<(&'static str, Option<Value>)>| {
        let mut schema = Map::new();
        schema.insert("type".to_owned(), kind.into());
        let given = parts
            .into_iter()
            .filter_map(|(n, v)| Some((n.to_owned(), v?)));
        schema.extend(given);
        Value::Object(schema)
    };
    parts.prop_map(object).boxed()
}

fn small() -> BoxedStrategy<Value> {
    (0u64..4).prop_map(Value::from).boxed()
}

fn leaf() -> BoxedStrategy<Value> {
    let bounds = |kind| {
        let names = ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"];
        let all = names.map(|n| (n, number().boxed())).to_vec();
        keywords(kind, all)
    };
    let texts = keywords(
        "string",
        vec![
            ("minLength", small()),
            ("maxLength", small()),
            (
                "pattern",
                prop::sample::select(PATTERNS).prop_map(Value::from).boxed(),
            ),
        ],
    );
    prop_oneof![
        3 => texts,
        2 => bounds("integer"),
        2 => bounds("number"),
        1 => Just(json!({ "type": "boolean" })),
        1 => Just(json!({ "type": "null" })),
        1 => Just(json!({})),
        1 => Just(json!(true)),
        2 => vec(text(), 1..4).prop_map(|texts| json!({ "enum": texts })),
        1 => vec(-2i64..5, 1..4).prop_map(|numbers| json!({ "enum": numbers })),
        1 => text().prop_map(|text| json!({ "const": text })),
        1 => Just(json!({ "type": ["string", "null"] })),
        1 => Just(json!({ "type": ["integer", "string"] })),
        1 => Just(json!({ "type": "integer", "multipleOf": 2 })),
    ]
    .boxed()
}

fn schema() -> impl Strategy<Value = Value> {
    leaf().prop_recursive(4, 24, 4, |inner| {
        let lists = keywords(
            "array",
            vec![
                ("items", inner.clone().boxed()),
                ("minItems", small()),
                ("maxItems", small()),
                ("uniqueItems", any::<bool>().prop_map(Value::from).boxed()),
            ],
        );
        let properties = btree_map(name(), inner.clone(), 0..3)
            .prop_map(|map| serde_json::to_value(map).unwrap());
        let objects = keywords(
            "object",
            vec![
                ("properties", properties.boxed()),
                ("required", vec(name(), 0..3).prop_map(unique).boxed()),
                ("additionalProperties", inner.clone().boxed()),
                ("maxProperties", small()),
            ],
        );
        let several = |keyword: &'static str| {
            vec(inner.clone(), 1..4).prop_map(move |all| json!({ keyword: all }))
        };
        prop_oneof![
            2 => lists,
            4 => objects,
            1 => several("allOf"),
            1 => several("anyOf"),
            1 => several("oneOf"),
            1 => inner.clone().prop_map(|not| json!({ "not": not, "type": "string" })),
        ]
    })
}

fn unique(mut names: Vec<&'static str>) -> Value {
    names.sort_unstable();
    names.dedup();
    json!(names)
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        3 => text().prop_map(Value::from),
        3 => number(),
        1 => any::<bool>().prop_map(Value::from),
        1 => Just(Value::Null),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::Array),
            btree_map(name(), inner, 0..4).prop_map(|map| serde_json::to_value(map).unwrap()),
        ]
    })
}

/// Whether a value, or a part of it, is `null`: a type takes that for an absent field.
fn has_null(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(list) => list.iter().any(has_null),
        Value::Object(fields) => fields.values().any(has_null),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn a_type_takes_what_its_schema_takes(schema in schema(), values in vec(value(), 12)) {
        let document = Document::read(&json!({ "$defs": { "S": schema } }).to_string()).unwrap();
        let place = Place { file: FileId(0), pointer: "/$defs/S".to_owned() };
        let reading = read(&mut Alone(Arc::new(document)), &place, Version::V3_1).unwrap();
        let ours = Schema::new(&reading.ty).unwrap();
        let theirs = jsonschema::validator_for(&schema).unwrap();
        // A member that only some alternatives name has their type.
        let alternatives = |note: &Note| ["/oneOf", "/anyOf"].iter().any(|k| note.place.pointer.ends_with(k));
        let joined = reading.notes.iter().any(alternatives);
        for value in values {
            let (right, taken) = (theirs.is_valid(&value), ours.conform(&value));
            prop_assert!(joined || !right || taken.is_ok(), "{schema} takes {value}, {}: {taken:?}", reading.ty);
            if reading.notes.is_empty() && !has_null(&value) {
                prop_assert!(right || taken.is_err(), "{schema} refuses {value}, {}", reading.ty);
            }
        }
    }
}
