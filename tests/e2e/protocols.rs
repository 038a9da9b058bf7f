//! TLS, HTTP/2, and gRPC's manners.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

use bytes::Bytes;
use gw_tests::frames::{ACK, DATA, END_HEADERS, END_STREAM, HEADERS, SETTINGS, WINDOW_UPDATE};
use gw_tests::{Authority, Backend, Gate, Modern, Reply, Signer, tls_client};
use http::Request;
use http_body_util::Full;
use jsonwebtoken::Algorithm;
use std::io::{Read, Write};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

const ECHO: &str = "backend me { target = echo() }\nroute all /** { public \"test\"; to me }\n";

fn get(uri: &str) -> Request<Full<Bytes>> {
    Request::get(uri).body(Full::default()).unwrap()
}

fn tls_gate(authority: &Authority, extra: &str) -> Gate {
    let (a, a_key) = authority.issue(&["a.test", "*.a.test"]);
    let (b, b_key) = authority.issue(&["b.test"]);
    Gate::with_files(
        &format!(
            r#"gw 1
            listener edge {{ bind = "127.0.0.1:0", tls {{
              cert = file("a.crt"), key = file("a.key") {extra}
              certificate {{ cert = file("b.crt"), key = file("b.key") }}
            }} }}
            {ECHO}"#
        ),
        &[
            ("a.crt", &a),
            ("a.key", &a_key),
            ("b.crt", &b),
            ("b.key", &b_key),
        ],
    )
}

#[test]
fn alpn_and_sni() {
    let authority = Authority::new();
    let gate = tls_gate(&authority, "");
    let mut certificates = Vec::new();
    for (name, alpn) in [
        ("a.test", &b"h2"[..]),
        ("www.a.test", b"http/1.1"),
        ("b.test", b"h2"),
    ] {
        let config = tls_client(authority.roots(), &[alpn]);
        let mut client = Modern::tls(gate.address(), name, config).unwrap();
        assert_eq!(client.alpn.as_deref(), Some(alpn));
        let uri = if alpn == b"h2" {
            format!("https://{name}/x")
        } else {
            "/x".to_owned()
        };
        let mut request = get(&uri);
        if alpn != b"h2" {
            request.headers_mut().insert("host", name.parse().unwrap());
        }
        let reply = client.send(request).unwrap();
        assert_eq!(
            (reply.status, reply.json()["path"].clone()),
            (200, "/x".into())
        );
        assert_eq!(reply.json()["headers"]["x-forwarded-proto"], "https");
        certificates.push(client.certificate.unwrap());
    }
    assert_eq!(certificates[0], certificates[1]);
    assert_ne!(certificates[0], certificates[2]);
}

#[test]
fn a_lowest_version_is_kept() {
    let authority = Authority::new();
    let gate = tls_gate(&authority, ", min = \"1.3\"");
    let provider = std::sync::Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let old = rustls::ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS12])
        .unwrap()
        .with_root_certificates(authority.roots())
        .with_no_client_auth();
    assert!(Modern::tls(gate.address(), "a.test", std::sync::Arc::new(old)).is_err());
    assert_eq!(
        gate.metric("gw_tls_handshake_failures_total{listener=\"edge\"}"),
        Some(1.0)
    );
    let new = tls_client(authority.roots(), &[b"h2"]);
    assert!(Modern::tls(gate.address(), "a.test", new).is_ok());
}

#[test]
fn h2c_with_prior_knowledge_and_many_streams() {
    let backend = Backend::start(|_| Reply::ok("ok"));
    let gate = Gate::start(&format!(
        "LISTENER\nbackend web {{ target = \"{}\" }}\nroute all /** {{ public \"test\"; to web }}",
        backend.url()
    ));
    let mut client = Modern::h2c(gate.address());
    let statuses = client.send_all((0..50).map(|n| get(&format!("http://a/{n}"))).collect());
    assert_eq!(statuses, vec![200; 50]);
    let received = &backend.received()[0];
    assert_eq!(received.header("host"), Some("a"));
    assert_eq!(received.header("via"), Some("2 gw"));
    assert_eq!(gate.end()[0]["protocol"], "HTTP/2");
}

