//! Peers that are slow or silent, over every protocol that clients speak.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

use gw_tests::{Backend, CHUNKED, Client, Gate, Message, Path, Paths, Reply, signal, wait};
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::mpsc::Sender;
use std::time::Duration;

#[test]
fn backends_that_are_silent() {
    let backend = Backend::start(|_| Reply::Silence);
    let paths = Paths::start(&format!(
        "backend web {{ target = \"{}\", timeout {{ first_byte = 100ms }} }}\n\
         route all /** {{ public \"test\"; to web }}",
        backend.url()
    ));
    for path in Path::ALL {
        for body in ["", "some"] {
            let heard = paths
                .caller(path)
                .ask("POST", "/", body.as_bytes())
                .unwrap();
            let found = (heard.status, heard.reason());
            assert_eq!(
                found,
                (504, "backend-first-byte-timeout".to_owned()),
                "{path:?}"
            );
        }
    }
}

/// Writes everything. When the other end takes nothing for a while, it says so, and goes on.
fn press(stream: &mut TcpStream, bytes: &[u8], stuck: &Sender<()>) {
    let patience = Duration::from_millis(200);
    stream.set_write_timeout(Some(patience)).unwrap();
    let mut at = 0;
    while at < bytes.len() {
        match stream.write(&bytes[at..]) {
            Ok(n) => at += n,
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                let _ = stuck.send(());
            }
            Err(_) => return,
        }
    }
}

#[test]
fn both_directions_move_on_their_own() {
    // The client reads only when it has sent everything, and sends it only when the response,
    // which is larger than all buffers on its way, is stuck.
    let size = 32 << 20;
    let (stuck, is_stuck) = signal();
    let backend = Backend::raw(move |stream| {
        while let Some(request) = Message::head(stream) {
            let mut writer = stream.get_ref().try_clone().unwrap();
            let stuck = stuck.clone();
            let answer = std::thread::spawn(move || {
                let body = "a".repeat(size);
                let answer = match request.path() {
                    "/chunks" => format!("{CHUNKED}\r\n{size:x}\r\n{body}\r\n0\r\n\r\n"),
                    _ => format!("HTTP/1.1 200 OK\r\ncontent-length: {size}\r\n\r\n{body}"),
                };
                press(&mut writer, answer.as_bytes(), &stuck);
            });
            let mut body = stream.by_ref().take(size as u64);
            let _ = std::io::copy(&mut body, &mut std::io::sink());
            answer.join().unwrap();
        }
    });
    for path in ["/length", "/chunks"] {
        let gate = Gate::start(&format!(
            "gw 1\nlistener http {{ bind = \"127.0.0.1:0\", http {{ max_body = 64MiB, body_timeout = 5s }} }}\n{}",
            backend.policy()
        ));
        let mut client = gate.client();
        client.send(format!(
            "POST {path} HTTP/1.1\r\nhost: a\r\ncontent-length: {size}\r\n\r\n"
        ));
        wait(&is_stuck);
        client.send(vec![b'b'; size]);
        let response = client.try_response();
        assert_eq!(response.map(|r| r.body.len()), Some(size), "{path}");
        while is_stuck.lock().unwrap().try_recv().is_ok() {}
    }
}

#[test]
fn a_client_that_reads_slowly() {
    let size = 8 << 20;
    let (half, is_half) = signal();
    let backend = Backend::streaming(move |_, stream| {
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {size}\r\n\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(&vec![b'a'; size / 16]).unwrap();
        half.send(()).unwrap();
        stream.write_all(&vec![b'a'; size / 16 * 15]).is_ok()
    });
    let gate = Gate::before(&backend);
    let mut client = gate.client();
    client.send("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
    wait(&is_half);
    let mut left = size;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.extend(client.exactly(1));
    }
    while left > 0 {
        let some = client.exactly(left.min(1000));
        assert!(some.iter().all(|b| *b == b'a'));
        left -= some.len();
    }
    client.send("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
    assert_eq!(client.response().body.len(), size);
}

#[test]
fn a_client_that_does_not_read_is_given_up() {
    let (backend, has_begun) = Backend::pouring(64 << 20);
    let gate = Gate::start(&format!(
        "gw 1\nlistener http {{ bind = \"127.0.0.1:0\", http {{ body_timeout = 100ms }} }}\n{}",
        backend.policy()
    ));
    let mut client = gate.client();
    client.send("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
    wait(&has_begun);
    let lines = gate.end();
    assert_eq!(lines[0]["reason"], "client-closed-request", "{}", lines[0]);
}

#[test]
fn a_backend_that_reads_slowly() {
    let size = 8 << 20;
    let (go, opens) = signal();
    let (asked, is_asked) = signal();
    let backend = Backend::raw(move |stream| {
        while Message::head(stream).is_some() {
            asked.send(()).unwrap();
            wait(&opens);
            let mut left = size;
            let mut piece = [0; 1000];
            while left > 0 {
                let most = left.min(piece.len());
                stream.read_exact(&mut piece[..most]).unwrap();
                left -= most;
            }
            let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
            stream.get_ref().write_all(answer).unwrap();
        }
    });
    let paths = Paths::start(&backend.policy());
    for path in Path::ALL {
        let mut caller = paths.caller(path);
        let sender = std::thread::spawn(move || caller.ask("POST", "/", &vec![b'b'; size]));
        wait(&is_asked);
        go.send(()).unwrap();
        assert_eq!(sender.join().unwrap().unwrap().text(), "ok", "{path:?}");
    }
    assert_eq!(backend.connections(), 1);
}

#[test]
fn connections_that_were_quiet_for_long() {
    let rest = "backend me { target = echo() }\nroute all /** { public \"test\"; to me }";
    let two = format!(
        "gw 1\nlistener a {{ bind = \"127.0.0.1:0\" }}\nlistener b {{ bind = \"127.0.0.1:0\" }}\n{rest}"
    );
    let one = format!("gw 1\nlistener a {{ bind = \"127.0.0.1:0\" }}\n{rest}");
    let gate = Gate::start(&two);
    let connect = |name: &str| Client::connect(gate.listener(name));
    let (mut stays, mut fresh, mut removed) = (connect("a"), connect("a"), connect("b"));
    for client in [&mut stays, &mut removed] {
        assert_eq!(client.get("/", "").status(), Some(200));
    }
    // Nothing shows that a connection is parked; it is after 300 ms.
    let park = || std::thread::sleep(Duration::from_millis(500));
    park();
    assert_eq!(fresh.get("/", "").status(), Some(200));
    for _ in 0..2 {
        assert_eq!(stays.get("/", "").status(), Some(200));
        assert_eq!(stays.post("/", "", "body").json()["body_bytes"], 4);
        park();
    }
    gate.reload(&one).unwrap();
    assert!(removed.is_closed());
    assert_eq!(stays.get("/", "").status(), Some(200));
    park();
    let end = std::thread::spawn(move || gate.end());
    assert!(stays.is_closed() && fresh.is_closed());
    assert_eq!(end.join().unwrap().len(), 8);
}
