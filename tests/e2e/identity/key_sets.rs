//! Key sets that are fetched: when, how often, and what holds while they cannot be.

use super::*;

/// An issuer whose key set can be changed.
fn issuer(keys: &Arc<Mutex<String>>) -> Backend {
    let keys = Arc::clone(keys);
    Backend::start(move |_| Reply::ok(&keys.lock().unwrap()))
}

/// Two keys, and an issuer who begins with the first.
fn rotation() -> ([Signer; 2], Arc<Mutex<String>>, Backend) {
    let keys = ["1", "2"].map(|kid| Signer::rsa(Algorithm::RS256, kid));
    let set = Arc::new(Mutex::new(Signer::jwks(&[&keys[0]])));
    let issuer = issuer(&set);
    (keys, set, issuer)
}

#[test]
fn a_remote_key_set_is_fetched_once_and_again_for_an_unknown_key() {
    let ([first, second], set, issuer) = rotation();
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
    let ([first, second], set, issuer) = rotation();
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
