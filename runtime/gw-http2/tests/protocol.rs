//! Sequences of frames that break the protocol, and how each ends: by resetting the stream, or with
//! the connection.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "tests fail by panicking"
)]

mod wire;

use gw_http2::{Code, Follows};
use std::time::Duration;
use wire::*;

/// How a sequence ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Ends {
    /// The stream is reset, and the connection lives on.
    Stream(Code),
    Connection(Code),
    /// Nothing is wrong.
    Well,
}
use Ends::{Connection, Stream, Well};

fn ends(frames: &[Vec<u8>]) -> Ends {
    let mut server = Server::greeted();
    let failed = frames.iter().find_map(|frame| server.take(frame).err());
    let sent = server.sent();
    if let Some(failed) = failed {
        let last = sent.last().unwrap();
        assert_eq!((last.kind, last.code()), (GOAWAY, code(failed.code)));
        return Connection(failed.code);
    }
    let reset = sent.iter().find(|frame| frame.kind == RESET);
    let all = [
        Code::NoError,
        Code::Protocol,
        Code::FlowControl,
        Code::StreamClosed,
        Code::Refused,
    ];
    let find = |number| all.into_iter().find(|c| code(*c) == number).unwrap();
    reset.map_or(Well, |frame| Stream(find(frame.code())))
}

fn headers(stream: u32, flags: u8, lines: &[(&str, &str)]) -> Vec<u8> {
    frame(HEADERS, WHOLE | flags, stream, &request(lines))
}

#[test]
fn frames_in_wrong_places() {
    let open = headers(1, 0, &[]);
    let whole = headers(1, END, &[]);
    for (name, frames, end) in [
        ("a request", vec![whole.clone()], Well),
        (
            "data on the connection",
            vec![frame(DATA, 0, 0, b"x")],
            Connection(Code::Protocol),
        ),
        (
            "data on an idle stream",
            vec![frame(DATA, 0, 1, b"x")],
            Connection(Code::Protocol),
        ),
        (
            "data after the end",
            vec![whole.clone(), frame(DATA, 0, 1, b"x")],
            Stream(Code::StreamClosed),
        ),
        (
            "a block after the end",
            vec![whole.clone(), headers(1, END, &[])],
            Stream(Code::StreamClosed),
        ),
        (
            "an even stream",
            vec![headers(2, END, &[])],
            Connection(Code::Protocol),
        ),
        (
            "a stream before another",
            vec![headers(3, END, &[]), whole.clone()],
            Connection(Code::StreamClosed),
        ),
        (
            "a block on the connection",
            vec![headers(0, END, &[])],
            Connection(Code::Protocol),
        ),
        (
            "a block that is not continued",
            vec![frame(HEADERS, 0, 1, GET), open.clone()],
            Connection(Code::Protocol),
        ),
        (
            "one that another stream continues",
            vec![
                frame(HEADERS, 0, 1, GET),
                frame(CONTINUATION, WHOLE, 3, &[]),
            ],
            Connection(Code::Protocol),
        ),
        (
            "an extension inside a block",
            vec![frame(HEADERS, 0, 1, GET), frame(0x20, 0, 1, &[])],
            Connection(Code::Protocol),
        ),
        (
            "a block in parts",
            vec![
                frame(HEADERS, END, 1, &GET[..2]),
                frame(CONTINUATION, 0, 1, &[]),
                frame(CONTINUATION, WHOLE, 1, &GET[2..]),
            ],
            Well,
        ),
        (
            "nothing to continue",
            vec![frame(CONTINUATION, WHOLE, 1, GET)],
            Connection(Code::Protocol),
        ),
        (
            "a promise",
            vec![frame(PUSH, WHOLE, 1, &[0; 8])],
            Connection(Code::Protocol),
        ),
        (
            "an unknown frame",
            vec![frame(0xfe, 0xff, 5, &[0; 100])],
            Well,
        ),
        (
            "settings on a stream",
            vec![frame(SETTINGS, 0, 1, &[])],
            Connection(Code::Protocol),
        ),
        (
            "a ping on a stream",
            vec![frame(PING, 0, 1, &[0; 8])],
            Connection(Code::Protocol),
        ),
        (
            "a farewell on a stream",
            vec![frame(GOAWAY, 0, 1, &[0; 8])],
            Connection(Code::Protocol),
        ),
        (
            "a reset of the connection",
            vec![frame(RESET, 0, 0, &[0; 4])],
            Connection(Code::Protocol),
        ),
        (
            "a reset of an idle stream",
            vec![frame(RESET, 0, 1, &[0; 4])],
            Connection(Code::Protocol),
        ),
        (
            "a reset of a stream that was reset",
            vec![
                open.clone(),
                frame(RESET, 0, 1, &[0; 4]),
                frame(RESET, 0, 1, &[0; 4]),
            ],
            Well,
        ),
        (
            "data after a reset",
            vec![
                open.clone(),
                frame(RESET, 0, 1, &[0; 4]),
                frame(DATA, 0, 1, b"x"),
            ],
            Stream(Code::StreamClosed),
        ),
        (
            "a window of an idle stream",
            vec![frame(WINDOW, 0, 1, &[0, 0, 0, 1])],
            Connection(Code::Protocol),
        ),
        (
            "a priority of an idle stream",
            vec![frame(PRIORITY, 0, 1, &[0; 5])],
            Well,
        ),
        (
            "a priority of the connection",
            vec![frame(PRIORITY, 0, 0, &[0; 5])],
            Connection(Code::Protocol),
        ),
    ] {
        assert_eq!(ends(&frames), end, "{name}");
    }
}

