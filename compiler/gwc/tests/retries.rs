//! What the tools say about retries: tests that meet them, and where they are shown.

#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

mod tool;

use tool::Folder;

const POLICY: &str = r#"gw 1
listener http { bind = ":8080" }
backend orders {
  targets = ["http://10.1.0.1:8080", "http://10.1.0.2:8080"]
  retry   { on = [connect, reset, first_byte, 503], attempts = 2, budget = 12.5%, max_body = 16 }
  timeout { first_byte = 2s, total = 5s }
}
backend copied like orders { target = "http://10.1.0.3:8080" }
backend plain { target = "http://10.1.0.4:8080" }
route orders /orders { public "demo"; to orders }
route copied GET /copied { public "demo"; to split { copied 50%, plain 50% } }
route write POST|PUT /orders/new { public "demo"; to orders }
route plain /plain { public "demo"; to plain }
"#;

fn tested(name: &str, tests: &str) -> tool::Run {
    let folder = Folder::with(name, "policy.gw", format!("{POLICY}\n{tests}"));
    folder.gwc(&["test", "policy.gw"])
}

#[test]
fn tests_see_tries() {
    let run = tested(
        "retries_seen",
        r#"
test "it recovers" {
  row "a reset"  { trouble: reset, count: 1, answer: 200, sent: 2 }
  row "two"      { trouble: connect, count: 2, answer: 200, sent: 3 }
  row "too many" { trouble: reset, count: 3, answer: 502, sent: 3 }
  given backend orders { fail: trouble, times: count }
  when GET /orders
  then status answer, tries sent
}
test "busy, then well" {
  given backend orders { status: 503, delay: 1s, times: 1 }
  when GET /orders
  then status 200, tries 2, waited 1s
  given backend orders { status: 503, headers: { "retry-after": "9" } }
  when GET /orders
  then status 503, tries 1
  given backend orders { status: 500 }
  when GET /orders
  then status 500, tries 1
}
test "what may be done twice is not" {
  given backend orders { status: 503, times: 1 }
  when POST /orders
  then status 503, tries 1
  when PUT /orders json { a: 1 }
  then status 200, tries 2
  when PUT /orders json { text: "longer than it may be" }
  then status 503, tries 1
  given backend orders { fail: connect, times: 1 }
  when POST /orders json { text: "longer than it may be" }
  then status 200, tries 2
}
test "the whole time bounds all tries" {
  given backend orders { fail: timeout }
  when GET /orders
  then status 504, reason "backend total timeout", tries 3, waited 5s
}
test "without a word, only what was not sent" {
  given backend plain { fail: connect, times: 1 }
  when POST /plain
  then status 200, tries 2
  given backend plain { fail: reset, times: 1 }
  when GET /plain
  then status 502, tries 1
}
"#,
    );
    run.says(0, &["7 passed, 0 failed"]);
}

#[test]
fn a_wrong_number_of_tries_is_told() {
    let run = tested(
        "retries_wrong",
        "test \"one\" {\n  given backend orders { fail: reset, times: 1 }\n  when GET /orders\n  then tries 3\n}\n",
    );
    run.says(1, &["expected tries 3, got tries 2"]);
}

#[test]
fn routes_drawings_and_references_show_them() {
    let folder = Folder::with("retries_shown", "policy.gw", POLICY);
    let said = "connect, reset, first_byte, 503: 2 more tries, at most 12.5% of the requests";
    folder
        .gwc(&["explain", "route", "orders", "policy.gw"])
        .says(
            0,
            &[&format!(
                "retry    {said}  [backend orders]  (policy.gw:3:1)"
            )],
        );
    let copied = folder.gwc(&["explain", "route", "copied", "policy.gw"]);
    copied.says(0, &[&format!("{said}  [backend copied]")]);
    assert!(!copied.out.contains("[backend plain]"), "it says nothing");
    let write = folder.gwc(&["explain", "route", "write", "policy.gw"]);
    write.says(0, &[&format!("{said}; POST only after connect  [backend")]);
    for format in ["dot", "mermaid", "svg"] {
        let run = folder.gwc(&["graph", "policy.gw", "--format", format]);
        run.says(0, &["retry connect, reset"]);
    }
    let run = folder.gwc(&["doc", "policy.gw"]);
    run.says(0, &[&format!("retried after {said}")]);
}
