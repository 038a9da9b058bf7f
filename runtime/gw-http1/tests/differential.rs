//! This codec against hyper, on messages that are almost right.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

mod oracle;

use proptest::prelude::*;

fn pick(all: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop::sample::select(all).prop_map(str::to_owned)
}

/// Mostly right, sometimes not.
fn line() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => pick(&["Host: a", "X-Y: z", "accept: */*", "x:", "x: \ta b\t", "Cookie: a=b; c", "TE: trailers"]),
        4 => pick(&["Content-Length: 3", "content-length: 0", "Transfer-Encoding: chunked", "Connection: close", "Connection: keep-alive"]),
        1 => pick(&["Content-Length: +3", "Content-Length: 3, 3", "Transfer-Encoding: identity", "Transfer-Encoding : chunked", " x: y", "x", "x: a\rb", ": y", "x: \u{e9}", "Expect: 100-continue", "x: a\u{7f}"]),
    ]
}

fn ending() -> impl Strategy<Value = String> {
    prop_oneof![12 => Just("\r\n".to_owned()), 1 => pick(&["\n", "\r", "\r\r\n", ""])]
}

fn body() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => Just(String::new()),
        3 => Just("abc".to_owned()),
        4 => pick(&["3\r\nabc\r\n0\r\n\r\n", "0\r\n\r\n", "1;x=y\r\na\r\n0\r\nt: v\r\n\r\n", "A\r\n0123456789\r\n00\r\n\r\n"]),
        1 => pick(&["3\nabc\n0\n\n", "3\r\nab", "g\r\n", "0x3\r\nabc\r\n", "3\r\nabcd\r\n0\r\n\r\n"]),
    ]
}

fn message(start: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    let lines = prop::collection::vec((line(), ending()), 0..6);
    (start, ending(), lines, ending(), body()).prop_map(|(start, end, lines, last, body)| {
        let lines: String = lines.into_iter().map(|(line, end)| line + &end).collect();
        format!("{start}{end}{lines}{last}{body}")
    })
}

fn request() -> impl Strategy<Value = String> {
    message(prop_oneof![
        8 => pick(&["GET / HTTP/1.1", "POST /a?b=c HTTP/1.1", "PUT /%41 HTTP/1.1", "GET / HTTP/1.0", "OPTIONS * HTTP/1.1", "GET http://a/b HTTP/1.1"]),
        1 => pick(&["GET  / HTTP/1.1", "GET /\t HTTP/1.1", "G\u{e9}T / HTTP/1.1", "GET / HTTP/1.2", "GET /", "\r\nGET / HTTP/1.1", "GET /a#b HTTP/1.1"]),
    ])
}

fn response() -> impl Strategy<Value = String> {
    message(prop_oneof![
        6 => pick(&["HTTP/1.1 200 OK", "HTTP/1.1 404 Not Found", "HTTP/1.0 200 OK", "HTTP/1.1 204 No Content", "HTTP/1.1 304 x"]),
        1 => pick(&["HTTP/1.1 200", "HTTP/1.1  200 OK", "HTTP/2.0 200 OK", "HTTP/1.1 20 OK"]),
    ])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn requests(all in prop::collection::vec(request(), 1..4)) {
        let stream = all.concat();
        let ours = oracle::ours(stream.as_bytes());
        let theirs = oracle::theirs(stream.as_bytes());
        prop_assert!(theirs.len() >= ours.len(), "{stream:?}: {ours:#?} {theirs:#?}");
        for (ours, theirs) in ours.iter().zip(&theirs) {
            prop_assert_eq!(ours, theirs, "{:?}", stream);
        }
    }

    #[test]
    fn responses(text in response()) {
        if let Some(ours) = oracle::our_response(text.as_bytes()) {
            prop_assert_eq!(Some(ours), oracle::their_response(text.as_bytes()), "{:?}", text);
        }
    }
}
