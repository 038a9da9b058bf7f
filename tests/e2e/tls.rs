//! Records of TLS that come cut, small, large, spoiled or not at all, on connections of clients and of
//! backends.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

use gw_tests::{
    Authority, Backend, Ending, Gate, Reply, Sealed, signal, tls_backend, tls_client, wait,
};
use rustls::{AlertDescription, ClientConfig};
use std::io::{Read, Write};
use std::net::Shutdown;
use std::sync::Arc;

/// A gateway with TLS on both sides, as far as it has to.
struct World {
    gate: Gate,
    authority: Authority,
}

const ECHO: &str = "backend me { target = echo() }\nroute all /** { public \"test\"; to me }\n";
const REQUEST: &str = "GET /a HTTP/1.1\r\nhost: a.test\r\n\r\n";

impl World {
    /// A listener with TLS before these backends and routes.
    fn start(http: &str, rest: &str) -> Self {
        let authority = Authority::new();
        let (certificate, key) = authority.issue(&["a.test"]);
        let gate = Gate::with_files(
            &format!(
                "gw 1\nlistener edge {{ bind = \"127.0.0.1:0\", tls {{ cert = file(\"crt\"), \
                 key = file(\"key\") }}, http {{ max_body = 64MiB {http} }} }}\n{rest}"
            ),
            &[("crt", &certificate), ("key", &key)],
        );
        Self { gate, authority }
    }

    fn config(&self) -> Arc<ClientConfig> {
        tls_client(self.authority.roots(), &[b"http/1.1"])
    }

    fn client(&self) -> Sealed {
        Sealed::connect(self.gate.address(), self.config())
    }
}

/// A gateway without TLS before a backend that has it.
fn before(backend: &Backend, authority: &Authority) -> Gate {
    Gate::with_files(&policy_before(backend), &[("ca.pem", authority.pem())])
}

fn policy_before(backend: &Backend) -> String {
    format!(
        "LISTENER\nbackend web {{ target = \"https://{}\", tls {{ ca = file(\"ca.pem\"), \
         server_name = \"a.test\" }} }}\nroute all /** {{ public \"test\"; to web }}",
        backend.address()
    )
}

/// An open connection to a backend was vouched for by authorities that the policy no longer names.
#[test]
fn a_reload_ends_the_trust_in_connections_to_backends() {
    let (authority, other) = (Authority::new(), Authority::new());
    let backend = tls_backend_that_stays(&authority);
    let gate = before(&backend, &authority);
    let policy = policy_before(&backend);
    for _ in 0..2 {
        assert_eq!(gate.get("/", "").status(), Some(200));
    }
    gate.reload(&policy).unwrap();
    assert_eq!(gate.get("/", "").status(), Some(200));
    assert_eq!(
        backend.connections(),
        1,
        "the same trust, the same connection"
    );
    std::fs::write(gate.folder().join("ca.pem"), other.pem()).unwrap();
    gate.reload(&policy).unwrap();
    let refused = gate.get("/", "");
    assert_eq!(
        (refused.status(), refused.reason().as_str()),
        (Some(502), "backend-tls-error")
    );
}

/// A backend with TLS that answers one request after the other.
fn tls_backend_that_stays(authority: &Authority) -> Backend {
    tls_backend(authority, |_, stream| {
        let mut request = Vec::new();
        loop {
            stream
                .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
                .unwrap();
            request.clear();
            while !request.ends_with(b"\r\n\r\n") {
                let mut byte = [0];
                match stream.read(&mut byte) {
                    Ok(1) => request.push(byte[0]),
                    Ok(_) | Err(_) => return,
                }
            }
        }
    })
}

