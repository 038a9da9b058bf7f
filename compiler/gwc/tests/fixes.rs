//! `gwc check --fix` and `--diff`: what they change, and what they leave alone.

#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot read its files has failed"
)]

mod tool;

use tool::Folder;

/// Three mistakes, one of which hides another: the misspelt keyword hides the misspelt field.
const TYPOS: &str = "gw 1

listner http { bnd = \":8080\" }
backend web { taget = \"http://127.0.0.1:9000\" }
route home GET / { public \"a demonstration\"; to wbe }
";

const MENDED: &str = "gw 1

listener http { bind = \":8080\" }
backend web { target = \"http://127.0.0.1:9000\" }
route home GET / { public \"a demonstration\"; to web }
";

fn text(folder: &Folder, file: &str) -> String {
    String::from_utf8(folder.read(file)).unwrap()
}

#[test]
fn fixes_are_applied_until_none_is_left() {
    let folder = Folder::with("fix", "policy.gw", TYPOS);
    let run = folder.gwc(&["check", "--fix", "policy.gw"]);
    run.says(0, &["4 fixes in 1 file", "1 route (1 public)"]);
    assert_eq!(text(&folder, "policy.gw"), MENDED);
    let again = folder.gwc(&["check", "--fix", "policy.gw"]);
    again.says(0, &[]);
    assert!(!again.err.contains("fix"), "{again:#?}");
}

#[test]
fn a_difference_changes_nothing() {
    let folder = Folder::with("diff", "policy.gw", TYPOS);
    let run = folder.gwc(&["check", "--diff", "policy.gw"]);
    let backend = "-backend web { taget = \"http://127.0.0.1:9000\" }";
    run.says(
        1,
        &[
            "--- policy.gw",
            "+++ policy.gw",
            backend,
            "+listener http { bind",
        ],
    );
    assert_eq!(text(&folder, "policy.gw"), TYPOS);
    folder.write("policy.gw", MENDED);
    folder.gwc(&["check", "--diff", "policy.gw"]).says(0, &[]);
}

#[test]
fn imported_files_are_mended_too() {
    let folder = Folder::with("fix_imports", "policy.gw", "gw 1\nimport \"./web.gw\"\n");
    folder.write("web.gw", TYPOS);
    folder
        .gwc(&["check", "--fix", "policy.gw"])
        .says(0, &["4 fixes in 1 file"]);
    assert_eq!(text(&folder, "web.gw"), MENDED);
}

#[test]
fn what_has_no_fix_stays_and_is_reported() {
    let more = format!("{TYPOS}route more GET /more {{ public \"x\"; to nowhere }}\n");
    let folder = Folder::with("fix_some", "policy.gw", &more);
    let run = folder.gwc(&["check", "--fix", "policy.gw"]);
    run.says(3, &["4 fixes", "GW0101", "`nowhere`"]);
    assert!(text(&folder, "policy.gw").starts_with(MENDED));
}

#[test]
fn a_file_that_cannot_be_read_in_full_is_left() {
    let torn = TYPOS.replace("\"a demonstration\";", "\"a demonstration\" }} ) ;");
    let folder = Folder::with("fix_torn", "policy.gw", &torn);
    let run = folder.gwc(&["check", "--fix", "policy.gw"]);
    run.says(3, &["left as it is", "policy.gw"]);
    assert_eq!(text(&folder, "policy.gw"), torn);
}

#[test]
fn standard_input_has_no_place_for_fixes() {
    let folder = Folder::new("fix_stdin");
    let run = folder.gwc_reading(&["check", "--fix", "-"], TYPOS.as_bytes());
    run.says(2, &["standard input"]);
}

#[cfg(unix)]
#[test]
fn links_and_permissions_are_kept() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::with("fix_link", "real.gw", TYPOS);
    std::os::unix::fs::symlink("real.gw", folder.path("policy.gw")).unwrap();
    let mode = std::fs::Permissions::from_mode(0o640);
    std::fs::set_permissions(folder.path("real.gw"), mode).unwrap();
    folder.gwc(&["check", "--fix", "policy.gw"]).says(0, &[]);
    let link = std::fs::symlink_metadata(folder.path("policy.gw")).unwrap();
    assert!(link.is_symlink());
    assert_eq!(text(&folder, "real.gw"), MENDED);
    let real = std::fs::metadata(folder.path("real.gw")).unwrap();
    assert_eq!(real.permissions().mode() & 0o777, 0o640);
}
