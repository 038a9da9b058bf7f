//! Levels of lints, stated by the policy and on the command line.

mod tool;

use tool::{Folder, Run, SHOP};

const SPARE: &str = "backend spare { target = echo() }\n";

fn check(name: &str, more: &str, args: &[&str]) -> Run {
    let text = format!("{SHOP}\n{SPARE}{more}");
    let folder = Folder::with(&format!("levels_{name}"), "policy.gw", text);
    folder.gwc(&[&["check", "policy.gw"], args].concat())
}

#[test]
fn a_warning_can_be_denied_by_code_name_and_group() {
    for what in ["GW0112", "gw0112", "unused_name", "warnings", "all"] {
        let run = check(what, "", &["--deny", what]);
        run.says(1, &["`spare` is never used", "1 error"]);
    }
}

#[test]
fn a_warning_can_be_left_out() {
    let run = check(
        "allow",
        "",
        &["--allow", "unused_name", "--deny", "warnings"],
    );
    run.says(0, &[]);
    assert!(!run.all().contains("GW0112"), "{run:#?}");
}

#[test]
fn the_policy_goes_before_the_command_line() {
    let allowed = "lint unused_name = allow because \"kept for failover\"\n";
    check("stated", allowed, &["--deny", "all"]).says(0, &[]);
    let denied = "lint unused_name = deny\n";
    check("denied", denied, &["--allow", "all"]).says(3, &["GW0112", "1 error"]);
}

#[test]
fn an_allow_that_does_nothing_is_a_finding_like_others() {
    let idle = "lint never_fires = allow because \"soon\"\n";
    check("idle", idle, &[]).says(0, &["GW0117", "`never_fires` does not occur"]);
    check("idle_denied", idle, &["--deny", "idle_allow"]).says(1, &["GW0117"]);
}

#[test]
fn names_that_are_none_are_refused() {
    check("bad", "", &["--allow", "unused"]).says(2, &["no lint `unused`", "GW0112"]);
    check("error", "", &["--allow", "GW0301"]).says(2, &["GW0301 is an error"]);
}

#[test]
fn the_names_are_listed() {
    let run = Folder::new("levels_doc").gwc(&["doc", "--lints"]);
    run.says(0, &["GW0112  unused_name ", "a declaration is never used"]);
    assert!(!run.out.contains("GW0301"), "{run:#?}");
}