#[test]
fn a_record_cut_anywhere_is_one_request() {
    let world = World::start("", ECHO);
    let mut client = world.client();
    let length = client.seal(REQUEST).len();
    let mut client = world.client();
    for at in 1..length {
        let record = client.seal(REQUEST);
        let (first, second) = record.split_at(at);
        client.send(first);
        client.send(second);
        assert_eq!(client.response().unwrap().json()["path"], "/a", "{at}");
    }
    for byte in client.seal(REQUEST) {
        client.send(&[byte]);
    }
    assert_eq!(client.response().unwrap().json()["path"], "/a");
}

#[test]
fn many_small_records_are_one_request() {
    let world = World::start("", ECHO);
    let mut client = world.client();
    let request = format!(
        "POST /a HTTP/1.1\r\nhost: a.test\r\ncontent-length: 300\r\n\r\n{}",
        "x".repeat(300)
    );
    let records: Vec<u8> = request
        .as_bytes()
        .chunks(1)
        .flat_map(|byte| client.seal(byte))
        .collect();
    client.send(&records);
    assert_eq!(client.response().unwrap().json()["body_bytes"], 300);
}

#[test]
fn requests_that_fill_records_are_answered_in_order() {
    let world = World::start("", ECHO);
    let mut client = world.client();
    let requests: String = (0..1000)
        .map(|n| format!("GET /{n} HTTP/1.1\r\nhost: a.test\r\n\r\n"))
        .collect();
    let records = client.seal(&requests);
    // The first record is as large as one may be.
    assert_eq!(records[3..5], (16_384_u16 + 17).to_be_bytes());
    let mut writer = client.writer();
    let sent = std::thread::spawn(move || writer.write_all(&records).unwrap());
    for n in 0..1000 {
        let path = client.response().unwrap().json()["path"].clone();
        assert_eq!(path, format!("/{n}"));
    }
    sent.join().unwrap();
}

#[test]
fn large_bodies_pass_in_both_directions() {
    let authority = Authority::new();
    let inner = tls_backend(&authority, |request, stream| {
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n",
            request.body.len()
        );
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(&request.body).unwrap();
        stream.flush().unwrap();
    });
    let (ca, size) = (authority.pem().to_owned(), 12 << 20);
    let outer = World::start(
        ", body_timeout = 60s",
        &format!(
            "backend web {{ target = \"https://{}\", tls {{ ca = file(\"{}\"), server_name = \"a.test\" }} }}\n\
             route all /** {{ public \"test\"; to web }}",
            inner.address(),
            file(&ca).display(),
        ),
    );
    let mut client = outer.client();
    let body: Vec<u8> = (0..size).map(|n: usize| (n / 7 % 256) as u8).collect();
    let head = format!("POST / HTTP/1.1\r\nhost: a.test\r\ncontent-length: {size}\r\n\r\n");
    let records = client.seal([head.as_bytes(), &body].concat());
    let mut writer = client.writer();
    let sent = std::thread::spawn(move || writer.write_all(&records).unwrap());
    let answer = client.response().unwrap();
    sent.join().unwrap();
    assert_eq!(answer.status(), Some(200));
    assert!(answer.body == body);
}

/// A file that lasts as long as the process.
fn file(text: &str) -> std::path::PathBuf {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    file.into_temp_path().keep().unwrap()
}

