//! Security schemes as `authn` declarations. What an operator has to fill in becomes a `param`
//! whose default lets nobody in.

use crate::notes::Notes;
use crate::text::quoted;
use crate::words::{Words, snake};
use gw_schema::Document;
use serde_json::Value;

/// A scheme that the language has.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Scheme {
    /// Its name in the description.
    pub(crate) key: String,
    /// The name of its `authn`.
    pub(crate) name: String,
    /// Which identity it yields.
    pub(crate) identity: Identity,
    /// Its declarations.
    pub(crate) text: String,
}

/// What a scheme yields.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Identity {
    /// `jwt`.
    Token,
    /// `key`.
    Key,
    /// `certificate`.
    Certificate,
}

/// The schemes of a description that the language has; a note for each of the others.
pub(crate) fn all(document: &Document, words: &mut Words, notes: &mut Notes) -> Vec<Scheme> {
    let components = document.member("components");
    let schemes = document.members(document.get(components, "securitySchemes"));
    let mut out = Vec::new();
    for (key, scheme) in schemes {
        let name = snake(key, "scheme");
        match document.text(scheme, "type") {
            Some("apiKey") => out.extend(api_key(document, key, scheme, words, notes)),
            Some("http") if is_bearer(document, scheme) => {
                notes.about(TOKENS, key);
                out.push(token(key, &name, None, words));
            }
            Some("openIdConnect") => {
                let url = document
                    .text(scheme, "openIdConnectUrl")
                    .unwrap_or_default();
                let issuer = url.strip_suffix("/.well-known/openid-configuration");
                notes.about(TOKENS, key);
                out.push(token(key, &name, issuer, words));
            }
            Some("oauth2") => {
                notes.about(TOKENS, key);
                notes.about(
                    "access tokens of OAuth 2 are taken as JSON Web Tokens with a claim `scope`",
                    key,
                );
                out.push(token(key, &name, None, words));
            }
            Some("mutualTLS") => {
                notes.about(CERTIFICATES, key);
                out.push(certificate(key, &name, &out, words));
            }
            Some(kind) => {
                let kind = match document.text(scheme, "scheme") {
                    Some(of) => format!("{kind} {of}"),
                    None => kind.to_owned(),
                };
                notes.about(
                    "security schemes that the language does not have",
                    &format!("{key} ({kind})"),
                );
            }
            None => notes.about("security schemes without a type", key),
        }
    }
    out
}

const TOKENS: &str = "issuer, audience and keys of tokens are parameters that have to be set; until then nobody gets in by";

const CERTIFICATES: &str = "clients show certificates of the authorities in the file client_ca, and the listener its own of server_cert and server_key; all three have to be made for";

fn is_bearer(document: &Document, scheme: &Value) -> bool {
    let scheme = document.text(scheme, "scheme").unwrap_or_default();
    scheme.eq_ignore_ascii_case("bearer")
}

fn token(key: &str, wish: &str, issuer: Option<&str>, words: &mut Words) -> Scheme {
    let name = words.take(wish, "_auth");
    let [issuer_param, audience_param, keys_param] =
        ["issuer", "audience", "keys"].map(|of| words.take(&format!("{name}_{of}"), "_of_tokens"));
    let issuer = issuer.unwrap_or("https://issuer.invalid");
    let text = format!(
        "param {issuer_param}: string = {}\nparam {audience_param}: string = \"set-the-audience\"\nparam {keys_param}: url = {}\n\nauthn {name}: jwt<Claims> {{\n  issuer = {issuer_param}\n  audience = {audience_param}\n  algorithms = [RS256, ES256]\n  keys = remote({keys_param})\n}}\n",
        quoted(issuer),
        quoted(&format!(
            "{}/.well-known/jwks.json",
            issuer.trim_end_matches('/')
        )),
    );
    Scheme {
        key: key.to_owned(),
        name,
        identity: Identity::Token,
        text,
    }
}

/// A listener asks for certificates of one set of authorities, so all such schemes are one.
fn certificate(key: &str, wish: &str, known: &[Scheme], words: &mut Words) -> Scheme {
    let is_one = |s: &&Scheme| s.identity == Identity::Certificate;
    let (name, text) = match known.iter().find(is_one) {
        Some(first) => (first.name.clone(), first.text.clone()),
        None => {
            let name = words.take(wish, "_auth");
            let text = format!("authn {name}: client_certificate\n");
            (name, text)
        }
    };
    Scheme {
        key: key.to_owned(),
        name,
        identity: Identity::Certificate,
        text,
    }
}

fn api_key(
    document: &Document,
    key: &str,
    scheme: &Value,
    words: &mut Words,
    notes: &mut Notes,
) -> Option<Scheme> {
    let place = document.text(scheme, "in").unwrap_or_default();
    let field = document.text(scheme, "name").unwrap_or_default();
    let plain = !field.is_empty() && field.chars().all(|c| c.is_ascii_graphic() && c != '"');
    if !matches!(place, "header" | "query" | "cookie") || !plain {
        notes.about("API keys without a place", key);
        return None;
    }
    let name = words.take(&snake(key, "scheme"), "_auth");
    let table = words.take(&format!("{name}_keys"), "_table");
    let param = words.take(&format!("{name}_file"), "_of_keys");
    let field = match place {
        "header" => field.to_ascii_lowercase(),
        _ => field.to_owned(),
    };
    notes.about(
        "API keys are looked up in a file of their SHA-256 hashes, which has to be made, for",
        &format!("{key} ({name}.ndjson)"),
    );
    let text = format!(
        "param {param}: string = {}\n\ntable {table}: map<hash, KeyOwner> {{ source = file({param}), reload = watch }}\n\nauthn {name}: api_key<KeyOwner> {{ from = {place}({}), store = {table} }}\n",
        quoted(&format!("./{name}.ndjson")),
        quoted(&field),
    );
    Some(Scheme {
        key: key.to_owned(),
        name,
        identity: Identity::Key,
        text,
    })
}
