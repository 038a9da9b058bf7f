//! Verification keys: from secrets, PEM files and JWK sets (RFC 7517).

use super::jwks::{RemoteKeys, RemoteSets};
use crate::LoadError;
use crate::secrets::Secrets;
use gw_graph::{Authn, JwtAlgorithm, KeySource};
use jsonwebtoken::jwk::{AlgorithmParameters, Jwk, PublicKeyUse};
use jsonwebtoken::{Algorithm, AlgorithmFamily, DecodingKey};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use x509_cert::der::{Decode, Encode};
use x509_cert::spki::{ObjectIdentifier, SubjectPublicKeyInfoOwned};

/// Keys that never change while a policy is in service, or those of a remote set.
pub(super) enum Keys {
    /// Read once.
    Fixed(Arc<KeySet>),
    /// Fetched.
    Remote(Arc<RemoteKeys>),
}

/// A set of keys.
#[derive(Debug)]
pub(crate) struct KeySet {
    keys: Vec<Key>,
    /// Different for every set that was ever made, so that cached results can name theirs.
    pub(super) generation: u64,
}

/// One key.
#[derive(Debug)]
struct Key {
    kid: Option<String>,
    /// The only algorithm that it may be used with, where the set says so.
    algorithm: Option<Algorithm>,
    key: DecodingKey,
}

/// Most keys that are tried for a token that names none.
const TRIED: usize = 8;

impl KeySet {
    fn new(keys: Vec<Key>) -> Self {
        static GENERATION: AtomicU64 = AtomicU64::new(1);
        Self {
            keys,
            generation: GENERATION.fetch_add(1, Ordering::Relaxed),
        }
    }

    /// A set from JSON. Keys of unknown types and keys for encryption are left out.
    pub(super) fn from_json(text: &str) -> Result<Self, String> {
        #[derive(serde::Deserialize)]
        struct Set {
            keys: Vec<serde_json::Value>,
        }
        let set: Set = serde_json::from_str(text).map_err(|e| format!("it is no JWK set ({e})"))?;
        let keys: Vec<Key> = set.keys.into_iter().filter_map(Key::from_json).collect();
        if keys.is_empty() {
            return Err("it holds no key that can verify signatures".to_owned());
        }
        Ok(Self::new(keys))
    }

    fn from_secret(secret: &str) -> Self {
        let key = DecodingKey::from_secret(secret.as_bytes());
        Self::new(vec![Key {
            kid: None,
            algorithm: None,
            key,
        }])
    }

    fn from_pem(text: &str) -> Result<Self, String> {
        use rustls::pki_types::pem::{PemObject, SectionKind};
        let mut keys = Vec::new();
        for section in <(SectionKind, Vec<u8>)>::pem_slice_iter(text.as_bytes()) {
            let (kind, der) = section.map_err(|e| format!("it is not PEM ({e})"))?;
            let key = match kind {
                SectionKind::PublicKey => from_spki(&der),
                SectionKind::Certificate => from_certificate(&der),
                _ => {
                    Err("it holds something that is neither a public key nor a certificate".into())
                }
            }?;
            keys.push(Key {
                kid: None,
                algorithm: None,
                key,
            });
        }
        if keys.is_empty() {
            return Err("it holds neither a public key nor a certificate".to_owned());
        }
        Ok(Self::new(keys))
    }

    /// The keys that may have signed a token; none if its `kid` is unknown.
    pub(super) fn candidates(
        &self,
        kid: Option<&str>,
        algorithm: Algorithm,
    ) -> impl Iterator<Item = &DecodingKey> {
        self.keys
            .iter()
            .filter(move |key| match (kid, &key.kid) {
                (Some(wanted), Some(kid)) => wanted == kid,
                (Some(_) | None, None) | (None, Some(_)) => true,
            })
            .filter(move |key| key.algorithm.is_none_or(|a| a == algorithm))
            .filter(move |key| key.key.family() == algorithm.family())
            .map(|key| &key.key)
            .take(TRIED)
    }
}

impl Key {
    fn from_json(json: serde_json::Value) -> Option<Self> {
        let jwk: Jwk = serde_json::from_value(json).ok()?;
        if matches!(jwk.common.public_key_use, Some(PublicKeyUse::Encryption)) {
            return None;
        }
        if matches!(jwk.algorithm, AlgorithmParameters::Other(_)) {
            return None;
        }
        let key = DecodingKey::from_jwk(&jwk).ok()?;
        let algorithm = jwk
            .common
            .key_algorithm
            .and_then(|a| a.to_string().parse().ok());
        Some(Self {
            kid: jwk.common.key_id,
            algorithm,
            key,
        })
    }
}

