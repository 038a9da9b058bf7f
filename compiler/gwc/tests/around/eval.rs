//! `gwc eval`.

use crate::tool::{Folder, SHOP};

#[test]
fn a_value_has_a_type_and_a_cost() {
    let folder = Folder::new("eval");
    let run = folder.gwc(&["eval", "1 + 2 * 3"]);
    run.says(0, &["7\n", "type  int", "cost  "]);
    for (text, value, ty) in [
        ("[1, 2].map(n, n * 2)", "[2, 4]", "list<int>"),
        ("5m + 250ms", "300.25s", "duration"),
        (r#""a".upperAscii() + "\n\"""#, r#""A\n\"""#, "string"),
        (
            "{'a': 1.0, 'b': 2.5}",
            r#"{"a": 1.0, "b": 2.5}"#,
            "map<string, double>",
        ),
        ("ip('10.1.2.3') in 10.0.0.0/8", "true", "bool"),
        ("100/min", "100/min", "rate"),
        ("10.0.0.0/8", "10.0.0.0/8", "cidr"),
        (
            "timestamp('2026-01-02T03:04:05Z')",
            "timestamp(\"2026-01-02T03:04:05Z\")",
            "timestamp",
        ),
        ("b'a\\x00'", "b\"a\\x00\"", "bytes"),
        ("7u", "7u", "uint"),
    ] {
        let run = folder.gwc(&["eval", text]);
        run.says(0, &[&format!("{value}\n"), &format!("type  {ty}\n")]);
    }
}

#[test]
fn what_is_written_evaluates_to_itself() {
    let folder = Folder::new("eval_again");
    for text in [
        "300.25s",
        "[1, 2u, 2.0]",
        r#"{"k": "a\\b\tc"}"#,
        "250/day",
        "1..=9",
        "::1",
    ] {
        let once = folder.gwc(&["eval", text]);
        let value = once.out.lines().next().unwrap_or_default().to_owned();
        let twice = folder.gwc(&["eval", &value]);
        assert_eq!(once.out, twice.out, "{text}");
        assert_eq!(once.code, 0, "{once:#?}");
    }
}

#[test]
fn variables_come_from_json() {
    let vars = r#"{ "user": { "roles": ["admin"], "age": 41 }, "request": { "headers": { "X-Tenant": "acme" } } }"#;
    let folder = Folder::with("eval_json", "vars.json", vars);
    folder
        .gwc(&[
            "eval",
            "'admin' in user.roles && user.age > 40",
            "--json",
            "vars.json",
        ])
        .says(0, &["true\n", "type  bool"]);
    folder
        .gwc(&[
            "eval",
            "request.headers['x-tenant'] ?? 'none'",
            "--json",
            "vars.json",
        ])
        .says(0, &["\"acme\"\n"]);
    folder
        .gwc_reading(
            &["eval", "n + 1", "--json", "-", "--type", "n=uint"],
            b"{\"n\": 1}",
        )
        .says(0, &["2u\n", "type  uint"]);
    folder
        .gwc_reading(&["eval", "ids[2]", "--json", "-"], b"{\"ids\": [1]}")
        .says(1, &["fails: an index is out of range", "type  int"]);
    folder
        .gwc(&["eval", "request.method == 'GET'"])
        .says(1, &["note: no value is given for `request.method`"]);
}

#[test]
fn mistakes_are_pointed_at() {
    let folder = Folder::new("eval_wrong");
    folder
        .gwc(&["eval", "1 + 'a'"])
        .says(3, &["GW02", "1 + 'a'", "─"]);
    folder.gwc(&["eval", "1 +"]).says(3, &["GW0001", "1 +"]);
    folder
        .gwc(&["eval", "n", "--type", "n=lst<int>"])
        .says(3, &["there is no type `lst`"]);
    folder
        .gwc_reading(
            &["eval", "n", "--json", "-", "--type", "n=int"],
            b"{\"n\": \"x\"}",
        )
        .says(2, &["the value of `n`", "expected int"]);
    folder
        .gwc_reading(&["eval", "n", "--json", "-"], b"[]")
        .says(2, &["not an object of variables"]);
}

#[test]
fn a_policy_lends_its_names() {
    let folder = Folder::with("eval_policy", "policy.gw", SHOP);
    folder.write(
        "vars.json",
        r#"{ "jwt": { "sub": "u", "org": "acme", "roles": ["editor"] }, "path": { "org": "acme" } }"#,
    );
    let text = "Role.editor in jwt.roles && jwt.org == path.org";
    let ask = ["eval", text, "--policy", "policy.gw", "--json", "vars.json"];
    folder
        .gwc(&ask)
        .says(0, &["true\n", "of them `in` `jwt.roles`"]);
    folder
        .gwc(&["eval", "jwt.organisation", "--policy", "policy.gw"])
        .says(3, &["organisation", "Claims"]);
    let run = folder.gwc(&[&ask[..], &["--format", "json"]].concat());
    let object: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(object["value"], "true");
    assert_eq!(object["type"], "bool");
    assert!(object["cost"].as_u64().unwrap() > 3, "{object}");
}
