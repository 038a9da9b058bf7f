//! Peers that break off or say too much, over every protocol that clients speak.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

use gw_tests::{Backend, CHUNKED, Client, Gate, Message, Path, Paths, Reply, signal, wait};
use std::io::{BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

fn write(stream: &BufReader<TcpStream>, bytes: impl AsRef<[u8]>) -> bool {
    stream.get_ref().write_all(bytes.as_ref()).is_ok()
}

/// Reads until nothing comes any more.
fn drain(stream: &mut BufReader<TcpStream>) -> usize {
    let mut all = Vec::new();
    let _ = stream.read_to_end(&mut all);
    all.len()
}

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
        let paths = Paths::start(&backend.policy());
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
    let paths = Paths::start(&backend.policy());
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
            let paths = Paths::start(&backend.policy());
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
        let gate = Gate::before(&backend);
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
            let gate = Gate::before(&backend);
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
        let paths = Paths::start(&backend.policy());
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
    let gate = Gate::before(&backend);
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
