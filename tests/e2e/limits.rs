//! Limits as clients see them.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

use gw_tests::{Backend, Gate, Reply};
use std::time::{Duration, Instant};

fn policy(limit: &str) -> String {
    format!(
        "LISTENER\nbackend me {{ target = echo() }}\nlimit per_key {{ {limit} }}\n\
         route all /** {{ public \"test\"; use limit per_key; to me }}"
    )
}

#[test]
fn every_algorithm_refuses_what_is_too_much() {
    for algorithm in ["gcra", "token_bucket", "fixed_window", "sliding_window"] {
        let burst = if algorithm.ends_with("window") {
            ""
        } else {
            ", burst = 3"
        };
        let gate = Gate::start(&policy(&format!(
            "key = request.headers[\"x-key\"] ?? \"none\", rate = 3/day, algorithm = {algorithm}{burst}"
        )));
        let statuses: Vec<_> = (0..6)
            .map(|_| gate.get("/", "x-key: a\r\n").status().unwrap())
            .collect();
        let passed = statuses.iter().filter(|s| **s == 200).count();
        assert!((3..=4).contains(&passed), "{algorithm}: {statuses:?}");
        let refused = gate.get("/", "x-key: a\r\n");
        assert_eq!(refused.status(), Some(429), "{algorithm}");
        assert_eq!(refused.reason(), "rate-limited");
        assert!(
            refused
                .header("retry-after")
                .unwrap()
                .parse::<u64>()
                .unwrap()
                > 0
        );
        assert!(refused.header("ratelimit").is_some(), "{algorithm}");
        assert!(refused.header("ratelimit-policy").is_some(), "{algorithm}");
        let other = gate.get("/", "x-key: b\r\n");
        assert_eq!(
            other.status(),
            Some(200),
            "{algorithm}: another key has its own count"
        );
        assert!(other.header("ratelimit").is_some());
    }
}

#[test]
fn a_leaky_bucket_makes_requests_wait() {
    let gate = Gate::start(&policy(
        "key = source.ip, rate = 20/s, algorithm = leaky_bucket, max_wait = 5s, burst = 1",
    ));
    let start = Instant::now();
    for _ in 0..4 {
        assert_eq!(gate.get("/", "").status(), Some(200));
    }
    assert!(
        start.elapsed() >= Duration::from_millis(90),
        "{:?}",
        start.elapsed()
    );
}

#[test]
fn a_concurrency_limit_counts_requests_under_way() {
    let (asked, wait) = std::sync::mpsc::channel::<()>();
    let (go, gate_opens) = std::sync::mpsc::channel::<()>();
    let gate_opens = std::sync::Mutex::new(gate_opens);
    let backend = Backend::start(move |_| {
        asked.send(()).unwrap();
        gate_opens.lock().unwrap().recv().unwrap();
        Reply::ok("ok")
    });
    let gate = Gate::start(&format!(
        "LISTENER\nbackend web {{ target = \"{}\" }}\nlimit few {{ algorithm = concurrency, max = 1 }}\n\
         route all /** {{ public \"test\"; use limit few; to web }}",
        backend.url()
    ));
    let mut first = gate.client();
    first.send("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
    wait.recv().unwrap();
    let refused = gate.get("/", "");
    assert_eq!(refused.reason(), "too-many-concurrent-requests");
    go.send(()).unwrap();
    assert_eq!(first.response().status(), Some(200));
    go.send(()).unwrap();
    assert_eq!(
        gate.get("/", "").status(),
        Some(200),
        "the place is free again"
    );
}

#[test]
fn limits_outlive_a_reload() {
    let text = policy("key = source.ip, rate = 2/day, algorithm = fixed_window");
    let gate = Gate::start(&text);
    assert_eq!(gate.get("/", "").status(), Some(200));
    assert_eq!(gate.get("/", "").status(), Some(200));
    gate.reload(&text.replace("\"test\"", "\"another reason\""))
        .unwrap();
    assert_eq!(gate.get("/", "").status(), Some(429));
    assert_eq!(
        gate.metric("gw_limit_exceeded_total{limit=\"per_key\"}"),
        Some(1.0)
    );
    assert_eq!(gate.end()[2]["reason"], "rate-limited");
}
