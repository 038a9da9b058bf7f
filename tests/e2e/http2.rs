//! HTTP/2 frame by frame: what breaks a stream, what breaks the connection, and what must pass.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

use gw_tests::frames::*;
use gw_tests::{Backend, Gate, Reply};
use std::io::{Read, Write};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

const ECHO: &str = "backend me { target = echo() }\nroute all /** { public \"test\"; to me }\n";

fn echo() -> Gate {
    Gate::start(&format!("LISTENER\n{ECHO}"))
}

fn to(backend: &Backend) -> Gate {
    with(backend, "")
}

fn with(backend: &Backend, http: &str) -> Gate {
    Gate::start(&format!(
        "gw 1\nlistener http {{ bind = \"127.0.0.1:0\", http {{ {http} }} }}\n\
         backend web {{ target = \"{}\" }}\nroute all /** {{ public \"test\"; to web }}",
        backend.url()
    ))
}

fn signal() -> (Mutex<Sender<()>>, Receiver<()>) {
    let (sender, receiver) = channel();
    (Mutex::new(sender), receiver)
}

fn wait(signal: &Receiver<()>) {
    signal.recv_timeout(Duration::from_secs(20)).unwrap();
}

/// A backend that says when a request has come, and answers when it is told to.
fn late() -> (Backend, Receiver<()>, Sender<()>) {
    let (arrived, has_arrived) = signal();
    let (go, may_go) = channel::<()>();
    let may_go = Mutex::new(may_go);
    let backend = Backend::start(move |_| {
        arrived.lock().unwrap().send(()).unwrap();
        may_go.lock().unwrap().recv().unwrap();
        Reply::ok("late")
    });
    (backend, has_arrived, go)
}

/// `:status` as the gateway's first response has it, plain or by its index.
fn status(frame: &Frame) -> u16 {
    assert_eq!(frame.kind, HEADERS);
    match frame.payload[0] {
        0x88 => 200,
        0x89 => 204,
        0x8c => 400,
        0x8d => 404,
        0x8e => 500,
        _ => {
            let digits = &frame.payload[2..5];
            std::str::from_utf8(digits).unwrap().parse().unwrap()
        }
    }
}

fn body(frames: &[Frame]) -> Vec<u8> {
    let data = frames.iter().filter(|f| f.kind == DATA);
    data.flat_map(|f| f.payload.clone()).collect()
}

/// Still answers on that stream.
fn lives(client: &mut Frames, stream: u32) {
    client.get(stream, "/here", &[]);
    assert_eq!(status(&client.response(stream)[0]), 200);
}

#[test]
fn floods_end_the_connection() {
    let gate = echo();
    let floods: [fn(&mut Frames, u32); 3] = [
        |client, n| {
            client.get(2 * n + 1, "/", &[]);
            client.send(RST_STREAM, 0, 2 * n + 1, &CANCEL.to_be_bytes());
        },
        |client, _| {
            client.send(PING, 0, 0, &[0; 8]);
        },
        |client, _| {
            client.send(SETTINGS, 0, 0, &[]);
        },
    ];
    for flood in floods {
        let mut client = Frames::connect(gate.address());
        for n in 0..1100 {
            flood(&mut client, n);
        }
        assert_eq!(client.next(GOAWAY).code(), ENHANCE_YOUR_CALM);
    }
    lives(&mut Frames::connect(gate.address()), 1);
    let active = gate.metric("http_server_active_requests");
    assert_eq!(active, Some(0.0));
}

#[test]
fn malformed_requests_reset_their_stream() {
    let gate = echo();
    let mut client = Frames::connect(gate.address());
    let start = [(":method", "GET"), (":scheme", "http"), (":path", "/")];
    for (n, more) in [
        (":path", "/"),
        (":status", "200"),
        ("Upper", "x"),
        ("connection", "close"),
        ("transfer-encoding", "chunked"),
        ("te", "gzip"),
        ("x", " y"),
    ]
    .iter()
    .enumerate()
    {
        let stream = 2 * u32::try_from(n).unwrap() + 1;
        client.request(END_STREAM, stream, &[&start[..], &[*more]].concat());
        let reset = client.next(RST_STREAM);
        assert_eq!(
            (reset.stream, reset.code()),
            (stream, PROTOCOL_ERROR),
            "{more:?}"
        );
    }
    client.request(END_STREAM, 101, &[("x", "y"), (":method", "GET")]);
    assert_eq!(client.next(RST_STREAM).code(), PROTOCOL_ERROR);
    lives(&mut client, 103);
}