#[test]
fn keys_change_under_load() {
    let world = World::start("", ECHO);
    let mut client = world.client();
    let body = "x".repeat(50_000);
    for n in 0..100 {
        if n % 3 == 0 {
            client.renew_keys();
        }
        client.say(format!(
            "POST /{n} HTTP/1.1\r\nhost: a.test\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        ));
        let answer = client.response().unwrap().json();
        assert_eq!(
            (&answer["path"], &answer["body_bytes"]),
            (&format!("/{n}").into(), &50_000.into())
        );
    }
}

#[test]
fn what_is_no_record_gets_an_alert() {
    let world = World::start("", ECHO);
    for (bytes, alert) in [
        (
            &b"GET / HTTP/1.1\r\n\r\n"[..],
            AlertDescription::UnexpectedMessage,
        ),
        (
            b"\x17\x03\x03\x00\x11aaaaaaaaaaaaaaaaa",
            AlertDescription::BadRecordMac,
        ),
        (b"\x17\x03\x03\x50\x00", AlertDescription::RecordOverflow),
        // Another handshake, in the clear.
        (
            b"\x16\x03\x01\x00\x04\x01\x00\x00\x00",
            AlertDescription::BadRecordMac,
        ),
    ] {
        let mut client = world.client();
        client.say(REQUEST);
        client.response().unwrap();
        client.send(bytes);
        assert_eq!(client.ending(), (0, Ending::Alert(alert)));
    }
    let mut client = world.client();
    let mut record = client.seal(REQUEST);
    let last = record.len() - 1;
    record[last] ^= 1;
    client.send(&record);
    let spoiled = Ending::Alert(AlertDescription::BadRecordMac);
    assert_eq!(client.ending(), (0, spoiled));
}

#[test]
fn the_end_is_said() {
    let world = World::start("", ECHO);
    let mut client = world.client();
    client.say("GET / HTTP/1.1\r\nhost: a.test\r\nconnection: close\r\n\r\n");
    assert_eq!(client.response().unwrap().status(), Some(200));
    assert_eq!(client.ending(), (0, Ending::Orderly));
}

#[test]
fn a_client_that_is_cut_off_has_not_sent_its_body() {
    let (ended, has_ended) = signal();
    let backend = Backend::raw(move |stream| {
        let mut received = Vec::new();
        let _ = stream.read_to_end(&mut received);
        assert!(!received.ends_with(b"0\r\n\r\n"));
        ended.send(()).unwrap();
    });
    let world = World::start("", &backend.policy());
    let mut client = world.client();
    client
        .say("POST / HTTP/1.1\r\nhost: a.test\r\ntransfer-encoding: chunked\r\n\r\n4\r\npart\r\n");
    client.cut_off();
    wait(&has_ended);
    let lines = world.gate.end();
    assert_eq!(lines[0]["reason"], "bad-request", "{}", lines[0]);
}

#[test]
fn a_body_until_the_end_needs_the_word_that_it_is_one() {
    let authority = Authority::new();
    let backend = tls_backend(&authority, |request, stream| {
        stream
            .write_all(b"HTTP/1.1 200 OK\r\n\r\nas far as it goes")
            .unwrap();
        if request.path() == "/whole" {
            stream.conn.send_close_notify();
        }
        stream.flush().unwrap();
        stream.sock.shutdown(Shutdown::Both).unwrap();
    });
    let gate = before(&backend, &authority);
    assert_eq!(gate.get("/whole", "").text(), "as far as it goes");
    let mut client = gate.client();
    client.send("GET /cut HTTP/1.1\r\nhost: a\r\n\r\n");
    assert!(client.try_response().is_none());
    assert_eq!(gate.end()[1]["reason"], "backend-reset");
}

#[test]
fn a_client_that_does_not_read_is_given_up() {
    let (backend, has_begun) = Backend::pouring(64 << 20);
    let world = World::start(", body_timeout = 100ms", &backend.policy());
    let mut client = world.client();
    client.say(REQUEST);
    wait(&has_begun);
    let lines = world.gate.end();
    assert_eq!(lines[0]["reason"], "client-closed-request", "{}", lines[0]);
}

#[test]
fn a_slow_reader_gets_everything() {
    let body = "0123456789".repeat(800_000);
    let backend = Backend::start(move |_| Reply::ok(&body));
    let world = World::start("", &backend.policy());
    let mut client = world.client();
    // Changes of keys while the socket takes nothing: answers wait for their turn.
    client.say(REQUEST);
    for _ in 0..20 {
        client.renew_keys();
        client.say("");
    }
    let answer = client.response().unwrap();
    assert!(answer.text() == "0123456789".repeat(800_000));
    client.say(REQUEST);
    assert_eq!(client.response().unwrap().body.len(), 8_000_000);
}
