//! Running it: reload, drain, status, metrics, log, and starts that cannot be.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

use gw_tests::{Authority, Backend, Client, Gate, Reply};
use std::io::Write;
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, Sender};

fn respond(text: &str) -> String {
    format!("LISTENER\nroute all /** {{ public \"test\"; respond 200 \"{text}\" }}")
}

#[test]
fn a_reload_changes_answers_and_keeps_connections() {
    let gate = Gate::start(&respond("one"));
    let address = gate.address();
    let mut client = gate.client();
    assert_eq!(client.get("/", "").text(), "one");
    let before = gate.gateway().policy_id();
    gate.reload(&respond("two")).unwrap();
    assert_eq!(client.get("/", "").text(), "two", "on the same connection");
    assert_eq!(gate.address(), address);
    assert_ne!(gate.gateway().policy_id(), before);
    let status = gate.admin("/status").json();
    assert_eq!(status["last_reload"]["result"], "applied");
    assert_eq!(status["policy"]["version"], 2);
}

#[test]
fn a_reload_keeps_connections_to_backends() {
    let backend = Backend::start(|_| Reply::ok("ok"));
    let text = format!(
        "LISTENER\nbackend web {{ target = \"{}\" }}\nroute all /** {{ public \"test\"; to web }}",
        backend.url()
    );
    let gate = Gate::start(&text);
    gate.get("/", "");
    gate.reload(&text.replace("route all", "route every"))
        .unwrap();
    gate.get("/", "");
    assert_eq!(backend.connections(), 1);
    let lines = gate.end();
    assert_eq!(
        (&lines[0]["route"], &lines[1]["route"]),
        (&"all".into(), &"every".into())
    );
}

#[test]
fn a_policy_that_cannot_be_served_changes_nothing() {
    let gate = Gate::start(&respond("one"));
    let bad = "LISTENER\nsecret s = env(\"GW_TEST_NOT_SET\")\nbackend b { target = echo() }\n\
               route all /** { public \"test\"; request { set header \"x\" = s }; to b }";
    let problem = gate.reload(bad).unwrap_err().to_string();
    assert!(problem.contains("GW_TEST_NOT_SET"), "{problem}");
    assert_eq!(gate.get("/", "").text(), "one");
    gate.gateway()
        .refuse_reload("policy.gw:1:1: error".to_owned());
    let status = gate.admin("/status").json();
    assert_eq!(status["last_reload"]["result"], "refused");
    assert_eq!(status["last_reload"]["problem"], "policy.gw:1:1: error");
    assert_eq!(
        gate.metric("gw_reloads_total{result=\"refused\"}"),
        Some(2.0)
    );
}

#[test]
fn listeners_come_and_go_with_a_reload() {
    let two = "gw 1\nlistener a { bind = \"127.0.0.1:0\" }\nlistener b { bind = \"127.0.0.1:0\" }\n\
               route all /** { public \"test\"; respond 200 \"x\" }";
    let one = "gw 1\nlistener a { bind = \"127.0.0.1:0\" }\n\
               route all /** { public \"test\"; respond 200 \"x\" }";
    let gate = Gate::start(one);
    let a = gate.listener("a");
    gate.reload(two).unwrap();
    assert_eq!(gate.listener("a"), a);
    let b = gate.listener("b");
    let mut client = Client::connect(b);
    assert_eq!(client.get("/", "").text(), "x");
    gate.reload(one).unwrap();
    assert!(
        client.is_closed(),
        "connections of a listener that is gone are closed"
    );
    assert_eq!(Client::connect(a).get("/", "").text(), "x");
}

/// A backend whose answers wait: each request is told of, and answered when that is asked for.
fn late() -> (Backend, Receiver<()>, Sender<()>) {
    let (asked, wait) = std::sync::mpsc::channel::<()>();
    let (go, opens) = std::sync::mpsc::channel::<()>();
    let opens = std::sync::Mutex::new(opens);
    let backend = Backend::streaming(move |_, stream| {
        asked.send(()).unwrap();
        opens.lock().unwrap().recv().unwrap();
        stream
            .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nlate")
            .is_ok()
    });
    (backend, wait, go)
}