#[test]
fn a_body_that_is_not_as_long_as_it_says_is_not_passed_on_as_whole() {
    let (arrived, has_arrived) = signal();
    let (ended, has_ended) = signal();
    let backend = Backend::raw(move |stream| {
        let mut all = Vec::new();
        let mut piece = [0; 1024];
        while let Ok(n @ 1..) = stream.read(&mut piece) {
            all.extend_from_slice(&piece[..n]);
            if all.ends_with(b"\r\n\r\nab") {
                arrived.lock().unwrap().send(()).unwrap();
            }
        }
        assert!(all.ends_with(b"\r\n\r\nab"));
        ended.lock().unwrap().send(()).unwrap();
    });
    let gate = to(&backend);
    let mut client = Frames::connect(gate.address());
    for (stream, flags, rest) in [(1, END_STREAM, &b""[..]), (3, 0, b"cd")] {
        client.post(stream, "/", &[("content-length", "3")]);
        client.send(DATA, 0, stream, b"ab");
        wait(&has_arrived);
        client.send(DATA, flags, stream, rest);
        let reset = client.next(RST_STREAM);
        assert_eq!((reset.stream, reset.code()), (stream, PROTOCOL_ERROR));
        wait(&has_ended);
    }
    let lines = gate.end();
    assert_eq!(lines.len(), 2);
    for line in lines {
        assert_eq!(line["reason"], "client-closed-request");
    }
}

#[test]
fn request_trailers_and_pieces_of_cookies_reach_the_backend() {
    let (seen, has_seen) = channel();
    let seen = Mutex::new(seen);
    let backend = Backend::raw(move |stream| {
        let mut all = Vec::new();
        let mut piece = [0; 1024];
        while !all.ends_with(b"x-sum: 1\r\n\r\n") {
            let n = stream.read(&mut piece).unwrap();
            assert_ne!(n, 0, "{:?}", String::from_utf8_lossy(&all));
            all.extend_from_slice(&piece[..n]);
        }
        seen.lock()
            .unwrap()
            .send(String::from_utf8(all).unwrap())
            .unwrap();
        stream
            .get_mut()
            .write_all(b"HTTP/1.1 204 X\r\n\r\n")
            .unwrap();
    });
    let gate = to(&backend);
    let mut client = Frames::connect(gate.address());
    client.post(
        1,
        "/",
        &[("cookie", "a=b"), ("te", "trailers"), ("cookie", "c=d")],
    );
    client.send(DATA, 0, 1, b"abc");
    client.request(END_STREAM, 1, &[("x-sum", "1")]);
    assert_eq!(status(&client.response(1)[0]), 204);
    let text = has_seen.recv_timeout(Duration::from_secs(20)).unwrap();
    assert!(text.contains("\r\ncookie: a=b; c=d\r\n"), "{text}");
    assert!(
        text.contains("\r\ntransfer-encoding: chunked\r\n"),
        "{text}"
    );
    assert!(
        text.ends_with("3\r\nabc\r\n0\r\nx-sum: 1\r\n\r\n"),
        "{text}"
    );
}

#[test]
fn an_early_response_stops_the_request() {
    let gate = Gate::start(&format!("LISTENER\n{ECHO}").replace("/**", "/here"));
    let mut client = Frames::connect(gate.address());
    client.post(1, "/elsewhere", &[]);
    client.send(DATA, 0, 1, b"the beginning");
    assert_eq!(status(&client.response(1)[0]), 404);
    assert_eq!(client.next(RST_STREAM).code(), NO_ERROR);
    client.send(DATA, END_STREAM, 1, b"the end");
    lives(&mut client, 3);
}

#[test]
fn a_reset_frees_the_backend_and_is_written_down() {
    let (ended, has_ended) = signal();
    let backend = Backend::raw(move |stream| {
        let mut some = [0; 1024];
        let _ = stream.read(&mut some).unwrap();
        let head = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nabc";
        stream.get_mut().write_all(head).unwrap();
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest);
        ended.lock().unwrap().send(()).unwrap();
    });
    let gate = to(&backend);
    let mut client = Frames::connect(gate.address());
    client.get(1, "/", &[]);
    assert_eq!(client.next(DATA).payload, b"abc");
    client.send(RST_STREAM, 0, 1, &CANCEL.to_be_bytes());
    wait(&has_ended);
    client.get(3, "/", &[]);
    assert_eq!(client.next(DATA).payload, b"abc", "the connection lives on");
    client.reset();
    wait(&has_ended);
    let open = gate.metric("gw_backend_connections_open{backend=\"web\"}");
    assert_eq!(open.unwrap_or(0.0), 0.0);
    let lines = gate.end();
    assert_eq!(lines.len(), 2);
    for line in lines {
        assert_eq!(
            (&line["reason"], &line["bytes_out"]),
            (&"client-closed-request".into(), &3.into())
        );
    }
}

#[test]
fn draining_says_farewell_and_lets_streams_end() {
    let (backend, has_arrived, go) = late();
    let gate = to(&backend);
    let mut client = Frames::connect(gate.address());
    client.get(1, "/", &[]);
    wait(&has_arrived);
    let end = std::thread::spawn(move || gate.end());
    let first = client.next(GOAWAY);
    assert_eq!(
        (first.code(), &first.payload[..4]),
        (NO_ERROR, &[0x7f, 0xff, 0xff, 0xff][..])
    );
    let ping = client.next(PING);
    client.send(PING, ACK, 0, &ping.payload);
    let last = client.next(GOAWAY);
    assert_eq!(
        (last.code(), &last.payload[..4]),
        (NO_ERROR, &[0, 0, 0, 1][..])
    );
    go.send(()).unwrap();
    assert_eq!(body(&client.response(1)), b"late");
    assert!(client.is_closed());
    assert_eq!(end.join().unwrap()[0]["status"], 200);
}

