//! Who sends a request: finds the credential, verifies it, and hands the engine an identity.
//! Must not decide what an identity may do.

mod credential;
mod http;
mod jwks;
mod jwt;
mod keys;
mod public;
mod verified;

pub(crate) use jwks::RemoteSets;
pub(crate) use jwt::JwtVerifier;
pub(crate) use verified::VerifiedTokens;

use crate::LoadError;
use crate::secrets::Secrets;
use credential::Found;
use gw_engine::{AuthnFailure, Engine, Identity, Tables};
use gw_expr::OwnedValue;
use gw_graph::{ApiKeyAuthn, Authn, AuthnKind, Builtin, Graph};
use gw_http1::Fields;
use smol_str::SmolStr;
use std::cell::RefCell;
use std::path::Path;

/// One authentication of a policy, ready to verify.
pub(crate) struct Verifier {
    /// Its name, for metrics.
    pub(crate) name: SmolStr,
    kind: Kind,
}

enum Kind {
    Jwt(Box<JwtVerifier>),
    ApiKey(ApiKeyAuthn),
    ClientCertificate,
}

/// What a request and its connection present.
#[derive(Clone, Copy)]
pub(crate) struct Presented<'r> {
    pub(crate) fields: &'r Fields,
    pub(crate) query: &'r str,
    /// Who the connection's certificate names.
    pub(crate) client: Option<&'r Identity>,
}

/// What verification needs besides the credential.
#[derive(Clone, Copy)]
pub(crate) struct Means<'m> {
    pub(crate) tables: &'m Tables,
    pub(crate) engine: &'m Engine,
    pub(crate) verified: &'m RefCell<VerifiedTokens>,
    /// Seconds since the epoch.
    pub(crate) now: u64,
    /// Number of the policy in service: results of another one do not count.
    pub(crate) version: u64,
}

/// The authentications of a policy, by `AuthnId`.
pub(crate) fn verifiers(
    graph: &Graph,
    secrets: &Secrets,
    remote: &RemoteSets,
    base: &Path,
) -> Result<Vec<Verifier>, LoadError> {
    let verifier = |(index, authn): (usize, &Authn)| {
        let kind = match &authn.kind {
            AuthnKind::Jwt(jwt) => {
                let keys = keys::load(authn, &jwt.keys, secrets, remote, base)?;
                let index = u32::try_from(index).unwrap_or(u32::MAX);
                Kind::Jwt(Box::new(JwtVerifier::new(index, jwt.clone(), keys)))
            }
            AuthnKind::ApiKey(key) => Kind::ApiKey(key.clone()),
            AuthnKind::ClientCertificate(_) => Kind::ClientCertificate,
        };
        Ok(Verifier {
            name: authn.name.clone(),
            kind,
        })
    };
    graph.authns.iter().enumerate().map(verifier).collect()
}

impl Verifier {
    /// The identity of a request, or why there is none.
    pub(crate) async fn verify(
        &self,
        presented: Presented<'_>,
        means: Means<'_>,
    ) -> Result<Identity, AuthnFailure> {
        match &self.kind {
            Kind::Jwt(jwt) => match credential::find(&jwt.settings.from, presented) {
                Found::None => Err(AuthnFailure::Absent),
                Found::Ambiguous => Err(AuthnFailure::Wrong(Builtin::TokenInvalid)),
                Found::One(token) => jwt.verify(&token, means).await,
            },
            Kind::ApiKey(key) => match credential::find(&key.from, presented) {
                Found::None => Err(AuthnFailure::Absent),
                Found::Ambiguous => Err(AuthnFailure::Wrong(Builtin::UnknownApiKey)),
                Found::One(text) => api_key(key, &text, means.tables),
            },
            Kind::ClientCertificate => client_certificate(presented.client, means.now),
        }
    }
}

/// A connection may outlive the certificate that it began with.
fn client_certificate(client: Option<&Identity>, now: u64) -> Result<Identity, AuthnFailure> {
    let Some(Identity::ClientCertificate { certificate, .. }) = client else {
        return Err(AuthnFailure::Absent);
    };
    match certificate.get("not_after") {
        Some(OwnedValue::Timestamp(end))
            if u64::try_from(end.seconds).is_ok_and(|end| now <= end) =>
        {
            client.cloned().ok_or(AuthnFailure::Absent)
        }
        Some(_) | None => Err(AuthnFailure::Wrong(Builtin::CertificateExpired)),
    }
}

fn api_key(
    authn: &ApiKeyAuthn,
    presented: &[u8],
    tables: &Tables,
) -> Result<Identity, AuthnFailure> {
    let unknown = AuthnFailure::Wrong(Builtin::UnknownApiKey);
    // No key is empty, whatever the table has.
    let presented = credential::text(presented).filter(|key| !key.is_empty());
    let presented = presented.ok_or(unknown)?;
    let Some(table) = tables.table(authn.table) else {
        return Err(AuthnFailure::Unavailable(Builtin::KeysUnavailable));
    };
    let Some(record) = table.lookup_key(presented) else {
        return Err(unknown);
    };
    Ok(Identity::ApiKey {
        id: record.id.clone(),
        record: record.fields.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use gw_expr::{OwnedMap, Timestamp};
    use std::sync::Arc;

    #[test]
    fn a_connection_may_outlive_its_certificate() {
        let end = OwnedValue::Timestamp(Timestamp {
            seconds: 1000,
            nanos: 0,
        });
        let client = Identity::ClientCertificate {
            id: "billing".into(),
            certificate: Arc::new(OwnedMap::from_iter([("not_after", end)])),
        };
        let known = client_certificate(Some(&client), 1000);
        assert!(known.is_ok_and(|identity| identity.id() == Some("billing")));
        let expired = AuthnFailure::Wrong(Builtin::CertificateExpired);
        assert_eq!(client_certificate(Some(&client), 1001).err(), Some(expired));
        let absent = Some(AuthnFailure::Absent);
        assert_eq!(client_certificate(None, 1000).err(), absent);
    }
}
