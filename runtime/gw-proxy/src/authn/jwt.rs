//! JSON Web Tokens (RFC 7519) as bearer credentials: header, signature, times, issuer, audience
//! and claims, in that order. Follows the best practices of RFC 8725.

use super::Means;
use super::keys::{self, KeySet, Keys};
use super::verified::{Fingerprint, TokenKey, Verified};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use gw_engine::{AuthnFailure, Claims, Identity};
use gw_expr::{OwnedValue, Schema, Type};
use gw_graph::{Builtin, JwtAlgorithm, JwtAuthn};
use serde::de::IgnoredAny;
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::sync::Arc;

/// Longest token that is looked at, in bytes.
const MAX_TOKEN: usize = 16 << 10;

/// Verifies the tokens of one authentication.
pub(crate) struct JwtVerifier {
    index: u32,
    pub(super) settings: JwtAuthn,
    /// The claims' type, its patterns compiled. None if they are too large: then no token fits.
    claims: Option<Schema>,
    keys: Keys,
}

/// The fields of a header that matter (RFC 7515 section 4.1).
#[derive(serde::Deserialize)]
struct Header<'h> {
    #[serde(borrow)]
    alg: Cow<'h, str>,
    kid: Option<String>,
    crit: Option<IgnoredAny>,
}

/// A token in its parts.
struct Token<'t> {
    /// What is signed.
    message: &'t [u8],
    claims: &'t [u8],
    signature: &'t [u8],
    algorithm: JwtAlgorithm,
    kid: Option<String>,
}

impl JwtVerifier {
    pub(super) fn new(index: u32, settings: JwtAuthn, keys: Keys) -> Self {
        Self {
            index,
            claims: Schema::new(&settings.claims).ok(),
            settings,
            keys,
        }
    }

    pub(super) async fn verify(
        &self,
        token: &[u8],
        means: Means<'_>,
    ) -> Result<Identity, AuthnFailure> {
        let invalid = AuthnFailure::Wrong(Builtin::TokenInvalid);
        if token.len() > MAX_TOKEN {
            return Err(invalid);
        }
        let fingerprint = means.verified.borrow().fingerprint(token);
        if let Some(identity) = self.remembered(fingerprint, means) {
            return Ok(identity);
        }
        let set = self.keys.current().await;
        let set = set.ok_or(AuthnFailure::Unavailable(Builtin::KeysUnavailable))?;
        let parts = self.parse(token).map_err(AuthnFailure::Wrong)?;
        let set = self.check_signature(&parts, set).await?;
        let verified = self
            .check_claims(parts.claims, means)
            .map_err(AuthnFailure::Wrong)?;
        let claims = Arc::clone(&verified.claims);
        if let Some(fingerprint) = fingerprint {
            let key = self.key(fingerprint, set.generation, means.version);
            means
                .verified
                .borrow_mut()
                .remember(key, verified, means.now);
        }
        // A signature takes longer than all else that is done for a request. Those that came with this one go
        // first, and then all go out together: whoever waits for them is woken once, and not by each.
        tokio::task::yield_now().await;
        Ok(Identity::Jwt { claims })
    }

    /// What the token was verified as before, if the keys at hand may still be used.
    fn remembered(&self, token: Option<Fingerprint>, means: Means<'_>) -> Option<Identity> {
        let key = self.key(token?, self.keys.generation()?, means.version);
        let claims = means.verified.borrow_mut().find(&key, means.now)?;
        Some(Identity::Jwt { claims })
    }

    fn key(&self, fingerprint: Fingerprint, generation: u64, version: u64) -> TokenKey {
        TokenKey {
            fingerprint,
            authn: self.index,
            generation,
            version,
        }
    }

