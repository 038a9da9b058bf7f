//! What is ambiguous is refused with a problem document, and the connection is closed.

#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use gw_tests::{Client, Gate};

const POLICY: &str = r#"LISTENER
backend me { target = echo() }
route all /** { public "test"; to me }
"#;

/// Sends bytes on a fresh connection: status, reason, and whether it was closed after that.
fn refused(gate: &Gate, bytes: &str) -> (u16, String, bool) {
    let mut client = gate.client();
    let response = client.send(bytes).response();
    assert_eq!(
        response.header("content-type"),
        Some("application/problem+json"),
        "{bytes:?}"
    );
    (
        response.status().unwrap(),
        response.reason(),
        client.is_closed(),
    )
}

#[test]
fn ambiguous_heads_and_bodies_are_refused_and_closed() {
    let gate = Gate::start(POLICY);
    let bad = |reason: &str| (400, reason.to_owned(), true);
    let h = "Host: test\r\n";
    for (bytes, reason) in [
        (
            format!(
                "POST / HTTP/1.1\r\n{h}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
            ),
            "bad-request",
        ),
        (
            format!(
                "POST / HTTP/1.1\r\n{h}Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n"
            ),
            "bad-request",
        ),
        (
            format!("POST / HTTP/1.1\r\n{h}Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"),
            "bad-request",
        ),
        (
            format!("POST / HTTP/1.1\r\n{h}Content-Length: 3, 3\r\n\r\nabc"),
            "bad-request",
        ),
        (
            format!("POST / HTTP/1.1\r\n{h}Content-Length: -1\r\n\r\n"),
            "bad-request",
        ),
        (
            format!("POST / HTTP/1.1\r\n{h}Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n"),
            "bad-request",
        ),
        (
            format!("POST / HTTP/1.1\r\n{h}Transfer-Encoding: gzip\r\n\r\n"),
            "bad-request",
        ),
        (
            format!("GET / HTTP/1.1\r\n{h}a: b\r\n c\r\n\r\n"),
            "bad-request",
        ),
        (
            format!("GET / HTTP/1.1\r\n{h}a: b\rc\r\n\r\n"),
            "bad-request",
        ),
        (
            format!("GET / HTTP/1.1\r\n{h}a: b\0c\r\n\r\n"),
            "bad-request",
        ),
        (
            format!("GET / HTTP/1.1\r\n{h}Connection: a b\r\n\r\n"),
            "bad-request",
        ),
        (format!("GET / HTTP/1.1\r\n{h}a : b\r\n\r\n"), "bad-request"),
        (format!("GET / HTTP/1.1\r\n{h}: b\r\n\r\n"), "bad-request"),
        (format!("GET / HTTP/1.1\n{h}\r\n"), "bad-request"),
        (format!("GET / HTTP/3.0\r\n{h}\r\n"), "bad-request"),
        (format!("GET /\t/ HTTP/1.1\r\n{h}\r\n"), "bad-request"),
        (format!("G@T / HTTP/1.1\r\n{h}\r\n"), "bad-request"),
        (format!("GET / HTTP/1.1 x\r\n{h}\r\n"), "bad-request"),
        (format!("GET ftp://a/ HTTP/1.1\r\n{h}\r\n"), "bad-request"),
        (format!("GET * HTTP/1.1\r\n{h}\r\n"), "bad-request"),
        ("GET / HTTP/1.1\r\n\r\n".to_owned(), "bad-host"),
        (
            "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n".to_owned(),
            "bad-host",
        ),
        ("GET / HTTP/1.1\r\nHost: a b\r\n\r\n".to_owned(), "bad-host"),
        ("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n".to_owned(), "bad-host"),
        (
            "GET / HTTP/1.1\r\nHost: user@a\r\n\r\n".to_owned(),
            "bad-host",
        ),
        ("GET / HTTP/1.1\r\nHost:\r\n\r\n".to_owned(), "bad-host"),
        (
            "GET http:///a HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(),
            "bad-host",
        ),
        (
            "GET http://a/ HTTP/1.1\r\nHost: b\r\n\r\n".to_owned(),
            "bad-host",
        ),
        (format!("GET /a%2fb HTTP/1.1\r\n{h}\r\n"), "bad-path"),
        (format!("GET /a%5Cb HTTP/1.1\r\n{h}\r\n"), "bad-path"),
        (format!("GET /a/../b HTTP/1.1\r\n{h}\r\n"), "bad-path"),
        (format!("GET /a/%2e%2E/b HTTP/1.1\r\n{h}\r\n"), "bad-path"),
        (format!("GET /a/. HTTP/1.1\r\n{h}\r\n"), "bad-path"),
        (format!("GET //a HTTP/1.1\r\n{h}\r\n"), "bad-path"),
        (format!("GET /a%00 HTTP/1.1\r\n{h}\r\n"), "bad-path"),
        (format!("GET /a%zz HTTP/1.1\r\n{h}\r\n"), "bad-path"),
    ] {
        assert_eq!(refused(&gate, &bytes), bad(reason), "{bytes:?}");
    }
    let lines = gate.end();
    assert!(lines.iter().all(|line| line["status"] == 400), "{lines:#?}");
    assert_eq!(lines.len(), 36);
}

#[test]
fn a_bad_chunk_is_refused_while_the_body_is_read() {
    let gate = Gate::start(POLICY);
    for chunk in [
        "zz\r\n",
        "3\r\nabcde\r\n",
        "3\nabc\r\n",
        "fffffffffffffffff\r\n",
    ] {
        let head = "POST / HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n";
        let (status, reason, closed) = refused(&gate, &format!("{head}{chunk}"));
        assert_eq!(
            (status, reason.as_str(), closed),
            (400, "bad-request", true),
            "{chunk:?}"
        );
    }
}

#[test]
fn what_is_unusual_but_clear_passes() {
    let gate = Gate::start(POLICY);
    for (bytes, path) in [
        ("GET http://test/x HTTP/1.1\r\nHost: test\r\n\r\n", "/x"),
        ("OPTIONS * HTTP/1.1\r\nHost: test\r\n\r\n", "/"),
        ("GET /a%7eb HTTP/1.1\r\nHost: TEST.:80\r\n\r\n", "/a~b"),
        ("\r\nGET /y HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", "/y"),
        ("GET /z HTTP/1.0\r\n\r\n", "/z"),
    ] {
        let response = gate.client().send(bytes).response();
        let text = response.start.replace("HTTP/1.0", "HTTP/1.1");
        assert_eq!(text, "HTTP/1.1 200 OK", "{bytes:?}");
        assert_eq!(response.json()["path"], path, "{bytes:?}");
    }
}

#[test]
fn a_pipelined_bad_request_is_refused_after_its_predecessor_is_answered() {
    let gate = Gate::start(POLICY);
    let mut client = gate.client();
    client.send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\nx : y\r\n\r\n");
    assert_eq!(client.response().json()["path"], "/1");
    assert_eq!(client.response().status(), Some(400));
    assert!(client.is_closed());
}

#[test]
fn pipelined_requests_are_answered_in_order() {
    let gate = Gate::start(POLICY);
    let mut client = gate.client();
    let post = "POST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc";
    client.send(format!(
        "GET /1 HTTP/1.1\r\nHost: a\r\n\r\n{post}GET /3 HTTP/1.1\r\nHost: a\r\n\r\n"
    ));
    assert_eq!(client.response().json()["path"], "/1");
    assert_eq!(client.response().json()["body_bytes"], 3);
    assert_eq!(client.response().json()["path"], "/3");
}

#[test]
fn heads_over_the_limits_are_refused() {
    let gate = Gate::start(
        r#"gw 1
        listener http { bind = "127.0.0.1:0", http { max_head = 1KiB, max_headers = 5 } }
        backend me { target = echo() }
        route all /** { public "test"; to me }"#,
    );
    let long = format!("GET /{} HTTP/1.1\r\nHost: a\r\n\r\n", "a".repeat(2000));
    assert_eq!(
        refused(&gate, &long),
        (431, "request-head-too-large".to_owned(), true)
    );
    let many = format!("GET / HTTP/1.1\r\nHost: a\r\n{}\r\n", "x: y\r\n".repeat(6));
    assert_eq!(
        refused(&gate, &many),
        (431, "request-head-too-large".to_owned(), true)
    );
    let endless = "GET /".to_owned() + &"a".repeat(5000);
    assert_eq!(
        refused(&gate, &endless),
        (431, "request-head-too-large".to_owned(), true)
    );
}

#[test]
fn a_slow_head_is_refused_in_time() {
    let gate = Gate::start(
        r#"gw 1
        listener http { bind = "127.0.0.1:0", http { header_timeout = 100ms } }
        backend me { target = echo() }
        route all /** { public "test"; to me }"#,
    );
    let slow = refused(&gate, "GET / HTTP/1.1\r\nHost: a\r\n");
    assert_eq!(slow, (408, "request-timeout".to_owned(), true));
    // A connection that says nothing is just closed.
    assert!(Client::connect(gate.address()).is_closed());
}

#[test]
fn an_idle_connection_is_closed_in_time() {
    let gate = Gate::start(
        r#"gw 1
        listener http { bind = "127.0.0.1:0", http { idle_timeout = 100ms } }
        backend me { target = echo() }
        route all /** { public "test"; to me }"#,
    );
    let mut client = gate.client();
    assert_eq!(client.get("/", "").status(), Some(200));
    assert!(client.is_closed());
}

#[test]
fn heads_may_come_in_pieces() {
    let gate = Gate::start(POLICY);
    let mut client = gate.client();
    for piece in "GET /pieces HTTP/1.1\r\nHost: a\r\nx: y\r\n\r\n"
        .as_bytes()
        .chunks(3)
    {
        client.send(piece);
    }
    assert_eq!(client.response().json()["path"], "/pieces");
}

#[test]
fn upgrades_and_tunnels_are_refused() {
    let gate = Gate::start(POLICY);
    let upgrade = "connection: upgrade\r\nupgrade: websocket\r\n";
    assert_eq!(gate.get("/", upgrade).reason(), "upgrade-not-supported");
    let h2c = "connection: upgrade, http2-settings\r\nupgrade: h2c\r\nhttp2-settings: x\r\n";
    assert_eq!(gate.get("/", h2c).status(), Some(200));
    let tunnel = gate
        .client()
        .send("CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n")
        .response();
    assert_eq!(tunnel.status(), Some(501));
}

/// A value that is no text is there all the same: no rule that looks at it is passed by.
#[test]
fn a_parameter_without_text_is_not_one_that_is_missing() {
    let gate = Gate::start(
        r#"LISTENER
        route there GET /there { deny when has(request.query["debug"]) reason "debug"; allow when request.method == "GET"; respond 200 "ok" }
        route equal GET /equal { deny when request.query["debug"] ?? "0" != "0" reason "debug"; allow when request.method == "GET"; respond 200 "ok" }
        route any GET /any { deny when request.query[request.method] == "x" reason "debug"; allow when request.method == "GET"; respond 200 "ok" }"#,
    );
    let ask = |target: &str| gate.get(target, "").status().unwrap();
    for path in ["/there", "/equal", "/any"] {
        assert_eq!(ask(path), 200, "{path}");
        for value in ["%FF", "%C3%28", "%zz", "a%", "%ff+"] {
            let name = if path == "/any" { "GET" } else { "debug" };
            assert_eq!(
                ask(&format!("{path}?a=b&{name}={value}")),
                403,
                "{path} {value}"
            );
            assert_eq!(
                ask(&format!("{path}?{name}={value}&{name}=0")),
                403,
                "{path} {value}"
            );
        }
        assert_eq!(ask(&format!("{path}?other=%FF&%FF=x")), 200, "{path}");
    }
    // The same for fields, by a name that is computed.
    let gate = Gate::start(
        r#"LISTENER
        route any /** { deny when request.headers[request.method] == "x" reason "x"; allow when request.method == "GET"; respond 200 "ok" }"#,
    );
    for (value, status) in [(&b"y"[..], 200), (b"x", 403), (b"\xe9", 403)] {
        let head = [b"GET / HTTP/1.1\r\nhost: a\r\nget: ", value, b"\r\n\r\n"].concat();
        assert_eq!(gate.client().send(head).response().status(), Some(status));
    }
}