/// The same algorithm in the words of the library.
pub(super) fn algorithm(algorithm: JwtAlgorithm) -> Algorithm {
    match algorithm {
        JwtAlgorithm::HS256 => Algorithm::HS256,
        JwtAlgorithm::HS384 => Algorithm::HS384,
        JwtAlgorithm::HS512 => Algorithm::HS512,
        JwtAlgorithm::RS256 => Algorithm::RS256,
        JwtAlgorithm::RS384 => Algorithm::RS384,
        JwtAlgorithm::RS512 => Algorithm::RS512,
        JwtAlgorithm::PS256 => Algorithm::PS256,
        JwtAlgorithm::PS384 => Algorithm::PS384,
        JwtAlgorithm::PS512 => Algorithm::PS512,
        JwtAlgorithm::ES256 => Algorithm::ES256,
        JwtAlgorithm::ES384 => Algorithm::ES384,
        JwtAlgorithm::EdDSA => Algorithm::EdDSA,
    }
}

/// The keys of an authentication.
pub(super) fn load(
    authn: &Authn,
    source: &KeySource,
    secrets: &Secrets,
    remote: &RemoteSets,
    base: &Path,
) -> Result<Keys, LoadError> {
    let unusable = |problem: String, help| LoadError::Authn {
        name: authn.name.to_string(),
        problem,
        help,
    };
    match source {
        KeySource::Secret(id) => {
            let secret = secrets.value(*id).ok_or_else(|| {
                unusable("its secret is missing".to_owned(), "declare the secret")
            })?;
            Ok(Keys::Fixed(Arc::new(KeySet::from_secret(secret.expose()))))
        }
        KeySource::Inline(text) => KeySet::from_json(text)
            .map(|set| Keys::Fixed(Arc::new(set)))
            .map_err(|p| {
                unusable(
                    format!("its key set is not usable: {p}"),
                    "write a JWK set (RFC 7517)",
                )
            }),
        KeySource::File(file) => from_file(&base.join(file)).map(|set| Keys::Fixed(Arc::new(set))),
        KeySource::Remote {
            url,
            ca,
            refresh,
            stale_ok,
        } => {
            let ca = ca.as_ref().map(|file| base.join(file));
            let keys = remote.open(url, ca.as_deref(), *refresh, *stale_ok)?;
            Ok(Keys::Remote(keys))
        }
    }
}

fn from_file(path: &Path) -> Result<KeySet, LoadError> {
    let text = std::fs::read_to_string(path).map_err(LoadError::unreadable("key file", path))?;
    let set = match text.trim_start().starts_with('{') {
        true => KeySet::from_json(&text),
        false => KeySet::from_pem(&text),
    };
    set.map_err(|problem| LoadError::Unusable {
        what: "key file",
        path: path.to_owned(),
        problem,
        help: "give a JWK set (RFC 7517), PEM public keys or PEM certificates",
    })
}

fn from_certificate(der: &[u8]) -> Result<DecodingKey, String> {
    let certificate =
        x509_cert::Certificate::from_der(der).map_err(|e| format!("it is not X.509 ({e})"))?;
    let spki = certificate.tbs_certificate.subject_public_key_info;
    from_spki(&spki.to_der().map_err(|e| e.to_string())?)
}

const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");

/// A key from a SubjectPublicKeyInfo (RFC 5280 section 4.1.2.7).
fn from_spki(der: &[u8]) -> Result<DecodingKey, String> {
    let spki = SubjectPublicKeyInfoOwned::from_der(der)
        .map_err(|e| format!("it is no public key ({e})"))?;
    let bits = spki.subject_public_key.raw_bytes();
    match spki.algorithm.oid {
        RSA => Ok(DecodingKey::from_rsa_der(bits)),
        EC => Ok(DecodingKey::from_ec_der(bits)),
        ED25519 => Ok(DecodingKey::from_ed_der(bits)),
        other => Err(format!("its key type {other} is not supported")),
    }
}

/// Whether an algorithm uses a shared secret.
pub(super) fn is_symmetric(algorithm: Algorithm) -> bool {
    algorithm.family() == AlgorithmFamily::Hmac
}
