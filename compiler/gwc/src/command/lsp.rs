//! `gwc lsp`: the language server, joined to standard input and output.

use crate::args::Lsp;
use crate::input::Refused;
use gw_compiler::{Disk, Files};
use gw_lsp::{Host, TestRun};
use serde_json::Value;
use std::io::{BufReader, Write, stdin, stdout};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

/// Serves an editor until it ends the conversation.
pub(crate) fn run(_: &Lsp) -> Result<u8, Refused> {
    let input = BufReader::new(stdin());
    Ok(gw_lsp::serve(input, stdout(), Arc::new(Machine)))
}

/// The disk, and this program for running tests.
struct Machine;

impl Files for Machine {
    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        // Standard input is the editor's.
        if path == "-" {
            return Err("there is no such file".to_owned());
        }
        Disk.read(path)
    }

    fn identity(&self, path: &str) -> String {
        Disk.identity(path)
    }
}

/// Most policies that a workspace is searched for.
const MOST_POLICIES: usize = 2_000;

/// Most folders that are searched.
const MOST_FOLDERS: usize = 20_000;

impl Host for Machine {
    fn policies(&self, folder: &str) -> Vec<String> {
        let mut found = Vec::new();
        let mut todo = vec![PathBuf::from(folder)];
        let mut seen = 0;
        while let Some(next) = todo.pop() {
            seen += 1;
            if found.len() >= MOST_POLICIES || seen > MOST_FOLDERS {
                break;
            }
            for entry in std::fs::read_dir(next).into_iter().flatten().flatten() {
                let name = entry.file_name();
                let name = name.to_string_lossy();
                let Ok(kind) = entry.file_type() else {
                    continue;
                };
                // Links are not followed: they lead in circles, or to what is found anyway.
                if kind.is_dir() && !is_skipped(&name) {
                    todo.push(entry.path());
                } else if kind.is_file() && name.ends_with(".gw") {
                    found.extend(entry.path().to_str().map(str::to_owned));
                }
            }
        }
        found
    }

    /// The test runs in a process of its own, so that whatever happens there leaves the editor
    /// alone. It reads the policy from standard input: it need not be saved.
    fn run_test(&self, test: &TestRun) -> Result<Value, String> {
        let program = std::env::current_exe().map_err(|e| e.to_string())?;
        let folder = Path::new(&test.path).parent().filter(|f| f.is_dir());
        let mut command = Command::new(program);
        command.args(["test", "-", "--format", "json", "--filter", &test.name]);
        for (name, value) in &test.options.params {
            command.arg("--set").arg(format!("{name}={value}"));
        }
        if let Some(folder) = folder {
            command.current_dir(folder);
        }
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command.env("NO_COLOR", "1");
        let mut child = command.spawn().map_err(|e| e.to_string())?;
        if let Some(mut input) = child.stdin.take() {
            let text = test.text.clone();
            // A policy that is refused early is not read to its end.
            std::thread::spawn(move || input.write_all(text.as_bytes()));
        }
        let output = child.wait_with_output().map_err(|e| e.to_string())?;
        result(&output.stdout, &test.name).ok_or_else(|| {
            let why = String::from_utf8_lossy(&output.stderr);
            format!("the test did not run\n{}", why.trim())
        })
    }
}

/// Folders that hold what others wrote.
fn is_skipped(name: &str) -> bool {
    name.starts_with('.') || matches!(name, "target" | "node_modules")
}

/// The result of the test with exactly that name.
fn result(report: &[u8], name: &str) -> Option<Value> {
    let report: Value = serde_json::from_slice(report).ok()?;
    let tests = report.get("tests")?.as_array()?;
    let named = |t: &&Value| t.get("name").and_then(Value::as_str) == Some(name);
    tests.iter().find(named).cloned()
}
