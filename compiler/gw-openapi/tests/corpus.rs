//! Each description of the corpus becomes the policy beside it: formatted, and right as it is.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]
#![allow(
    clippy::disallowed_methods,
    reason = "the corpus is read from the disk"
)]

use gw_compiler::{Files, Options};
use gw_openapi::{Import, ImportError, import};
use gw_schema::VersionError;
use std::path::PathBuf;

/// One policy in memory, its description on the disk.
struct Memory(String);

impl Files for Memory {
    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        match path {
            "policy.gw" => Ok(self.0.clone().into_bytes()),
            path => std::fs::read(folder().join(path)).map_err(|e| e.to_string()),
        }
    }
}

fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/corpus"))
}

fn corpus() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder()).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let mut paths: Vec<PathBuf> = paths
        .filter(|p| p.extension().is_some_and(|e| e == "yaml" || e == "json"))
        .collect();
    paths.sort();
    paths
}

fn imported(path: &PathBuf) -> Import {
    let text = std::fs::read_to_string(path).unwrap();
    let name = path.file_name().unwrap().to_str().unwrap();
    import(&text, name).unwrap_or_else(|e| panic!("{name}: {e}"))
}

#[test]
fn every_description_becomes_a_policy_that_checks() {
    assert!(corpus().len() >= 6);
    for path in corpus() {
        let import = imported(&path);
        assert_eq!(gw_syntax::format(&import.policy).unwrap(), import.policy);
        if let Err(failure) = gw_compiler::compile(
            &Memory(import.policy.clone()),
            "policy.gw",
            &Options::default(),
        ) {
            let found = failure.diagnostics.iter();
            let found: Vec<String> = found.map(|d| d.plain(&failure.sources)).collect();
            panic!("{path:?}\n{}\n{}", import.policy, found.join("\n"));
        }
    }
}

#[test]
fn every_description_gives_its_snapshot() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("corpus");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    for path in corpus() {
        let import = imported(&path);
        for note in &import.notes {
            let first = note.split(' ').next().unwrap_or_default();
            assert!(import.policy.contains(&format!("// - {first}")), "{note}");
        }
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        settings.bind(|| insta::assert_snapshot!(name, import.policy));
    }
}

#[test]
fn json_and_yaml_are_the_same() {
    let yaml = "openapi: 3.1.0\ninfo: { title: T, version: '1' }\npaths:\n  /a:\n    get: { operationId: a, responses: { 200: { description: x } } }\n";
    let json = r#"{"openapi":"3.1.0","info":{"title":"T","version":"1"},"paths":{"/a":{"get":{"operationId":"a","responses":{"200":{"description":"x"}}}}}}"#;
    assert_eq!(import(yaml, "t").unwrap(), import(json, "t").unwrap());
}

#[test]
fn what_is_no_description_is_refused_in_words() {
    let refused = |text: &str| import(text, "t").unwrap_err();
    let version = |error: VersionError| ImportError::Version(error);
    assert_eq!(refused("a: 1\n"), version(VersionError::NotOpenApi));
    assert_eq!(refused("just text"), version(VersionError::NotOpenApi));
    assert_eq!(refused(""), version(VersionError::NotOpenApi));
    for (text, of) in [("swagger: '2.0'\n", "2.0"), ("openapi: 4.0.0\n", "4.0.0")] {
        assert_eq!(refused(text), version(VersionError::Unknown(of.into())));
    }
    assert!(matches!(refused("{"), ImportError::Syntax(_)));
    assert!(matches!(refused("a: [1"), ImportError::Syntax(_)));
}

#[test]
fn references_in_circles_and_large_aliases_end() {
    let circle = "openapi: 3.0.0\ninfo: {title: T, version: '1'}\npaths:\n  /a: {$ref: '#/paths/~1b'}\n  /b: {$ref: '#/paths/~1a'}\n";
    assert!(import(circle, "t").is_ok());
    let mut bomb = String::from("openapi: 3.0.0\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..12 {
        let before = level - 1;
        let many = vec![format!("*a{before}"); 10].join(", ");
        bomb.push_str(&format!("a{level}: &a{level} [{many}]\n"));
    }
    assert!(matches!(import(&bomb, "t"), Err(ImportError::Syntax(_))));
}
