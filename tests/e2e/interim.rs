//! Interim responses of a backend reach clients that take them, at once and without what the policy
//! keeps from clients.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

use gw_tests::frames::{Frames, HEADERS};
use gw_tests::{Backend, Gate, Reply, signal, wait};
use std::io::Write;

const HINTS: &str = "HTTP/1.1 100 Continue\r\n\r\n\
     HTTP/1.1 102 Processing\r\n\r\n\
     HTTP/1.1 103 Early Hints\r\nlink: </style.css>; rel=preload\r\nx-secret: 1\r\nx-internal-id: 2\r\n\
     x-old: 3\r\nx-new: 4\r\nserver: x\r\nconnection: x-hop\r\nx-hop: 5\r\ncontent-length: 6\r\n\r\n\
     HTTP/1.1 200 OK\r\nx-secret: 1\r\ncontent-length: 2\r\n\r\nok";

fn gate(backend: &Backend) -> Gate {
    Gate::start(&format!(
        r#"gw 1
        listener http {{ bind = "127.0.0.1:0" }}
        backend web {{ target = "{}" }}
        route all /** {{
          public "test"
          response {{
            remove header ["x-secret", "x-internal-*"]
            rename header "x-old" to "x-new"
            set header "server" = "gw"
          }}
          to web
        }}"#,
        backend.url()
    ))
}

#[test]
fn hints_come_without_what_the_policy_changes() {
    let backend = Backend::start(|_| Reply::raw(HINTS));
    let gate = gate(&backend);
    let mut client = gate.client();
    for _ in 0..2 {
        client.send("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
        let processing = client.response();
        assert_eq!(processing.start, "HTTP/1.1 102 Processing");
        assert!(processing.headers.is_empty());
        let hints = client.response();
        assert_eq!(hints.start, "HTTP/1.1 103 Early Hints");
        let link = ("link".to_owned(), "</style.css>; rel=preload".to_owned());
        assert_eq!(hints.headers, [link]);
        let response = client.response();
        assert_eq!(response.text(), "ok");
        assert_eq!(response.header("x-secret"), None);
        assert_eq!(response.header("server"), Some("gw"));
    }
    assert_eq!(gate.end()[0]["status"], 200);
}

#[test]
fn an_old_client_gets_none() {
    let backend = Backend::start(|_| Reply::raw(HINTS));
    let gate = gate(&backend);
    let mut client = gate.client();
    client.send("GET / HTTP/1.0\r\nhost: a\r\n\r\n");
    assert_eq!(client.response().text(), "ok");
}

#[test]
fn hints_come_over_http2() {
    let backend = Backend::start(|_| Reply::raw(HINTS));
    let gate = gate(&backend);
    let mut client = Frames::connect(gate.address());
    client.get(1, "/", &[]);
    let has = |payload: &[u8], text: &[u8]| payload.windows(text.len()).any(|w| w == text);
    let processing = client.next(HEADERS);
    assert!(has(&processing.payload, b"102") && !processing.ends());
    let hints = client.next(HEADERS);
    assert!(has(&hints.payload, b"103") && !hints.ends());
    assert!(has(&hints.payload, b"</style.css>; rel=preload"));
    assert!(!has(&hints.payload, b"x-"));
    let response = client.response(1);
    assert_eq!(response.last().unwrap().payload, b"ok");
}

#[test]
fn hints_do_not_wait_for_the_response() {
    let (seen, was_seen) = signal();
    let backend = Backend::streaming(move |_, stream| {
        let head = b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n";
        stream.write_all(head).unwrap();
        wait(&was_seen);
        stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").is_ok()
    });
    let gate = gate(&backend);
    let mut client = gate.client();
    client.send("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
    assert_eq!(client.response().status(), Some(103));
    seen.send(()).unwrap();
    assert_eq!(client.response().status(), Some(204));
}
