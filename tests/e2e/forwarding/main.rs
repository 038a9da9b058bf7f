//! What a backend receives and what a client gets back: fields, bodies, trailers.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

mod proxies;
mod trailers;

use gw_tests::{Backend, Gate, Message, Reply};
use std::io::Write;

#[test]
fn hop_by_hop_fields_stay_and_forwarding_fields_are_ours() {
    let backend = Backend::start(|_| {
        Reply::raw(
            "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: x-inner\r\nx-inner: 1\r\n\
                    keep-alive: timeout=5\r\nx-outer: 2\r\n\r\nok",
        )
    });
    let gate = Gate::before(&backend);
    let fields = "connection: keep-alive, x-drop\r\nx-drop: 1\r\nte: trailers\r\nx-keep: 2\r\n\
                  proxy-connection: keep-alive\r\nx-forwarded-for: 6.6.6.6\r\nforwarded: for=6.6.6.6\r\n\
                  x-request-id: forged\r\n";
    // Lines that are new, in another shape, and known from before.
    for between in [": ", ":", ": ", ":"] {
        let response = gate.get("/a?b=c%20d", &fields.replace(": ", between));
        assert_eq!(
            (response.status(), response.text().as_str()),
            (Some(200), "ok")
        );
        assert_eq!(response.header("x-outer"), Some("2"));
        for name in ["x-inner", "keep-alive", "connection"] {
            assert_eq!(response.header(name), None, "{name}");
        }
        let received = backend.received().pop().unwrap();
        assert_eq!(received.start, "GET /a?b=c%20d HTTP/1.1");
        assert_eq!(received.header("host"), Some("test"));
        assert_eq!(received.header("x-keep"), Some("2"));
        assert_eq!(received.header("te"), Some("trailers"));
        assert_eq!(received.header("x-forwarded-for"), Some("127.0.0.1"));
        assert_eq!(received.header("x-forwarded-proto"), Some("http"));
        assert_eq!(received.header("x-forwarded-host"), Some("test"));
        assert_eq!(received.header("via"), Some("1.1 gw"));
        assert_ne!(received.header("x-request-id"), Some("forged"));
        for name in ["x-drop", "connection", "proxy-connection", "forwarded"] {
            assert_eq!(received.header(name), None, "{name}");
        }
    }
}

