//! Each command once, through the binary: what it prints, and with which exit code.

mod tool;

use tool::{Folder, SHOP};

#[test]
fn fmt_rewrites_checks_and_filters() {
    let untidy = "gw 1\nlistener   http {bind=\":8080\"}\n";
    let tidy = "gw 1\n\nlistener http { bind = \":8080\" }\n";
    let folder = Folder::with("fmt", "policy.gw", untidy);
    folder
        .gwc(&["fmt", "--check", "policy.gw"])
        .says(1, &["policy.gw is not formatted"]);
    assert_eq!(
        folder.read("policy.gw"),
        untidy.as_bytes(),
        "--check changes nothing"
    );
    let filtered = folder.gwc_reading(&["fmt", "-"], untidy.as_bytes());
    filtered.says(0, &[]);
    folder.gwc(&["fmt", "policy.gw"]).says(0, &[]);
    assert_eq!(
        String::from_utf8(folder.read("policy.gw")).unwrap(),
        filtered.out
    );
    assert!(
        filtered.out.contains(tidy.lines().last().unwrap()),
        "{}",
        filtered.out
    );
    folder.gwc(&["fmt", "--check", "policy.gw"]).says(0, &[]);
}

#[test]
fn fmt_leaves_a_file_that_does_not_parse() {
    let folder = Folder::with("fmt_broken", "policy.gw", "gw 1\nlistener http {\n");
    folder.gwc(&["fmt", "policy.gw"]).says(3, &["GW0002"]);
    assert_eq!(folder.read("policy.gw"), b"gw 1\nlistener http {\n");
}

#[test]
fn passing_tests_are_counted() {
    let folder = Folder::with("test", "policy.gw", SHOP);
    folder
        .gwc(&["test", "policy.gw"])
        .says(0, &["an editor orders … ok", "2 passed, 0 failed"]);
    let one = folder.gwc(&["test", "policy.gw", "--filter", "viewer"]);
    one.says(0, &["1 passed, 0 failed"]);
}

#[test]
fn a_failing_test_shows_expected_actual_and_the_way_there() {
    let text = SHOP.replace("then status 403,", "then status 200,");
    let folder = Folder::with("test_fails", "policy.gw", text);
    let run = folder.gwc(&["test", "policy.gw"]);
    run.says(
        1,
        &[
            "a viewer does not … FAILED",
            "policy.gw:35:3",
            "expected status 200, got status 403",
            "route   shop.order  (policy.gw:21:3)",
            "authn   idp: ",
            "false   Role.editor in jwt.roles  (policy.gw:12:14)",
            "denied: no allow matched",
            "1 passed, 1 failed",
        ],
    );
    let json = folder.gwc(&["test", "policy.gw", "--format", "json"]);
    let report: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!((json.code, &report["failed"]), (1, &1.into()));
}

#[test]
fn accepted_responses_are_compared_from_then_on() {
    let folder = Folder::with("accept", "policy.gw", SHOP);
    folder
        .gwc(&["test", "policy.gw", "--accept"])
        .says(0, &["2 passed"]);
    let kept = String::from_utf8(folder.read("policy.gw.snap")).unwrap();
    assert!(kept.contains("POST /v1/acme/orders -> 403"), "{kept}");
    folder
        .gwc(&["test", "policy.gw"])
        .says(0, &["2 passed, 0 failed"]);
    folder.write("policy.gw.snap", kept.replace("-> 200", "-> 201"));
    let run = folder.gwc(&["test", "policy.gw"]);
    run.says(
        1,
        &[
            "- POST /v1/acme/orders -> 201",
            "+ POST /v1/acme/orders -> 200",
            "--accept",
        ],
    );
}

#[test]
fn explain_prints_the_page_of_a_code() {
    let folder = Folder::new("explain_code");
    for code in ["GW0301", "gw0301"] {
        let run = folder.gwc(&["explain", code]);
        run.says(
            0,
            &["# GW0301: two routes match the same request", "See also:"],
        );
    }
}

#[test]
fn every_code_has_its_page_inside_the_binary() {
    let folder = Folder::new("explain_all");
    for code in gw_syntax::Code::ALL {
        folder
            .gwc(&["explain", &code.to_string()])
            .says(0, &["```gw wrong", "```gw right"]);
    }
}

#[test]
fn explain_route_prints_the_pipeline_with_origins() {
    let folder = Folder::with("explain_route", "policy.gw", SHOP);
    let run = folder.gwc(&["explain", "route", "order", "policy.gw"]);
    run.says(
        0,
        &[
            "route shop.order  (policy.gw:21:3)",
            "match    POST /v1/{org}/orders",
            "authn    authn idp  [service shop]  (policy.gw:16:3)",
            "authz    use policy writes  [route order]",
            "forward  to api  [route order]",
            "cost     65,538 steps at most: Role.editor in jwt.roles, 65,537 of them `in` `jwt.roles`",
        ],
    );
}