    fn parse<'t>(&self, token: &'t [u8]) -> Result<Token<'t>, Builtin> {
        let invalid = Builtin::TokenInvalid;
        let [message, head, claims, signature] = parts(token).ok_or(invalid)?;
        let head = decode(head)?;
        let header: Header<'_> = serde_json::from_slice(&head).map_err(|_| invalid)?;
        if header.crit.is_some() {
            return Err(invalid);
        }
        let algorithm = keys::named(&header.alg).ok_or(Builtin::WrongAlgorithm)?;
        if !self.settings.algorithms.contains(&algorithm) {
            return Err(Builtin::WrongAlgorithm);
        }
        Ok(Token {
            message,
            claims,
            signature,
            algorithm,
            kid: header.kid,
        })
    }

    /// Tries the keys that fit; a remote set is fetched once more for a `kid` that it lacks.
    async fn check_signature(
        &self,
        token: &Token<'_>,
        set: Arc<KeySet>,
    ) -> Result<Arc<KeySet>, AuthnFailure> {
        match check(token, &set) {
            Ok(()) => Ok(set),
            Err(Builtin::UnknownKey) => match &self.keys {
                Keys::Fixed(_) => Err(AuthnFailure::Wrong(Builtin::UnknownKey)),
                Keys::Remote(remote) => {
                    let set = remote.after_unknown_kid().await.unwrap_or(set);
                    check(token, &set).map_err(AuthnFailure::Wrong)?;
                    Ok(set)
                }
            },
            Err(reason) => Err(AuthnFailure::Wrong(reason)),
        }
    }

    fn check_claims(&self, claims: &[u8], means: Means<'_>) -> Result<Verified, Builtin> {
        let invalid = Builtin::TokenInvalid;
        let json: Value = serde_json::from_slice(&decode(claims)?).map_err(|_| invalid)?;
        let Value::Object(mut fields) = json else {
            return Err(invalid);
        };
        let until = self.check_times(&fields, means.now)?;
        self.check_parties(&fields)?;
        normalise_audience(&self.settings.claims, &mut fields);
        let schema = self.claims.as_ref().ok_or(Builtin::ClaimsMismatch)?;
        let claims = schema.conform(&Value::Object(fields));
        let claims = claims.ok().and_then(OwnedValue::into_map);
        let claims = Arc::unwrap_or_clone(claims.ok_or(Builtin::ClaimsMismatch)?);
        Ok(Verified {
            claims: Arc::new(Claims::kept_for(means.engine, claims)),
            until,
        })
    }

    /// `exp` must be there and to come, `nbf` must have passed; when the token is over.
    fn check_times(&self, claims: &Map<String, Value>, now: u64) -> Result<u64, Builtin> {
        let leeway = self.settings.leeway.as_secs();
        let expires = numeric_date(claims.get("exp"))?.ok_or(Builtin::TokenInvalid)?;
        let until = expires.saturating_add(leeway);
        if now >= until {
            return Err(Builtin::TokenExpired);
        }
        let from = numeric_date(claims.get("nbf"))?.unwrap_or(0);
        if from > now.saturating_add(leeway) {
            return Err(Builtin::TokenNotYetValid);
        }
        Ok(until)
    }

    fn check_parties(&self, claims: &Map<String, Value>) -> Result<(), Builtin> {
        let among = |accepted: &[String], value: &Value| {
            value
                .as_str()
                .is_some_and(|text| accepted.iter().any(|a| a == text))
        };
        let JwtAuthn {
            issuers, audiences, ..
        } = &self.settings;
        if !issuers.is_empty() && !claims.get("iss").is_some_and(|iss| among(issuers, iss)) {
            return Err(Builtin::WrongIssuer);
        }
        let heard = match claims.get("aud") {
            Some(Value::Array(all)) => all.iter().any(|aud| among(audiences, aud)),
            Some(one) => among(audiences, one),
            None => false,
        };
        if !audiences.is_empty() && !heard {
            return Err(Builtin::WrongAudience);
        }
        Ok(())
    }
}

fn check(token: &Token<'_>, set: &KeySet) -> Result<(), Builtin> {
    let mut known = false;
    for key in set.candidates(token.kid.as_deref(), token.algorithm) {
        known = true;
        if key.made(token.signature, token.message, token.algorithm) {
            return Ok(());
        }
    }
    // A shared secret has no `kid`, so that a token without a key is just wrong.
    let symmetric = keys::is_symmetric(token.algorithm);
    Err(if known || symmetric {
        Builtin::TokenInvalid
    } else {
        Builtin::UnknownKey
    })
}

/// What is signed, and the header, claims and signature (RFC 7515 section 3.1).
fn parts(token: &[u8]) -> Option<[&[u8]; 4]> {
    let mut dots = memchr::memchr_iter(b'.', token);
    let (Some(first), Some(second), None) = (dots.next(), dots.next(), dots.next()) else {
        return None;
    };
    let message = token.get(..second)?;
    let (head, claims) = (message.get(..first)?, message.get(first + 1..)?);
    let signature = token.get(second + 1..).filter(|text| !text.is_empty())?;
    Some([message, head, claims, signature])
}

fn decode(part: &[u8]) -> Result<Vec<u8>, Builtin> {
    URL_SAFE_NO_PAD
        .decode(part)
        .map_err(|_| Builtin::TokenInvalid)
}

/// RFC 7519 section 2, NumericDate: seconds, perhaps with a fraction, which is cut off.
fn numeric_date(value: Option<&Value>) -> Result<Option<u64>, Builtin> {
    let Some(value) = value else { return Ok(None) };
    let seconds = value.as_f64().filter(|s| s.is_finite() && *s >= 0.0);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "not negative, and a cast from float saturates"
    )]
    seconds.map(|s| Some(s as u64)).ok_or(Builtin::TokenInvalid)
}

/// `aud` may be one string or several (RFC 7519 section 4.1.3); where the schema has a list, one
/// becomes a list.
fn normalise_audience(claims: &Type, fields: &mut Map<String, Value>) {
    let Type::Record(record) = claims else { return };
    let listed = record
        .fields
        .get("aud")
        .is_some_and(|f| matches!(f.ty, Type::List(_)));
    if let Some(aud) = fields
        .get_mut("aud")
        .filter(|aud| listed && aud.is_string())
    {
        *aud = Value::Array(vec![aud.take()]);
    }
}
