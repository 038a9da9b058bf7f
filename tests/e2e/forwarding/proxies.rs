//! What proxies in front of the gateway say of their clients: what is believed, and what backends are
//! told of it.

use super::*;

/// A gateway that takes whoever calls it for a trusted proxy.
fn behind_a_proxy(backend: &Backend) -> Gate {
    Gate::start(&format!(
        r#"gw 1
        listener http {{ bind = "127.0.0.1:0", http {{ trusted_proxies = [127.0.0.0/8] }} }}
        backend web {{ target = "{}" }}
        route all /** {{ public "test"; to web }}"#,
        backend.url()
    ))
}

#[test]
fn trusted_proxies_are_believed() {
    let backend = Backend::start(|_| Reply::ok("ok"));
    let gate = behind_a_proxy(&backend);
    gate.get(
        "/",
        "x-forwarded-for: 1.1.1.1, 9.9.9.9\r\nx-forwarded-proto: https\r\nx-request-id: abc-1\r\n",
    );
    let received = &backend.received()[0];
    assert_eq!(
        received.header("x-forwarded-for"),
        Some("1.1.1.1, 9.9.9.9, 127.0.0.1")
    );
    assert_eq!(received.header("x-forwarded-proto"), Some("https"));
    assert_eq!(received.header("x-request-id"), Some("abc-1"));
    let line = &gate.end()[0];
    assert_eq!(line["client"], "9.9.9.9");
    assert_eq!(line["request_id"], "abc-1");
    assert_eq!(line["scheme"], "https");
}

/// A proxy may add its line to those that a client wrote, and what clients write may be no text.
#[test]
fn every_line_of_a_trusted_proxy_is_passed_on() {
    let backend = Backend::start(|_| Reply::ok("ok"));
    let gate = behind_a_proxy(&backend);
    let fields = "x-forwarded-for: 10.0.0.9\r\nforwarded: for=10.0.0.9\r\n\
                  x-forwarded-for: \u{fe}, 9.9.9.9\r\nforwarded: for=9.9.9.9\r\n";
    gate.get("/", fields);
    let received = &backend.received()[0];
    assert_eq!(
        received.header("x-forwarded-for"),
        Some("10.0.0.9, \u{fe}, 9.9.9.9, 127.0.0.1")
    );
    assert_eq!(gate.end()[0]["client"], "9.9.9.9");
}

/// What the gateway did not believe is not passed on in the name of a trusted proxy.
#[test]
fn a_backend_is_told_what_was_believed() {
    let backend = Backend::start(|_| Reply::ok("ok"));
    let gate = behind_a_proxy(&backend);
    let told = |fields: &str, name: &str| {
        gate.get("/", fields);
        let received = backend.received().pop().unwrap();
        let lines = received.headers.iter().filter(|(n, _)| n == name);
        lines.map(|(_, value)| value.clone()).collect::<Vec<_>>()
    };
    let forwarded = "forwarded: for=10.0.0.9\r\nforwarded: for=9.9.9.9\r\n";
    assert_eq!(
        told(forwarded, "forwarded"),
        ["for=10.0.0.9, for=9.9.9.9, for=127.0.0.1;proto=http"]
    );
    // Beside `X-Forwarded-For` it does not count, and may be the client's own.
    let both = format!("x-forwarded-for: 8.8.8.8\r\n{forwarded}");
    assert_eq!(told(&both, "forwarded"), [""; 0]);
    assert_eq!(told(&both, "x-forwarded-for"), ["8.8.8.8, 127.0.0.1"]);
    for (fields, proto) in [
        ("", "http"),
        ("x-forwarded-proto: https\r\n", "https"),
        (
            "x-forwarded-proto: https\r\nx-forwarded-proto: http\r\n",
            "http",
        ),
        ("x-forwarded-proto: https, http\r\n", "http"),
        ("x-forwarded-proto: gopher\r\n", "http"),
    ] {
        assert_eq!(told(fields, "x-forwarded-proto"), [proto], "{fields}");
    }
}
