//! What expressions give.

use crate::world::{eval, findings};
use gw_expr::{EvalError, OwnedValue};

fn holds(text: &str) {
    assert_eq!(eval(text), Ok(OwnedValue::Bool(true)), "{text}");
}

#[test]
fn facts_are_read_by_path() {
    holds(r#"request.method == "GET" && jwt.org == "acme""#);
    holds(r#"request.headers["X-Org"] == jwt.org"#);
    let (_, facts, _) =
        findings(r#"request.headers["X-Org"] == jwt.org && has(request.headers["x-org"])"#);
    let paths: Vec<_> = facts.iter().map(|(_, f)| f.path.to_string()).collect();
    assert_eq!(paths, [r#"request.headers["x-org"]"#, "jwt.org"]);
}

#[test]
fn header_names_are_facts_too() {
    holds(r#""X-Org" in request.headers && !("x-none" in request.headers)"#);
    let (_, facts, _) = findings(r#""X-Org" in request.headers"#);
    let paths: Vec<_> = facts.iter().map(|(_, f)| f.path.to_string()).collect();
    assert_eq!(paths, [r#"request.headers["x-org"]"#]);
}

#[test]
fn absent_values_equal_nothing() {
    holds(r#"!(request.headers["x-none"] == "a")"#);
    holds(r#"request.headers["x-none"] != "a""#);
    holds(r#"!(request.headers["x-none"] in ["a", "b"])"#);
    holds(r#"!(request.headers["x-none"] == request.query["none"])"#);
    holds("!has(jwt.suspended) && !(jwt.suspended ?? false)");
    holds(r#"(key?.org ?? "none") == "none""#);
}

#[test]
fn has_narrows_what_follows() {
    holds(r#"has(request.headers["x-org"]) && request.headers["x-org"].startsWith("ac")"#);
    holds(r#"!has(request.headers["x-none"]) || request.headers["x-none"].size() > 3"#);
    holds(r#"(has(request.headers["x-org"]) ? request.headers["x-org"].size() : 0) == 4"#);
    holds(r#"request.headers["x-org"] == "acme" && request.headers["x-org"].size() == 4"#);
    holds(r#"!has(key) || key.org == "a""#);
    holds(r#"!has(key.org) || key.org.size() > 0"#);
}

#[test]
fn has_narrows_elements_too() {
    holds(r#"jwt.items.exists(i, has(i.note) && i.note.startsWith("fr"))"#);
    holds(r#"jwt.items.all(i, !has(i.note) || i.note.size() > 2)"#);
    holds(r#"jwt.items.filter(i, has(i.note)).map(i, i.sku) == ["a"]"#);
    let (_, _, found) = findings(r#"has(jwt.items[0].note) && jwt.items[1].note.size() > 1"#);
    assert_eq!(found.len(), 1);
}

#[test]
fn in_honours_inheritance_and_equality_does_not() {
    holds("Role.editor in jwt.roles");
    holds("Role.viewer in jwt.roles && Role.admin in jwt.roles");
    holds("jwt.role != Role.admin");
    // A viewer does not pass for an admin.
    holds("!(jwt.role in [Role.admin])");
    holds("jwt.role in [Role.viewer, Role.editor]");
}

#[test]
fn networks_have_addresses() {
    holds("source.ip in 10.0.0.0/8");
    holds("source.ip in [192.168.0.0/16, 10.1.2.3]");
    holds("source.ip in office");
    holds("!(source.ip in [172.16.0.0/12, cidr(\"2001:db8::/32\")])");
    holds(r#"ip("10.1.2.3") == source.ip && cidr("10.0.0.0/8").contains(source.ip)"#);
}

#[test]
fn numbers_and_units() {
    holds("status in 200..=299 && status == 2xx && status != 4xx");
    holds("took > 250ms && took * 2 == 600ms && took < 1s");
    holds("load > 1 && load * 2 == 3.0");
    holds("60/min * 10 == 600/min");
    holds("64KiB == 65536");
}

#[test]
fn switches_choose() {
    holds(r#"(switch jwt.role { viewer => 1, editor => 2, admin => 3 }) == 1"#);
    holds(r#"(switch status { 200 => "ok", 2xx => "fine", _ => "bad" }) == "fine""#);
    holds(r#"(switch key?.role ?? Role.editor { admin => 1, _ => 2 }) == 2"#);
}

#[test]
fn json_is_cel() {
    holds(r#"jwt.extra.plan.name == "pro" && has(jwt.extra.plan) && !has(jwt.extra.none)"#);
    holds(r#"(jwt.extra.none.deep ?? "x") == "x""#);
    assert_eq!(eval("jwt.extra.none == 1"), Err(EvalError::NoSuchKey));
    assert_eq!(
        eval("jwt.extra.n.deep == 1"),
        Err(EvalError::NoMatchingOverload)
    );
}

#[test]
fn macros_run_over_facts() {
    holds(r#"jwt.roles.exists(r, r == Role.admin) && jwt.roles.all(r, r != Role.viewer)"#);
    holds(r#"jwt.roles.map(r, r + "!") == ["admin!"]"#);
    holds(r#"jwt.extra.plan.exists(k, k == "name")"#);
}

#[test]
fn errors_are_absorbed() {
    holds("jwt.extra.none == 1 || true");
    holds("!(false && jwt.extra.none == 1)");
    assert_eq!(
        eval("jwt.extra.none == 1 && true"),
        Err(EvalError::NoSuchKey)
    );
    assert_eq!(
        eval("10 / (jwt.level - 3) > 1"),
        Err(EvalError::DivisionByZero)
    );
}

#[test]
fn constants_are_folded() {
    for text in [
        "1 + 2 * 3",
        r#"["a", "b"].join("-")"#,
        "60/min * 10",
        r#"timestamp("2024-01-01T00:00:00Z").getFullYear("Europe/Berlin")"#,
    ] {
        let (checked, ..) = findings(text);
        assert!(checked.ir.constant().is_some(), "{text}: {:?}", checked.ir);
    }
}
