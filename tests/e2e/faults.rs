//! Peers that are slow, break off or say too much, over every protocol that clients speak.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

use gw_tests::{Backend, Client, Gate, Message, Path, Paths, Reply};
use std::io::{BufReader, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

fn route(backend: &Backend) -> String {
    format!(
        "backend web {{ target = \"{}\" }}\nroute all /** {{ public \"test\"; to web }}",
        backend.url()
    )
}

fn gate(backend: &Backend) -> Gate {
    Gate::start(&format!("LISTENER\n{}", route(backend)))
}

/// Something that another thread waits for.
fn signal() -> (Sender<()>, Mutex<Receiver<()>>) {
    let (send, receive) = channel();
    (send, Mutex::new(receive))
}

fn wait(receive: &Mutex<Receiver<()>>) {
    receive
        .lock()
        .unwrap()
        .recv_timeout(Duration::from_secs(20))
        .unwrap();
}

fn write(stream: &BufReader<TcpStream>, bytes: impl AsRef<[u8]>) -> bool {
    stream.get_ref().write_all(bytes.as_ref()).is_ok()
}

/// Reads until nothing comes any more.
fn drain(stream: &mut BufReader<TcpStream>) -> usize {
    let mut all = Vec::new();
    let _ = stream.read_to_end(&mut all);
    all.len()
}

const CHUNKED: &str = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n";

#[test]
fn backends_that_say_what_may_not_be() {
    let line = |size: usize| format!("x-a: {}\r\n", "a".repeat(size));
    let many = "x: y\r\n".repeat(200);
    for (what, bytes) in [
        (
            "both framings",
            format!("{CHUNKED}content-length: 3\r\n\r\n0\r\n\r\n"),
        ),
        (
            "two lengths",
            "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 1\r\n\r\nx".to_owned(),
        ),
        (
            "another coding",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n".to_owned(),
        ),
        (
            "chunks in HTTP/1.0",
            "HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n".to_owned(),
        ),
        (
            "a folded line",
            "HTTP/1.1 200 OK\r\na: b\r\n c\r\ncontent-length: 0\r\n\r\n".to_owned(),
        ),
        (
            "too many lines",
            format!("HTTP/1.1 200 OK\r\n{many}content-length: 0\r\n\r\n"),
        ),
        (
            "a huge head",
            format!(
                "HTTP/1.1 200 OK\r\n{}content-length: 0\r\n\r\n",
                line(130 << 10)
            ),
        ),
        (
            "a huge head in lines",
            format!("HTTP/1.1 200 OK\r\n{}\r\n", line(1500).repeat(100)),
        ),
        (
            "a head without end",
            format!("HTTP/1.1 200 OK\r\n{}", line(200 << 10)),
        ),
        (
            "another protocol",
            "HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n"
                .to_owned(),
        ),
    ] {
        // The connection stays open: what is wrong is seen in what came.
        let backend = Backend::start(move |_| Reply::Keep(bytes.clone().into()));
        let paths = Paths::start(&route(&backend));
        for path in Path::ALL {
            let heard = paths.caller(path).ask("GET", "/", b"");
            let found = heard.map(|heard| (heard.status, heard.reason()));
            let expected = Some((502, "backend-protocol-error".to_owned()));
            assert_eq!(found, expected, "{what}, {path:?}");
        }
    }
}

#[test]
fn a_large_head_passes() {
    let line = format!("x-a: {}\r\n", "a".repeat(1000));
    let head = format!(
        "HTTP/1.1 200 OK\r\n{}content-length: 2\r\n\r\nok",
        line.repeat(60)
    );
    let backend = Backend::start(move |_| Reply::raw(&head));
    let paths = Paths::start(&route(&backend));
    // A client over HTTP/2 may take less.
    for path in [Path::Plain, Path::Tls] {
        let mut caller = paths.caller(path);
        for _ in 0..2 {
            assert_eq!(
                caller.ask("GET", "/", b"").unwrap().text(),
                "ok",
                "{path:?}"
            );
        }
    }
    assert_eq!(backend.connections(), 1);
}

#[test]
fn bodies_that_break_off() {
    for (what, bytes) in [
        (
            "a length",
            "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\npart".to_owned(),
        ),
        ("a chunk", format!("{CHUNKED}\r\n64\r\npart")),
        ("between chunks", format!("{CHUNKED}\r\n4\r\npart\r\n")),
        (
            "before the trailers",
            format!("{CHUNKED}\r\n4\r\npart\r\n0\r\n"),
        ),
        (
            "a chunk that is none",
            format!("{CHUNKED}\r\n4\r\npart\r\nx\r\n"),
        ),
    ] {
        for reset in [false, true] {
            let bytes = bytes.clone().into_bytes();
            let backend = Backend::start(move |_| match reset {
                false => Reply::Close(bytes.clone()),
                true => Reply::Reset(bytes.clone()),
            });
            let paths = Paths::start(&route(&backend));
            for path in Path::ALL {
                // A reset may overtake the head.
                let heard = paths.caller(path).ask("GET", "/", b"");
                let fine = heard.is_none_or(|h| reset && h.reason() == "backend-reset");
                assert!(fine, "{what}, {path:?}, reset: {reset}");
            }
            let lines = paths.gate.end();
            assert_eq!(lines.len(), 3);
            for line in lines {
                assert_eq!(line["reason"], "backend-reset", "{what}: {line}");
            }
        }
    }
}

#[test]
fn a_backend_that_resets_a_body_under_way() {
    for head in [
        "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\npart",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\npart\r\n",
    ] {
        let (go, opens) = signal();
        let backend = Backend::streaming(move |_, stream| {
            stream.write_all(head.as_bytes()).unwrap();
            wait(&opens);
            gw_tests::reset_at_close(stream);
            false
        });
        let gate = gate(&backend);
        let mut client = gate.client();
        client.send("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
        let mut seen = String::new();
        while !seen.contains("part") {
            seen.push_str(&String::from_utf8(client.some_bytes()).unwrap());
        }
        go.send(()).unwrap();
        while let more @ [_, ..] = &client.some_bytes()[..] {
            seen.push_str(std::str::from_utf8(more).unwrap());
        }
        assert!(
            !seen.contains("\r\n0\r\n"),
            "it does not look complete: {seen}"
        );
        let line = &gate.end()[0];
        assert_eq!(
            (&line["status"], &line["reason"]),
            (&200.into(), &"backend-reset".into())
        );
    }
}

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

/// Reads a head, says so, and then whatever comes: how many bytes it was goes to `ended`.
fn listens(begun: Sender<()>, ended: Sender<usize>, answer: &'static str) -> Backend {
    Backend::raw(move |stream| {
        if Message::head(stream).is_none() {
            return;
        }
        write(stream, answer);
        begun.send(()).unwrap();
        ended.send(drain(stream)).unwrap();
    })
}

#[test]
fn a_client_that_resets_an_upload() {
    for framing in [
        "content-length: 1000\r\n\r\nabc",
        "transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n",
    ] {
        for answer in [
            "",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n",
        ] {
            let ((begun, has_begun), (ended, has_ended)) = (signal(), channel());
            let backend = listens(begun, ended, answer);
            let gate = gate(&backend);
            let mut client = gate.client();
            client.send(format!("POST / HTTP/1.1\r\nhost: a\r\n{framing}"));
            wait(&has_begun);
            if !answer.is_empty() {
                client.some_bytes();
            }
            client.reset();
            let got = has_ended.recv_timeout(Duration::from_secs(5));
            assert!(got.is_ok(), "the backend is let go: {framing:?} {answer:?}");
            assert!(got.unwrap() < 100);
            let lines = gate.end();
            assert_eq!(lines.len(), 1);
            assert_ne!(lines[0]["reason"], "allowed", "{}", lines[0]);
        }
    }
}

#[test]
fn early_responses_reach_the_client() {
    // The last column: whether the gateway knows in time that it will close the connection.
    for (answer, status, body, closes) in [
        (
            "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok",
            200,
            "ok",
            false,
        ),
        (
            "HTTP/1.1 413 X\r\ncontent-length: 3\r\nconnection: close\r\n\r\ntoo",
            413,
            "too",
            true,
        ),
        ("HTTP/1.1 413 X\r\ncontent-length: 0\r\n\r\n", 413, "", true),
        (
            "HTTP/1.1 401 X\r\ntransfer-encoding: chunked\r\n\r\n2\r\nno\r\n0\r\n\r\n",
            401,
            "no",
            false,
        ),
    ] {
        let backend = Backend::raw(move |stream| {
            while let Some(head) = Message::head(stream) {
                write(stream, answer);
                let length: u64 = head.header("content-length").unwrap().parse().unwrap();
                let mut body = stream.by_ref().take(length);
                let read = std::io::copy(&mut body, &mut std::io::sink());
                if answer.contains("close") || read.is_ok_and(|n| n < length) {
                    return;
                }
            }
        });
        let paths = Paths::start(&route(&backend));
        for path in Path::ALL {
            let body_sent = vec![b'x'; 200 << 10];
            let heard = paths.caller(path).ask("POST", "/", &body_sent).unwrap();
            assert_eq!(
                (heard.status, heard.text().as_str()),
                (status, body),
                "{path:?}"
            );
        }
        // Here it is certain that the upload is not complete.
        let mut client = Client::connect(paths.gate.listener("plain"));
        client.send("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1000\r\n\r\nabc");
        let response = client.response();
        assert_eq!(
            (response.status(), response.text().as_str()),
            (Some(status), body)
        );
        let close = closes.then_some("close");
        assert_eq!(response.header("connection"), close, "{answer:?}");
        assert!(
            client.is_closed(),
            "what was not sent would be taken for a request"
        );
    }
}

#[test]
fn a_backend_that_answers_early_and_closes() {
    // It closes with bytes unread, which resets the connection behind the response.
    let backend = Backend::raw(|stream| {
        if Message::head(stream).is_some() {
            write(
                stream,
                "HTTP/1.1 413 X\r\ncontent-length: 3\r\nconnection: close\r\n\r\ntoo",
            );
        }
    });
    let gate = gate(&backend);
    for _ in 0..10 {
        let mut client = gate.client();
        client.send("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 10000000\r\n\r\nabc");
        let response = client.response();
        assert_eq!(
            (response.status(), response.text().as_str()),
            (Some(413), "too")
        );
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
            route(&backend)
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
    let gate = gate(&backend);
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
    let size = 64 << 20;
    let (begun, has_begun) = signal();
    let backend = Backend::streaming(move |_, stream| {
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {size}\r\n\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        begun.send(()).unwrap();
        stream.write_all(&vec![b'a'; size]).is_ok()
    });
    let gate = Gate::start(&format!(
        "gw 1\nlistener http {{ bind = \"127.0.0.1:0\", http {{ body_timeout = 100ms }} }}\n{}",
        route(&backend)
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
            write(stream, "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
        }
    });
    let paths = Paths::start(&route(&backend));
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