#[test]
fn sizes_and_values() {
    let open = headers(1, 0, &[]);
    let setting = |id: u8, value: u32| {
        let [a, b, c, d] = value.to_be_bytes();
        vec![frame(SETTINGS, 0, 0, &[0, id, a, b, c, d])]
    };
    let mut large = frame(DATA, 0, 1, &[]);
    large[..3].copy_from_slice(&[0, 0x40, 1]);
    for (name, frames, end) in [
        (
            "a frame that is too large",
            vec![large],
            Connection(Code::FrameSize),
        ),
        (
            "a short ping",
            vec![frame(PING, 0, 0, &[0; 7])],
            Connection(Code::FrameSize),
        ),
        (
            "a long reset",
            vec![open.clone(), frame(RESET, 0, 1, &[0; 5])],
            Connection(Code::FrameSize),
        ),
        (
            "a short window update",
            vec![frame(WINDOW, 0, 0, &[0; 3])],
            Connection(Code::FrameSize),
        ),
        (
            "a short priority",
            vec![frame(PRIORITY, 0, 1, &[0; 4])],
            Connection(Code::FrameSize),
        ),
        (
            "a short farewell",
            vec![frame(GOAWAY, 0, 0, &[0; 7])],
            Connection(Code::FrameSize),
        ),
        (
            "settings of a wrong size",
            vec![frame(SETTINGS, 0, 0, &[0; 5])],
            Connection(Code::FrameSize),
        ),
        (
            "an acknowledgement with settings",
            vec![frame(SETTINGS, ACK, 0, &[0; 6])],
            Connection(Code::FrameSize),
        ),
        (
            "padding longer than its frame",
            vec![open.clone(), frame(DATA, PADDED, 1, &[2, 0])],
            Connection(Code::Protocol),
        ),
        (
            "padding without a length",
            vec![open.clone(), frame(DATA, PADDED, 1, &[])],
            Connection(Code::Protocol),
        ),
        (
            "padding of a block",
            vec![frame(
                HEADERS,
                PADDED | WHOLE | END,
                1,
                &[&[3], GET, &[0; 3]].concat(),
            )],
            Well,
        ),
        ("a push setting", setting(2, 2), Connection(Code::Protocol)),
        (
            "a large window setting",
            setting(4, 1 << 31),
            Connection(Code::FlowControl),
        ),
        (
            "a small frame setting",
            setting(5, 16_383),
            Connection(Code::Protocol),
        ),
        (
            "a large frame setting",
            setting(5, 1 << 24),
            Connection(Code::Protocol),
        ),
        ("an unknown setting", setting(0x7f, 1), Well),
        (
            "no more window",
            vec![frame(WINDOW, 0, 0, &[0; 4])],
            Connection(Code::Protocol),
        ),
        (
            "too much window",
            vec![frame(WINDOW, 0, 0, &[0x7f, 0xff, 0xff, 0xff])],
            Connection(Code::FlowControl),
        ),
        (
            "no more window of a stream",
            vec![open.clone(), frame(WINDOW, 0, 1, &[0; 4])],
            Stream(Code::Protocol),
        ),
        (
            "too much window of a stream",
            vec![open.clone(), frame(WINDOW, 0, 1, &[0x7f, 0xff, 0xff, 0xff])],
            Stream(Code::FlowControl),
        ),
        (
            "too much window by a setting",
            [
                vec![open.clone(), frame(WINDOW, 0, 1, &[0x7f, 0xff, 0, 0])],
                setting(4, 0x7fff_ffff),
            ]
            .concat(),
            Connection(Code::FlowControl),
        ),
        (
            "more data than the stream takes",
            vec![open.clone(), frame(DATA, 0, 1, &[0; 1001])],
            Stream(Code::FlowControl),
        ),
        (
            "padding counts",
            vec![
                open.clone(),
                frame(DATA, PADDED, 1, &[&[255][..], &[0; 1000]].concat()),
            ],
            Stream(Code::FlowControl),
        ),
        (
            "a block that cannot be decompressed",
            vec![frame(HEADERS, WHOLE, 1, &[0x80])],
            Connection(Code::Compression),
        ),
        (
            "trailers that cannot be",
            vec![
                open.clone(),
                frame(HEADERS, WHOLE | END, 1, &[0xff, 0xff, 0xff, 0xff]),
            ],
            Connection(Code::Compression),
        ),
    ] {
        assert_eq!(ends(&frames), end, "{name}");
    }
}

