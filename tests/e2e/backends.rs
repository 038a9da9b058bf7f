//! Choosing endpoints, keeping connections, and what happens when backends fail.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

use gw_tests::{Backend, Gate, Reply, closed_port};
use std::collections::BTreeMap;
use std::io::Write;

fn policy(backend: &str) -> String {
    format!("LISTENER\nbackend web {{ {backend} }}\nroute all /** {{ public \"test\"; to web }}")
}

#[test]
fn connections_are_used_again() {
    let backend = Backend::start(|_| Reply::ok("ok"));
    let gate = Gate::start(&policy(&format!("target = \"{}\"", backend.url())));
    for _ in 0..10 {
        assert_eq!(gate.get("/", "").text(), "ok");
    }
    assert_eq!(backend.connections(), 1);
    assert_eq!(
        gate.metric("gw_backend_connections_open{backend=\"web\"}"),
        Some(1.0)
    );
}

#[test]
fn a_connection_that_the_backend_closed_is_replaced() {
    let backend = Backend::start(|_| {
        Reply::Close(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok".to_vec())
    });
    let gate = Gate::start(&policy(&format!("target = \"{}\"", backend.url())));
    let mut client = gate.client();
    for _ in 0..20 {
        assert_eq!(client.get("/", "").text(), "ok");
    }
}

fn spread(balance: &str, requests: &[&str]) -> BTreeMap<String, usize> {
    let backends: Vec<Backend> = (0..3)
        .map(|index| Backend::start(move |_| Reply::ok(&index.to_string())))
        .collect();
    let targets: Vec<String> = backends
        .iter()
        .zip([2, 1, 1])
        .map(|(b, w)| format!("\"{}\" weight {w}", b.url()))
        .collect();
    let gate = Gate::start(&policy(&format!(
        "targets = [{}], balance = {balance}",
        targets.join(", ")
    )));
    let mut client = gate.client();
    let mut counts = BTreeMap::new();
    for path in requests {
        *counts.entry(client.get(path, "").text()).or_default() += 1;
    }
    counts
}

#[test]
fn balancing() {
    let forty = vec!["/"; 40];
    let turns = spread("round_robin", &forty);
    assert_eq!((turns["0"], turns["1"], turns["2"]), (20, 10, 10));
    for balance in ["least_request", "random_of_two"] {
        assert_eq!(spread(balance, &forty).values().sum::<usize>(), 40);
    }
    assert_eq!(spread("random_of_two", &vec!["/"; 200]).len(), 3);
    assert_eq!(
        spread("hash(request.path)", &forty).len(),
        1,
        "equal values, one endpoint"
    );
    let paths: Vec<String> = (0..60).map(|n| format!("/{n}")).collect();
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    assert_eq!(spread("hash(request.path)", &paths).len(), 3);
}

#[test]
fn a_backend_that_is_down_is_unavailable() {
    let gate = Gate::start(&policy(&format!("target = \"http://{}\"", closed_port())));
    let response = gate.get("/", "");
    assert_eq!(
        (response.status(), response.reason().as_str()),
        (Some(503), "backend-unavailable")
    );
    let sample = "gw_backend_errors_total{backend=\"web\",reason=\"backend-unavailable\"}";
    assert_eq!(gate.metric(sample), Some(1.0));
    let line = &gate.end()[0];
    assert_eq!(
        (&line["status"], &line["reason"]),
        (&503.into(), &"backend-unavailable".into())
    );
    assert_eq!(line["tries"], 2);
}

#[test]
fn what_was_not_sent_is_sent_to_another_endpoint() {
    let backend = Backend::start(|request| Reply::ok(&request.text()));
    let gate = Gate::start(&policy(&format!(
        "targets = [\"http://{}\", \"{}\"]",
        closed_port(),
        backend.url()
    )));
    for _ in 0..8 {
        assert_eq!(gate.client().post("/", "", "body").text(), "body");
    }
    assert!(
        gate.metric("gw_backend_retries_total{backend=\"web\",cause=\"connect\"}")
            .unwrap()
            >= 1.0
    );
}

#[test]
fn a_failing_endpoint_is_ejected() {
    let good = Backend::start(|_| Reply::ok("good"));
    let bad = Backend::start(|_| Reply::status(503));
    let gate = Gate::start(&policy(&format!(
        "targets = [\"{}\", \"{}\"], ejection {{ after = 3, rest = 60s }}",
        good.url(),
        bad.url()
    )));
    let mut client = gate.client();
    let statuses: Vec<_> = (0..40)
        .map(|_| client.get("/", "").status().unwrap())
        .collect();
    assert_eq!(statuses.iter().filter(|s| **s == 503).count(), 3);
    assert_eq!(bad.received().len(), 3);
    let sample = format!(
        "gw_endpoint_ejected{{backend=\"web\",endpoint=\"{}\"}}",
        bad.address()
    );
    assert_eq!(gate.metric(&sample), Some(1.0));
    let endpoints = gate.admin("/status").json()["endpoints"].clone();
    assert!(
        endpoints
            .as_array()
            .unwrap()
            .iter()
            .any(|e| e["ejected"] == true)
    );
}

#[test]
fn broken_answers() {
    for (bytes, status, reason) in [
        ("", 502, "backend-reset"),
        ("HTTP/1.1 200 OK\r\ncontent-le", 502, "backend-reset"),
        ("SSH-2.0-x\r\n\r\n", 502, "backend-protocol-error"),
        (
            "HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n",
            502,
            "backend-protocol-error",
        ),
    ] {
        let backend = Backend::start(move |_| Reply::Close(bytes.into()));
        let gate = Gate::start(&policy(&format!("target = \"{}\"", backend.url())));
        let response = gate.get("/", "");
        let found = (response.status().unwrap(), response.reason());
        assert_eq!(found, (status, reason.to_owned()), "{bytes:?}");
        assert_eq!(
            backend.received().len(),
            1,
            "what was sent is not sent again"
        );
    }
}

#[test]
fn a_body_that_breaks_off_breaks_off() {
    let backend = Backend::start(|_| {
        Reply::Close(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\npart".to_vec())
    });
    let gate = Gate::start(&policy(&format!("target = \"{}\"", backend.url())));
    let mut client = gate.client();
    client.send("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
    assert!(client.try_response().is_none());
    let line = &gate.end()[0];
    assert_eq!(
        (&line["status"], &line["reason"]),
        (&200.into(), &"backend-reset".into())
    );
}

#[test]
fn timeouts() {
    let silent = Backend::start(|_| Reply::Silence);
    let url = silent.url();
    let first = Gate::start(&policy(&format!(
        "target = \"{url}\", timeout {{ first_byte = 50ms }}"
    )));
    let response = first.get("/", "");
    let reason = response.reason();
    assert_eq!(
        (response.status(), reason.as_str()),
        (Some(504), "backend-first-byte-timeout")
    );
    let total = Gate::start(&policy(&format!(
        "target = \"{url}\", timeout {{ total = 50ms }}"
    )));
    assert_eq!(total.get("/", "").reason(), "backend-total-timeout");
    let endless = Backend::streaming(|_, stream| {
        let head = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx\r\n";
        stream.write_all(head).unwrap();
        std::io::Read::read(stream, &mut [0]).is_ok_and(|n| n > 0)
    });
    let gate = Gate::start(&policy(&format!(
        "target = \"{}\", timeout {{ total = 100ms }}",
        endless.url()
    )));
    let mut client = gate.client();
    client.send("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
    assert!(client.try_response().is_none(), "the body is cut off");
    assert_eq!(gate.end()[0]["reason"], "backend-total-timeout");
}

#[test]
fn a_slow_body_is_refused_in_time() {
    let backend = Backend::start(|_| Reply::ok("ok"));
    let gate = Gate::start(&format!(
        r#"gw 1
        listener http {{ bind = "127.0.0.1:0", http {{ body_timeout = 50ms }} }}
        backend web {{ target = "{}" }}
        route all /** {{ public "test"; to web }}"#,
        backend.url()
    ));
    let mut client = gate.client();
    client.send("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\nabc");
    let response = client.response();
    assert_eq!(
        (response.status(), response.reason().as_str()),
        (Some(408), "request-timeout")
    );
}

#[test]
fn the_host_that_a_backend_sees() {
    for (setting, host) in [("keep", "test"), ("\"inner.example\"", "inner.example")] {
        let backend = Backend::start(|request| Reply::ok(request.header("host").unwrap()));
        let gate = Gate::start(&policy(&format!(
            "target = \"{}\", host = {setting}",
            backend.url()
        )));
        assert_eq!(gate.get("/", "").text(), host);
    }
    let backend = Backend::start(|request| Reply::ok(request.header("host").unwrap()));
    let gate = Gate::start(&policy(&format!(
        "target = \"{}\", host = target",
        backend.url()
    )));
    assert_eq!(gate.get("/", "").text(), backend.address().to_string());
}

#[test]
fn names_are_resolved() {
    let backend = Backend::start(|_| Reply::ok("ok"));
    let port = backend.address().port();
    let gate = Gate::start(&policy(&format!("target = \"http://localhost:{port}\"")));
    assert_eq!(gate.get("/", "").text(), "ok");
}
