//! Every proto-free expression of the CEL conformance data parses, unless its test expects a
//! failure. Skipped, with a word, where the data is absent.

#![allow(
    clippy::disallowed_methods,
    reason = "tests read data and generated files"
)]

use gw_syntax::{FileId, parse_expr};
use std::path::PathBuf;

/// Words that mark a test as one of protobuf messages, which are not in the language.
const PROTO: &[&str] = &["TestAllTypes", "google.protobuf", "TestRequired", "Any{"];

fn data() -> PathBuf {
    let default = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../shared/suites/cel-spec"
    );
    std::env::var_os("CEL_SPEC_DIR").map_or_else(|| default.into(), PathBuf::from)
}

#[test]
fn conformance_expressions_parse() {
    let Ok(files) = std::fs::read_dir(data()) else {
        println!(
            "skipped: {} does not exist; set CEL_SPEC_DIR",
            data().display()
        );
        return;
    };
    let mut failures = Vec::new();
    let mut total = 0;
    for file in files
        .map(|f| f.unwrap().path())
        .filter(|p| p.extension().is_some_and(|e| e == "json"))
    {
        let json: serde_json::Value =
            serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
        for test in json["section"]
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|s| s["test"].as_array().unwrap())
        {
            let expr = test["expr"].as_str().unwrap();
            let proto = PROTO.iter().any(|w| expr.contains(w));
            let fails = test.get("eval_error").is_some() || test.get("any_eval_errors").is_some();
            total += usize::from(!proto);
            if let Err(findings) = parse_expr(FileId(0), expr, 0)
                && !proto
                && !fails
            {
                failures.push(format!(
                    "{} {expr:?}: {}",
                    test["name"], findings[0].message
                ));
            }
        }
    }
    assert!(total > 1000, "only {total} expressions found");
    assert!(
        failures.is_empty(),
        "{} of {total} do not parse:\n{}",
        failures.len(),
        failures.join("\n")
    );
}
