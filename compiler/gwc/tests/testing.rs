//! `gwc test`: what a failure says, what reports hold, coverage and mutants.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a report of another shape fails the test"
)]

mod tool;

use serde_json::Value;
use std::collections::HashMap;
use tool::{Folder, SHOP};

/// The example that reaches all of itself.
const THOROUGH: &str = include_str!("../../../examples/testing.gw");

fn json(folder: &Folder, args: &[&str]) -> (i32, Value) {
    let run = folder.gwc(&[&["test", "policy.gw", "--format", "json"], args].concat());
    assert_eq!(run.out.lines().count(), 1, "{run:#?}");
    (run.code, serde_json::from_str(&run.out).unwrap())
}

#[test]
fn a_failure_says_where_what_and_why() {
    let text = SHOP.replace(
        "then status 200, route order",
        "then status 201, route order",
    );
    let folder = Folder::with("test_failure", "policy.gw", text);
    let run = folder.gwc(&["test", "policy.gw"]);
    run.says(
        1,
        &[
            "test an editor orders … FAILED",
            "policy.gw:30:3",
            "30 │   then status 201, route order, backend api",
            "│   ^^^^^^^^^^^^^^^ expected status 201, got status 200",
            "POST /v1/acme/orders gave 200 allowed, by writes",
            "route   shop.order  (policy.gw:21:3)",
            "allow of writes: true",
            "1 passed, 1 failed",
        ],
    );
}

#[test]
fn each_row_is_a_test_of_its_own() {
    let folder = Folder::with("test_rows", "policy.gw", THOROUGH);
    let run = folder.gwc(&["test", "policy.gw", "--filter", "who may book"]);
    run.says(
        0,
        &[
            "test who may book: a clerk … ok",
            "test who may book: a suspended account … ok",
            "5 passed, 0 failed",
        ],
    );
    folder.write(
        "policy.gw",
        THOROUGH.replacen("answer: 403", "answer: 401", 1),
    );
    let run = folder.gwc(&["test", "policy.gw", "--filter", "who may book"]);
    run.says(
        1,
        &[
            "test who may book: a clerk elsewhere … FAILED",
            "in the row at policy.gw:",
            "expected status 401, got status 403",
            "4 passed, 1 failed",
        ],
    );
}

#[test]
fn expectations_are_counted_over_repetitions() {
    let text = THOROUGH.replace("status 200 times 5", "status 200 times 6");
    let folder = Folder::with("test_times", "policy.gw", text);
    folder.gwc(&["test", "policy.gw"]).says(
        1,
        &[
            "expected status 200 6 times, got it 5 times",
            "limit   bookings_per_person refuses",
        ],
    );
}

#[test]
fn the_example_reaches_everything() {
    let folder = Folder::with("test_covered", "policy.gw", THOROUGH);
    let run = folder.gwc(&["test", "policy.gw", "--min", "100%"]);
    run.says(
        0,
        &["routes", "rules", "limits", "edges", "leaves", "100.0 %"],
    );
    assert!(!run.out.contains("not tested"), "{run:#?}");
}

#[test]
fn what_no_test_reaches_is_named_with_its_place() {
    let folder = Folder::with("test_uncovered", "policy.gw", SHOP);
    let run = folder.gwc(&["test", "policy.gw", "--min", "90"]);
    run.says(
        1,
        &[
            "not tested",
            "policy.gw:17:3   route shop.product is taken",
            "policy.gw:11:3   deny of writes decides",
            "policy.gw:11:13  jwt.sub == \"blocked\" is true",
            "policy.gw:12:42  jwt.org == path.org is false",
            "which is below 90 %",
        ],
    );
    folder
        .gwc(&["test", "policy.gw", "--min", "10"])
        .says(0, &["not tested"]);
    folder
        .gwc(&["test", "policy.gw", "--coverage"])
        .says(0, &["not tested"]);
}

/// The values of a kind of line of an LCOV record.
fn lines<'t>(record: &'t str, kind: &str) -> Vec<Vec<&'t str>> {
    let own = record
        .lines()
        .filter_map(|l| l.strip_prefix(kind)?.strip_prefix(':'));
    own.map(|l| l.split(',').collect()).collect()
}

