//! Every example is booted and asked real questions over real sockets.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

use gw_tests::{
    Authority, Backend, Client, Gate, Message, Modern, Reply, Signer, in_seconds, tls_client,
    tls_client_as,
};
use http::request::Builder;
use jsonwebtoken::Algorithm;
use rustls::ClientConfig;
use serde_json::json;
use std::sync::Arc;

const LISTEN: (&str, &str) = ("listen", "127.0.0.1:0");

/// Files for the parameters of an example.
struct Files(tempfile::TempDir);

impl Files {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// Writes a file; its path.
    fn put(&self, name: &str, text: &str) -> String {
        let path = self.0.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    }

    /// Writes the public keys of a signer; the path.
    fn keys(&self, signer: &Signer) -> String {
        self.put("jwks.json", &Signer::jwks(&[signer]))
    }
}

/// A backend that answers with its name and the path that it got.
fn named(name: &'static str) -> Backend {
    Backend::start(move |request| Reply::ok(&format!("{name} {}", request.path())))
}

fn ask(gate: &Gate, request: &str) -> Message {
    gate.client()
        .send(format!("{request}\r\nconnection: close\r\n\r\n"))
        .response()
}

#[test]
fn quickstart_needs_nothing_else() {
    let gate = Gate::example("quickstart.gw", &[LISTEN]);
    let home = gate.get("/", "");
    assert_eq!(home.status(), Some(200));
    assert!(home.header("x-request-id").is_some());
    assert!(home.header("ratelimit").is_some());
    assert_eq!(gate.get("/hello/ada", "").json()["path"], "/greet/ada");
    let closed = gate.get("/internal/x", "");
    assert_eq!(
        (closed.status(), closed.reason().as_str()),
        (Some(403), "no-allow-matched")
    );
}

#[test]
fn hello_reaches_its_backend() {
    let web = named("web");
    let gate = Gate::example("hello.gw", &[LISTEN, ("web_url", &web.url())]);
    assert_eq!(gate.get("/any", "").text(), "web /any");
    assert_eq!(
        ask(&gate, "DELETE /any HTTP/1.1\r\nhost: a.test").status(),
        Some(405)
    );
}

#[test]
fn versioning_by_path_header_and_query() {
    let (v1, v2) = (named("v1"), named("v2"));
    let params = [LISTEN, ("v1_url", &v1.url()), ("v2_url", &v2.url())];
    let gate = Gate::example("versioning.gw", &params);
    assert_eq!(gate.get("/v2/orders/7", "").text(), "v2 /orders/7");
    assert_eq!(gate.get("/orders/7", "").text(), "v1 /orders/7");
    assert_eq!(
        gate.get("/orders/7", "x-api-version: 2\r\n").text(),
        "v2 /orders/7"
    );
    assert_eq!(
        gate.get("/orders/7?api-version=2", "").text(),
        "v2 /orders/7?api-version=2"
    );
}

#[test]
fn rbac_with_signed_tokens() {
    let signer = Signer::ec(Algorithm::ES256, "k1");
    let files = Files::new();
    let keys = files.keys(&signer);
    let api = named("api");
    let gate = Gate::example(
        "rbac.gw",
        &[LISTEN, ("api_url", &api.url()), ("jwks", &keys)],
    );
    let token = |roles: &[&str]| {
        let claims = json!({
            "iss": "https://issuer.test", "aud": "gw", "exp": in_seconds(60),
            "sub": "u1", "org": "acme", "roles": roles,
        });
        format!("authorization: Bearer {}\r\n", signer.sign(&claims))
    };
    assert_eq!(gate.get("/orgs/acme/documents", "").status(), Some(401));
    assert_eq!(
        gate.get("/orgs/acme/documents", &token(&["viewer"]))
            .status(),
        Some(200)
    );
    assert_eq!(
        gate.get("/orgs/other/documents", &token(&["admin"]))
            .status(),
        Some(403)
    );
    let put = |fields: String| {
        let line = "PUT /orgs/acme/documents/6f1c1e1a-6c1e-4d5c-9b3e-0a6f0d1c2b3a HTTP/1.1";
        ask(
            &gate,
            &format!(
                "{line}\r\nhost: a.test\r\ncontent-length: 0\r\n{}",
                fields.trim_end()
            ),
        )
    };
    assert_eq!(put(token(&["viewer"])).status(), Some(403));
    assert_eq!(put(token(&["admin"])).status(), Some(200));
}

