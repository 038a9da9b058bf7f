//! Messages of every framing arrive as they were sent, over every protocol that clients speak, and
//! connections that carried them carry the next.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

use gw_tests::{Backend, CHUNKED, Gate, Path, Paths, Reply};

#[test]
fn responses_of_every_framing() {
    let cases: Vec<(&str, String, u16, String)> = vec![
        (
            "an interim response of each kind",
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n\
             HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n\
             HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
                .to_owned(),
            200,
            "ok".to_owned(),
        ),
        (
            "chunks with extensions",
            format!("{CHUNKED}\r\n3;a=b;c\r\nabc\r\n1;x=\"y z\"\r\nd\r\n00;last\r\n\r\n"),
            200,
            "abcd".to_owned(),
        ),
        (
            "no chunks at all",
            format!("{CHUNKED}\r\n0\r\n\r\n"),
            200,
            String::new(),
        ),
        (
            "a body until the end of the connection",
            "HTTP/1.1 200 OK\r\n\r\nuntil the end".to_owned(),
            200,
            "until the end".to_owned(),
        ),
        (
            "the same from HTTP/1.0",
            "HTTP/1.0 404 Not Found\r\nserver: old\r\n\r\nuntil the end".to_owned(),
            404,
            "until the end".to_owned(),
        ),
        (
            "a body of nothing",
            "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n".to_owned(),
            200,
            String::new(),
        ),
        (
            "a large body",
            format!(
                "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{}",
                4 << 20,
                "z".repeat(4 << 20)
            ),
            200,
            "z".repeat(4 << 20),
        ),
        (
            "a large body in chunks",
            format!(
                "{CHUNKED}\r\n{}0\r\n\r\n",
                format!("fff\r\n{}\r\n", "y".repeat(0xfff)).repeat(500)
            ),
            200,
            "y".repeat(0xfff * 500),
        ),
    ];
    for (what, bytes, status, body) in cases {
        let backend = Backend::start(move |_| Reply::Close(bytes.clone().into()));
        let paths = Paths::start(&backend.policy());
        for path in Path::ALL {
            let mut caller = paths.caller(path);
            for _ in 0..2 {
                let heard = caller.ask("GET", "/", b"").unwrap();
                assert_eq!(heard.status, status, "{what}, {path:?}");
                assert!(heard.text() == body, "{what}, {path:?}");
            }
        }
    }
}

#[test]
fn trailers_arrive_on_every_path() {
    let answer =
        format!("{CHUNKED}trailer: x-sum\r\n\r\n2;q\r\nok\r\n0\r\nx-sum: 7\r\nhost: no\r\n\r\n");
    let backend = Backend::start(move |_| Reply::raw(&answer));
    let paths = Paths::start(&backend.policy());
    for path in Path::ALL {
        let heard = paths.caller(path).ask("GET", "/", b"").unwrap();
        assert_eq!(heard.text(), "ok", "{path:?}");
        let sum = ("x-sum".to_owned(), "7".to_owned());
        assert!(heard.trailers.contains(&sum), "{path:?}: {heard:?}");
    }
}

#[test]
fn requests_of_every_size() {
    let backend = Backend::start(|request| {
        let sum: u64 = request.body.iter().map(|b| u64::from(*b)).sum();
        Reply::ok(&format!("{} {sum}", request.body.len()))
    });
    let paths = Paths::start(&backend.policy());
    for path in Path::ALL {
        let mut caller = paths.caller(path);
        for size in [0, 1, 4095, 4096, 4097, 65_535, 65_536, 65_537, 3 << 20] {
            let body: Vec<u8> = (0..size).map(|n| (n % 251) as u8).collect();
            let sum: u64 = body.iter().map(|b| u64::from(*b)).sum();
            let heard = caller.ask("POST", "/", &body).unwrap();
            assert_eq!(heard.text(), format!("{size} {sum}"), "{path:?}");
        }
    }
    assert_eq!(backend.connections(), 1);
}

#[test]
fn a_chunked_request_loses_its_extensions_and_keeps_its_trailers() {
    let backend = Backend::start(|request| Reply::ok(&request.text()));
    let gate = Gate::before(&backend);
    let mut client = gate.client();
    for piece in [1, 5, 1000] {
        let text = "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\ntrailer: x-sum\r\n\r\n\
                    3;a=b\r\nabc\r\n2;\"\r\nde\r\n0;z\r\nx-sum: 5\r\ncontent-length: 9\r\n\r\n";
        for bytes in text.as_bytes().chunks(piece) {
            client.send(bytes);
        }
        assert_eq!(client.response().text(), "abcde");
    }
    for request in backend.received() {
        assert_eq!(request.text(), "abcde");
        assert_eq!(request.trailers, [("x-sum".to_owned(), "5".to_owned())]);
    }
    assert_eq!(backend.connections(), 1);
}

#[test]
fn pipelined_requests_with_bodies() {
    let backend =
        Backend::start(|request| Reply::ok(&format!("{} {}", request.path(), request.text())));
    let gate = Gate::before(&backend);
    let mut stream = String::new();
    let mut expected = Vec::new();
    for n in 0..30 {
        let body = "b".repeat(n * 100);
        let head = format!("POST /{n} HTTP/1.1\r\nhost: a\r\n");
        stream += &match n % 3 {
            0 => format!("{head}content-length: {}\r\n\r\n{body}", body.len()),
            1 => format!(
                "{head}transfer-encoding: chunked\r\n\r\n{:x};e\r\n{body}\r\n0\r\nt: 1\r\n\r\n",
                body.len()
            ),
            _ => format!("GET /{n} HTTP/1.1\r\nhost: a\r\n\r\n"),
        };
        let body = if n % 3 == 2 { "" } else { &body };
        expected.push(format!("/{n} {body}"));
    }
    for piece in [stream.len(), 999, 17] {
        let mut client = gate.client();
        for bytes in stream.as_bytes().chunks(piece) {
            client.send(bytes);
        }
        for text in &expected {
            assert_eq!(&client.response().text(), text, "in pieces of {piece}");
        }
    }
    assert_eq!(backend.connections(), 1);
}