#[test]
fn lcov_counts_agree_with_themselves() {
    let folder = Folder::with("test_lcov", "policy.gw", SHOP);
    folder
        .gwc(&["test", "policy.gw", "--lcov", "cover.info"])
        .says(0, &[]);
    let text = String::from_utf8(folder.read("cover.info")).unwrap();
    let (head, rest) = text.split_once('\n').unwrap();
    assert_eq!(head, "TN:");
    let record = rest.strip_suffix("end_of_record\n").unwrap();
    assert_eq!(lines(record, "SF"), [["policy.gw"]]);
    let functions: HashMap<&str, &str> = lines(record, "FN").iter().map(|f| (f[1], f[0])).collect();
    assert_eq!(functions["shop.order"], "21");
    let total = |kind: &str| lines(record, kind)[0][0].parse::<usize>().unwrap();
    let hits = |kind: &str, at: usize| {
        let counts: Vec<String> = lines(record, kind)
            .iter()
            .map(|l| l[at].to_owned())
            .collect();
        let hit = counts
            .iter()
            .filter(|c| !matches!(c.as_str(), "0" | "-"))
            .count();
        (counts.len(), hit)
    };
    assert_eq!((total("FNF"), total("FNH")), hits("FNDA", 0));
    assert_eq!((total("BRF"), total("BRH")), hits("BRDA", 3));
    assert_eq!((total("LF"), total("LH")), hits("DA", 1));
    // The rule that denies is looked at, and never decides.
    assert!(lines(record, "DA").contains(&vec!["11", "0"]), "{record}");
    assert!(
        lines(record, "BRDA").contains(&vec!["11", "0", "1", "2"]),
        "{record}"
    );
}

#[test]
fn the_page_stands_alone() {
    let text = SHOP.replace("is public\"", "is <public> & \\\"free\\\"\"");
    let folder = Folder::with("test_html", "policy.gw", text);
    folder
        .gwc(&["test", "policy.gw", "--html", "cover.html"])
        .says(0, &[]);
    let page = String::from_utf8(folder.read("cover.html")).unwrap();
    for text in [
        "prefers-color-scheme: dark",
        "is &lt;public&gt; &amp; ",
        "never: jwt.sub == &quot;blocked&quot; is true",
        "class=\"none\"",
        "class=\"some\"",
        "class=\"all\"",
    ] {
        assert!(page.contains(text), "no {text}");
    }
    for outside in ["<script", "src=", "href=\"http", "url(", "@import", "<link"] {
        assert!(!page.contains(outside), "{outside}");
    }
    let anchors = page.matches("href=\"#policy.gw-").count();
    assert!(anchors > 3);
    assert_eq!(page.matches("<li").count(), page.matches("</li>").count());
}

#[test]
fn junit_is_what_ci_systems_read() {
    let text = SHOP
        .replace(
            "test \"a viewer does not\"",
            "test \"a <viewer> & \\\"co\\\"\"",
        )
        .replace("then status 403", "then status 404");
    let folder = Folder::with("test_junit", "policy.gw", text);
    let run = folder.gwc(&["test", "policy.gw", "--format", "junit"]);
    run.says(1, &[]);
    let document = roxmltree::Document::parse(&run.out).unwrap();
    let root = document.root_element();
    assert_eq!(root.tag_name().name(), "testsuites");
    let suite = root.first_element_child().unwrap();
    assert_eq!(suite.attribute("name"), Some("policy.gw"));
    for (name, value) in [
        ("tests", "2"),
        ("failures", "1"),
        ("errors", "0"),
        ("skipped", "0"),
    ] {
        assert_eq!(suite.attribute(name), Some(value), "{name}");
        assert_eq!(root.attribute(name), Some(value), "{name}");
    }
    let cases: Vec<_> = suite
        .children()
        .filter(|n| n.has_tag_name("testcase"))
        .collect();
    assert_eq!(cases[0].attribute("name"), Some("an editor orders"));
    assert_eq!(cases[1].attribute("name"), Some("a <viewer> & \"co\""));
    assert_eq!(cases[1].attribute("file"), Some("policy.gw"));
    assert_eq!(cases[1].attribute("line"), Some("32"));
    assert!(
        cases
            .iter()
            .all(|c| c.attribute("time").unwrap().parse::<f64>().is_ok())
    );
    assert_eq!(cases[0].first_element_child(), None);
    let failure = cases[1].first_element_child().unwrap();
    assert_eq!(
        failure.attribute("message"),
        Some("expected status 404, got status 403")
    );
    assert!(failure.text().unwrap().contains("no allow matched"));
}

