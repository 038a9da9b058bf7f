//! Clients that are known by their certificates: who may connect, what a policy reads, and that
//! nobody slips through.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

use bytes::Bytes;
use gw_tests::{Authority, Backend, Gate, Modern, ModernReply, Reply, tls_client, tls_client_as};
use http::Request;
use http_body_util::Full;
use rustls::ClientConfig;
use std::sync::Arc;

const ALPN: [&[u8]; 2] = [b"h2", b"http/1.1"];

/// An authority for the gateway, one for its clients.
struct World {
    server: Authority,
    clients: Authority,
}

impl World {
    fn new() -> Self {
        Self {
            server: Authority::new(),
            clients: Authority::new(),
        }
    }

    fn policy(client: &str, rest: &str) -> String {
        format!(
            "gw 1\nlistener edge {{ bind = \"127.0.0.1:0\", tls {{\n\
             cert = file(\"crt\"), key = file(\"key\")\nclient {{ ca = file(\"clients.pem\"){client} }} }} }}\n\
             authn mesh: client_certificate\n{rest}"
        )
    }

    fn gate(&self, client: &str, rest: &str, more: &[(&str, &str)]) -> Gate {
        let (certificate, key) = self.server.issue(&["a.test"]);
        let mut files = vec![
            ("crt", certificate.as_str()),
            ("key", key.as_str()),
            ("clients.pem", self.clients.pem()),
        ];
        files.extend(more);
        Gate::with_files(&Self::policy(client, rest), &files)
    }

    fn nobody(&self, alpn: &[u8]) -> Arc<ClientConfig> {
        tls_client(self.server.roots(), &[alpn])
    }

    /// A client with a certificate of an authority.
    fn known(&self, by: &Authority, name: &str, alpn: &[u8]) -> Arc<ClientConfig> {
        let (certificate, key, _) = by.issue_client(name);
        tls_client_as(self.server.roots(), &[alpn], (&certificate, &key))
    }
}

/// One exchange on a connection of its own; none if the handshake fails, which a client of TLS 1.3
/// may learn after it.
fn ask(gate: &Gate, config: &Arc<ClientConfig>) -> Option<ModernReply> {
    let mut client = Modern::tls(gate.address(), "a.test", Arc::clone(config)).ok()?;
    let request = Request::get("https://a.test/").header("host", "a.test");
    client
        .send(request.body(Full::new(Bytes::new())).unwrap())
        .ok()
}

