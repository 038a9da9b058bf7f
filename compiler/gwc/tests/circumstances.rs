//! What tests can give and expect beyond tokens and statuses: TLS, listeners, queues, queries,
//! headers and bodies.

mod tool;

use tool::Folder;

const POLICY: &str = r#"gw 1
listener plain { bind = ":8080" }
listener edge  { bind = ":8443", tls { cert = file("a.pem"), key = file("a.key") } }
backend web { target = "http://127.0.0.1:9000" }
limit queue { rate = 10/s, algorithm = leaky_bucket, burst = 0 }
service secure {
  listeners = [edge]
  route home GET / when tls?.version == "1.3" {
    public "a demonstration"
    use limit queue
    request { set query "from" = source.ip }
    to web
  }
  route note GET /note {
    public "a demonstration"
    respond 200 { header "content-type" = "text/plain", body = "so far, so good" }
  }
}
"#;

const HOLDS: &str = r#"
test "by listener and tls" {
  given listener edge
  given tls { version: "1.3", sni: "a.test" }
  when GET /
  then status 200, route home
  given tls { version: "1.2" }
  when GET /
  then status 404
  given listener plain
  given tls { version: "1.3" }
  when GET /
  then status 404, route none, reason "no route"
}
test "a queue makes wait" {
  given listener edge
  given tls { version: "1.3" }
  given source 203.0.113.9
  when GET / repeat 3
  then waited 200ms, query "from=203.0.113.9"
  when GET /?lang=en after 1m
  then waited 0s, query "lang=en&from=203.0.113.9"
}
test "a response of our own" {
  given listener edge
  when GET /note
  then body "so far, so good", body contains "so good"
  then header "content-type" contains "plain", header "x-none" = null, backend none
}
test "the clock is set and runs on" {
  given listener edge
  given tls { version: "1.3" }
  when GET / repeat 6
  then waited 500ms
  given time "2030-06-01T00:00:00Z"
  when GET /
  then waited 0s
}
"#;

#[test]
fn circumstances_hold() {
    let folder = Folder::with("given", "policy.gw", format!("{POLICY}{HOLDS}"));
    let run = folder.gwc(&["test", "policy.gw"]);
    run.says(0, &["4 passed, 0 failed"]);
}

#[test]
fn expectations_that_do_not_hold_say_what_came() {
    let cases = [
        (
            "body \"all is lost\"",
            "expected body `all is lost`, got body `so far, so good`",
        ),
        (
            "body contains \"lost\"",
            "expected body to contain `lost`, got body `so far",
        ),
        (
            "body json { a: 1 }",
            "expected body to be the JSON `{\"a\":1}`, got body `so far",
        ),
        ("backend web", "expected backend `web`, got backend `none`"),
        ("query \"a=b\"", "expected query `a=b`, got query `none`"),
        ("waited 1s", "expected to wait 1s, got 0ns"),
        (
            "shadow queue",
            "expected `queue` to refuse in shadow mode, got no refusal in it",
        ),
        ("status 3xx", "expected status 3xx, got status 200"),
        (
            "header \"content-type\" = null",
            "to have no value, got `text/plain`",
        ),
        (
            "header \"x-a\" contains \"b\"",
            "expected header `x-a` to contain `b`, got no value",
        ),
        (
            "sent header \"x-a\" = \"b\"",
            "expected sent header `x-a` to have `b`, got no value",
        ),
        (
            "status 200 times 0",
            "expected status 200 0 times, got it 1 times",
        ),
    ];
    let tests: String = cases
        .iter()
        .map(|(expectation, _)| {
            format!(
                "test \"{}\" {{\n  given listener edge\n  when GET /note\n  then {expectation}\n}}\n",
                expectation.replace('"', "'")
            )
        })
        .collect();
    let folder = Folder::with("then", "policy.gw", format!("{POLICY}{tests}"));
    let run = folder.gwc(&["test", "policy.gw"]);
    let texts: Vec<&str> = cases.iter().map(|(_, text)| *text).collect();
    run.says(1, &texts);
    run.says(1, &["0 passed, 12 failed"]);
}
