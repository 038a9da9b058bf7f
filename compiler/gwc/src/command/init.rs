//! `gwc init`: a policy that works, a test in it that passes, and a CI workflow that keeps both so.

use crate::args::Init;
use crate::exit;
use crate::input::{Refused, usage};
use crate::print;
use serde_json::Value;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};

/// The name of the policy, which the workflow knows too.
const NAME: &str = "policy.gw";

/// The policy, in its canonical format.
pub(super) const POLICY: &str = include_str!("init/policy.gw");

/// The workflow. `"{folder}"` stands for the policy's folder inside its repository.
const WORKFLOW: &str = include_str!("init/workflow.yml");

/// A file that is written.
struct Entry {
    path: PathBuf,
    text: String,
}

/// Writes the files; none of them where one exists.
pub(crate) fn run(args: &Init) -> Result<u8, Refused> {
    let folder = Path::new(&args.folder);
    std::fs::create_dir_all(folder)
        .map_err(|e| usage(&format!("{} cannot be made: {e}", args.folder)))?;
    let (root, inside) = repository(folder);
    let entries = [
        Entry {
            path: folder.join(NAME),
            text: POLICY.to_owned(),
        },
        Entry {
            path: root.join(".github/workflows/gw.yml"),
            // A text of JSON is one of YAML too.
            text: WORKFLOW.replace("\"{folder}\"", &Value::from(inside).to_string()),
        },
    ];
    // `symlink_metadata`: a link that leads nowhere is somebody's too.
    if let Some(taken) = entries.iter().find(|e| e.path.symlink_metadata().is_ok()) {
        return Err(usage(&format!(
            "{} exists, and is left alone; nothing was written",
            taken.path.display()
        )));
    }
    for entry in &entries {
        write(entry)
            .map_err(|e| usage(&format!("{} cannot be written: {e}", entry.path.display())))?;
        print::out(&format!("wrote {}\n", entry.path.display()));
    }
    print::out(&next(&folder.join(NAME)));
    Ok(exit::FINE)
}

fn write(entry: &Entry) -> std::io::Result<()> {
    if let Some(parent) = entry.path.parent() {
        std::fs::create_dir_all(parent)?;
    }
    // Invariant: nothing that exists is overwritten, not even what came to be just now.
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&entry.path)?;
    file.write_all(entry.text.as_bytes())
}

/// The top of the Git repository that holds a folder, where code hosts look for workflows, and the
/// way from there to the folder, as `gateways/shop`. The folder itself and `.` without a repository.
fn repository(folder: &Path) -> (PathBuf, String) {
    let alone = || (folder.to_owned(), ".".to_owned());
    let Ok(absolute) = folder.canonicalize() else {
        return alone();
    };
    let mut above = absolute.ancestors().skip(1);
    if absolute.join(".git").exists() {
        return alone();
    }
    let Some(root) = above.find(|f| f.join(".git").exists()) else {
        return alone();
    };
    let inside = absolute.strip_prefix(root).unwrap_or(&absolute);
    let parts = inside.iter().map(|part| part.to_string_lossy());
    let parts: Vec<_> = parts.collect();
    (root.to_owned(), parts.join("/"))
}

/// What to type now.
fn next(policy: &Path) -> String {
    let policy = policy.display();
    format!(
        "\nnow:\n  gwc test {policy}\n  gateway run {policy}\n  curl http://127.0.0.1:8080/hello/ada\n"
    )
}