/// Requests stay counted by the names of their routes, whenever they end.
#[test]
fn counts_outlive_a_reload() {
    let (backend, wait, go) = late();
    let routes = "route one /one { public \"test\"; respond 200 \"x\" }\n\
                  route late /** { public \"test\"; to web }";
    let text = format!(
        "LISTENER\nbackend web {{ target = \"{}\" }}\n",
        backend.url()
    );
    let gate = Gate::start(&format!("{text}{routes}"));
    let counted = |route: &str| {
        gate.metric(&format!(
            "http_server_request_duration_seconds_count{{http_route=\"{route}\",\
             http_request_method=\"GET\",http_response_status_code=\"200\"}}"
        ))
    };
    let mut busy = gate.client();
    busy.send("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
    wait.recv().unwrap();
    gate.get("/one", "");
    // The routes change places.
    let new = "route other /other { public \"test\"; respond 200 \"x\" }";
    gate.reload(&format!("{text}{new}\n{routes}")).unwrap();
    assert_eq!((counted("one"), counted("late")), (Some(1.0), None));
    go.send(()).unwrap();
    assert_eq!(busy.response().text(), "late");
    gate.get("/one", "");
    gate.get("/other", "");
    assert_eq!((counted("one"), counted("other")), (Some(2.0), Some(1.0)));
    assert_eq!(counted("late"), Some(1.0));
    gate.reload(&format!("{text}{routes}")).unwrap();
    gate.get("/one", "");
    assert_eq!((counted("one"), counted("other")), (Some(3.0), Some(1.0)));
}

#[test]
fn draining_lets_exchanges_end() {
    let (backend, wait, go) = late();
    let gate = Gate::start(&format!(
        "LISTENER\nbackend web {{ target = \"{}\" }}\nroute all /** {{ public \"test\"; to web }}",
        backend.url()
    ));
    let (mut busy, mut idle) = (gate.client(), gate.client());
    idle.send("GET /no HTTP/1.1\r\nhost: a\r\n");
    busy.send("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
    wait.recv().unwrap();
    let end = std::thread::spawn(move || gate.end());
    assert!(idle.is_closed());
    go.send(()).unwrap();
    let response = busy.response();
    assert_eq!(response.text(), "late");
    assert_eq!(response.header("connection"), Some("close"));
    assert!(busy.is_closed());
    assert_eq!(end.join().unwrap()[0]["status"], 200);
}

#[test]
fn the_admin_listener() {
    let gate = Gate::start(&respond("x"));
    assert_eq!(gate.admin("/livez").status(), Some(200));
    assert_eq!(gate.admin("/readyz").text(), "ready\n");
    assert_eq!(gate.admin("/nothing").status(), Some(404));
    gate.get("/a", "");
    gate.client()
        .send("BREW /a HTTP/1.1\r\nhost: a\r\n\r\n")
        .response();
    let metrics = gate.admin("/metrics");
    assert!(
        metrics
            .header("content-type")
            .unwrap()
            .contains("version=0.0.4")
    );
    for (method, sample) in [("GET", "GET"), ("BREW", "_OTHER")] {
        let count = format!(
            "http_server_request_duration_seconds_count{{http_route=\"all\",\
             http_request_method=\"{sample}\",http_response_status_code=\"200\"}}"
        );
        assert_eq!(gate.metric(&count), Some(1.0), "{method}");
    }
    assert_eq!(
        gate.metric("gw_decisions_total{reason=\"allowed\",rule=\"\"}"),
        Some(2.0)
    );
    assert_eq!(gate.metric("http_server_active_requests"), Some(0.0));
}

#[test]
fn the_log_tells_what_happened_and_no_secrets() {
    let backend = Backend::start(|_| Reply::ok("hello"));
    let gate = Gate::start(&format!(
        r#"LISTENER
        backend web {{ target = "{}" }}
        policy inner {{ deny when request.headers["x-bad"] == "1" reason "bad manners"; allow when request.method != "DELETE" }}
        route all /** {{ use policy inner; to web }}"#,
        backend.url()
    ));
    gate.client().post(
        "/a?token=s3cret",
        "authorization: Bearer s3cret\r\ncookie: sid=s3cret\r\n",
        "body",
    );
    gate.get("/b", "x-bad: 1\r\n");
    let lines = gate.end();
    let text = serde_json::to_string(&lines).unwrap();
    assert!(!text.contains("s3cret"), "{text}");
    let first = &lines[0];
    assert_eq!(first["method"], "POST");
    assert_eq!(first["path"], "/a");
    assert_eq!(first["status"], 200);
    assert_eq!(first["backend"], "web");
    assert_eq!(first["endpoint"], backend.address().to_string());
    assert_eq!(
        (&first["bytes_in"], &first["bytes_out"]),
        (&4.into(), &5.into())
    );
    assert!(first["upstream_us"].as_u64().unwrap() <= first["duration_us"].as_u64().unwrap());
    let second = &lines[1];
    assert_eq!(
        (&second["status"], &second["reason"]),
        (&403.into(), &"bad-manners".into())
    );
    assert_eq!(second["rule"], "inner");
}

#[test]
fn refusals_name_reason_rule_and_request() {
    let gate = Gate::start(
        "LISTENER\nbackend me { target = echo() }\npolicy none { allow when request.host == \"x\" }\n\
         route one GET /one { use policy none; to me }",
    );
    let refused = gate.get("/one", "").json();
    assert_eq!(refused["status"], 403);
    assert_eq!(refused["reason"], "no-allow-matched");
    assert_eq!(refused["rule"], "none");
    assert!(!refused["request_id"].as_str().unwrap().is_empty());
    assert_eq!(gate.get("/two", "").reason(), "no-route");
    let method = gate.client().post("/one", "", "");
    assert_eq!(
        (method.status(), method.reason().as_str()),
        (Some(405), "method-not-allowed")
    );
    assert!(method.header("allow").unwrap().contains("GET"));
}

#[test]
fn starts_that_cannot_be() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let text = format!(
        "gw 1\nlistener front {{ bind = \"{address}\" }}\nroute all /** {{ public \"t\"; respond 200 \"x\" }}"
    );
    let problem = Gate::try_with_files(&text, &[]).err().unwrap().to_string();
    assert!(
        problem.contains("`front`") && problem.contains(&address.to_string()),
        "{problem}"
    );
    assert!(problem.contains("another process"), "{problem}");

    let tls = "gw 1\nlistener front { bind = \"127.0.0.1:0\", tls { cert = file(\"a.crt\"), key = file(\"a.key\") } }\n\
               route all /** { public \"t\"; respond 200 \"x\" }";
    let start =
        |files: &[(&str, &str)]| Gate::try_with_files(tls, files).err().unwrap().to_string();
    assert!(start(&[]).contains("a.crt"));
    let authority = Authority::new();
    let (certificate, key) = authority.issue(&["a.test"]);
    assert!(start(&[("a.crt", &certificate)]).contains("a.key"));
    assert!(start(&[("a.crt", "nonsense"), ("a.key", &key)]).contains("holds no certificate"));
    let (_, other) = authority.issue(&["a.test"]);
    assert!(start(&[("a.crt", &certificate), ("a.key", &other)]).contains("does not go with"));
    let (expired, key) = authority.issue_expired(&["a.test"]);
    let problem = start(&[("a.crt", &expired), ("a.key", &key)]);
    assert!(
        problem.contains("expired") && problem.contains("renew"),
        "{problem}"
    );
}

#[test]
fn connections_over_the_limit_are_turned_away() {
    let gate = Gate::start(
        r#"gw 1
        listener http { bind = "127.0.0.1:0", http { max_connections = 2 } }
        route all /** { public "test"; respond 200 "x" }"#,
    );
    let (mut one, mut two) = (gate.client(), gate.client());
    assert_eq!(
        (one.get("/", "").status(), two.get("/", "").status()),
        (Some(200), Some(200))
    );
    assert!(gate.client().is_closed());
    assert_eq!(one.get("/", "").status(), Some(200));
    assert_eq!(
        gate.metric("gw_connections_refused_total{listener=\"http\"}"),
        Some(1.0)
    );
}
