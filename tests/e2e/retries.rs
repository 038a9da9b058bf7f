//! Which failures are followed by another try, which are not, and what a client gets in the end.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

use gw_tests::frames::{
    ACK, END_HEADERS, END_STREAM, HEADERS, REFUSED_STREAM, RST_STREAM, SETTINGS,
};
use gw_tests::{Backend, Gate, Path, Paths, Reply, closed_port};
use std::io::{Read, Write};
use std::sync::atomic::{AtomicUsize, Ordering};

const ROUTE: &str = "route all /** { public \"test\"; to web }";

fn policy(backend: &str) -> String {
    format!("LISTENER\nbackend web {{ {backend} }}\n{ROUTE}")
}

fn to(backend: &Backend, retry: &str) -> Gate {
    Gate::start(&policy(&format!(
        "target = \"{}\", retry {{ {retry}, backoff = 1ms }}",
        backend.url()
    )))
}

/// Fails so many times, then answers with the body that it got.
fn flaky(failures: usize, fail: fn() -> Reply) -> Backend {
    let seen = AtomicUsize::new(0);
    Backend::start(move |request| {
        if seen.fetch_add(1, Ordering::AcqRel) < failures {
            return fail();
        }
        Reply::ok(&format!("got {}", request.text()))
    })
}

fn reset() -> Reply {
    Reply::Close(Vec::new())
}

fn busy() -> Reply {
    Reply::status(503)
}

fn retries(gate: &Gate, cause: &str) -> Option<f64> {
    let labels = format!("backend=\"web\",cause=\"{cause}\"");
    gate.metric(&format!("gw_backend_retries_total{{{labels}}}"))
}

#[test]
fn what_was_not_sent_goes_elsewhere_whatever_the_method() {
    let good = flaky(0, busy);
    let paths = Paths::start(&format!(
        "backend web {{ targets = [\"http://{}\", \"http://{}\", \"{}\"], retry {{ on = [connect], attempts = 2, min_rate = 1000/s }} }}\n{ROUTE}",
        closed_port(),
        closed_port(),
        good.url()
    ));
    for path in Path::ALL {
        let mut caller = paths.caller(path);
        for _ in 0..6 {
            let heard = caller.ask("POST", "/", b"body").unwrap();
            assert_eq!((heard.status, heard.text().as_str()), (200, "got body"));
        }
    }
    assert_eq!(good.received().len(), 18);
    assert!(retries(&paths.gate, "connect").is_some_and(|n| n >= 18.0));
}

#[test]
fn a_connection_that_breaks_off_is_retried_for_idempotent_methods() {
    for path in Path::ALL {
        for (method, body, sent) in [
            ("GET", "", 2),
            ("PUT", "text", 2),
            ("DELETE", "", 2),
            ("POST", "text", 1),
            ("PATCH", "", 1),
        ] {
            let backend = flaky(1, reset);
            let paths = Paths::start(&format!(
                "backend web {{ target = \"{}\", retry {{ on = [reset] }} }}\n{ROUTE}",
                backend.url()
            ));
            let heard = paths.caller(path).ask(method, "/", body.as_bytes());
            let heard = heard.unwrap();
            let expected = match sent {
                1 => (502, String::new(), "backend-reset".to_owned()),
                _ => (200, format!("got {body}"), String::new()),
            };
            let text = if sent == 1 {
                String::new()
            } else {
                heard.text()
            };
            let found = (heard.status, text, heard.reason());
            assert_eq!(found, expected, "{method} over {path:?}");
            assert_eq!(backend.received().len(), sent, "{method} over {path:?}");
        }
    }
}

