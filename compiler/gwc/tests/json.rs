//! `gwc check --format json`: the contract that docs/json.md describes.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a report of another shape fails the test"
)]

mod tool;

use serde_json::Value;
use tool::{Folder, SHOP};

const BROKEN: &str = "gw 1\n\nlistener http { bind = \":8080\" }\nbackend web { taget = \"http://127.0.0.1:9000\" }\nroute home GET / { public \"é\"; to web }\n";

fn report(folder: &Folder, args: &[&str]) -> (i32, Value) {
    let run = folder.gwc(&[&["check", "--format", "json"], args].concat());
    assert_eq!(run.err, "", "nothing but the object");
    assert_eq!(run.out.lines().count(), 1, "{}", run.out);
    (run.code, serde_json::from_str(&run.out).unwrap())
}

fn keys(value: &Value) -> Vec<&str> {
    value
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect()
}

#[test]
fn a_finding_has_every_field_of_the_contract() {
    let folder = Folder::with("json", "policy.gw", BROKEN);
    let (code, report) = report(&folder, &["policy.gw"]);
    assert_eq!(code, 3);
    assert_eq!(
        (&report["version"], &report["errors"]),
        (&1.into(), &1.into())
    );
    let finding = &report["diagnostics"][0];
    let mut found = keys(finding);
    found.sort_unstable();
    let place = ["column", "end_column", "end_line", "file", "line"];
    let mut wanted = [
        &["code", "fix", "help", "labels", "message", "severity"],
        place.as_slice(),
    ]
    .concat();
    wanted.sort_unstable();
    assert_eq!(found, wanted);
    assert_eq!(finding["code"], "GW0104");
    assert_eq!(finding["severity"], "error");
    assert_eq!(finding["file"], "policy.gw");
    let at = |name: &str| finding[name].as_u64().unwrap();
    assert_eq!(
        (at("line"), at("column"), at("end_line"), at("end_column")),
        (4, 15, 4, 20)
    );
    assert_eq!(finding["labels"][0]["line"], 4);
    let edit = &finding["fix"]["edits"][0];
    assert_eq!(
        (&edit["replacement"], &edit["column"]),
        (&"target".into(), &15.into())
    );
}

#[test]
fn a_sound_policy_is_an_empty_list() {
    let folder = Folder::with("json_fine", "policy.gw", SHOP);
    let (code, report) = report(&folder, &["policy.gw"]);
    assert_eq!(code, 0);
    assert_eq!(report["diagnostics"], serde_json::json!([]));
}

#[test]
fn warnings_fail_only_when_they_are_denied() {
    let text = SHOP.replace(
        "backend api ",
        "backend spare { target = echo() }\nbackend api ",
    );
    let folder = Folder::with("json_warn", "policy.gw", text);
    let (code, found) = report(&folder, &["policy.gw"]);
    assert_eq!((code, &found["warnings"]), (0, &1.into()));
    assert_eq!(found["diagnostics"][0]["severity"], "warning");
    let (code, _) = report(&folder, &["policy.gw", "--deny", "warnings"]);
    assert_eq!(code, 1);
}

#[test]
fn a_missing_file_is_a_finding_too() {
    let (code, report) = report(&Folder::new("json_missing"), &["nowhere.gw"]);
    assert_eq!(code, 3);
    let finding = &report["diagnostics"][0];
    assert_eq!(
        (&finding["code"], &finding["file"]),
        (&"GW0107".into(), &"nowhere.gw".into())
    );
}

#[test]
fn public_routes_are_part_of_the_object() {
    let folder = Folder::with("json_public", "policy.gw", SHOP);
    let (code, report) = report(&folder, &["policy.gw", "--list-public"]);
    assert_eq!(code, 0);
    let route = &report["public_routes"][0];
    assert_eq!(route["route"], "shop.product");
    assert_eq!(route["why"], "the catalogue is public");
    assert_eq!(route["place"], "policy.gw:17:3");
}

#[test]
fn the_document_names_every_field() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/json.md");
    let text = std::fs::read_to_string(path).unwrap();
    let folder = Folder::with("json_doc", "policy.gw", BROKEN);
    let (_, report) = report(&folder, &["policy.gw"]);
    let finding = &report["diagnostics"][0];
    let fix = &finding["fix"];
    let objects = [
        &report,
        finding,
        &finding["labels"][0],
        fix,
        &fix["edits"][0],
    ];
    for key in objects.into_iter().flat_map(keys) {
        assert!(
            text.contains(&format!("`{key}`")),
            "docs/json.md does not explain `{key}`"
        );
    }
}