const ECHOED: &str = "backend web { target = \"BACKEND\" }
route all GET /** {
  authn mesh
  allow when \"billing.test\" in certificate.dns && certificate.common_name == \"billing.test\"
  request {
    set header \"x-principal\" = principal.kind + \" \" + principal.id
    set header \"x-certificate\" = certificate.subject + \" by \" + certificate.issuer
    set header \"x-serial\" = certificate.serial
    set header \"x-fingerprint\" = certificate.fingerprint
  }
  to web
}";

#[test]
fn a_policy_reads_the_certificate() {
    let world = World::new();
    let backend = Backend::start(|_| Reply::raw("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"));
    let gate = world.gate("", &ECHOED.replace("BACKEND", &backend.url()), &[]);
    for alpn in ALPN {
        let (certificate, key, serial) = world.clients.issue_client("billing.test");
        let config = tls_client_as(world.server.roots(), &[alpn], (&certificate, &key));
        assert_eq!(ask(&gate, &config).unwrap().status, 200);
        let seen = backend.received().pop().unwrap();
        let header = |name| seen.header(name).unwrap();
        assert_eq!(
            header("x-principal"),
            "client_certificate spiffe://test/billing.test"
        );
        assert!(
            header("x-certificate").starts_with("CN=billing.test by CN=rcgen"),
            "{}",
            header("x-certificate")
        );
        let digits: String = serial
            .to_bytes()
            .iter()
            .map(|b| format!("{b:02x}"))
            .collect();
        assert_eq!(
            header("x-serial").trim_start_matches('0'),
            digits.trim_start_matches('0')
        );
        assert_eq!(header("x-fingerprint").len(), 64);
        let other = world.known(&world.clients, "orders.test", alpn);
        assert_eq!(ask(&gate, &other).unwrap().status, 403);
    }
}

#[test]
fn without_a_certificate_nobody_connects() {
    let world = World::new();
    let gate = world.gate(
        "",
        "route all /** { authn mesh; allow; respond 200 \"ok\" }",
        &[],
    );
    let (expired, key) = world.clients.issue_expired(&["billing.test"]);
    for alpn in ALPN {
        let strangers = [
            world.nobody(alpn),
            world.known(&Authority::new(), "billing.test", alpn),
            world.known(&world.server, "billing.test", alpn),
            tls_client_as(world.server.roots(), &[alpn], (&expired, &key)),
        ];
        for stranger in &strangers {
            assert!(ask(&gate, stranger).is_none());
        }
        let known = world.known(&world.clients, "billing.test", alpn);
        assert_eq!(ask(&gate, &known).unwrap().status, 200);
    }
    let failed = gate.metric("gw_tls_handshake_failures_total{listener=\"edge\"}");
    assert_eq!(failed, Some(8.0));
}

#[test]
fn where_it_is_optional_the_policy_decides() {
    let world = World::new();
    let rest = "route open GET /open { public \"test\"; respond 200 \"open\" }\n\
                route all /** { authn mesh; allow; respond 200 { body = principal.id } }";
    let gate = world.gate(", required = false", rest, &[]);
    for alpn in ALPN {
        let refused = ask(&gate, &world.nobody(alpn)).unwrap();
        assert_eq!(refused.status, 401);
        assert_eq!(refused.headers["www-authenticate"], "ClientCertificate");
        assert_eq!(refused.json()["reason"], "no-credentials");
        let known = world.known(&world.clients, "billing.test", alpn);
        let let_in = ask(&gate, &known).unwrap();
        assert_eq!(let_in.body, b"spiffe://test/billing.test");
        // What is shown must be right, also where nothing need be shown.
        let forged = world.known(&Authority::new(), "billing.test", alpn);
        assert!(ask(&gate, &forged).is_none());
    }
}

#[test]
fn revoked_certificates_and_old_lists() {
    let world = World::new();
    let rest = "route all /** { authn mesh; allow; respond 200 \"ok\" }";
    let (certificate, key, serial) = world.clients.issue_client("billing.test");
    let client = || tls_client_as(world.server.roots(), &[b"h2"], (&certificate, &key));
    for (revoked, is_old, passes) in [
        (vec![], false, true),
        (vec![&serial], false, false),
        (vec![], true, false),
    ] {
        let list = world.clients.revocations(&revoked, is_old);
        let gate = world.gate(", crl = file(\"crl.pem\")", rest, &[("crl.pem", &list)]);
        assert_eq!(
            ask(&gate, &client()).is_some(),
            passes,
            "{revoked:?} {is_old}"
        );
    }
}

#[test]
fn a_reload_ends_the_trust_in_sessions_of_before() {
    let world = World::new();
    let rest = "route all /** { authn mesh; allow; respond 200 \"ok\" }";
    let gate = world.gate("", rest, &[]);
    // The client keeps tickets and resumes.
    let known = world.known(&world.clients, "billing.test", b"http/1.1");
    for _ in 0..2 {
        assert_eq!(ask(&gate, &known).unwrap().status, 200);
    }
    let others = Authority::new();
    std::fs::write(gate.folder().join("clients.pem"), others.pem()).unwrap();
    gate.reload(&World::policy("", rest)).unwrap();
    assert!(ask(&gate, &known).is_none());
    let new = world.known(&others, "billing.test", b"http/1.1");
    assert_eq!(ask(&gate, &new).unwrap().status, 200);
}

/// Connections outlive reloads; what they have shown must still be what is asked for.
#[test]
fn a_reload_ends_the_trust_in_connections_of_before() {
    let world = World::new();
    let rest = "route all /** { authn mesh; allow; respond 200 \"ok\" }";
    let crl = ", crl = file(\"crl.pem\")";
    for alpn in ALPN {
        let (certificate, key, serial) = world.clients.issue_client("billing.test");
        let none = world.clients.revocations(&[], false);
        let gate = world.gate(crl, rest, &[("crl.pem", &none)]);
        let known = tls_client_as(world.server.roots(), &[alpn], (&certificate, &key));
        let mut client = Modern::tls(gate.address(), "a.test", known).unwrap();
        let request = || Request::get("https://a.test/").header("host", "a.test");
        let mut ask = || client.send(request().body(Full::new(Bytes::new())).unwrap());
        assert_eq!(ask().unwrap().status, 200);
        // Other rules are no reason to end it.
        let other = rest.replace("\"ok\"", "\"other\"");
        gate.reload(&World::policy(crl, &other)).unwrap();
        assert_eq!(ask().unwrap().body, b"other");
        let revoked = world.clients.revocations(&[&serial], false);
        std::fs::write(gate.folder().join("crl.pem"), revoked).unwrap();
        gate.reload(&World::policy(crl, rest)).unwrap();
        let answer = ask();
        assert!(answer.is_err(), "{answer:?}");
    }
}

#[test]
fn files_that_hold_nothing_are_refused() {
    let world = World::new();
    let rest = "route all /** { authn mesh; allow; respond 200 \"ok\" }";
    let (certificate, key) = world.server.issue(&["a.test"]);
    for (clients, crl, what) in [
        ("", "", "trusted certificates"),
        (world.clients.pem(), "", "revocation lists"),
    ] {
        let files = [
            ("crt", certificate.as_str()),
            ("key", key.as_str()),
            ("clients.pem", clients),
            ("crl.pem", crl),
        ];
        let policy = World::policy(", crl = file(\"crl.pem\")", rest);
        let error = Gate::try_with_files(&policy, &files).err().unwrap();
        assert!(error.to_string().starts_with(what), "{error}");
    }
}