#[test]
fn a_body_is_sent_again_as_it_was() {
    let long = "x".repeat(40_000);
    for (head, body) in [
        ("content-length: 4\r\n", "text".to_owned()),
        ("content-length: 40000\r\n", long.clone()),
        (
            "transfer-encoding: chunked\r\n",
            "4\r\ntext\r\n5\r\n more\r\n0\r\n\r\n".to_owned(),
        ),
    ] {
        let backend = flaky(2, busy);
        let gate = to(
            &backend,
            "on = [503], attempts = 2, min_rate = 1000/s, non_idempotent = true",
        );
        let mut client = gate.client();
        client.send(format!("POST / HTTP/1.1\r\nhost: a\r\n{head}\r\n{body}"));
        assert_eq!(client.response().status(), Some(200));
        assert_eq!(
            client.get("/", "").status(),
            Some(200),
            "it is read to its end"
        );
        let received = backend.received();
        let bodies: Vec<_> = received[..3].iter().map(|r| r.body.clone()).collect();
        assert!(!bodies[0].is_empty());
        assert_eq!(bodies[0], bodies[1], "{head}");
        assert_eq!(bodies[0], bodies[2], "{head}");
    }
}

#[test]
fn a_body_that_is_too_long_goes_out_once() {
    let chunked = "PUT / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n\
                   8\r\n12345678\r\n8\r\n12345678\r\n0\r\n\r\n";
    let plain = "PUT / HTTP/1.1\r\nhost: a\r\ncontent-length: 16\r\n\r\n1234567812345678";
    for request in [chunked, plain] {
        let backend = flaky(1, busy);
        let gate = to(&backend, "on = [503], max_body = 15");
        let mut client = gate.client();
        client.send(request);
        assert_eq!(client.response().status(), Some(503));
        assert_eq!(backend.received().len(), 1);
    }
}

#[test]
fn statuses_are_retried_as_far_as_they_are_named() {
    for (failures, attempts, status, sent) in [(1, 1, 200, 2), (2, 2, 200, 3), (3, 2, 503, 3)] {
        let backend = flaky(failures, busy);
        let gate = to(
            &backend,
            &format!("on = [connect, 503], attempts = {attempts}, min_rate = 1000/s"),
        );
        assert_eq!(gate.get("/", "").status(), Some(status));
        assert_eq!(backend.received().len(), sent);
        assert_eq!(
            backend.connections(),
            1,
            "a read response frees its connection"
        );
        assert_eq!(retries(&gate, "503"), Some((sent - 1) as f64));
        let line = &gate.end()[0];
        assert_eq!(
            (&line["tries"], &line["status"]),
            (&sent.into(), &status.into())
        );
        assert_eq!(line["reason"], "allowed");
    }
    let backend = flaky(1, || Reply::status(500));
    let gate = to(&backend, "on = [502, 503, 504]");
    assert_eq!(gate.get("/", "").status(), Some(500));
    assert_eq!(backend.received().len(), 1, "it was not named");
}

#[test]
fn a_backend_that_asks_for_patience_is_left_alone() {
    let backend = flaky(1, || {
        Reply::raw("HTTP/1.1 503 X\r\nretry-after: 30\r\ncontent-length: 0\r\n\r\n")
    });
    let gate = to(&backend, "on = [503]");
    let response = gate.get("/", "");
    assert_eq!(response.status(), Some(503));
    assert_eq!(response.header("retry-after"), Some("30"));
    assert_eq!(backend.received().len(), 1);
}

#[test]
fn a_budget_that_is_spent_ends_the_retries() {
    let backend = Backend::start(|_| busy());
    let spent = to(&backend, "on = [503], budget = 1%, min_rate = 0/s");
    let mut client = spent.client();
    for _ in 0..5 {
        assert_eq!(client.get("/", "").status(), Some(503));
    }
    assert_eq!(backend.received().len(), 5);
    assert_eq!(retries(&spent, "503"), None);
    let refused = "gw_retry_budget_exceeded_total{backend=\"web\"}";
    assert_eq!(spent.metric(refused), Some(5.0));

    let full = to(&backend, "on = [503], budget = 100%, min_rate = 0/s");
    assert_eq!(full.get("/", "").status(), Some(503));
    assert_eq!(backend.received().len(), 7, "one retry for one request");
    assert_eq!(full.metric(refused), None);
}