/// Servers that hand fields over as variables do not tell `_` from `-`: what the policy and the
/// gateway say must not have a second line there that the client wrote.
#[test]
fn a_name_with_other_dashes_is_no_way_around_an_edit() {
    let backend = Backend::start(|_| {
        Reply::raw("HTTP/1.1 200 OK\r\nx_user: backend\r\ncontent-length: 0\r\n\r\n")
    });
    let gate = Gate::start(&format!(
        r#"LISTENER
        backend web {{ target = "{}" }}
        route all /** {{
          public "test"
          request {{
            set header "x-user" = "me"
            remove header "x-admin"
            remove header "x-in-*"
            rename header "x_old" to "x-old"
            set header "a_b" = "1"
            set header "a-b" = "2"
          }}
          response {{ set header "x-user" = "me" }}
          to web
        }}"#,
        backend.url()
    ));
    let fields = "X_User: evil\r\nx_admin: 1\r\nX-In_Side: 1\r\nx_in-side: 1\r\nX_Old: 1\r\na_b: 3\r\n\
                  X_Forwarded_For: 6.6.6.6\r\nx-forwarded_proto: https\r\nContent_Length: 5\r\n\
                  keep_me: 1\r\nx_users: 1\r\nte: trailers\r\ntransfer-encoding: chunked\r\n";
    let body = "0\r\nx_user: evil\r\nX-Forwarded_For: 6.6.6.6\r\nkeep_me: 2\r\n\r\n";
    // Lines in two shapes, new and known from before.
    for between in [": ", ":", ": ", ":"] {
        let fields = fields.replace(": ", between);
        let mut client = gate.client();
        client.send(format!("POST / HTTP/1.1\r\nhost: a\r\n{fields}\r\n{body}"));
        let response = client.response();
        assert_eq!(
            response.header("x_user"),
            Some("backend"),
            "to clients they are two"
        );
        let received = backend.received().pop().unwrap();
        let with_underscore: Vec<_> = received
            .headers
            .iter()
            .filter(|(n, _)| n.contains('_'))
            .collect();
        let kept = [("keep_me", "1"), ("x_users", "1"), ("a_b", "1")];
        assert_eq!(with_underscore.len(), kept.len(), "{with_underscore:?}");
        for (name, value) in kept {
            assert_eq!(received.header(name), Some(value), "{name}");
        }
        for (name, value) in [("x-user", "me"), ("x-old", "1"), ("a-b", "2")] {
            assert_eq!(received.header(name), Some(value), "{name}");
        }
        assert_eq!(received.header("x-forwarded-for"), Some("127.0.0.1"));
        assert_eq!(received.trailers, [("keep_me".to_owned(), "2".to_owned())]);
    }
}

#[test]
fn bodies_stream_both_ways() {
    // The backend answers each line as soon as it has it: nothing may be held back.
    let backend = Backend::streaming(|request, stream| {
        stream
            .write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
            .unwrap();
        stream.write_all(b"5\r\nfirst\r\n").unwrap();
        stream
            .write_all(format!("{:x}\r\n{}\r\n", request.body.len(), request.text()).as_bytes())
            .unwrap();
        stream.write_all(b"0\r\n\r\n").unwrap();
        true
    });
    let gate = Gate::before(&backend);
    let mut client = gate.client();
    client.send("POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n4\r\nabcd\r\n");
    client.send("3\r\nefg\r\n0\r\n\r\n");
    assert_eq!(client.response().text(), "firstabcdefg");
    let received = &backend.received()[0];
    assert_eq!(received.header("transfer-encoding"), Some("chunked"));
    let big = "x".repeat(3 << 20);
    assert_eq!(client.post("/", "", &big).body.len(), big.len() + 5);
    assert_eq!(
        backend.received()[1].header("content-length"),
        Some("3145728")
    );
    assert_eq!(backend.connections(), 1);
}

#[test]
fn the_head_of_a_response_comes_before_its_body_is_complete() {
    let (go, wait) = std::sync::mpsc::channel::<()>();
    let wait = std::sync::Mutex::new(wait);
    let backend = Backend::streaming(move |_, stream| {
        stream
            .write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\none\r\n")
            .unwrap();
        wait.lock().unwrap().recv().unwrap();
        stream.write_all(b"3\r\ntwo\r\n0\r\n\r\n").unwrap();
        true
    });
    let gate = Gate::before(&backend);
    let mut client = gate.client();
    client.send("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
    let mut early = String::new();
    while !early.contains("one") {
        early.push_str(&String::from_utf8(client.some_bytes()).unwrap());
    }
    go.send(()).unwrap();
    let mut late = early.clone();
    while !late.ends_with("0\r\n\r\n") {
        late.push_str(&String::from_utf8(client.some_bytes()).unwrap());
    }
    assert!(!early.contains("two") && late.contains("two"));
}

#[test]
fn a_client_that_waits_for_100_continue_gets_it_only_if_the_request_passes() {
    let backend = Backend::start(|request| Reply::ok(&request.text()));
    let gate = Gate::start(&format!(
        "LISTENER\nbackend web {{ target = \"{}\" }}\nroute all POST /up {{ public \"test\"; to web }}",
        backend.url()
    ));
    let head = |path: &str| {
        format!(
            "POST {path} HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\nexpect: 100-continue\r\n\r\n"
        )
    };
    let mut client = gate.client();
    assert_eq!(
        client.send(head("/up")).response().start,
        "HTTP/1.1 100 Continue"
    );
    assert_eq!(client.send("abc").response().text(), "abc");
    assert_eq!(backend.received()[0].header("expect"), None);
    let mut other = gate.client();
    assert_eq!(other.send(head("/other")).response().status(), Some(404));
}

#[test]
fn head_204_and_304_have_no_body() {
    let backend = Backend::start(|request: &Message| match request.start.split(' ').nth(1) {
        Some("/none") => Reply::raw("HTTP/1.1 204 No Content\r\n\r\n"),
        Some("/same") => Reply::raw("HTTP/1.1 304 Not Modified\r\netag: \"1\"\r\n\r\n"),
        _ => Reply::raw("HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n"),
    });
    let gate = Gate::before(&backend);
    let mut client = gate.client();
    client.send("HEAD / HTTP/1.1\r\nhost: a\r\n\r\n");
    let head = client.bodiless_response();
    assert_eq!(
        (head.status(), head.header("content-length")),
        (Some(200), Some("1000"))
    );
    assert_eq!(client.get("/none", "").status(), Some(204));
    let same = client.get("/same", "");
    assert_eq!(
        (same.status(), same.header("etag")),
        (Some(304), Some("\"1\""))
    );
    assert_eq!(backend.connections(), 1, "the connection is used again");
}

#[test]
fn large_bodies_of_known_length_arrive_whole() {
    let body: String = (0..400_000)
        .map(|n| char::from(b'a' + (n % 23) as u8))
        .collect();
    let text = format!(
        "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let backend = Backend::start(move |request: &Message| match request.path() {
        "/cut" => Reply::Close(text.as_bytes()[..300_000].to_vec()),
        _ => Reply::raw(&text),
    });
    let gate = Gate::before(&backend);
    let mut client = gate.client();
    for _ in 0..3 {
        assert!(client.get("/", "").text() == body);
    }
    assert_eq!(backend.connections(), 1, "the connection is used again");
    client.send("GET /cut HTTP/1.1\r\nhost: a\r\n\r\n");
    assert!(
        client.try_response().is_none(),
        "a body that is cut stays cut"
    );
    let lines = gate.end();
    assert_eq!(lines[0]["bytes_out"], body.len());
    assert_eq!(lines[3]["reason"], "backend-reset");
}

#[test]
fn bodies_over_the_limit_are_refused() {
    let backend = Backend::start(|_| Reply::ok("ok"));
    let gate = Gate::start(&format!(
        r#"gw 1
        listener http {{ bind = "127.0.0.1:0", http {{ max_body = 1KiB }} }}
        backend web {{ target = "{}" }}
        route all /** {{ public "test"; to web }}"#,
        backend.url()
    ));
    assert_eq!(
        gate.client().post("/", "", &"x".repeat(1024)).status(),
        Some(200)
    );
    let announced = gate.client().post("/", "", &"x".repeat(1025));
    assert_eq!(
        (announced.status(), announced.reason().as_str()),
        (Some(413), "body-too-large")
    );
    let mut client = gate.client();
    client.send("POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n");
    client.send(format!("800\r\n{}\r\n", "x".repeat(0x800)));
    let streamed = client.response();
    assert_eq!(
        (streamed.status(), streamed.reason().as_str()),
        (Some(413), "body-too-large")
    );
    assert!(client.is_closed());
}

#[test]
fn a_client_that_goes_away_is_written_down() {
    let (asked, wait) = std::sync::mpsc::channel::<()>();
    let backend = Backend::start(move |_| {
        asked.send(()).unwrap();
        Reply::Silence
    });
    let gate = Gate::before(&backend);
    let mut client = gate.client();
    client.send("GET /slow HTTP/1.1\r\nhost: a\r\n\r\n");
    wait.recv().unwrap();
    drop(client);
    let lines = gate.end();
    assert_eq!(lines[0]["status"], 499);
    assert_eq!(lines[0]["reason"], "client-closed-request");
    assert_eq!(lines[0]["path"], "/slow");
}

#[test]
fn edits_change_path_query_and_fields() {
    let backend = Backend::start(|_| {
        Reply::raw("HTTP/1.1 200 OK\r\ncontent-length: 2\r\nserver: inner\r\nx-cost: 9\r\n\r\nok")
    });
    let gate = Gate::start(&format!(
        r#"LISTENER
        backend web {{ target = "{}/base" }}
        route all /old/{{rest:**}} {{
          public "test"
          request {{
            replace prefix "/old" = "/new"
            set header "x-orig" = request.path
            add header "x-more" = "2"
            remove header ["authorization", "x-debug-*"]
            set query "via" = "gw"
          }}
          response {{ remove header ["server", "x-cost"]; set header "x-frame-options" = "DENY" }}
          to web
        }}"#,
        backend.url()
    ));
    let response = gate.get(
        "/old/a?b=1",
        "authorization: secret\r\nx-debug-a: 1\r\nx-more: 1\r\n",
    );
    assert_eq!(response.header("server"), None);
    assert_eq!(response.header("x-cost"), None);
    assert_eq!(response.header("x-frame-options"), Some("DENY"));
    let received = &backend.received()[0];
    assert_eq!(received.start, "GET /base/new/a?b=1&via=gw HTTP/1.1");
    assert_eq!(received.header("x-orig"), Some("/old/a"));
    assert_eq!(received.header("authorization"), None);
    assert_eq!(received.header("x-debug-a"), None);
    let more: Vec<_> = received
        .headers
        .iter()
        .filter(|(n, _)| n == "x-more")
        .collect();
    assert_eq!(more.len(), 2);
}

/// A body without its length would be read as the next request.
#[test]
fn a_pattern_never_takes_the_length_of_a_body() {
    let backend = Backend::start(|_| {
        Reply::raw("HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-language: en\r\n\r\nok")
    });
    let gate = Gate::start(&format!(
        r#"LISTENER
        backend web {{ target = "{}" }}
        route all POST /{{rest:**}} {{
          public "test"
          request {{ remove header ["content-*", "t*"] }}
          response {{ remove header "c*" }}
          to web
        }}"#,
        backend.url()
    ));
    let body = "GET /inner HTTP/1.1\r\nhost: a\r\n\r\n";
    let response = gate.client().post("/a", "content-language: de\r\n", body);
    assert_eq!(response.header("content-language"), None);
    assert_eq!(response.header("content-length"), Some("2"));
    let received = &backend.received()[0];
    assert_eq!(received.header("content-language"), None);
    assert_eq!(
        received.header("content-length"),
        Some(body.len().to_string().as_str())
    );
    assert_eq!(received.body, body.as_bytes());
    assert_eq!(backend.received().len(), 1);
}