#[test]
fn messages() {
    let open = |lines: &[(&str, &str)]| headers(1, 0, lines);
    let trailers = |flags, block: &[u8]| frame(HEADERS, WHOLE | flags, 1, block);
    let mut pseudo = Vec::new();
    literal(&mut pseudo, ":path", "/");
    let malformed = Stream(Code::Protocol);
    for (name, frames, end) in [
        (
            "a length that fits",
            vec![
                open(&[("content-length", "3")]),
                frame(DATA, 0, 1, b"ab"),
                frame(DATA, END, 1, b"c"),
            ],
            Well,
        ),
        (
            "more than the length",
            vec![open(&[("content-length", "3")]), frame(DATA, 0, 1, b"abcd")],
            malformed,
        ),
        (
            "less than the length",
            vec![open(&[("content-length", "3")]), frame(DATA, END, 1, b"ab")],
            malformed,
        ),
        (
            "less, with trailers",
            vec![open(&[("content-length", "3")]), trailers(END, &[])],
            malformed,
        ),
        (
            "a length without a body",
            vec![headers(1, END, &[("content-length", "3")])],
            malformed,
        ),
        (
            "no length without a body",
            vec![headers(1, END, &[("content-length", "0")])],
            Well,
        ),
        (
            "trailers",
            vec![open(&[]), trailers(END, &[0x0f, 0x11, 1, b'x'])],
            Well,
        ),
        (
            "trailers that do not end",
            vec![open(&[]), trailers(0, &[])],
            malformed,
        ),
        (
            "trailers with a pseudo-header field",
            vec![open(&[]), trailers(END, &pseudo)],
            malformed,
        ),
        (
            "an upper case name",
            vec![headers(1, END, &[("X-A", "b")])],
            malformed,
        ),
        (
            "a connection field",
            vec![headers(1, END, &[("connection", "close")])],
            malformed,
        ),
        (
            "a pseudo-header field after others",
            vec![headers(1, END, &[("a", "b"), (":path", "/")])],
            malformed,
        ),
        (
            "white space around a value",
            vec![headers(1, END, &[("a", " b")])],
            malformed,
        ),
        (
            "no path",
            vec![frame(HEADERS, WHOLE | END, 1, &[0x82, 0x86])],
            malformed,
        ),
    ] {
        assert_eq!(ends(&frames), end, "{name}");
    }
}

#[test]
fn the_beginning() {
    let mut server = Server::new(CONFIG);
    assert_eq!(
        server.take(b"GET / HTTP/1.1\r\n").unwrap_err().code,
        Code::Protocol
    );
    let mut server = Server::new(CONFIG);
    let ping = [gw_http2::PREFACE, &frame(PING, 0, 0, &[0; 8])].concat();
    assert_eq!(server.take(&ping).unwrap_err().code, Code::Protocol);
    let mut server = Server::new(CONFIG);
    server.take(&hello()).unwrap();
    let sent = server.sent();
    assert_eq!((sent[0].kind, sent[0].flags), (SETTINGS, ACK));
}