#[test]
fn described_holds_tokens_against_their_description() {
    let signer = Signer::ec(Algorithm::ES256, "k1");
    let files = Files::new();
    let keys = files.keys(&signer);
    let api = named("api");
    let params = [LISTEN, ("api_url", &api.url()), ("jwks", &keys)];
    let gate = Gate::example("described.gw", &params);
    let token = |change: serde_json::Value| {
        let mut claims = json!({
            "iss": "https://issuer.test", "aud": "parcels", "exp": in_seconds(60),
            "sub": "u1", "home": { "name": "north" }, "contract": "permanent",
        });
        let fields = change.as_object().unwrap().clone();
        claims.as_object_mut().unwrap().extend(fields);
        format!("authorization: Bearer {}\r\n", signer.sign(&claims))
    };
    let list = |change| gate.get("/depots/north/parcels", &token(change)).status();
    assert_eq!(list(json!({})), Some(200));
    assert_eq!(list(json!({ "home": { "name": "south" } })), Some(403));
    // A pattern, a list of texts, a length and a bound of the description: no such token.
    assert_eq!(list(json!({ "home": { "name": "North" } })), Some(401));
    assert_eq!(list(json!({ "contract": "casual" })), Some(401));
    assert_eq!(list(json!({ "sub": "u".repeat(65) })), Some(401));
    assert_eq!(list(json!({ "roles": vec!["clerk"; 9] })), Some(401));
    assert_eq!(list(json!({ "roles": vec!["clerk"; 8] })), Some(200));
    let sized = |size: &str| {
        let path = format!("/depots/north/parcels/size/{size}");
        gate.get(&path, &token(json!({}))).status()
    };
    assert_eq!((sized("box"), sized("giant")), (Some(200), Some(404)));
}

#[test]
fn testing_does_what_its_tests_say() {
    let signer = Signer::rsa(Algorithm::RS256, "k1");
    let files = Files::new();
    let keys = files.keys(&signer);
    let ledger = named("ledger");
    let params = [LISTEN, ("ledger_url", &ledger.url()), ("jwks", &keys)];
    let gate = Gate::example("testing.gw", &params);
    let claims = json!({
        "aud": "shop", "exp": in_seconds(60), "sub": "u1", "team": "north", "roles": ["clerk"],
    });
    let token = format!("authorization: Bearer {}\r\n", signer.sign(&claims));
    assert_eq!(gate.get("/v1/north/bookings/7", "").status(), Some(401));
    let own = gate.get("/v1/north/bookings/7", &token);
    assert_eq!(own.text(), "ledger /v1/north/bookings/7");
    let other = gate.get("/v1/south/bookings/7", &token);
    assert_eq!(other.status(), Some(403));
}

#[test]
fn limits_refuse_and_say_when() {
    let api = named("api");
    let gate = Gate::example("limits.gw", &[LISTEN, ("api_url", &api.url())]);
    let statuses: Vec<_> = (0..4)
        .map(|_| gate.get("/rolling", "").status().unwrap())
        .collect();
    assert_eq!(statuses, [200, 200, 200, 429]);
    let refused = gate.get("/rolling", "");
    assert_eq!(refused.reason(), "rate-limited");
    assert!(refused.header("retry-after").is_some());
    for _ in 0..10 {
        assert_eq!(gate.get("/planned", "").status(), Some(200));
    }
}

#[test]
fn canary_keeps_a_user_on_one_version() {
    let (stable, next) = (named("stable"), named("next"));
    let params = [
        LISTEN,
        ("stable_url", &stable.url()),
        ("next_url", &next.url()),
    ];
    let gate = Gate::example("canary.gw", &params);
    assert_eq!(
        gate.get("/app/x", "x-canary: always\r\n").text(),
        "next /app/x"
    );
    let first = gate.get("/app/x", "x-user: u7\r\n").text();
    for _ in 0..20 {
        assert_eq!(gate.get("/app/x", "x-user: u7\r\n").text(), first);
    }
    let some_next = (0..200).any(|i| {
        gate.get("/app/x", &format!("x-user: u{i}\r\n"))
            .text()
            .starts_with("next")
    });
    assert!(some_next, "a tenth of the users reaches the new version");
}

