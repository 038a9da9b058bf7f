//! Who sends a request: finds the credential, verifies it, and hands the engine an identity.
//! Must not decide what an identity may do.

mod credential;
mod http;
mod jwks;
mod jwt;
mod keys;
mod verified;

pub(crate) use jwks::RemoteSets;
pub(crate) use jwt::JwtVerifier;
pub(crate) use verified::VerifiedTokens;

use crate::LoadError;
use crate::secrets::Secrets;
use credential::Found;
use gw_engine::{AuthnFailure, Identity, Tables};
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
}

/// Where a credential may stand.
#[derive(Clone, Copy)]
pub(crate) struct Presented<'r> {
    pub(crate) fields: &'r Fields,
    pub(crate) query: &'r str,
}

/// What verification needs besides the credential.
#[derive(Clone, Copy)]
pub(crate) struct Means<'m> {
    pub(crate) tables: &'m Tables,
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
        }
    }
}

fn api_key(
    authn: &ApiKeyAuthn,
    presented: &str,
    tables: &Tables,
) -> Result<Identity, AuthnFailure> {
    let Some(table) = tables.table(authn.table) else {
        return Err(AuthnFailure::Unavailable(Builtin::KeysUnavailable));
    };
    let Some(record) = table.lookup_key(presented) else {
        return Err(AuthnFailure::Wrong(Builtin::UnknownApiKey));
    };
    Ok(Identity::ApiKey {
        id: record.id.clone(),
        record: record.fields.clone(),
    })
}