#[test]
fn what_has_begun_is_not_taken_back() {
    let backend = Backend::start(|_| {
        Reply::Close(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\npart".to_vec())
    });
    let gate = to(&backend, "on = [reset, 502], attempts = 3");
    let mut client = gate.client();
    client.send("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
    assert!(client.try_response().is_none());
    assert_eq!(backend.received().len(), 1);
    assert_eq!(gate.end()[0]["reason"], "backend-reset");
}

#[test]
fn after_an_interim_response_its_try_is_the_last() {
    let backend = flaky(1, || {
        Reply::Close(b"HTTP/1.1 103 Early Hints\r\nlink: </a.css>\r\n\r\n".to_vec())
    });
    let gate = to(&backend, "on = [reset]");
    let mut client = gate.client();
    client.send("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
    assert_eq!(client.response().status(), Some(103));
    assert_eq!(client.response().status(), Some(502));
    assert_eq!(backend.received().len(), 1);
}

#[test]
fn a_silent_endpoint_is_left_for_another() {
    let silent = Backend::start(|_| Reply::Silence);
    let good = flaky(0, busy);
    let gate = Gate::start(&policy(&format!(
        "targets = [\"{}\", \"{}\"], retry {{ on = [first_byte], min_rate = 1000/s, backoff = 1ms }}, \
         timeout {{ first_byte = 50ms }}, ejection {{ after = 1000 }}",
        silent.url(),
        good.url()
    )));
    let mut client = gate.client();
    for _ in 0..4 {
        assert_eq!(client.get("/", "").text(), "got ");
    }
    assert_eq!(silent.received().len(), 2);
    assert_eq!(retries(&gate, "first_byte"), Some(2.0));
    assert_eq!(gate.end()[0]["tries"], 2);
}

#[test]
fn the_whole_time_bounds_all_tries() {
    let silent = Backend::start(|_| Reply::Silence);
    let gate = Gate::start(&policy(&format!(
        "target = \"{}\", retry {{ on = [first_byte], attempts = 10, min_rate = 1000/s, backoff = 0s }}, \
         timeout {{ first_byte = 50ms, total = 220ms }}",
        silent.url()
    )));
    let response = gate.get("/", "");
    assert_eq!(response.status(), Some(504));
    // A try that ends just before the whole time does leaves none for another.
    let ends = ["backend-total-timeout", "backend-first-byte-timeout"];
    assert!(ends.contains(&response.reason().as_str()));
    // Each try takes at least its timeout.
    assert!((1..=5).contains(&silent.received().len()));
}

#[test]
fn the_last_failure_is_what_is_told() {
    let failures = AtomicUsize::new(0);
    let backend = Backend::start(move |_| match failures.fetch_add(1, Ordering::AcqRel) {
        0 => busy(),
        _ => reset(),
    });
    let gate = to(&backend, "on = [503]");
    let response = gate.get("/", "");
    assert_eq!(
        (response.status(), response.reason().as_str()),
        (Some(502), "backend-reset")
    );
    let sample = "gw_backend_errors_total{backend=\"web\",reason=\"backend-reset\"}";
    assert_eq!(gate.metric(sample), Some(1.0));
    assert_eq!(gate.end()[0]["reason"], "backend-reset");
}

#[test]
fn a_backend_that_is_like_another_is_retried_like_it() {
    let backend = flaky(1, busy);
    let gate = Gate::start(&format!(
        "LISTENER\nbackend base {{ target = \"http://{}\", retry {{ on = [503] }} }}\n\
         backend web like base {{ target = \"{}\" }}\n{ROUTE}",
        closed_port(),
        backend.url()
    ));
    assert_eq!(gate.get("/", "").status(), Some(200));
}

#[test]
fn without_a_word_nothing_that_was_sent_is_sent_again() {
    for fail in [reset, busy] {
        let backend = flaky(1, fail);
        let gate = Gate::before(&backend);
        assert!(gate.get("/", "").status().is_some_and(|s| s >= 500));
        assert_eq!(backend.received().len(), 1);
    }
}

#[test]
fn a_stale_connection_is_replaced_for_free() {
    let backend = Backend::start(|_| {
        Reply::Close(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok".to_vec())
    });
    let gate = to(&backend, "on = [503], budget = 1%, min_rate = 0/s");
    let mut client = gate.client();
    for _ in 0..20 {
        assert_eq!(client.get("/", "").text(), "ok");
    }
    assert_eq!(
        gate.metric("gw_retry_budget_exceeded_total{backend=\"web\"}"),
        None
    );
}

/// A gateway behind a gateway, so that the backend speaks HTTP/2.
fn over_http2(backend: &Backend, retry: &str) -> (Gate, Gate) {
    let inner = Gate::before(backend);
    let outer = Gate::start(&policy(&format!(
        "target = \"http://{}\", protocol = http2, retry {{ {retry}, backoff = 1ms }}",
        inner.address()
    )));
    (inner, outer)
}

#[test]
fn a_backend_over_http2_is_retried_too() {
    for (method, body, status, sent) in [
        ("GET", "", 200, 3),
        ("PUT", "text", 200, 3),
        ("POST", "text", 503, 1),
    ] {
        let backend = flaky(2, busy);
        let (_inner, outer) = over_http2(&backend, "on = [503], attempts = 2, min_rate = 1000/s");
        let mut client = outer.client();
        let length = body.len();
        client.send(format!(
            "{method} / HTTP/1.1\r\nhost: a\r\ncontent-length: {length}\r\n\r\n{body}"
        ));
        assert_eq!(client.response().status(), Some(status), "{method}");
        let received = backend.received();
        assert_eq!(received.len(), sent, "{method}");
        assert!(received.iter().all(|r| r.text() == body), "{method}");
    }
}

/// Speaks as much HTTP/2 as it takes to refuse the first stream and to answer the others.
fn refusing_once(requests: &'static AtomicUsize) -> Backend {
    Backend::raw(move |reader| {
        let mut writer = reader.get_ref().try_clone().unwrap();
        let mut say = |kind: u8, flags: u8, stream: u32, payload: &[u8]| {
            let mut frame = vec![0, 0, payload.len() as u8, kind, flags];
            frame.extend(stream.to_be_bytes());
            frame.extend(payload);
            writer.write_all(&frame).is_ok()
        };
        let mut preface = [0; 24];
        let mut open = reader.read_exact(&mut preface).is_ok() && say(SETTINGS, 0, 0, &[]);
        let mut head = [0; 9];
        while open && reader.read_exact(&mut head).is_ok() {
            let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
            let stream = u32::from_be_bytes([head[5], head[6], head[7], head[8]]);
            let mut payload = vec![0; length as usize];
            reader.read_exact(&mut payload).unwrap();
            open = match (head[3], head[4] & ACK) {
                (SETTINGS, 0) => say(SETTINGS, ACK, 0, &[]),
                (HEADERS, _) if requests.fetch_add(1, Ordering::AcqRel) == 0 => {
                    say(RST_STREAM, 0, stream, &REFUSED_STREAM.to_be_bytes())
                }
                // `:status: 200` from the table of RFC 7541 appendix A.
                (HEADERS, _) => say(HEADERS, END_STREAM | END_HEADERS, stream, &[0x88]),
                _ => true,
            };
        }
    })
}

#[test]
fn a_stream_that_was_refused_is_sent_again_whatever_the_method() {
    static REQUESTS: AtomicUsize = AtomicUsize::new(0);
    let backend = refusing_once(&REQUESTS);
    let url = backend.url();
    let gate = Gate::start(&policy(&format!("target = \"{url}\", protocol = http2")));
    assert_eq!(gate.client().post("/", "", "").status(), Some(200));
    assert_eq!(REQUESTS.load(Ordering::Acquire), 2);
    assert_eq!(retries(&gate, "connect"), Some(1.0));
}