#[test]
fn http2_requests_are_checked_as_strictly() {
    let gate = Gate::start(&format!("LISTENER\n{ECHO}"));
    let mut client = Modern::h2c(gate.address());
    for (uri, host, reason) in [
        ("http://a/x%2fy", None, "bad-path"),
        ("http://a/../y", None, "bad-path"),
        ("http://a/", Some("b"), "bad-host"),
    ] {
        let mut request = get(uri);
        if let Some(host) = host {
            request.headers_mut().insert("host", host.parse().unwrap());
        }
        let reply = client.send(request).unwrap();
        assert_eq!(
            (reply.status, reply.json()["reason"].clone()),
            (400, reason.into()),
            "{uri}"
        );
    }
    assert_eq!(
        client.send(get("http://a/fine")).unwrap().status,
        200,
        "the connection lives on"
    );
}

#[test]
fn tls_and_http2_towards_a_backend() {
    let authority = Authority::new();
    let inner = tls_gate(&authority, "");
    for (protocol, seen) in [("auto", "2 gw"), ("http1", "1.1 gw"), ("http2", "2 gw")] {
        let outer = Gate::with_files(
            &format!(
                r#"LISTENER
                backend inner {{
                  target = "https://{}", protocol = {protocol}
                  tls {{ ca = file("ca.pem"), server_name = "a.test" }}
                }}
                route all /** {{ public "test"; to inner }}"#,
                inner.address()
            ),
            &[("ca.pem", authority.pem())],
        );
        let mut client = outer.client();
        for _ in 0..3 {
            let via = client.get("/x", "").json()["headers"]["via"].clone();
            assert_eq!(via, format!("1.1 gw, {seen}"), "{protocol}");
        }
        let big = "x".repeat(1 << 20);
        assert_eq!(client.post("/", "", &big).json()["body_bytes"], 1 << 20);
        let open = outer.metric("gw_backend_connections_open{backend=\"inner\"}");
        assert_eq!(open, Some(1.0), "{protocol}");
    }
}

#[test]
fn a_backend_that_is_not_trusted_is_not_used() {
    let inner = tls_gate(&Authority::new(), "");
    let outer = Gate::with_files(
        &format!(
            "LISTENER\nbackend inner {{ target = \"https://{}\", tls {{ ca = file(\"ca.pem\"), server_name = \"a.test\" }} }}\n\
             route all /** {{ public \"test\"; to inner }}",
            inner.address()
        ),
        &[("ca.pem", Authority::new().pem())],
    );
    let response = outer.get("/", "");
    assert_eq!(
        (response.status(), response.reason().as_str()),
        (Some(502), "backend-tls-error")
    );
}

#[test]
fn grpc_requests_get_grpc_statuses() {
    let signer = Signer::ec(Algorithm::ES256, "1");
    let gate = Gate::with_files(
        "LISTENER\nschema Claims { sub: string }\n\
         authn idp: jwt<Claims> { algorithms = [ES256], keys = file(\"keys.jwks\") }\n\
         backend me { target = echo() }\nroute all /svc/** { authn idp; allow; to me }",
        &[("keys.jwks", &Signer::jwks(&[&signer]))],
    );
    let mut client = Modern::h2c(gate.address());
    for (path, status) in [("/svc/A", "16"), ("/other", "12")] {
        let mut request = Request::post(format!("http://a{path}"))
            .body(Full::default())
            .unwrap();
        request
            .headers_mut()
            .insert("content-type", "application/grpc+proto".parse().unwrap());
        let reply = client.send(request).unwrap();
        assert_eq!(reply.status, 200);
        assert_eq!(reply.headers["grpc-status"], status, "{path}");
        assert_eq!(reply.headers["content-type"], "application/grpc");
        assert!(reply.body.is_empty());
    }
}

#[test]
fn trailers_pass_through_http2() {
    // A gateway behind a gateway, so that both sides of both speak HTTP/2.
    let backend = Backend::start(|_| {
        Reply::raw(
            "HTTP/1.1 200 OK\r\ncontent-type: application/grpc\r\ntransfer-encoding: chunked\r\n\
                    trailer: grpc-status\r\n\r\n3\r\nabc\r\n0\r\ngrpc-status: 0\r\n\r\n",
        )
    });
    let inner = Gate::start(&format!(
        "LISTENER\nbackend web {{ target = \"{}\" }}\nroute all /** {{ public \"test\"; to web }}",
        backend.url()
    ));
    let outer = Gate::start(&format!(
        "LISTENER\nbackend web {{ target = \"http://{}\", protocol = http2 }}\nroute all /** {{ public \"test\"; to web }}",
        inner.address()
    ));
    let mut client = Modern::h2c(outer.address());
    let mut request = get("http://a/svc");
    request
        .headers_mut()
        .insert("te", "trailers".parse().unwrap());
    let reply = client.send(request).unwrap();
    assert_eq!(reply.body, b"abc");
    assert_eq!(reply.trailers.unwrap()["grpc-status"], "0");
}

/// A frame with a short payload.
fn frame(kind: u8, flags: u8, stream: u8, payload: &[u8]) -> Vec<u8> {
    let length = u8::try_from(payload.len()).unwrap();
    [&[0, 0, length, kind, flags, 0, 0, 0, stream], payload].concat()
}

/// A backend over HTTP/2 that takes 100 bytes of a body, answers when it is told, and takes the rest
/// when it is told again. It says how much it has got, from then on.
fn hasty(go: Mutex<Receiver<()>>, got: Sender<usize>) -> Backend {
    const WINDOW: [u8; 6] = [0, 4, 0, 0, 0, 100];
    const OK: [u8; 1] = [0x88];
    let got = Mutex::new(got);
    Backend::raw(move |socket| {
        let mut out = socket.get_ref().try_clone().unwrap();
        let mut head = [0; 24];
        if socket.read_exact(&mut head).is_err() {
            return;
        }
        out.write_all(&frame(SETTINGS, 0, 0, &WINDOW)).unwrap();
        let mut seen = 0;
        let mut head = [0; 9];
        while socket.read_exact(&mut head).is_ok() {
            let [_, high, low, kind, flags, .., last] = head;
            let size = usize::from(u16::from_be_bytes([high, low]));
            socket.read_exact(&mut vec![0; size]).unwrap();
            if (kind, flags) == (SETTINGS, 0) {
                out.write_all(&frame(SETTINGS, ACK, 0, &[])).unwrap();
            }
            let answer = frame(HEADERS, END_HEADERS | END_STREAM, last, &OK);
            if kind == HEADERS && flags & END_STREAM != 0 {
                out.write_all(&answer).unwrap();
            }
            if kind == DATA {
                seen += size;
                if seen >= 100 {
                    let _ = got.lock().unwrap().send(seen);
                }
                if seen == 100 {
                    go.lock().unwrap().recv().unwrap();
                    out.write_all(&answer).unwrap();
                    go.lock().unwrap().recv().unwrap();
                    out.write_all(&frame(WINDOW_UPDATE, 0, last, &[0, 1, 0, 0]))
                        .unwrap();
                }
            }
        }
    })
}

/// The rest of a body that is still on its way when the response is over must not be taken from the
/// next request on the client's connection.
#[test]
fn a_request_that_was_answered_early_takes_nothing_of_the_next() {
    let (go, may_go) = channel();
    let (got, has_got) = channel();
    let slow = hasty(Mutex::new(may_go), got);
    let other = Backend::start(|request| Reply::ok(&request.text()));
    let gate = Gate::start(&format!(
        "LISTENER\nbackend slow {{ target = \"{}\", protocol = http2 }}\n\
         backend other {{ target = \"{}\" }}\n\
         route a /slow {{ public \"test\"; to slow }}\nroute b /other {{ public \"test\"; to other }}",
        slow.url(),
        other.url()
    ));
    let mut client = gate.client();
    assert_eq!(client.get("/slow", "").status(), Some(200));
    let got = || has_got.recv_timeout(Duration::from_secs(10)).unwrap();
    let tell_later = || {
        // Until the gateway has read what was sent.
        std::thread::sleep(Duration::from_millis(200));
        go.send(()).unwrap();
    };
    let head = "POST /slow HTTP/1.1\r\nhost: a\r\ncontent-length: 200\r\n\r\n";
    client.send(format!("{head}{}", "x".repeat(150)));
    assert_eq!(got(), 100);
    client.send("x".repeat(50));
    tell_later();
    let early = client.response();
    assert_eq!(
        (early.status(), early.header("connection")),
        (Some(200), None)
    );
    client.send("POST /other HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n\r\n");
    tell_later();
    while got() < 200 {}
    client.send("hello");
    assert_eq!(client.response().text(), "hello");
    drop(gate);
    let more: Vec<_> = has_got.try_iter().filter(|seen| *seen > 200).collect();
    assert!(more.is_empty(), "more than was its own: {more:?}");
}
