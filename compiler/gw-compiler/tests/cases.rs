//! The corpus: every `.gw` file of tests/cases/check is compiled, and its findings are compared
//! with the snapshot beside it. A case with `// set NAME=VALUE` lines gives parameters; files whose
//! name begins with `_` are only imported.

use gw_compiler::{Disk, Options};
use std::fmt::Write;
use std::path::{Path, PathBuf};

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/cases")
        .join(name)
}

fn files(name: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder(name)).unwrap();
    let mut files: Vec<PathBuf> = entries.map(|e| e.unwrap().path()).collect();
    files.retain(|p| p.extension().is_some_and(|e| e == "gw"));
    files.retain(|p| !p.file_name().unwrap().to_string_lossy().starts_with('_'));
    files.sort();
    files
}

fn options(text: &str) -> Options {
    let mut options = Options::default();
    for line in text.lines().filter_map(|l| l.strip_prefix("// set ")) {
        options.set(line).unwrap();
    }
    options
}

#[test]
fn check() {
    for path in files("check") {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let entry = format!("{name}.gw");
        let text = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
        let files = Relative(folder("check"));
        let (sources, diagnostics) = match gw_compiler::compile(&files, &entry, &options(&text)) {
            Ok(compiled) => (compiled.sources, compiled.diagnostics),
            Err(failure) => (failure.sources, failure.diagnostics),
        };
        let mut out = String::new();
        for diagnostic in &diagnostics {
            writeln!(out, "{}", diagnostic.plain(&sources)).unwrap();
        }
        if diagnostics.is_empty() {
            out.push_str("no findings\n");
        }
        insta::with_settings!({
            snapshot_path => folder("check"),
            prepend_module_to_snapshot => false,
            omit_expression => true,
        }, { insta::assert_snapshot!(name, out) });
    }
}

/// Reads below a folder, so that snapshots hold no paths of a machine.
struct Relative(PathBuf);

impl gw_compiler::Files for Relative {
    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        gw_compiler::Files::read(&Disk, &self.0.join(path).display().to_string())
    }

    fn identity(&self, path: &str) -> String {
        gw_compiler::Files::identity(&Disk, &self.0.join(path).display().to_string())
    }
}