#[test]
fn tls_serves_by_name_and_redirects_plain_requests() {
    let authority = Authority::new();
    let files = Files::new();
    let ((cert_a, key_a), (cert_b, key_b)) =
        (authority.issue(&["a.test"]), authority.issue(&["b.test"]));
    let api = named("api");
    let gate = Gate::example(
        "tls.gw",
        &[
            LISTEN,
            ("listen_tls", "127.0.0.1:0"),
            ("api_url", &api.url()),
            ("cert_a", &files.put("a.crt", &cert_a)),
            ("key_a", &files.put("a.key", &key_a)),
            ("cert_b", &files.put("b.crt", &cert_b)),
            ("key_b", &files.put("b.key", &key_b)),
        ],
    );
    let plain = Client::connect(gate.listener("plain")).get("/docs/start", "");
    assert_eq!(plain.status(), Some(308));
    let config = tls_client(authority.roots(), &[b"h2"]);
    for name in ["a.test", "b.test"] {
        let mut client = Modern::tls(gate.listener("secure"), name, config.clone()).unwrap();
        let uri = format!("https://{name}/x");
        let request = hyper::Request::get(uri).body(Default::default()).unwrap();
        assert_eq!(client.send(request).unwrap().status, 200);
    }
}

#[test]
fn mutual_tls_knows_services_and_people() {
    let (server, clients) = (Authority::new(), Authority::new());
    let signer = Signer::ec(Algorithm::ES256, "k1");
    let files = Files::new();
    let (cert, key) = server.issue(&["a.test"]);
    let ledger = named("ledger");
    let gate = Gate::example(
        "mutual_tls.gw",
        &[
            LISTEN,
            ("ledger_url", &ledger.url()),
            ("server_cert", &files.put("server.crt", &cert)),
            ("server_key", &files.put("server.key", &key)),
            ("clients", &files.put("clients.pem", clients.pem())),
            ("jwks", &files.keys(&signer)),
        ],
    );
    let status = |config: Arc<ClientConfig>, request: Builder| {
        let mut client = Modern::tls(gate.address(), "a.test", config).unwrap();
        let request = request.body(Default::default()).unwrap();
        client.send(request).unwrap().status
    };
    let service = |name: &str| {
        let (certificate, key) = clients.issue_service(&format!("spiffe://shop.example/{name}"));
        tls_client_as(server.roots(), &[b"h2"], (&certificate, &key))
    };
    let write = || hyper::Request::post("https://a.test/entries");
    let read = || hyper::Request::get("https://a.test/entries/7");
    assert_eq!(status(service("billing"), write()), 200);
    assert_eq!(status(service("web"), write()), 403);
    assert_eq!(status(service("web"), read()), 200);
    let person = || tls_client(server.roots(), &[b"h2"]);
    let token = signer.sign(&json!({
        "iss": "https://idp.shop.example", "aud": "ledger", "sub": "ada", "role": "auditor",
        "exp": in_seconds(60),
    }));
    let bearer = format!("Bearer {token}");
    assert_eq!(status(person(), read()), 401);
    assert_eq!(
        status(person(), read().header("authorization", &bearer)),
        200
    );
    assert_eq!(
        status(person(), write().header("authorization", &bearer)),
        401
    );
}

#[test]
fn shop_knows_tokens_and_keys() {
    let signer = Signer::ed("k1");
    let files = Files::new();
    let keys = files.keys(&signer);
    let (orders, next, catalog) = (named("orders"), named("next"), named("catalog"));
    let gate = Gate::example(
        "shop.gw",
        &[
            LISTEN,
            ("jwks", &keys),
            ("orders_url", &orders.url()),
            ("orders_next_url", &next.url()),
            ("catalog_url", &catalog.url()),
        ],
    );
    let get = |path: &str, fields: &str| {
        ask(
            &gate,
            format!("GET {path} HTTP/1.1\r\nhost: api.shop.example\r\n{fields}").trim_end(),
        )
    };
    let product = get("/v1/acme/products/42", "");
    assert_eq!(
        (product.status(), product.text().as_str()),
        (Some(200), "catalog /p/42")
    );
    assert_eq!(product.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(get("/v1/acme/orders", "").status(), Some(401));
    assert_eq!(
        get("/v1/acme/orders", "x-api-key: demo-acme-pro").status(),
        Some(200)
    );
    assert_eq!(
        get("/v1/bolt/orders", "x-api-key: demo-acme-pro").status(),
        Some(403)
    );
    assert_eq!(
        get("/v1/acme/orders", "x-api-key: wrong").status(),
        Some(401)
    );
    let claims = json!({
        "iss": "https://idp.shop.example", "aud": "shop", "exp": in_seconds(60),
        "sub": "u1", "org": "acme", "roles": ["editor"],
    });
    let token = format!("authorization: Bearer {}", signer.sign(&claims));
    assert_eq!(get("/v1/acme/orders", &token).status(), Some(200));
}
