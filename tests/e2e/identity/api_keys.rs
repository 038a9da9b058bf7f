//! API keys and the tables that they are found in.

use super::*;

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
