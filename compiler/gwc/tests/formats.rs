//! `gwc check --format sarif | github | narrated`: what other programs and screen readers get.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a report of another shape fails the test"
)]

mod tool;

use serde_json::Value;
use tool::{Folder, SHOP};

/// An error with a fix, one with two places, and a warning with characters that need care.
const BROKEN: &str = "gw 1

listener http { bind = \":8080\" }
listener http { bind = \":8081\" }
backend web { taget = \"http://127.0.0.1:9000\" }
route home GET / { public \"é\"; to web }
";

fn sarif(folder: &Folder, args: &[&str]) -> Value {
    let run = folder.gwc(&[&["check", "--format", "sarif"], args].concat());
    assert_eq!(run.err, "", "nothing but the log");
    serde_json::from_str(&run.out).unwrap()
}

#[test]
fn a_sarif_log_has_what_the_standard_asks_for() {
    let log = sarif(&Folder::with("sarif", "policy.gw", BROKEN), &["policy.gw"]);
    assert_eq!(log["version"], "2.1.0");
    assert!(
        log["$schema"]
            .as_str()
            .unwrap()
            .ends_with("sarif-schema-2.1.0.json")
    );
    let run = &log["runs"][0];
    assert_eq!(run["columnKind"], "unicodeCodePoints");
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    let results = run["results"].as_array().unwrap();
    assert_eq!((rules.len(), results.len()), (2, 2));
    for result in results {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
        assert!(result["partialFingerprints"]["gwFinding/v1"].is_string());
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "policy.gw");
        assert_eq!(place["artifactLocation"]["uriBaseId"], "%SRCROOT%");
    }
    for rule in rules {
        let text = rule["help"]["markdown"].as_str().unwrap();
        assert!(text.contains("```gw right"), "{rule}");
        assert!(!rule["fullDescription"]["text"].as_str().unwrap().is_empty());
    }
}

#[test]
fn a_sarif_result_has_its_places_and_its_fix() {
    let log = sarif(
        &Folder::with("sarif_fix", "policy.gw", BROKEN),
        &["policy.gw"],
    );
    let results = log["runs"][0]["results"].as_array().unwrap();
    let of = |code: &str| results.iter().find(|r| r["ruleId"] == code).unwrap();
    let twice = of("GW0102");
    let first = &twice["relatedLocations"][0];
    assert_eq!(first["physicalLocation"]["region"]["startLine"], 3);
    assert_eq!(first["message"]["text"], "first declared here");
    let change = &of("GW0104")["fixes"][0]["artifactChanges"][0];
    let replacement = &change["replacements"][0];
    assert_eq!(replacement["insertedContent"]["text"], "target");
    let region = &replacement["deletedRegion"];
    let columns = (&region["startColumn"], &region["endColumn"]);
    assert_eq!(columns, (&15.into(), &20.into()));
}

#[test]
fn fingerprints_outlive_moved_lines_and_tell_equal_ones_apart() {
    let prints = |name: &str, text: &str| -> Vec<String> {
        let log = sarif(&Folder::with(name, "policy.gw", text), &["policy.gw"]);
        let results = log["runs"][0]["results"].as_array().unwrap().clone();
        let print = |r: &Value| r["partialFingerprints"]["gwFinding/v1"].to_string();
        results.iter().map(print).collect()
    };
    let before = prints("sarif_before", BROKEN);
    let moved = prints(
        "sarif_moved",
        &BROKEN.replace("gw 1\n", "gw 1\n\n// moved\n\n"),
    );
    assert_eq!(before, moved);
    let route = "route more GET /more { public \"x\"; to nowhere, to nowhere }\n";
    let equal = prints("sarif_equal", &format!("gw 1\n{route}{route}"));
    let distinct: std::collections::HashSet<&String> = equal.iter().collect();
    assert_eq!(distinct.len(), equal.len(), "{equal:?}");
}

#[test]
fn sarif_names_files_as_uris() {
    let folder = Folder::with("sarif_uri", "my policy#1.gw", BROKEN);
    let whole = folder.path("my policy#1.gw").display().to_string();
    for name in ["my policy#1.gw", "./my policy#1.gw", whole.as_str()] {
        let log = sarif(&folder, &[name]);
        let result = &log["runs"][0]["results"][0];
        let place = &result["locations"][0]["physicalLocation"]["artifactLocation"];
        assert_eq!(place["uri"], "my%20policy%231.gw", "{name}");
    }
}

#[test]
fn a_sound_policy_is_a_log_without_results() {
    let log = sarif(
        &Folder::with("sarif_fine", "policy.gw", SHOP),
        &["policy.gw"],
    );
    assert_eq!(log["runs"][0]["results"], serde_json::json!([]));
}

#[test]
fn github_gets_one_command_a_finding() {
    let folder = Folder::with("github", "policy.gw", BROKEN);
    let run = folder.gwc(&["check", "--format", "github", "policy.gw"]);
    assert_eq!((run.code, run.err.as_str()), (3, ""));
    let lines: Vec<&str> = run.out.lines().collect();
    assert_eq!(lines.len(), 2, "{run:#?}");
    let start = "::error file=policy.gw,line=5,endLine=5,col=15,endColumn=19,title=GW0104 ";
    assert!(lines[1].starts_with(start), "{}", lines[1]);
    assert!(
        lines[1].ends_with("%0Ahelp: did you mean `target`?"),
        "{}",
        lines[1]
    );
}

#[test]
fn github_commands_hold_no_separators_of_their_own() {
    let folder = Folder::with("github_names", "a,b:c%.gw", BROKEN);
    let run = folder.gwc(&["check", "--format", "github", "a,b:c%.gw"]);
    assert!(run.out.contains("file=a%2Cb%3Ac%25.gw,"), "{run:#?}");
}

#[test]
fn a_narrated_finding_is_read_aloud() {
    let folder = Folder::with("narrated", "policy.gw", BROKEN);
    let run = folder.gwc(&["check", "--format", "narrated", "policy.gw"]);
    run.says(
        3,
        &[
            "`backend` has no field `taget`",
            "Diagnostic severity: error",
            "at line 5",
            "diagnostic help: did you mean `target`?",
            "diagnostic code: GW0104",
        ],
    );
    let drawn = ['│', '╭', '─', '╰', '×'];
    assert!(!run.err.contains(drawn), "{}", run.err);
}

/// A culprit far below its reason, which stands in the same file; and one whose reason stands in
/// another file.
#[test]
fn the_culprit_comes_first_and_the_reason_apart() {
    let far = "\n".repeat(20);
    let policy = format!(
        "gw 1\nimport \"./roles.gw\"\nlistener http {{ bind = \":80\" }}{far}\nlistener http {{ bind = \":81\" }}\nroute home GET / {{ deny when Role.admim == Role.user reason \"x\"; public \"x\"; respond 204 }}\n"
    );
    let folder = Folder::with("far", "policy.gw", policy);
    folder.write("roles.gw", "gw 1\n\nenum Role { user, admin }\n");
    let run = folder.gwc(&["check", "policy.gw"]);
    run.says(3, &["☞ first declared here\n   ╭─[policy.gw:3:10]"]);
    let places = [
        "policy.gw:24:10",
        "policy.gw:3:10",
        "policy.gw:25:35",
        "roles.gw:3:6",
    ];
    let at: Vec<usize> = places
        .iter()
        .map(|p| {
            run.err
                .find(p)
                .unwrap_or_else(|| panic!("{p}: {}", run.err))
        })
        .collect();
    assert!(at.is_sorted(), "{at:?} {}", run.err);
    let told = folder.gwc(&["check", "--format", "narrated", "policy.gw"]);
    let marks = told.err.matches("label at line").count();
    assert_eq!(marks, 4, "each place is told once\n{}", told.err);
}
