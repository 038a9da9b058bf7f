//! Identities as a test gives them: claims of a token, the record of a key, a certificate. They are held
//! against the declared schemas, as those of real credentials are.

use gw_compiler::Given;
use gw_engine::{AuthnFailure, Identity};
use gw_expr::{OwnedMap, Schema};
use gw_graph::{AuthnId, AuthnKind, Builtin, Graph};
use serde_json::{Value as Json, json};
use std::sync::Arc;

/// What each authentication of a graph asks of an identity.
pub(super) struct Identities(Vec<Kind>);

enum Kind {
    Jwt(Option<Schema>),
    ApiKey(Option<Schema>),
    ClientCertificate(Option<Schema>),
}

impl Identities {
    /// Compiles the schemas of a graph, once for all requests.
    pub(super) fn of(graph: &Graph) -> Self {
        let kind = |authn: &gw_graph::Authn| match &authn.kind {
            AuthnKind::Jwt(jwt) => Kind::Jwt(Schema::new(&jwt.claims).ok()),
            AuthnKind::ApiKey(key) => {
                let table = graph.tables.get(key.table.index());
                Kind::ApiKey(table.and_then(|t| Schema::new(&t.value).ok()))
            }
            AuthnKind::ClientCertificate(client) => {
                Kind::ClientCertificate(Schema::new(&client.certificate).ok())
            }
        };
        Self(graph.authns.iter().map(kind).collect())
    }

    /// The identity that is given for an authentication.
    pub(super) fn establish(
        &self,
        authn: AuthnId,
        given: &Given,
    ) -> Result<Identity, AuthnFailure> {
        match self.0.get(authn.index()) {
            Some(Kind::Jwt(schema)) => {
                let json = given.jwt.as_ref().ok_or(AuthnFailure::Absent)?;
                let claims = conform(schema.as_ref(), json)?;
                let claims = Arc::new(Arc::unwrap_or_clone(claims).into());
                Ok(Identity::Jwt { claims })
            }
            Some(Kind::ApiKey(schema)) => {
                let json = given.key.as_ref().ok_or(AuthnFailure::Absent)?;
                let record = conform(schema.as_ref(), json)?;
                let id = json.get("id").and_then(Json::as_str);
                let id = id.unwrap_or("test-key").into();
                Ok(Identity::ApiKey { id, record })
            }
            Some(Kind::ClientCertificate(schema)) => {
                let json = given.certificate.as_ref().ok_or(AuthnFailure::Absent)?;
                let whole = whole_certificate(json);
                let certificate = conform(schema.as_ref(), &whole)?;
                let id = name_in(&whole).into();
                Ok(Identity::ClientCertificate { id, certificate })
            }
            None => Err(AuthnFailure::Absent),
        }
    }
}

/// What is not said of a certificate is empty, and it is always valid.
fn whole_certificate(given: &Json) -> Json {
    let mut whole = json!({
        "subject": "", "issuer": "", "serial": "", "fingerprint": "",
        "not_before": "1970-01-01T00:00:00Z", "not_after": "9999-12-31T23:59:59Z",
        "uri": [], "dns": [], "email": [], "ip": [],
    });
    if let (Some(whole), Some(given)) = (whole.as_object_mut(), given.as_object()) {
        whole.extend(given.clone());
    }
    whole
}

/// The first alternative name, or else the subject, as the gateway takes it from a certificate.
fn name_in(certificate: &Json) -> &str {
    let first = |list: &str| certificate.get(list)?.as_array()?.first()?.as_str();
    let subject = certificate.get("subject").and_then(Json::as_str);
    let names = ["uri", "dns", "email"].into_iter().find_map(first);
    names.or(subject).unwrap_or_default()
}

fn conform(schema: Option<&Schema>, json: &Json) -> Result<Arc<OwnedMap>, AuthnFailure> {
    let mismatch = AuthnFailure::Wrong(Builtin::ClaimsMismatch);
    let schema = schema.ok_or(mismatch)?;
    let value = schema.conform(json).map_err(|_| mismatch)?;
    value.into_map().ok_or(mismatch)
}