/// A client that does not leave when it is asked to must not come out at another listener, which has
/// the number of its own in the policy of now.
#[test]
fn a_listener_that_is_gone_serves_no_more_streams() {
    let (backend, has_arrived, go) = late();
    let inner = "listener inner { bind = \"127.0.0.1:0\" }\n\
                 route secret GET /secret { listeners = [inner]; public \"test\"; respond 200 \"secret\" }";
    let outer = format!(
        "gw 1\nlistener outer {{ bind = \"127.0.0.1:0\" }}\n{inner}\n\
         backend web {{ target = \"{}\" }}\nroute slow GET /slow {{ public \"test\"; to web }}",
        backend.url()
    );
    let gate = Gate::start(&outer);
    let mut client = Frames::connect(gate.listener("outer"));
    client.get(1, "/secret", &[]);
    assert_eq!(status(&client.response(1)[0]), 404);
    client.get(3, "/slow", &[]);
    wait(&has_arrived);
    gate.reload(&format!("gw 1\n{inner}")).unwrap();
    client.get(5, "/secret", &[]);
    go.send(()).unwrap();
    let mut body = Vec::new();
    loop {
        let frame = client.frame();
        assert_ne!(frame.stream, 5, "{frame:?}");
        if frame.stream == 3 && frame.kind == DATA {
            body.extend_from_slice(&frame.payload);
        }
        if frame.stream == 3 && frame.ends() {
            break;
        }
    }
    assert_eq!(body, b"late", "what was under way comes to its end");
    assert!(client.is_closed());
}

#[test]
fn heads_that_are_too_large_are_answered() {
    let backend = Backend::start(|_| Reply::ok("ok"));
    let gate = with(&backend, "max_head = 4KiB");
    let mut client = Frames::connect(gate.address());
    let large = "x".repeat(5000);
    client.get(1, "/", &[("x", &large)]);
    let response = client.response(1);
    assert_eq!(status(&response[0]), 431);
    let problem: serde_json::Value = serde_json::from_slice(&body(&response)).unwrap();
    assert_eq!(problem["reason"], "request-head-too-large");
    lives(&mut client, 3);
    let lines = gate.end();
    assert_eq!(
        (&lines[0]["status"], &lines[0]["protocol"]),
        (&431.into(), &"HTTP/2".into())
    );
}

#[test]
fn a_client_that_waits_is_told_to_continue() {
    let gate = echo();
    let mut client = Frames::connect(gate.address());
    client.post(
        1,
        "/",
        &[("expect", "100-continue"), ("content-length", "2")],
    );
    let interim = client.next(HEADERS);
    assert_eq!((status(&interim), interim.ends()), (100, false));
    client.send(DATA, END_STREAM, 1, b"ok");
    let response = client.response(1);
    assert_eq!(status(&response[0]), 200);
    let echo: serde_json::Value = serde_json::from_slice(&body(&response)).unwrap();
    assert_eq!(echo["body_bytes"], 2);
}

#[test]
fn a_client_that_takes_nothing_is_given_up() {
    let backend = Backend::start(|_| Reply::ok(&"x".repeat(100)));
    let gate = with(&backend, "body_timeout = 100ms");
    let mut client = Frames::connect(gate.address());
    // A window of nothing for every stream.
    client.send(SETTINGS, 0, 0, &[0, 4, 0, 0, 0, 0]);
    client.get(1, "/", &[]);
    let response = client.response(1);
    assert_eq!((response[0].kind, response[1].kind), (HEADERS, RST_STREAM));
    client.send(SETTINGS, 0, 0, &[0, 4, 0, 0, 0x10, 0]);
    lives(&mut client, 3);
    assert_eq!(gate.end()[0]["reason"], "client-closed-request");
}

#[test]
fn a_large_body_waits_for_the_windows() {
    let size = 1 << 20;
    let backend = Backend::start(move |_| Reply::ok(&"x".repeat(size)));
    let gate = to(&backend);
    let mut client = Frames::connect(gate.address());
    client.get(1, "/", &[]).get(3, "/", &[]);
    let (mut left, mut seen) = ([size, size], 0);
    while left != [0, 0] {
        let data = client.next(DATA);
        let n = data.payload.len();
        left[if data.stream == 1 { 0 } else { 1 }] -= n;
        seen += n;
        if seen >= 10_000 && n > 0 {
            // One window after the other, so that each is waited for.
            let more = u32::try_from(seen).unwrap().to_be_bytes();
            client.send(WINDOW_UPDATE, 0, 0, &more);
            client.send(WINDOW_UPDATE, 0, 1, &more);
            client.send(WINDOW_UPDATE, 0, 3, &more);
            seen = 0;
        }
    }
}
