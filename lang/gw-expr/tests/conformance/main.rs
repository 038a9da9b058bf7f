//! Runs the proto-free part of CEL's conformance data (github.com/google/cel-spec,
//! tests/simple/testdata) through parser, checker and compiled evaluator. The data is read from
//! `CEL_SPEC_DIR`, else from `../shared/suites/cel-spec` beside the repository.

#![allow(
    clippy::disallowed_methods,
    reason = "tests read data and generated files"
)]
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod case;
mod protobuf;
mod types;
mod value;

use serde_json::Value as Json;
use std::path::{Path, PathBuf};

/// The least share of tests that must pass, in thousandths.
const BAR: usize = 995;

/// Proto-free tests that are known not to pass, each with its reason. One that passes fails the
/// run, so that the list stays true.
const SKIPPED: &[(&str, &str)] = &[
    (
        "parse/bytes_literals/triple_single_quoted_unescaped_punctuation",
        "the data expects a backslash that the expression does not have",
    ),
    (
        "parse/bytes_literals/triple_double_quoted_unescaped_punctuation",
        "the data expects a backslash that the expression does not have",
    ),
];

fn main() {
    let folder = folder();
    let Ok(files) = std::fs::read_dir(&folder) else {
        println!(
            "cel-spec: skipped, there is no folder {} (set CEL_SPEC_DIR)",
            folder.display()
        );
        return;
    };
    let mut files: Vec<PathBuf> = files
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|e| e == "json"))
        .collect();
    files.sort();
    let mut tally = Tally::default();
    for file in files {
        tally.file(&file);
    }
    tally.finish();
}

fn folder() -> PathBuf {
    std::env::var_os("CEL_SPEC_DIR").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/suites/cel-spec"),
        PathBuf::from,
    )
}

#[derive(Default)]
struct Tally {
    passed: usize,
    total: usize,
    protobuf: usize,
    failures: Vec<String>,
    stale: Vec<String>,
}

impl Tally {
    fn file(&mut self, path: &Path) {
        let text = std::fs::read_to_string(path).unwrap();
        let file: Json = serde_json::from_str(&text).unwrap();
        for section in array(&file, "section") {
            for test in array(section, "test") {
                let name = [&file, section, test].map(|part| part["name"].as_str().unwrap_or(""));
                self.test(&name.join("/"), test);
            }
        }
    }

    fn test(&mut self, name: &str, test: &Json) {
        if protobuf::named_in(test) {
            self.protobuf += 1;
            return;
        }
        self.total += 1;
        let outcome = case::run(test);
        let skipped = SKIPPED.iter().any(|(skipped, _)| *skipped == name);
        match outcome {
            Ok(()) if skipped => self.stale.push(name.to_owned()),
            Ok(()) => self.passed += 1,
            Err(why) => {
                let expr = test["expr"].as_str().unwrap_or("");
                self.failures.push(format!("{name}: {why}\n    {expr}"));
            }
        }
    }

    fn finish(self) {
        println!("cel-spec: {}/{}", self.passed, self.total);
        for failure in &self.failures {
            println!("  {failure}");
        }
        for (name, reason) in SKIPPED {
            println!("  skipped {name}: {reason}");
        }
        println!(
            "  skipped {} tests that name protobuf messages: gw has none",
            self.protobuf
        );
        assert!(
            self.stale.is_empty(),
            "skipped, but they pass: {:?}",
            self.stale
        );
        assert!(self.passed * 1000 >= self.total * BAR, "below {BAR} ‰");
    }
}

fn array<'j>(json: &'j Json, key: &str) -> impl Iterator<Item = &'j Json> {
    json[key].as_array().into_iter().flatten()
}
