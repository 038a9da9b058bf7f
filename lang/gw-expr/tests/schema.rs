//! Reading JSON and text by declared types.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use gw_expr::{
    EnumType, Field, OwnedValue, RecordType, Refined, Schema, Timestamp, Type, Variant, conform,
};
use serde_json::json;
use std::sync::Arc;

fn refined(base: Type, min: Option<i64>, max: Option<i64>) -> Type {
    Type::Refined(Arc::new(Refined {
        min,
        max,
        ..Refined::of(base)
    }))
}

fn order() -> Type {
    let variant = |name: &str| Variant {
        name: name.into(),
        inherits: Vec::new(),
    };
    let plan = EnumType {
        name: "Plan".into(),
        variants: vec![variant("free"), variant("pro")],
        span: None,
    };
    let item = RecordType::new(
        "",
        [
            ("sku", Field::new(Type::String)),
            ("qty", Field::new(refined(Type::Int, Some(1), Some(99)))),
        ],
    );
    Type::record(RecordType::new(
        "NewOrder",
        [
            (
                "items",
                Field::new(refined(Type::list(Type::record(item)), None, Some(2))),
            ),
            (
                "coupon",
                Field::optional(refined(Type::String, None, Some(4))),
            ),
            ("plan", Field::new(Type::Enum(Arc::new(plan)))),
        ],
    ))
}

#[test]
fn a_fitting_value_keeps_its_declared_fields() {
    let json = json!({"items": [{"sku": "A", "qty": 2.0, "x": 1}], "plan": "pro", "coupon": null});
    let value = conform(&order(), &json).unwrap();
    let item = OwnedValue::map([("sku", OwnedValue::text("A")), ("qty", OwnedValue::Int(2))]);
    assert_eq!(
        value,
        OwnedValue::map([
            ("items", OwnedValue::list([item])),
            ("plan", OwnedValue::text("pro"))
        ])
    );
}

#[track_caller]
fn refused(json: &serde_json::Value, pointer: &str, expected: &str) {
    let error = conform(&order(), json).unwrap_err();
    assert_eq!(
        (error.pointer.as_str(), error.expected.as_str()),
        (pointer, expected)
    );
}

#[test]
fn a_misfit_is_named_by_its_pointer() {
    let item = |qty: i64| json!({"sku": "A", "qty": qty});
    refused(
        &json!({"items": [item(1), item(100)], "plan": "pro"}),
        "/items/1/qty",
        "int 1..=99",
    );
    refused(
        &json!({"items": [{"qty": 1}], "plan": "pro"}),
        "/items/0/sku",
        "string",
    );
    refused(
        &json!({"items": [], "plan": "gold"}),
        "/plan",
        "one of free, pro",
    );
    refused(
        &json!({"items": [], "plan": "pro", "coupon": "12345"}),
        "/coupon",
        "string max 4",
    );
    refused(
        &json!({"plan": "pro"}),
        "/items",
        "list<{ sku: string, qty: int 1..=99 }> max 2",
    );
    refused(&json!([]), "", "NewOrder");
}

#[test]
fn pointers_are_escaped() {
    let error = conform(&Type::map(Type::String, Type::Int), &json!({"a/b~c": "x"})).unwrap_err();
    assert_eq!(error.pointer, "/a~1b~0c");
}

#[test]
fn named_types_have_patterns() {
    let fits = |name: &str, text: &str| conform(&Type::named(name).unwrap(), &json!(text)).is_ok();
    assert!(
        fits("slug", "acme-2") && !fits("slug", "Acme") && !fits("slug", "-a") && !fits("slug", "")
    );
    assert!(fits("uuid", "123e4567-e89b-12d3-a456-426614174000") && !fits("uuid", "123e4567"));
    assert!(fits("email", "a@b.c") && !fits("email", "a b@c"));
    // The pattern covers the whole text, line ends included.
    assert!(!fits("slug", "acme\n"));
}

#[test]
fn times_and_addresses() {
    let at = Timestamp::from_seconds(1_700_000_000);
    assert_eq!(
        conform(&Type::Timestamp, &json!(1_700_000_000)),
        Ok(OwnedValue::Timestamp(at))
    );
    assert!(conform(&Type::Timestamp, &json!("2024-01-01T00:00:00Z")).is_ok());
    assert!(conform(&Type::Timestamp, &json!("yesterday")).is_err());
    assert_eq!(
        conform(&Type::Duration, &json!("1.5s")),
        Ok(OwnedValue::Duration(1_500_000_000))
    );
    assert!(
        conform(&Type::Ip, &json!("10.0.0.1")).is_ok()
            && conform(&Type::Cidr, &json!("x")).is_err()
    );
    assert!(conform(&Type::Int, &json!(1.5)).is_err() && conform(&Type::Int, &json!("1")).is_err());
}

#[test]
fn texts_are_read_by_type() {
    let read = |ty: Type, text: &str| Schema::new(&ty).unwrap().read_text(text);
    assert_eq!(read(Type::Int, "42"), Some(OwnedValue::Int(42)));
    assert_eq!(read(Type::Int, "-7"), Some(OwnedValue::Int(-7)));
    // One number has one text.
    for text in [
        "",
        "042",
        "+1",
        "1e3",
        "0x1",
        " 1",
        "-0",
        "99999999999999999999",
    ] {
        assert_eq!(read(Type::Int, text), None, "{text}");
    }
    assert_eq!(
        read(Type::named("slug").unwrap(), "acme"),
        Some(OwnedValue::text("acme"))
    );
    assert_eq!(read(Type::named("slug").unwrap(), "A"), None);
    assert_eq!(read(Type::list(Type::Int), "1"), None);
    assert_eq!(read(refined(Type::Int, Some(1), Some(9)), "10"), None);
}
