//! The reference of blocks is generated: docs/language/blocks.md must be what the descriptions
//! say, and every example in them must parse. `UPDATE=1 cargo test -p gw-compiler --test reference`
//! writes the file.

#![allow(
    clippy::disallowed_methods,
    reason = "tests read data and generated files"
)]

use gw_compiler::registry;
use gw_syntax::FileId;

#[test]
fn blocks_md_is_current() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/language/blocks.md");
    let expected = registry::reference();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(path, &expected).unwrap();
    }
    let found = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        found == expected,
        "docs/language/blocks.md is out of date: run this test with UPDATE=1"
    );
}

#[test]
fn every_example_parses() {
    for spec in registry::ALL {
        let (_, findings) = gw_syntax::parse(FileId(0), &format!("gw 1\n{}\n", spec.example));
        assert!(
            findings.is_empty(),
            "{} in {:?}: {findings:#?}",
            spec.keyword,
            spec.parents
        );
    }
}
