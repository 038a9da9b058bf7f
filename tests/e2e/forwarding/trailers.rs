//! Trailer sections: what passes, and what would be dangerous where they are merged into the header.

use super::*;

#[test]
fn trailers_pass_both_ways() {
    let backend = Backend::start(|request| {
        assert_eq!(request.trailers, vec![("x-sum".to_owned(), "7".to_owned())]);
        Reply::raw(
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ntrailer: x-end\r\n\r\n\
                    2\r\nok\r\n0\r\nx-end: 1\r\n\r\n",
        )
    });
    let gate = Gate::before(&backend);
    let mut client = gate.client();
    client.send(
        "POST / HTTP/1.1\r\nhost: a\r\nte: trailers\r\ntrailer: x-sum\r\n\
                 transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nx-sum: 7\r\n\r\n",
    );
    let response = client.response();
    assert_eq!(response.text(), "ok");
    assert_eq!(
        response.trailers,
        vec![("x-end".to_owned(), "1".to_owned())]
    );
}

/// A receiver that merges trailers into the header would have credentials that nobody verified
/// (RFC 9110 section 6.5.1).
#[test]
fn trailers_hold_no_credentials_and_nothing_about_the_body() {
    let kept = ["x-checksum: 1", "grpc-status: 0"];
    let gone = [
        "authorization: Bearer x",
        "Proxy-Authorization: Basic x",
        "cookie: sid=1",
        "set-cookie: sid=1",
        "content-type: text/html",
        "content-encoding: gzip",
        "content-range: bytes 0-1/2",
        "cache-control: public",
        "www-authenticate: Basic",
    ];
    let section = [&gone[..], &kept[..]].concat().join("\r\n");
    let body = format!("1\r\nx\r\n0\r\n{section}\r\n\r\n");
    let answer = format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{body}");
    let backend = Backend::start(move |_| Reply::raw(&answer));
    let gate = Gate::before(&backend);
    let mut client = gate.client();
    client.send(format!(
        "POST / HTTP/1.1\r\nhost: a\r\nte: trailers\r\ntransfer-encoding: chunked\r\n\r\n{body}"
    ));
    for trailers in [
        client.response().trailers,
        backend.received()[0].trailers.clone(),
    ] {
        let lines: Vec<_> = trailers.iter().map(|(n, v)| format!("{n}: {v}")).collect();
        assert_eq!(lines, kept);
    }
}

/// A receiver that merges trailers into the header would otherwise believe a client what only the
/// policy may say, over either protocol.
#[test]
fn trailers_hold_nothing_that_the_policy_changes_in_the_header() {
    let backend = Backend::start(|_| {
        Reply::raw(
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n\
             2\r\nok\r\n0\r\nx-end: 1\r\nx-cost: 9\r\n\r\n",
        )
    });
    let behind = Gate::before(&backend);
    let protocols = [
        (backend.url(), "http1"),
        (format!("http://{}", behind.address()), "http2"),
    ];
    for (target, protocol) in protocols {
        let gate = Gate::start(&format!(
            r#"LISTENER
            backend web {{ target = "{target}", protocol = {protocol} }}
            route all /** {{
              public "test"
              request {{
                set header "x-user" = "anonymous"
                remove header "x-in-*"
                rename header "x-old" to "x-new"
              }}
              response {{ remove header "x-cost" }}
              to web
            }}"#
        ));
        let mut client = gate.client();
        client.send(
            "POST / HTTP/1.1\r\nhost: a\r\nte: trailers\r\ntransfer-encoding: chunked\r\n\r\n\
             3\r\nabc\r\n0\r\nx-user: root\r\nx-in-a: 1\r\nx-old: 1\r\nx-new: 1\r\n\
             content-length: 9\r\nx-forwarded-for: 6.6.6.6\r\nx-sum: 7\r\n\r\n",
        );
        let response = client.response();
        assert_eq!(response.text(), "ok");
        assert_eq!(response.trailers, [("x-end".to_owned(), "1".to_owned())]);
        let received = backend.received();
        let last = received.last().unwrap();
        assert_eq!(last.header("x-user"), Some("anonymous"));
        assert_eq!(last.trailers, [("x-sum".to_owned(), "7".to_owned())]);
    }
}