#[test]
fn streams_over_the_limit_are_refused() {
    let mut server = Server::greeted();
    for n in 0..9 {
        server.take(&headers(2 * n + 1, 0, &[])).unwrap();
    }
    let sent = server.sent();
    assert_eq!((sent[0].stream, sent[0].code()), (17, code(Code::Refused)));
    server.take(&frame(DATA, END, 17, b"late")).unwrap();
    assert!(server.sent().is_empty(), "what was on its way is let pass");
    server.respond(1, Follows::Nothing);
    server.connection.finish(1);
    server.take(&headers(19, END, &[])).unwrap();
    assert_eq!(server.events.last().unwrap(), "19: GET /");
}

#[test]
fn large_heads_are_told_and_do_not_break_the_compression() {
    let mut server = Server::greeted();
    let mut block = request(&[]);
    for n in 0..60 {
        // Each enters the table.
        let name = format!("name-{n:02}");
        block.push(0x40);
        block.push(7);
        block.extend_from_slice(name.as_bytes());
        block.extend_from_slice(&[1, b'v']);
    }
    server
        .take(&frame(HEADERS, WHOLE | END, 1, &block))
        .unwrap();
    server
        .take(&frame(HEADERS, WHOLE | END, 3, &[GET, &[0xbf]].concat()))
        .unwrap();
    assert_eq!(server.events, ["1: too large", "3: GET / name-59=v"]);
}

