//! Tokens and keys: which are let in, and what is said of the others.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

use gw_tests::{Authority, Backend, Es512, Gate, Message, Reply, Signer, in_seconds};
use jsonwebtoken::{Algorithm, Header};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

const CLAIMS: &str = "schema Claims { sub: string, role?: string }\n";

fn policy(settings: &str) -> String {
    format!(
        r#"LISTENER
        {CLAIMS}
        backend me {{ target = echo() }}
        authn idp: jwt<Claims> {{ {settings} }}
        route all /** {{ authn idp; allow when jwt.role == "admin"; to me }}"#
    )
}

fn bearer(gate: &Gate, token: &str) -> (u16, String) {
    let response = gate.get("/", &format!("authorization: Bearer {token}\r\n"));
    outcome(&response)
}

fn outcome(response: &Message) -> (u16, String) {
    let status = response.status().unwrap();
    (
        status,
        if status == 200 {
            String::new()
        } else {
            response.reason()
        },
    )
}

fn claims() -> Value {
    json!({ "sub": "u1", "role": "admin", "iss": "https://issuer.test", "aud": "gw", "exp": in_seconds(60) })
}

fn with(name: &str, value: Value) -> Value {
    let mut all = claims();
    all[name] = value;
    all
}

fn without(name: &str) -> Value {
    let mut all = claims();
    all.as_object_mut().unwrap().remove(name);
    all
}

#[test]
fn every_algorithm_verifies_and_only_the_allowed_ones() {
    let signers = [
        (Signer::rsa(Algorithm::RS256, "a"), "RS256"),
        (Signer::rsa(Algorithm::RS384, "a"), "RS384"),
        (Signer::rsa(Algorithm::RS512, "a"), "RS512"),
        (Signer::rsa(Algorithm::PS256, "a"), "PS256"),
        (Signer::rsa(Algorithm::PS384, "a"), "PS384"),
        (Signer::rsa(Algorithm::PS512, "a"), "PS512"),
        (Signer::ec(Algorithm::ES256, "a"), "ES256"),
        (Signer::ec(Algorithm::ES384, "a"), "ES384"),
        (Signer::ed("a"), "EdDSA"),
    ];
    for (signer, algorithm) in &signers {
        let files = [("keys.jwks", &*Signer::jwks(&[signer]))];
        let text = format!("algorithms = [{algorithm}], keys = file(\"keys.jwks\")");
        let gate = Gate::with_files(&policy(&text), &files);
        assert_eq!(
            bearer(&gate, &signer.sign(&claims())),
            (200, String::new()),
            "{algorithm}"
        );
        let other = if *algorithm == "ES256" {
            "RS256"
        } else {
            "ES256"
        };
        let text = format!("algorithms = [{other}], keys = file(\"keys.jwks\")");
        let strict = Gate::with_files(&policy(&text), &files);
        let refused = (401, "wrong-algorithm".to_owned());
        assert_eq!(
            bearer(&strict, &signer.sign(&claims())),
            refused,
            "{algorithm}"
        );
    }
}

#[test]
fn es512() {
    let (signer, stranger) = (Es512::new(), Es512::new());
    let text = policy("algorithms = [ES512], keys = file(\"keys.jwks\")");
    let gate = Gate::with_files(&text, &[("keys.jwks", &signer.jwks())]);
    assert_eq!(bearer(&gate, &signer.sign(&claims())).0, 200);
    assert_eq!(bearer(&gate, &stranger.sign(&claims())).1, "token-invalid");
}

#[test]
fn shared_secrets() {
    let secret = "a secret of enough length for HS512, which is sixty-four bytes or so";
    for algorithm in [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512] {
        let text = format!(
            "LISTENER\n{CLAIMS}\nsecret shared = file(\"secret\")\nbackend me {{ target = echo() }}\n\
             authn idp: jwt<Claims> {{ algorithms = [{algorithm:?}], keys = shared }}\n\
             route all /** {{ authn idp; allow when jwt.role == \"admin\"; to me }}"
        );
        let gate = Gate::with_files(&text, &[("secret", &format!("{secret}\n"))]);
        let right = Signer::hmac(algorithm, secret);
        assert_eq!(bearer(&gate, &right.sign(&claims())).0, 200);
        let wrong = Signer::hmac(algorithm, "another secret");
        assert_eq!(bearer(&gate, &wrong.sign(&claims())).1, "token-invalid");
    }
}

const SHARED: &str = r#"LISTENER
    schema Claims { sub: string, role?: string }
    secret shared = file("secret")
    backend me { target = echo() }
    authn idp: jwt<Claims> { algorithms = [HS256], keys = shared }
    route all /** { authn idp; allow when jwt.role == "admin"; to me }"#;

/// A file that was cut off while it was written must not let in who signs with nothing.
#[test]
fn an_empty_secret_is_no_secret() {
    for text in ["", "\n", "\r\n"] {
        let refused = Gate::try_with_files(SHARED, &[("secret", text)]);
        let problem = refused.err().unwrap().to_string();
        assert!(problem.contains("is empty"), "{problem}");
    }
    let gate = Gate::with_files(SHARED, &[("secret", "enough")]);
    std::fs::write(gate.folder().join("secret"), "").unwrap();
    assert!(gate.reload(SHARED).is_err());
    let forged = Signer::hmac(Algorithm::HS256, "").sign(&claims());
    assert_eq!(bearer(&gate, &forged).1, "token-invalid");
    // Neither is one in a set of keys.
    let good = Signer::hmac(Algorithm::HS256, "enough");
    let keys = Signer::jwks(&[&good, &Signer::hmac(Algorithm::HS256, "")]);
    let text = policy("algorithms = [HS256], keys = file(\"keys.jwks\")");
    let gate = Gate::with_files(&text, &[("keys.jwks", &keys)]);
    assert_eq!(bearer(&gate, &good.sign(&claims())).0, 200);
    assert_eq!(bearer(&gate, &forged).1, "token-invalid");
}

/// RFC 7517 sections 4.2 to 4.4.
#[test]
fn a_key_for_something_else_signs_no_token() {
    let (signer, other) = (
        Signer::rsa(Algorithm::RS256, "a"),
        Signer::rsa(Algorithm::RS256, "b"),
    );
    let text = policy("algorithms = [RS256], keys = file(\"keys.jwks\")");
    let ask = |change: Value| {
        let mut key = signer.jwk();
        let members = key.as_object_mut().unwrap();
        members.extend(change.as_object().unwrap().clone());
        let set = json!({ "keys": [key, other.jwk()] }).to_string();
        let gate = Gate::with_files(&text, &[("keys.jwks", &set)]);
        bearer(&gate, &signer.sign(&claims()))
    };
    for for_signatures in [
        json!({}),
        json!({ "use": null, "alg": null, "key_ops": null }),
        json!({ "alg": "RS256", "key_ops": ["sign", "verify"] }),
    ] {
        assert_eq!(ask(for_signatures.clone()).0, 200, "{for_signatures}");
    }
    let refused = (401, "unknown-signing-key".to_owned());
    for for_others in [
        json!({ "use": "enc" }),
        json!({ "use": "tls" }),
        json!({ "key_ops": ["encrypt", "wrapKey"] }),
        json!({ "key_ops": [] }),
        json!({ "alg": "RSA-OAEP" }),
        json!({ "alg": "RS384" }),
        json!({ "alg": "XS999" }),
    ] {
        assert_eq!(ask(for_others.clone()), refused, "{for_others}");
    }
}

#[test]
fn what_is_wrong_with_a_token_is_said() {
    let signer = Signer::ec(Algorithm::ES256, "k1");
    let stranger = Signer::ec(Algorithm::ES256, "k1");
    let unknown = Signer::ec(Algorithm::ES256, "k2");
    let gate = Gate::with_files(
        &policy(
            "issuer = \"https://issuer.test\", audience = \"gw\", algorithms = [ES256], leeway = 5s, keys = file(\"keys.jwks\")",
        ),
        &[("keys.jwks", &Signer::jwks(&[&signer]))],
    );
    let good = signer.sign(&claims());
    let (head, tail) = good.split_at(good.len() - 6);
    let flipped = format!(
        "{head}{}",
        if tail.starts_with('A') {
            "BBBBBB"
        } else {
            "AAAAAA"
        }
    );
    let tampered = {
        let other = signer.sign(&with("sub", json!("u2")));
        let parts: Vec<&str> = good.split('.').collect();
        format!(
            "{}.{}.{}",
            parts[0],
            other.split('.').nth(1).unwrap(),
            parts[2]
        )
    };
    let mut crit = Header::new(Algorithm::ES256);
    crit.kid = Some("k1".to_owned());
    for (name, token, reason) in [
        (
            "expired",
            signer.sign(&with("exp", json!(in_seconds(-60)))),
            "token-expired",
        ),
        ("no exp", signer.sign(&without("exp")), "token-invalid"),
        (
            "exp is text",
            signer.sign(&with("exp", json!("soon"))),
            "token-invalid",
        ),
        (
            "not yet",
            signer.sign(&with("nbf", json!(in_seconds(60)))),
            "token-not-yet-valid",
        ),
        (
            "issuer",
            signer.sign(&with("iss", json!("https://evil.test"))),
            "wrong-issuer",
        ),
        ("no issuer", signer.sign(&without("iss")), "wrong-issuer"),
        (
            "audience",
            signer.sign(&with("aud", json!(["a", "b"]))),
            "wrong-audience",
        ),
        (
            "no audience",
            signer.sign(&without("aud")),
            "wrong-audience",
        ),
        (
            "no sub",
            signer.sign(&without("sub")),
            "claims-do-not-fit-the-schema",
        ),
        (
            "sub is a number",
            signer.sign(&with("sub", json!(1))),
            "claims-do-not-fit-the-schema",
        ),
        (
            "role",
            signer.sign(&with("role", json!("user"))),
            "no-allow-matched",
        ),
        ("no role", signer.sign(&without("role")), "no-allow-matched"),
        ("another key", stranger.sign(&claims()), "token-invalid"),
        (
            "unknown kid",
            unknown.sign(&claims()),
            "unknown-signing-key",
        ),
        ("flipped", flipped, "token-invalid"),
        ("tampered", tampered, "token-invalid"),
        (
            "alg none",
            signer.sign_raw(&json!({ "alg": "none", "kid": "k1" }), &claims()),
            "wrong-algorithm",
        ),
        (
            "alg none, empty",
            "eyJhbGciOiJub25lIn0.e30.".to_owned(),
            "token-invalid",
        ),
        (
            "HS256 with a public key",
            Signer::hmac(Algorithm::HS256, "x").sign(&claims()),
            "wrong-algorithm",
        ),
        (
            "crit",
            signer.sign_raw(
                &json!({ "alg": "ES256", "kid": "k1", "crit": ["b64"], "b64": false }),
                &claims(),
            ),
            "token-invalid",
        ),
        ("garbage", "garbage".to_owned(), "token-invalid"),
        ("two parts", "a.b".to_owned(), "token-invalid"),
        ("four parts", format!("{good}.x"), "token-invalid"),
        (
            "huge",
            format!("{good}{}", "A".repeat(20_000)),
            "token-invalid",
        ),
    ] {
        let status = if reason == "no-allow-matched" {
            403
        } else {
            401
        };
        assert_eq!(bearer(&gate, &token), (status, reason.to_owned()), "{name}");
    }
    assert_eq!(bearer(&gate, &good).0, 200);
    assert_eq!(bearer(&gate, &good).0, 200, "from the cache");
    let within = signer.sign(&with("exp", json!(in_seconds(-2))));
    assert_eq!(bearer(&gate, &within).0, 200, "within the leeway");
    let absent = gate.get("/", "");
    assert_eq!(outcome(&absent), (401, "no-credentials".to_owned()));
    assert!(
        absent
            .header("www-authenticate")
            .unwrap()
            .starts_with("Bearer")
    );
    let twice = format!("authorization: Bearer {good}\r\nauthorization: Bearer {good}\r\n");
    assert_eq!(outcome(&gate.get("/", &twice)).1, "token-invalid");
}

#[test]
fn pem_keys_and_certificates() {
    let (certificate, _) = Authority::new().issue(&["issuer.test"]);
    let text = policy("algorithms = [ES256], keys = file(\"keys.pem\")");
    let gate = Gate::with_files(&text, &[("keys.pem", &certificate)]);
    let stranger = Signer::ec(Algorithm::ES256, "");
    assert_eq!(bearer(&gate, &stranger.sign(&claims())).1, "token-invalid");
    let problem = Gate::try_with_files(&text, &[("keys.pem", "nonsense")])
        .err()
        .unwrap();
    assert!(problem.to_string().contains("keys.pem"), "{problem}");
}

/// An issuer whose key set can be changed.
fn issuer(keys: &Arc<Mutex<String>>) -> Backend {
    let keys = Arc::clone(keys);
    Backend::start(move |_| Reply::ok(&keys.lock().unwrap()))
}

#[test]
fn a_remote_key_set_is_fetched_once_and_again_for_an_unknown_key() {
    let (first, second) = (
        Signer::rsa(Algorithm::RS256, "1"),
        Signer::rsa(Algorithm::RS256, "2"),
    );
    let set = Arc::new(Mutex::new(Signer::jwks(&[&first])));
    let issuer = issuer(&set);
    let gate = Gate::start(&policy(&format!(
        "algorithms = [RS256], keys = remote(\"{}/jwks\", refresh = 10m, stale_ok = 1h)",
        issuer.url()
    )));
    for number in 0..5 {
        let token = first.sign(&with("jti", json!(number.to_string())));
        assert_eq!(bearer(&gate, &token).0, 200);
    }
    assert_eq!(issuer.received().len(), 1);
    *set.lock().unwrap() = Signer::jwks(&[&first, &second]);
    assert_eq!(
        bearer(&gate, &second.sign(&claims())).0,
        200,
        "after a rotation"
    );
    assert_eq!(issuer.received().len(), 2);
    let unknown = Signer::rsa(Algorithm::RS256, "3");
    for _ in 0..5 {
        assert_eq!(
            bearer(&gate, &unknown.sign(&claims())).1,
            "unknown-signing-key"
        );
    }
    assert_eq!(
        issuer.received().len(),
        2,
        "unknown keys do not cause a flood of fetches"
    );
}

/// What one authentication has seen go must not come back through another at the same address, nor
/// through a policy that was refused.
#[test]
fn a_key_that_is_gone_stays_gone_after_a_reload() {
    let (first, second) = (
        Signer::rsa(Algorithm::RS256, "1"),
        Signer::rsa(Algorithm::RS256, "2"),
    );
    let set = Arc::new(Mutex::new(Signer::jwks(&[&first])));
    let issuer = issuer(&set);
    let keys = format!(
        "remote(\"{}/jwks\", refresh = 1h, stale_ok = 1h)",
        issuer.url()
    );
    let text = format!(
        r#"LISTENER
        {CLAIMS}
        backend me {{ target = echo() }}
        authn one: jwt<Claims> {{ algorithms = [RS256], keys = {keys} }}
        authn two: jwt<Claims> {{ algorithms = [RS256], keys = {keys} }}
        route a GET /one {{ authn one; allow; to me }}
        route b GET /two {{ authn two; allow; to me }}"#
    );
    let gate = Gate::start(&text);
    let ask = |path: &str, signer: &Signer| {
        let token = signer.sign(&claims());
        outcome(&gate.get(path, &format!("authorization: Bearer {token}\r\n"))).0
    };
    assert_eq!((ask("/one", &first), ask("/two", &first)), (200, 200));
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let bind = taken.local_addr().unwrap();
    let refused = format!("{text}\nlistener other {{ bind = \"{bind}\" }}");
    assert!(gate.reload(&refused).is_err());
    *set.lock().unwrap() = Signer::jwks(&[&second]);
    assert_eq!(ask("/one", &second), 200, "fetched for the new key");
    assert_eq!(ask("/one", &first), 401);
    assert_eq!(ask("/two", &first), 401, "at the same address");
    gate.reload(&text).unwrap();
    assert_eq!((ask("/one", &first), ask("/two", &first)), (401, 401));
    assert_eq!((ask("/one", &second), ask("/two", &second)), (200, 200));
}

#[test]
fn an_issuer_takes_all_keys_back() {
    let signer = Signer::rsa(Algorithm::RS256, "1");
    let set = Arc::new(Mutex::new(Signer::jwks(&[&signer])));
    let issuer = issuer(&set);
    let gate = Gate::start(&policy(&format!(
        "algorithms = [RS256], keys = remote(\"{}/jwks\", refresh = 1s, stale_ok = 1h)",
        issuer.url()
    )));
    let token = signer.sign(&claims());
    assert_eq!(bearer(&gate, &token).0, 200);
    *set.lock().unwrap() = "{\"keys\":[]}".to_owned();
    // Until the set has been fetched again.
    let end = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while bearer(&gate, &token).0 == 200 {
        assert!(
            std::time::Instant::now() < end,
            "a key is believed that is gone"
        );
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    assert_eq!(bearer(&gate, &token).1, "unknown-signing-key");
}

#[test]
fn a_key_set_over_https() {
    let (authority, signer) = (Authority::new(), Signer::rsa(Algorithm::RS256, "1"));
    let set = Arc::new(Mutex::new(Signer::jwks(&[&signer])));
    let issuer = issuer(&set);
    let (certificate, key) = authority.issue(&["localhost"]);
    let front = Gate::with_files(
        &format!(
            r#"gw 1
            listener edge {{ bind = "127.0.0.1:0", tls {{ cert = file("a.crt"), key = file("a.key") }} }}
            backend issuer {{ target = "{}" }}
            route all /** {{ public "test"; to issuer }}"#,
            issuer.url()
        ),
        &[("a.crt", &certificate), ("a.key", &key)],
    );
    let url = format!("https://localhost:{}/jwks", front.address().port());
    let ask = |trusted: &str| {
        let remote =
            format!("remote(\"{url}\", ca = file(\"ca.pem\"), refresh = 10m, stale_ok = 1h)");
        let text = policy(&format!("algorithms = [RS256], keys = {remote}"));
        let gate = Gate::with_files(&text, &[("ca.pem", trusted)]);
        bearer(&gate, &signer.sign(&claims()))
    };
    assert_eq!(ask(authority.pem()).0, 200);
    assert_eq!(
        ask(Authority::new().pem()),
        (503, "key-set-unavailable".to_owned())
    );
}

#[test]
fn an_issuer_that_is_down() {
    let signer = Signer::rsa(Algorithm::RS256, "1");
    let keys = format!("http://{}/jwks", gw_tests::closed_port());
    let text =
        format!("algorithms = [RS256], keys = remote(\"{keys}\", refresh = 10m, stale_ok = 1h)");
    let gate = Gate::start(&policy(&text));
    assert_eq!(
        bearer(&gate, &signer.sign(&claims())),
        (503, "key-set-unavailable".to_owned())
    );
}

#[test]
fn an_issuer_that_went_down_is_believed_for_a_while() {
    let signer = Signer::rsa(Algorithm::RS256, "1");
    let set = Arc::new(Mutex::new(Signer::jwks(&[&signer])));
    let issuer = issuer(&set);
    let gate = Gate::start(&policy(&format!(
        "algorithms = [RS256], keys = remote(\"{}/jwks\", refresh = 1s, stale_ok = 1h)",
        issuer.url()
    )));
    assert_eq!(bearer(&gate, &signer.sign(&claims())).0, 200);
    *set.lock().unwrap() = "gone".to_owned();
    // Until the set has been fetched again, and in vain.
    while issuer.received().len() < 2 {
        assert_eq!(bearer(&gate, &signer.sign(&claims())).0, 200);
    }
    assert_eq!(bearer(&gate, &signer.sign(&claims())).0, 200);
}

const KEYS: &str = r#"LISTENER
    schema KeyMeta { owner: string, plan: string }
    table keys: map<hash, KeyMeta> { source = file("keys.ndjson") }
    authn partner: api_key<KeyMeta> { from = PLACE, store = keys }
    backend me { target = echo() }
    route all /** { authn partner; allow when key.plan == "pro"; to me }"#;

fn key_line(key: &str, plan: &str) -> String {
    let digest = aws_digest(key);
    format!(
        "{{\"hash\":\"sha256:{digest}\",\"id\":\"id-{plan}\",\"owner\":\"o\",\"plan\":\"{plan}\"}}\n"
    )
}

fn aws_digest(text: &str) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text.as_bytes());
    digest.as_ref().iter().map(|b| format!("{b:02x}")).collect()
}

#[test]
fn api_keys() {
    let table = key_line("k-pro", "pro") + &key_line("k-free", "free");
    for (place, path, fields) in [
        ("header(\"x-api-key\")", "/", "x-api-key: KEY\r\n"),
        ("query(\"key\")", "/?key=KEY", ""),
        ("bearer", "/", "authorization: Bearer KEY\r\n"),
        ("cookie(\"sid\")", "/", "cookie: a=b; sid=KEY\r\n"),
    ] {
        let gate = Gate::with_files(&KEYS.replace("PLACE", place), &[("keys.ndjson", &table)]);
        let ask =
            |key: &str| outcome(&gate.get(&path.replace("KEY", key), &fields.replace("KEY", key)));
        assert_eq!(ask("k-pro"), (200, String::new()), "{place}");
        assert_eq!(
            ask("k-free"),
            (403, "no-allow-matched".to_owned()),
            "{place}"
        );
        assert_eq!(
            ask("k-none"),
            (401, "unknown-api-key".to_owned()),
            "{place}"
        );
        assert_eq!(
            outcome(&gate.get("/", "")),
            (401, "no-credentials".to_owned()),
            "{place}"
        );
        let lines = gate.end();
        assert_eq!(lines[0]["principal"], "id-pro");
        let text = serde_json::to_string(&lines).unwrap();
        assert!(!text.contains("k-pro"), "keys are not logged: {text}");
    }
}

/// A line whose key was lost on its way into the table must not let in who has none.
#[test]
fn an_empty_key_is_no_key() {
    let text = KEYS.replace("PLACE", "header(\"x-api-key\")");
    let gate = Gate::with_files(&text, &[("keys.ndjson", &key_line("", "pro"))]);
    let asked = gate.get("/", "x-api-key:\r\n");
    assert_eq!(outcome(&asked), (401, "unknown-api-key".to_owned()));
}

#[test]
fn a_broken_table_is_refused_at_the_start() {
    let text = KEYS.replace("PLACE", "bearer");
    let problem = Gate::try_with_files(&text, &[("keys.ndjson", "{}\n")])
        .err()
        .unwrap();
    assert!(problem.to_string().contains("keys.ndjson"), "{problem}");
    let missing = Gate::try_with_files(&text, &[]).err().unwrap();
    assert!(missing.to_string().contains("cannot be read"), "{missing}");
}

#[test]
fn any_of_takes_the_first_that_is_present() {
    let signer = Signer::ec(Algorithm::ES256, "1");
    let gate = Gate::with_files(
        &format!(
            r#"LISTENER
            {CLAIMS}
            schema KeyMeta {{ owner: string, plan: string }}
            table keys: map<hash, KeyMeta> {{ source = file("keys.ndjson") }}
            authn partner: api_key<KeyMeta> {{ from = header("x-api-key"), store = keys }}
            authn idp: jwt<Claims> {{ algorithms = [ES256], keys = file("keys.jwks") }}
            backend me {{ target = echo() }}
            route all /** {{
              authn any_of [idp, partner]
              allow
              request {{ set header "x-who" = principal.id }}
              to me
            }}"#
        ),
        &[
            ("keys.ndjson", &key_line("k", "pro")),
            ("keys.jwks", &Signer::jwks(&[&signer])),
        ],
    );
    let who = |fields: &str| gate.get("/", fields).json()["headers"]["x-who"].clone();
    let token = signer.sign(&claims());
    assert_eq!(who("x-api-key: k\r\n"), "id-pro");
    assert_eq!(who(&format!("authorization: Bearer {token}\r\n")), "u1");
    let wrong = gate.get("/", "authorization: Bearer x\r\nx-api-key: k\r\n");
    assert_eq!(
        outcome(&wrong),
        (401, "token-invalid".to_owned()),
        "a wrong one is not passed over"
    );
}
