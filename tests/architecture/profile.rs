//! Holds `.cargo/rustc`, which stands before the compiler, to docs/decisions/profile.md: counts are for
//! releases that the compiler which made them builds; everything else reaches the compiler as it came.

#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::path::Path;
use std::process::Command;

/// As the last step of a release, and a library on the way to it, reach the compiler.
const PROGRAM: &[&str] = &[
    "--crate-name",
    "gateway",
    "-C",
    "opt-level=3",
    "-C",
    "lto=fat",
    "a file.rs",
];
const LIBRARY: &[&str] = &[
    "--crate-name",
    "tokio",
    "-C",
    "opt-level=3",
    "-C",
    "linker-plugin-lto",
];
/// A build for development, a build script of a release, and Cargo's question.
const OTHERS: &[&[&str]] = &[
    &[
        "--crate-name",
        "gateway",
        "-C",
        "embed-bitcode=no",
        "a file.rs",
    ],
    &[
        "--crate-name",
        "build_script_build",
        "-C",
        "opt-level=0",
        "lto fat.rs",
    ],
    &["-vV"],
];

/// Stands for the compiler: says what it is asked.
const COMPILER: &str = "/bin/echo";

/// A folder like `.cargo`, with counts of a compiler that calls itself `made_by`.
fn folder(made_by: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    std::fs::copy(root.join(".cargo/rustc"), at("rustc")).unwrap();
    std::fs::write(at("release.profdata"), "counts").unwrap();
    std::fs::write(at("release.compiler"), format!("{made_by}\n")).unwrap();
    folder
}

/// The arguments with which the compiler is run, in a line. The copy is read, not run: a file that was
/// just written may be open in a process that another test is starting.
fn reached(folder: &Path, arguments: &[&str], count: Option<&str>) -> String {
    let mut command = Command::new("sh");
    command
        .arg(folder.join("rustc"))
        .arg(COMPILER)
        .args(arguments)
        .env_remove("GW_COUNT");
    if let Some(count) = count {
        command.env("GW_COUNT", count);
    }
    let done = command.output().unwrap();
    assert!(
        done.status.success(),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
    String::from_utf8(done.stdout)
        .unwrap()
        .trim_end()
        .to_owned()
}

#[test]
fn a_release_is_built_with_the_counts() {
    // The compiler repeats what it is asked, so that its version is the question.
    let folder = folder("-vV");
    for arguments in [PROGRAM, LIBRARY] {
        let said = reached(folder.path(), arguments, None);
        let counts = folder.path().join("release.profdata");
        let used = format!(
            "{} -Cprofile-use={} ",
            arguments.join(" "),
            counts.display()
        );
        assert!(said.starts_with(&used), "{said}");
    }
}

#[test]
fn a_build_that_counts_uses_no_counts() {
    let folder = folder("-vV");
    let said = reached(folder.path(), PROGRAM, Some("/counts of today"));
    let counts = "-Cprofile-generate=/counts of today";
    assert_eq!(said, format!("{} {counts}", PROGRAM.join(" ")));
}

#[test]
fn other_builds_and_other_compilers_are_left_alone() {
    for arguments in OTHERS {
        assert_eq!(
            reached(folder("-vV").path(), arguments, Some("/counts")),
            arguments.join(" ")
        );
    }
    for arguments in [PROGRAM, LIBRARY] {
        assert_eq!(
            reached(folder("rustc 1.0.0").path(), arguments, None),
            arguments.join(" ")
        );
        let without = folder("-vV");
        std::fs::remove_file(without.path().join("release.profdata")).unwrap();
        assert_eq!(
            reached(without.path(), arguments, None),
            arguments.join(" ")
        );
    }
}

#[test]
fn the_counts_are_of_this_projects_release() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .join(".cargo");
    let made_by = std::fs::read_to_string(folder.join("release.compiler")).unwrap();
    assert!(
        made_by.starts_with("rustc ") && made_by.contains("\nhost: "),
        "{made_by}"
    );
    // An indexed profile of LLVM begins like this.
    let counts = std::fs::read(folder.join("release.profdata")).unwrap();
    assert_eq!(counts.get(..8), Some(&b"\xfflprofi\x81"[..]));
}
