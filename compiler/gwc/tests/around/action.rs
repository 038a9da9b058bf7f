//! The GitHub Action of ci/github: its steps run as the scripts that they are, with `gwc` as it was
//! built here. Only `cargo install` is not run; what stands in for it looks at what it is told.

use crate::tool::{Folder, Run, SHOP};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

fn folder_of_the_action() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ci/github")
}

fn action() -> Value {
    let text = std::fs::read_to_string(folder_of_the_action().join("action.yml")).unwrap();
    serde_saphyr::from_str(&text).unwrap()
}

/// Puts the built `gwc` where `cargo install` would, if it is told to build the right package.
const CARGO: &str = r#"#!/bin/bash
set -eu
[ "$1 $2 $3" = "install --locked --path" ]
grep -qx 'name = "gwc"' "$4/Cargo.toml"
ln -sf "$GWC" "$(dirname "$0")/gwc"
"#;

/// Runs all steps in a folder, as the runner does, until one fails.
fn steps(folder: &Folder, inputs: &[(&str, &str)]) -> Run {
    let tools = folder.path("tools");
    std::fs::create_dir_all(&tools).unwrap();
    folder.write("tools/cargo", CARGO);
    std::process::Command::new("chmod")
        .args(["+x", "tools/cargo"])
        .current_dir(folder.path(""))
        .status()
        .unwrap();
    let action = action();
    let mut all = Run {
        code: 0,
        out: String::new(),
        err: String::new(),
    };
    let steps = action.pointer("/runs/steps").and_then(Value::as_array);
    for step in steps.unwrap() {
        assert_eq!(step["shell"], "bash", "composite actions need a shell");
        folder.write("step.sh", step["run"].as_str().unwrap());
        let mut command = Command::new("bash");
        command
            .args(["--noprofile", "--norc", "-e", "-o", "pipefail", "step.sh"])
            .current_dir(folder.path(""))
            .env("GITHUB_ACTION_PATH", folder_of_the_action())
            .env("GWC", env!("CARGO_BIN_EXE_gwc"))
            .env("PATH", format!("{}:/usr/bin:/bin", tools.display()));
        for (name, value) in step["env"].as_object().into_iter().flatten() {
            command.env(name, given(&action, value.as_str().unwrap(), inputs));
        }
        let output = command.output().unwrap();
        all.out.push_str(&String::from_utf8_lossy(&output.stdout));
        all.err.push_str(&String::from_utf8_lossy(&output.stderr));
        all.code = output.status.code().unwrap();
        if all.code != 0 {
            break;
        }
    }
    all
}

/// The value of `${{ inputs.policies }}`.
fn given(action: &Value, written: &str, inputs: &[(&str, &str)]) -> String {
    let name = written.strip_prefix("${{ inputs.");
    let name = name.and_then(|w| w.strip_suffix(" }}")).unwrap();
    let declared = action.pointer(&format!("/inputs/{name}")).unwrap();
    let of_caller = inputs.iter().find(|(n, _)| *n == name).map(|(_, v)| *v);
    let default = declared.get("default").and_then(Value::as_str);
    of_caller.or(default).unwrap_or_default().to_owned()
}

/// Writes a policy in its canonical format.
fn write_formatted(folder: &Folder, file: &str, policy: &str) {
    let run = folder.gwc_reading(&["fmt", "-"], policy.as_bytes());
    run.says(0, &[]);
    folder.write(file, run.out);
}

#[test]
fn a_good_policy_passes() {
    let folder = Folder::new("action_good");
    write_formatted(&folder, "policy.gw", SHOP);
    let run = steps(&folder, &[("policies", "policy.gw")]);
    run.says(0, &["::group::policy.gw", "2 passed, 0 failed"]);
    assert!(!run.all().contains("::error"), "{run:#?}");
}

#[test]
fn every_policy_is_looked_at_and_every_finding_annotated() {
    let folder = Folder::with(
        "action_bad",
        "broken.gw",
        "gw 1\nroute a GET / { to nowhere }\n",
    );
    let wrong = SHOP.replace("then status 200,", "then status 201,");
    write_formatted(&folder, "failing.gw", &wrong);
    folder.write("loose.gw", SHOP.replace("enum   Role", "enum Role"));
    let policies = "broken.gw failing.gw\nloose.gw";
    let run = steps(&folder, &[("policies", policies)]);
    run.says(
        1,
        &[
            "::error file=broken.gw,line=2,endLine=2,col=",
            "title=GW0101 unknown name::",
            "1 passed, 1 failed",
            "::error file=failing.gw,title=tests::",
            "::error file=loose.gw,title=format::run gwc fmt loose.gw",
        ],
    );
}

#[test]
fn values_of_params_come_from_a_file() {
    let policy = "gw 1\n\nparam listen: string\nlistener http { bind = listen }\nroute home GET / { public \"a demonstration\"; respond 204 }\n";
    let folder = Folder::new("action_vars");
    write_formatted(&folder, "policy.gw", policy);
    steps(&folder, &[("policies", "policy.gw")]).says(1, &["GW0110"]);
    folder.write("ci.vars", "listen = :8080\n");
    let with = [("policies", "policy.gw"), ("vars", "ci.vars")];
    steps(&folder, &with).says(0, &["0 passed, 0 failed"]);
}

#[test]
fn no_policy_is_no_success() {
    let folder = Folder::new("action_none");
    steps(&folder, &[("policies", " \n")]).says(1, &["::error::no policy is named"]);
}
