//! Verification keys: from secrets, PEM files and JWK sets (RFC 7517).

use super::jwks::{RemoteKeys, RemoteSets};
use super::public::PublicKey;
use crate::LoadError;
use crate::secrets::Secrets;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use gw_graph::{Authn, JwtAlgorithm, KeySource};
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk};
use jsonwebtoken::{Algorithm, DecodingKey};
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

impl Keys {
    /// The generation of the set at hand, if it may be used without asking anybody. Counts no
    /// reference: cores do not wait for each other here.
    pub(super) fn generation(&self) -> Option<u64> {
        match self {
            Keys::Fixed(set) => Some(set.generation),
            Keys::Remote(remote) => remote.generation(),
        }
    }

    /// The set, fetched if there is none that may be used.
    pub(super) async fn current(&self) -> Option<Arc<KeySet>> {
        match self {
            Keys::Fixed(set) => Some(Arc::clone(set)),
            Keys::Remote(remote) => remote.current().await,
        }
    }
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
pub(super) struct Key {
    kid: Option<String>,
    /// The only algorithm that it may be used with, where the set says so.
    algorithm: Option<JwtAlgorithm>,
    material: Material,
}

/// What verifies.
#[derive(Debug)]
enum Material {
    /// A shared secret.
    Secret(DecodingKey),
    /// The issuer's public key.
    Public(PublicKey),
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

    /// A set from JSON. Keys of unknown types or algorithms are left out, and those that are for
    /// something else than signatures.
    pub(super) fn from_json(text: &str) -> Result<Self, String> {
        let set = Self::fetched(text)?;
        if set.keys.is_empty() {
            return Err("it holds no key that can verify signatures".to_owned());
        }
        Ok(set)
    }

    /// The same from an issuer, who takes all keys back with a set that holds none.
    pub(super) fn fetched(text: &str) -> Result<Self, String> {
        #[derive(serde::Deserialize)]
        struct Set {
            keys: Vec<serde_json::Value>,
        }
        let set: Set = serde_json::from_str(text).map_err(|e| format!("it is no JWK set ({e})"))?;
        let keys = set.keys.into_iter().filter_map(Key::from_json);
        Ok(Self::new(keys.collect()))
    }

    fn from_secret(secret: &str) -> Self {
        let material = Material::Secret(DecodingKey::from_secret(secret.as_bytes()));
        Self::new(vec![Key {
            kid: None,
            algorithm: None,
            material,
        }])
    }

