//! Tokens and keys: which are let in, and what is said of the others.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

mod api_keys;
mod key_sets;

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

#[test]
fn pem_public_keys() {
    let signers = [
        (Signer::rsa(Algorithm::PS256, ""), "PS256"),
        (Signer::ec(Algorithm::ES256, ""), "ES256"),
        (Signer::ec(Algorithm::ES384, ""), "ES384"),
        (Signer::ed(""), "EdDSA"),
    ];
    for (signer, algorithm) in &signers {
        let text = format!("algorithms = [{algorithm}], keys = file(\"keys.pem\")");
        let gate = Gate::with_files(&policy(&text), &[("keys.pem", &signer.public_pem())]);
        let token = signer.sign(&claims());
        assert_eq!(bearer(&gate, &token), (200, String::new()), "{algorithm}");
    }
}

/// Such a key verifies nothing, which is known when it is read.
#[test]
fn a_point_on_no_curve_is_no_key() {
    let signer = Signer::ec(Algorithm::ES256, "a");
    let mut jwk = signer.jwk();
    jwk["y"] = jwk["x"].clone();
    let set = json!({ "keys": [jwk] }).to_string();
    let text = policy("algorithms = [ES256], keys = file(\"keys.jwks\")");
    let refused = Gate::try_with_files(&text, &[("keys.jwks", &set)]);
    let problem = refused.err().unwrap().to_string();
    assert!(problem.contains("no key that can verify"), "{problem}");
}