#[test]
fn explain_request_goes_phase_by_phase() {
    let folder = Folder::with("explain_request", "policy.gw", SHOP);
    folder.write(
        "claims.json",
        r#"{ "sub": "u1", "org": "acme", "roles": ["editor"] }"#,
    );
    let ask = |request: &str, more: &[&str]| {
        folder.gwc(&[&["explain", "request", request, "policy.gw"], more].concat())
    };
    let allowed = ask("POST /v1/acme/orders", &["--jwt", "claims.json"]);
    allowed.says(
        0,
        &[
            "shop.order",
            "true    Role.editor in jwt.roles",
            "= 200",
            "sent to api",
        ],
    );
    let other = ask("POST /v1/other/orders", &["--jwt", "claims.json"]);
    other.says(
        0,
        &["false   jwt.org == path.org", "= 403 no allow matched"],
    );
    ask("POST /v1/acme/orders", &[]).says(0, &["= 401"]);
    ask("GET /v1/acme/products/7", &[]).says(0, &["sent to api as /p/7"]);
    ask("DELETE /v1/acme/orders", &[]).says(0, &["near", "another method", "= 405"]);
}

#[test]
fn graph_draws_in_three_languages() {
    let folder = Folder::with("graph", "policy.gw", SHOP);
    let draw = |format: &str| folder.gwc(&["graph", "policy.gw", "--format", format]);
    draw("dot").says(0, &["digraph", "shop.order", "->"]);
    draw("mermaid").says(0, &["flowchart LR", "shop.order", "-->"]);
    let svg = draw("svg");
    svg.says(0, &["<svg", "shop.order", "</svg>"]);
    assert_eq!(svg.out.matches('<').count(), svg.out.matches('>').count());
}

#[test]
fn the_same_policy_gives_the_same_bytes() {
    let folder = Folder::with("build", "policy.gw", SHOP);
    for output in ["a.gwb", "b.gwb"] {
        folder
            .gwc(&["build", "policy.gw", "-o", output])
            .says(0, &["policy ", "bytes"]);
    }
    assert_eq!(folder.read("a.gwb"), folder.read("b.gwb"));
    folder.write("policy.gw", SHOP.replace("\"blocked\"", "\"closed\""));
    folder
        .gwc(&["build", "policy.gw", "-o", "c.gwb"])
        .says(0, &[]);
    assert_ne!(folder.read("a.gwb"), folder.read("c.gwb"));
}

#[test]
fn inspect_shows_what_an_artifact_holds() {
    let retried = SHOP.replacen("backend api { ", "backend api { retry { on = [503] }; ", 1);
    let folder = Folder::with("inspect", "policy.gw", &retried);
    folder
        .gwc(&["build", "policy.gw", "-o", "policy.gwb"])
        .says(0, &[]);
    let run = folder.gwc(&["inspect", "policy.gwb"]);
    run.says(
        0,
        &[
            "listener http :8080 plain",
            "backend api retry 503: 1 more try, at most 20% of the requests",
            "route shop.product public forward",
            "route shop.order protected forward",
        ],
    );
    let json = folder.gwc(&["inspect", "policy.gwb", "--format", "json"]);
    let held: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(
        held["routes"],
        serde_json::json!(["shop.product", "shop.order"])
    );
}

#[test]
fn a_damaged_artifact_is_refused() {
    let folder = Folder::with("damaged", "policy.gw", SHOP);
    folder
        .gwc(&["build", "policy.gw", "-o", "policy.gwb"])
        .says(0, &[]);
    let sound = folder.read("policy.gwb");
    for at in [0, 5, sound.len() / 2, sound.len() - 1] {
        let mut bytes = sound.clone();
        bytes[at] ^= 0x01;
        folder.write("damaged.gwb", &bytes);
        let run = folder.gwc(&["inspect", "damaged.gwb"]);
        run.says(3, &["damaged.gwb", "not a usable artifact", "gwc build"]);
    }
    for length in [0, 3, sound.len() / 2, sound.len() - 1] {
        folder.write("short.gwb", &sound[..length]);
        folder
            .gwc(&["inspect", "short.gwb"])
            .says(3, &["not a usable artifact"]);
    }
    folder
        .gwc(&["inspect", "policy.gw"])
        .says(3, &["not a usable artifact"]);
}

#[test]
fn doc_describes_every_block() {
    let folder = Folder::new("doc");
    folder
        .gwc(&["doc", "--language"])
        .says(0, &["## `listener` in the top level", "| `bind` |"]);
    let words = folder.gwc(&["doc", "--keywords"]);
    let words: serde_json::Value = serde_json::from_str(&words.out).unwrap();
    assert_eq!(
        words["codes"].as_array().unwrap().len(),
        gw_syntax::Code::ALL.len()
    );
}