    fn from_pem(text: &str) -> Result<Self, String> {
        use rustls::pki_types::pem::{PemObject, SectionKind};
        let mut keys = Vec::new();
        for section in <(SectionKind, Vec<u8>)>::pem_slice_iter(text.as_bytes()) {
            let (kind, der) = section.map_err(|e| format!("it is not PEM ({e})"))?;
            let material = match kind {
                SectionKind::PublicKey => from_spki(&der),
                SectionKind::Certificate => from_certificate(&der),
                _ => {
                    Err("it holds something that is neither a public key nor a certificate".into())
                }
            }?;
            keys.push(Key {
                kid: None,
                algorithm: None,
                material,
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
        algorithm: JwtAlgorithm,
    ) -> impl Iterator<Item = &Key> {
        self.keys
            .iter()
            .filter(move |key| match (kid, &key.kid) {
                (Some(wanted), Some(kid)) => wanted == kid,
                (Some(_) | None, None) | (None, Some(_)) => true,
            })
            .filter(move |key| key.algorithm.is_none_or(|a| a == algorithm))
            .filter(move |key| key.material.suits(algorithm))
            .take(TRIED)
    }
}

impl Material {
    fn suits(&self, algorithm: JwtAlgorithm) -> bool {
        match self {
            Material::Secret(_) => is_symmetric(algorithm),
            Material::Public(key) => key.suits(algorithm),
        }
    }
}

impl Key {
    /// Whether this key made the signature; `signature` is base64url.
    pub(super) fn made(&self, signature: &[u8], message: &[u8], algorithm: JwtAlgorithm) -> bool {
        match &self.material {
            Material::Secret(key) => {
                let text = std::str::from_utf8(signature).ok();
                let known = text.zip(symmetric(algorithm));
                known.is_some_and(|(signature, algorithm)| {
                    jsonwebtoken::crypto::verify(signature, message, key, algorithm)
                        .unwrap_or(false)
                })
            }
            Material::Public(key) => {
                decoded(signature).is_some_and(|made| key.made(&made, message, algorithm))
            }
        }
    }

    /// None for a key that verifies no signatures, or none that is known.
    fn from_json(json: serde_json::Value) -> Option<Self> {
        if !verifies(&json) {
            return None;
        }
        let algorithm = match stated(&json, "alg") {
            None => None,
            Some(name) => Some(named(name.as_str()?)?),
        };
        let jwk: Jwk = serde_json::from_value(json).ok()?;
        Some(Self {
            material: material(&jwk, algorithm)?,
            kid: jwk.common.key_id,
            algorithm,
        })
    }
}

/// The material of a key, if it is one that verifies signatures.
fn material(jwk: &Jwk, only: Option<JwtAlgorithm>) -> Option<Material> {
    let public = match &jwk.algorithm {
        // Everybody can sign with an empty secret.
        AlgorithmParameters::OctetKey(octets) if !octets.value.is_empty() => {
            return Some(Material::Secret(DecodingKey::from_jwk(jwk).ok()?));
        }
        AlgorithmParameters::RSA(rsa) => PublicKey::rsa(&decoded(&rsa.n)?, &decoded(&rsa.e)?, only),
        AlgorithmParameters::EllipticCurve(point) => {
            let length = match point.curve {
                EllipticCurve::P256 => 32,
                EllipticCurve::P384 => 48,
                EllipticCurve::P521 => 66,
                _ => return None,
            };
            // RFC 7518 section 6.2.1.2: with all their bytes.
            let coordinate = |text| decoded(text).filter(|bytes| bytes.len() == length);
            let (x, y) = (coordinate(&point.x)?, coordinate(&point.y)?);
            PublicKey::point(&[&[4], &x[..], &y[..]].concat())
        }
        AlgorithmParameters::OctetKeyPair(pair) if pair.curve == EllipticCurve::Ed25519 => {
            PublicKey::ed25519(&decoded(&pair.x)?)
        }
        _ => None,
    };
    public.map(Material::Public)
}

fn decoded(text: impl AsRef<[u8]>) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// Whether a key may verify signatures, as far as it says what it is for (RFC 7517 sections 4.2 and
/// 4.3).
fn verifies(json: &serde_json::Value) -> bool {
    let used = stated(json, "use").is_none_or(|used| used == "sig");
    let operations = stated(json, "key_ops").map(|operations| operations.as_array());
    let verify = |all: &Vec<_>| all.iter().any(|one| one == "verify");
    used && operations.is_none_or(|operations| operations.is_some_and(verify))
}

/// A member of a key that is there; some issuers write `null` for one that is not.
fn stated<'k>(json: &'k serde_json::Value, name: &str) -> Option<&'k serde_json::Value> {
    json.get(name).filter(|value| !value.is_null())
}

/// The algorithm of that name (RFC 7518 section 3.1).
pub(super) fn named(name: &str) -> Option<JwtAlgorithm> {
    let algorithm = match name {
        "HS256" => JwtAlgorithm::HS256,
        "HS384" => JwtAlgorithm::HS384,
        "HS512" => JwtAlgorithm::HS512,
        "RS256" => JwtAlgorithm::RS256,
        "RS384" => JwtAlgorithm::RS384,
        "RS512" => JwtAlgorithm::RS512,
        "PS256" => JwtAlgorithm::PS256,
        "PS384" => JwtAlgorithm::PS384,
        "PS512" => JwtAlgorithm::PS512,
        "ES256" => JwtAlgorithm::ES256,
        "ES384" => JwtAlgorithm::ES384,
        "ES512" => JwtAlgorithm::ES512,
        "EdDSA" => JwtAlgorithm::EdDSA,
        _ => return None,
    };
    Some(algorithm)
}

/// The same algorithm in the words of the library, if it uses a shared secret.
fn symmetric(algorithm: JwtAlgorithm) -> Option<Algorithm> {
    match algorithm {
        JwtAlgorithm::HS256 => Some(Algorithm::HS256),
        JwtAlgorithm::HS384 => Some(Algorithm::HS384),
        JwtAlgorithm::HS512 => Some(Algorithm::HS512),
        JwtAlgorithm::RS256
        | JwtAlgorithm::RS384
        | JwtAlgorithm::RS512
        | JwtAlgorithm::PS256
        | JwtAlgorithm::PS384
        | JwtAlgorithm::PS512
        | JwtAlgorithm::ES256
        | JwtAlgorithm::ES384
        | JwtAlgorithm::ES512
        | JwtAlgorithm::EdDSA => None,
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
    let text = crate::file::read_text(path).map_err(LoadError::unreadable("key file", path))?;
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

fn from_certificate(der: &[u8]) -> Result<Material, String> {
    let certificate =
        x509_cert::Certificate::from_der(der).map_err(|e| format!("it is not X.509 ({e})"))?;
    let spki = certificate.tbs_certificate.subject_public_key_info;
    from_spki(&spki.to_der().map_err(|e| e.to_string())?)
}

const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");

/// A key from a SubjectPublicKeyInfo (RFC 5280 section 4.1.2.7).
fn from_spki(der: &[u8]) -> Result<Material, String> {
    let spki = SubjectPublicKeyInfoOwned::from_der(der)
        .map_err(|e| format!("it is no public key ({e})"))?;
    let bits = spki.subject_public_key.raw_bytes();
    let key = match spki.algorithm.oid {
        RSA => PublicKey::rsa_der(bits),
        EC => PublicKey::point(bits),
        ED25519 => PublicKey::ed25519(bits),
        other => return Err(format!("its key type {other} is not supported")),
    };
    let unusable = "its key is malformed, or of a curve other than P-256, P-384 and P-521";
    key.map(Material::Public).ok_or(unusable.to_owned())
}

/// Whether an algorithm uses a shared secret.
pub(super) fn is_symmetric(algorithm: JwtAlgorithm) -> bool {
    symmetric(algorithm).is_some()
}
