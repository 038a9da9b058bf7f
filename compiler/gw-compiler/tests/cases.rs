//! The corpus: every `.gw` file of tests/cases/check is compiled, and its findings are compared
//! with the snapshot beside it.

#![expect(
    clippy::disallowed_methods,
    reason = "the corpus is read from the disk"
)]

mod corpus;

use corpus::{Cases, files, findings, folder, options};
use std::fmt::Write;

#[test]
fn check() {
    for path in files("tests/cases/check", "gw") {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let entry = format!("{name}.gw");
        let text = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
        let (sources, diagnostics) = findings(&Cases::default(), &entry, &options(&text));
        let mut out = String::new();
        for diagnostic in &diagnostics {
            writeln!(out, "{}", diagnostic.plain(&sources)).unwrap();
        }
        if diagnostics.is_empty() {
            out.push_str("no findings\n");
        }
        insta::with_settings!({
            snapshot_path => folder("tests/cases/check"),
            prepend_module_to_snapshot => false,
            omit_expression => true,
        }, { insta::assert_snapshot!(name, out) });
    }
}
