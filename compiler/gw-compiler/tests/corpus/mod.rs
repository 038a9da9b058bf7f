//! Reading and compiling the policies of tests/cases/check. Lines that begin with `// set` give
//! parameters, `// pad N MiB` stands for that much text that no repository should hold.

#![allow(dead_code, reason = "each test binary takes the part that it needs")]
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test that cannot read its files has failed"
)]

use gw_compiler::{Disk, Files, Options};
use gw_syntax::{Diagnostic, Sources};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// A folder below the root of the repository.
pub(crate) fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(name)
}

/// The files of a folder with an extension, sorted; those that begin with `_` are only imported.
pub(crate) fn files(name: &str, extension: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder(name)).unwrap();
    let mut files: Vec<PathBuf> = entries.map(|e| e.unwrap().path()).collect();
    files.retain(|p| p.extension().is_some_and(|e| e == extension));
    files.retain(|p| !p.file_name().unwrap().to_string_lossy().starts_with('_'));
    files.sort();
    files
}

/// The parameters that a text gives.
pub(crate) fn options(text: &str) -> Options {
    let mut options = Options::default();
    for line in text.lines().filter_map(|l| l.strip_prefix("// set ")) {
        options.set(line).unwrap();
    }
    options
}

/// The sources and all findings of a policy, whether it compiles or not.
pub(crate) fn findings(
    files: &dyn Files,
    entry: &str,
    options: &Options,
) -> (Sources, Vec<Diagnostic>) {
    match gw_compiler::compile(files, entry, options) {
        Ok(compiled) => (compiled.sources, compiled.diagnostics),
        Err(failure) => (failure.sources, failure.diagnostics),
    }
}

/// Files of tests/cases/check, so that snapshots hold no paths of a machine. Texts given in memory
/// come first.
#[derive(Default)]
pub(crate) struct Cases {
    pub(crate) memory: HashMap<String, Vec<u8>>,
}

impl Files for Cases {
    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        let bytes = match self.memory.get(path) {
            Some(bytes) => bytes.clone(),
            None => Disk.read(&place(path))?,
        };
        Ok(padded(bytes))
    }

    fn identity(&self, path: &str) -> String {
        if self.memory.contains_key(path) {
            return path.to_owned();
        }
        Disk.identity(&place(path))
    }
}

fn place(path: &str) -> String {
    folder("tests/cases/check").join(path).display().to_string()
}

fn padded(mut bytes: Vec<u8>) -> Vec<u8> {
    let text = String::from_utf8_lossy(&bytes);
    let mebibytes = text
        .lines()
        .filter_map(|l| l.strip_prefix("// pad ")?.strip_suffix(" MiB"))
        .find_map(|n| n.parse::<usize>().ok());
    if let Some(n) = mebibytes {
        bytes.resize(bytes.len() + (n << 20), b'\n');
    }
    bytes
}