#[test]
fn http10_clients() {
    let backend = Backend::start(|request| match request.path() {
        "/length" => Reply::ok("body"),
        "/chunks" => Reply::raw(&format!("{CHUNKED}\r\n4;x\r\nbody\r\n0\r\nt: 1\r\n\r\n")),
        _ => Reply::Close(b"HTTP/1.1 200 OK\r\n\r\nbody".to_vec()),
    });
    let gate = Gate::before(&backend);
    for (target, keep, stays) in [
        ("/length", "connection: keep-alive\r\n", true),
        ("/length", "", false),
        ("/chunks", "connection: keep-alive\r\n", false),
        ("/chunks", "", false),
        ("/close", "connection: keep-alive\r\n", false),
        ("/close", "", false),
    ] {
        let mut client = gate.client();
        client.send(format!("GET {target} HTTP/1.0\r\nhost: a\r\n{keep}\r\n"));
        let response = client.response();
        assert_eq!(response.text(), "body", "{target} {keep}");
        assert_eq!(
            response.header("transfer-encoding"),
            None,
            "{target} {keep}"
        );
        let connection = if stays { "keep-alive" } else { "close" };
        assert_eq!(
            response.header("connection"),
            Some(connection),
            "{target} {keep}"
        );
        match stays {
            true => assert_eq!(client.get("/length", "").text(), "body"),
            false => assert!(client.is_closed(), "{target} {keep}"),
        }
    }
}

#[test]
fn a_body_until_the_end_becomes_chunks_and_the_connection_stays() {
    let backend = Backend::start(|_| Reply::Close(b"HTTP/1.1 200 OK\r\n\r\nbody".to_vec()));
    let gate = Gate::before(&backend);
    let mut client = gate.client();
    for _ in 0..3 {
        let response = client.get("/", "");
        assert_eq!(response.header("transfer-encoding"), Some("chunked"));
        assert_eq!(response.text(), "body");
    }
}

#[test]
fn responses_without_a_body_on_one_connection() {
    let backend = Backend::start(|request| match request.path() {
        "/none" => Reply::raw("HTTP/1.1 204 No Content\r\n\r\n"),
        "/same" => Reply::raw("HTTP/1.1 304 Not Modified\r\ncontent-length: 99\r\n\r\n"),
        "/chunks" if request.start.starts_with("HEAD") => Reply::raw(&format!("{CHUNKED}\r\n")),
        _ if request.start.starts_with("HEAD") => {
            Reply::raw("HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")
        }
        _ => Reply::ok("body"),
    });
    let rest = format!(
        "{}\nroute own /own {{ public \"test\"; respond 200 \"mine\" }}\n\
         policy none {{ allow when request.method == \"X\" }}\n\
         route no /no {{ use policy none; to web }}",
        backend.policy()
    );
    let paths = Paths::start(&rest);
    for path in Path::ALL {
        let mut caller = paths.caller(path);
        for (method, target, status, length, body) in [
            ("GET", "/", 200, Some("4"), "body"),
            ("HEAD", "/", 200, Some("1000"), ""),
            ("GET", "/none", 204, None, ""),
            ("HEAD", "/chunks", 200, None, ""),
            ("GET", "/same", 304, Some("99"), ""),
            ("HEAD", "/same", 304, Some("99"), ""),
            ("HEAD", "/own", 200, None, ""),
            ("GET", "/own", 200, Some("4"), "mine"),
            ("HEAD", "/no", 403, None, ""),
            ("GET", "/", 200, Some("4"), "body"),
        ] {
            let heard = caller.ask(method, target, b"");
            let heard = heard.unwrap_or_else(|| panic!("{method} {target}, {path:?}"));
            assert_eq!(heard.status, status, "{method} {target}, {path:?}");
            assert_eq!(heard.text(), body, "{method} {target}, {path:?}");
            if target != "/own" && target != "/no" {
                assert_eq!(
                    heard.length.as_deref(),
                    length,
                    "{method} {target}, {path:?}"
                );
            }
        }
    }
    assert_eq!(backend.connections(), 1);
}

#[test]
fn an_unread_body_that_has_arrived_is_skipped_and_one_that_has_not_ends_the_connection() {
    let gate = Gate::start(
        "LISTENER\npolicy none { allow when request.method == \"GET\" }\n\
         backend me { target = echo() }\nroute all /** { use policy none; to me }",
    );
    let mut client = gate.client();
    for _ in 0..3 {
        let refused = client.post("/", "", "a small body");
        assert_eq!(refused.status(), Some(403));
        assert_eq!(refused.header("connection"), None);
    }
    client.send(
        "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    );
    assert_eq!(client.response().status(), Some(403));
    assert_eq!(client.get("/", "").status(), Some(200));
    client.send(format!(
        "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: {}\r\n\r\nabc",
        1 << 20
    ));
    let refused = client.response();
    assert_eq!(refused.status(), Some(403));
    assert_eq!(refused.header("connection"), Some("close"));
    assert!(client.is_closed());
}