#[test]
fn json_is_what_the_document_says() {
    let text = SHOP.replace("then status 403", "then status 404");
    let folder = Folder::with("test_json", "policy.gw", text);
    let (code, report) = json(&folder, &["--coverage"]);
    assert_eq!((code, &report["version"]), (1, &1.into()));
    assert_eq!(
        (&report["passed"], &report["failed"]),
        (&1.into(), &1.into())
    );
    let failure = &report["tests"][1]["failures"][0];
    assert_eq!(failure["message"], "expected status 404, got status 403");
    assert_eq!(
        (&failure["file"], &failure["line"]),
        (&"policy.gw".into(), &35.into())
    );
    assert_eq!(failure["request"], "POST /v1/acme/orders");
    assert_eq!(report["coverage"]["routes"]["all"], 2);
    let (_, mutants) = json(&folder_of_sound_tests(), &["--mutate"]);
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/json.md");
    let page = std::fs::read_to_string(path).unwrap();
    let objects = [
        &report,
        &report["tests"][1],
        failure,
        &report["coverage"],
        &report["coverage"]["missed"][0],
        &mutants,
        &mutants["survivors"][0],
    ];
    for key in objects
        .into_iter()
        .flat_map(|o| o.as_object().unwrap().keys())
    {
        assert!(
            page.contains(&format!("`{key}`")),
            "docs/json.md does not explain `{key}`"
        );
    }
}

fn folder_of_sound_tests() -> Folder {
    Folder::with("test_json_mutants", "policy.gw", SHOP)
}

#[test]
fn a_new_test_and_one_that_is_gone_differ_from_the_snapshot() {
    let folder = Folder::with("test_snapshot", "policy.gw", SHOP);
    folder
        .gwc(&["test", "policy.gw", "--accept"])
        .says(0, &["2 passed"]);
    let changed = SHOP.replace("a viewer does not", "a viewer may not");
    folder.write("policy.gw", &changed);
    folder.gwc(&["test", "policy.gw"]).says(
        1,
        &[
            "test a viewer may not … FAILED",
            "+ POST /v1/acme/orders -> 403",
            "there is no test `a viewer does not` any more",
        ],
    );
    // Tests that a filter leaves out keep their sections.
    folder
        .gwc(&["test", "policy.gw", "--filter", "may not", "--accept"])
        .says(0, &[]);
    let kept = String::from_utf8(folder.read("policy.gw.snap")).unwrap();
    assert!(kept.contains("## an editor orders\n"), "{kept}");
    folder.gwc(&["test", "policy.gw", "--accept"]).says(0, &[]);
    folder
        .gwc(&["test", "policy.gw"])
        .says(0, &["2 passed, 0 failed"]);
}

#[test]
fn the_example_notices_every_change() {
    let folder = Folder::with("test_mutants", "policy.gw", THOROUGH);
    let run = folder.gwc(&["test", "policy.gw", "--mutate"]);
    run.says(0, &["100.0 %", "0 not"]);
    let count: usize = run.out.split(' ').next().unwrap().parse().unwrap();
    assert!(count >= 30, "{run:#?}");
}

#[test]
fn changes_that_nobody_notices_are_shown() {
    let folder = Folder::with("test_survivors", "policy.gw", SHOP);
    let run = folder.gwc(&["test", "policy.gw", "--mutate"]);
    run.says(
        1,
        &[
            "policy.gw:11:3",
            "  - deny when jwt.sub == \"blocked\" reason \"account blocked\"",
            "  + (removed)",
            "policy.gw:12:14",
            "  - Role.editor in jwt.roles && jwt.org == path.org",
            "  + Role.editor in jwt.roles",
            "none of the 2 tests that come here notices",
            "help: test `POST /v1/{org}/orders`",
        ],
    );
    assert!(!run.out.contains("authn"), "a 401 tells: {run:#?}");
    assert_eq!(run.out, folder.gwc(&["test", "policy.gw", "--mutate"]).out);
    folder
        .gwc(&["test", "policy.gw", "--mutate", "--min", "50"])
        .says(0, &[]);
}

#[test]
fn only_passing_tests_notice_changes() {
    let text = SHOP.replace("then status 403", "then status 404");
    let folder = Folder::with("test_mutants_broken", "policy.gw", text);
    folder.gwc(&["test", "policy.gw", "--mutate"]).says(
        1,
        &[
            "expected status 404",
            "only tests that pass can notice a change",
        ],
    );
}

#[test]
fn wrong_command_lines_are_refused() {
    let folder = Folder::with("test_usage", "policy.gw", SHOP);
    for (args, text) in [
        (&["--min", "101"][..], "between 0 and 100"),
        (&["--min", "most"], "not a number"),
        (&["--mutate", "--coverage"], "cannot be used with"),
        (&["--mutate", "--format", "junit"], "no JUnit report"),
        (
            &["--filter", "nothing like it"],
            "no test has `nothing like it` in its name",
        ),
        (&["--lcov", "no/such/folder/x"], "cannot be written"),
    ] {
        folder
            .gwc(&[&["test", "policy.gw"], args].concat())
            .says(2, &[text]);
    }
}