/// Its name, how its frames are made, and how many of them are let pass at once.
type Flood = (&'static str, fn(u32) -> Vec<u8>, std::ops::Range<u32>);

#[test]
fn floods() {
    let floods: [Flood; 7] = [
        ("pings", |_| frame(PING, 0, 0, &[0; 8]), 900..1100),
        ("settings", |_| frame(SETTINGS, 0, 0, &[]), 900..1100),
        ("priorities", |_| frame(PRIORITY, 0, 1, &[0; 5]), 900..1100),
        (
            "window updates",
            |_| frame(WINDOW, 0, 0, &[0, 0, 0, 1]),
            900..1100,
        ),
        ("unknown frames", |_| frame(0x77, 0, 0, &[]), 900..1100),
        (
            "requests that are reset",
            |n| {
                let stream = 2 * n + 1;
                let request = headers(stream, END, &[]);
                [request, frame(RESET, 0, stream, &[0, 0, 0, 8])].concat()
            },
            200..300,
        ),
        (
            "malformed requests",
            |n| headers(2 * n + 1, END, &[("te", "x")]),
            200..300,
        ),
    ];
    for (name, make, passes) in floods {
        let mut server = Server::greeted();
        let ended = (0..).find_map(|n| server.take(&make(n)).err().map(|failed| (n, failed)));
        let (n, failed) = ended.unwrap();
        assert_eq!(failed.code, Code::EnhanceYourCalm, "{name}");
        assert!(passes.contains(&n), "{name}: {n}");
        assert!(server.connection.is_over());
    }
    let mut server = Server::greeted();
    server.take(&headers(1, 0, &[])).unwrap();
    let empty = frame(DATA, 0, 1, &[]);
    let failed = (0..2000).find_map(|_| server.take(&empty).err()).unwrap();
    assert_eq!(failed.code, Code::EnhanceYourCalm, "empty data");
}

#[test]
fn a_patient_client_may_do_all_of_it() {
    let mut server = Server::greeted();
    for n in 0..5000 {
        let stream = 2 * n + 1;
        server.take(&headers(stream, END, &[])).unwrap();
        server.take(&frame(RESET, 0, stream, &[0; 4])).unwrap();
        server.take(&frame(PING, 0, 0, &[0; 8])).unwrap();
        server.now += Duration::from_millis(110);
    }
}

#[test]
fn endless_blocks() {
    for (size, most) in [(0, 40), (1000, 20), (16_000, 3)] {
        let mut server = Server::greeted();
        server.take(&frame(HEADERS, 0, 1, GET)).unwrap();
        let more = frame(CONTINUATION, 0, 1, &vec![0x82; size]);
        let failed = (0..most).find_map(|_| server.take(&more).err()).unwrap();
        assert_eq!(failed.code, Code::EnhanceYourCalm, "{size}");
    }
}

#[test]
fn an_orderly_end_takes_two_steps() {
    let mut server = Server::greeted();
    server.take(&headers(1, END, &[])).unwrap();
    server.connection.leave();
    let sent = server.sent();
    assert_eq!(
        (sent[0].kind, sent[0].code()),
        (GOAWAY, code(Code::NoError))
    );
    assert_eq!(sent[0].payload[..4], [0x7f, 0xff, 0xff, 0xff]);
    assert_eq!((sent[1].kind, sent[1].flags), (PING, 0));
    server.take(&headers(3, END, &[])).unwrap();
    assert_eq!(server.events.len(), 2, "it was on its way");
    server.take(&frame(PING, ACK, 0, &sent[1].payload)).unwrap();
    assert_eq!(server.sent()[0].payload[..4], [0, 0, 0, 3]);
    server.take(&headers(5, 0, &[])).unwrap();
    server.take(&frame(DATA, END, 5, b"x")).unwrap();
    assert_eq!(server.events.len(), 2, "it is not looked at");
    for stream in [1, 3] {
        assert!(!server.connection.is_over());
        server.respond(stream, Follows::Nothing);
        server.connection.finish(stream);
    }
    assert!(server.connection.is_over());
}

#[test]
fn responses_keep_to_the_windows() {
    let mut server = Server::greeted();
    server
        .take(&frame(SETTINGS, 0, 0, &[0, 4, 0, 0, 0, 5]))
        .unwrap();
    server.take(&headers(1, END, &[])).unwrap();
    server.respond(1, Follows::Body);
    assert_eq!(
        server.connection.send(1, b"0123456789", Follows::Nothing),
        5
    );
    assert_eq!(server.connection.room(1), Some(0));
    server
        .take(&frame(SETTINGS, 0, 0, &[0, 4, 0, 0, 0, 3]))
        .unwrap();
    server.take(&frame(WINDOW, 0, 1, &[0, 0, 0, 2])).unwrap();
    assert_eq!(server.connection.room(1), Some(0), "below zero before");
    server.take(&frame(WINDOW, 0, 1, &[0, 0, 0, 9])).unwrap();
    assert_eq!(server.connection.send(1, b"56789", Follows::Nothing), 5);
    let sent = server.sent();
    let data: Vec<_> = sent.iter().filter(|f| f.kind == DATA).collect();
    assert_eq!((data[0].flags, &data[0].payload[..]), (0, &b"01234"[..]));
    assert_eq!((data[1].flags, &data[1].payload[..]), (END, &b"56789"[..]));
    assert_eq!(server.connection.room(1), None);
}

#[test]
fn what_is_passed_on_is_announced() {
    let mut server = Server::greeted();
    server.take(&headers(1, 0, &[])).unwrap();
    for _ in 0..100 {
        server.take(&frame(DATA, 0, 1, &[0; 900])).unwrap();
        server.connection.passed(1, 900);
    }
    let sent = server.sent();
    assert_eq!(sent.iter().filter(|f| f.stream == 1).count(), 100);
    assert_eq!(sent.iter().filter(|f| f.stream == 0).count(), 1);
}

#[test]
fn an_early_response_stops_the_request() {
    let mut server = Server::greeted();
    server.take(&headers(1, 0, &[])).unwrap();
    server.respond(1, Follows::Nothing);
    server.connection.finish(1);
    let sent = server.sent();
    assert_eq!((sent[1].kind, sent[1].code()), (RESET, code(Code::NoError)));
    server.take(&frame(DATA, 0, 1, &[0; 100])).unwrap();
    server.take(&frame(HEADERS, WHOLE | END, 1, &[])).unwrap();
    assert!(server.sent().is_empty());
}

#[test]
fn a_response_head_may_take_several_frames() {
    let mut server = Server::greeted();
    server.take(&headers(1, END, &[])).unwrap();
    let mut fields = gw_http1::Fields::default();
    for n in 0..50 {
        fields.push("x-large", &vec![b'a' + n % 26; 1000]);
    }
    server
        .connection
        .respond(1, 200, fields.iter(), Follows::Nothing);
    let sent = server.sent();
    let kinds: Vec<_> = sent.iter().map(|f| (f.kind, f.flags)).collect();
    assert_eq!(
        kinds,
        [
            (HEADERS, END),
            (CONTINUATION, 0),
            (CONTINUATION, 0),
            (CONTINUATION, WHOLE)
        ]
    );
    assert!(sent.iter().all(|f| f.payload.len() <= 16_384));
}
