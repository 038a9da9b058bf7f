//! Signing keys and tokens made on the spot.

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING,
    ECDSA_P521_SHA512_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RsaKeyPair,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use std::time::{SystemTime, UNIX_EPOCH};

/// Seconds since the epoch, so many from now.
pub fn in_seconds(seconds: i64) -> i64 {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs();
    i64::try_from(now).unwrap() + seconds
}

/// A key that signs tokens.
pub struct Signer {
    kid: String,
    algorithm: Algorithm,
    key: EncodingKey,
    jwk: Value,
    /// The public key as SubjectPublicKeyInfo in DER; empty for a secret.
    public: Vec<u8>,
}

impl Signer {
    pub fn hmac(algorithm: Algorithm, secret: &str) -> Self {
        let jwk = json!({ "kty": "oct", "k": b64(secret.as_bytes()) });
        let key = EncodingKey::from_secret(secret.as_bytes());
        Self {
            kid: String::new(),
            algorithm,
            key,
            jwk,
            public: Vec::new(),
        }
    }

    pub fn rsa(algorithm: Algorithm, kid: &str) -> Self {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
        let public = pair.public_key();
        let (n, e) = (public.modulus(), public.exponent());
        let jwk = json!({
            "kty": "RSA", "kid": kid, "use": "sig",
            "n": b64(n.big_endian_without_leading_zero()),
            "e": b64(e.big_endian_without_leading_zero()),
        });
        let pkcs8 = AsDer::<aws_lc_rs::encoding::Pkcs8V1Der<'_>>::as_der(&pair).unwrap();
        let pem = pem("PRIVATE KEY", pkcs8.as_ref());
        let key = EncodingKey::from_rsa_pem(pem.as_bytes()).unwrap();
        Self {
            kid: kid.to_owned(),
            algorithm,
            key,
            jwk,
            public: spki(pair.public_key()),
        }
    }

    pub fn ec(algorithm: Algorithm, kid: &str) -> Self {
        let (kind, curve) = match algorithm {
            Algorithm::ES384 => (&ECDSA_P384_SHA384_FIXED_SIGNING, "P-384"),
            _ => (&ECDSA_P256_SHA256_FIXED_SIGNING, "P-256"),
        };
        let pair = EcdsaKeyPair::generate(kind).unwrap();
        let point = pair.public_key().as_ref();
        let half = (point.len() - 1) / 2;
        let jwk = json!({
            "kty": "EC", "kid": kid, "crv": curve,
            "x": b64(&point[1..=half]), "y": b64(&point[half + 1..]),
        });
        let key = EncodingKey::from_ec_der(pair.to_pkcs8v1().unwrap().as_ref());
        Self {
            kid: kid.to_owned(),
            algorithm,
            key,
            jwk,
            public: spki(pair.public_key()),
        }
    }

    pub fn ed(kid: &str) -> Self {
        let pair = Ed25519KeyPair::generate().unwrap();
        let jwk = json!({
            "kty": "OKP", "crv": "Ed25519", "kid": kid, "x": b64(pair.public_key().as_ref()),
        });
        let key = EncodingKey::from_ed_der(pair.to_pkcs8v1().unwrap().as_ref());
        Self {
            kid: kid.to_owned(),
            algorithm: Algorithm::EdDSA,
            key,
            jwk,
            public: spki(pair.public_key()),
        }
    }

    /// The public key in PEM.
    pub fn public_pem(&self) -> String {
        pem("PUBLIC KEY", &self.public)
    }

    /// The public key as a JWK.
    pub fn jwk(&self) -> Value {
        self.jwk.clone()
    }

    /// A set of keys.
    pub fn jwks(signers: &[&Signer]) -> String {
        let keys: Vec<Value> = signers.iter().map(|s| s.jwk()).collect();
        json!({ "keys": keys }).to_string()
    }

    /// A token that names its key.
    pub fn sign(&self, claims: &Value) -> String {
        let mut header = Header::new(self.algorithm);
        if !self.kid.is_empty() {
            header.kid = Some(self.kid.clone());
        }
        self.sign_with(&header, claims)
    }

    /// A token with this header.
    pub fn sign_with(&self, header: &Header, claims: &Value) -> String {
        jsonwebtoken::encode(header, claims, &self.key).unwrap()
    }

    /// A token whose header is any JSON at all, signed all the same.
    pub fn sign_raw(&self, header: &Value, claims: &Value) -> String {
        let message = format!(
            "{}.{}",
            b64(header.to_string().as_bytes()),
            b64(claims.to_string().as_bytes())
        );
        let signature =
            jsonwebtoken::crypto::sign(message.as_bytes(), &self.key, self.algorithm).unwrap();
        format!("{message}.{signature}")
    }
}

fn b64(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn spki(key: &impl AsDer<PublicKeyX509Der<'static>>) -> Vec<u8> {
    key.as_der().unwrap().as_ref().to_vec()
}

fn pem(label: &str, der: &[u8]) -> String {
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    format!("-----BEGIN {label}-----\n{text}\n-----END {label}-----\n")
}

/// A JWK and a signer for ES512, which the token library lacks.
pub struct Es512 {
    pair: EcdsaKeyPair,
}

impl Es512 {
    pub fn new() -> Self {
        Self {
            pair: EcdsaKeyPair::generate(&ECDSA_P521_SHA512_FIXED_SIGNING).unwrap(),
        }
    }

    pub fn jwks(&self) -> String {
        let point = self.pair.public_key().as_ref();
        let (x, y) = (b64(&point[1..67]), b64(&point[67..]));
        let key = json!({ "kty": "EC", "crv": "P-521", "kid": "a", "x": x, "y": y });
        json!({ "keys": [key] }).to_string()
    }

    pub fn sign(&self, claims: &Value) -> String {
        let header = b64(json!({ "alg": "ES512", "kid": "a" }).to_string().as_bytes());
        let message = format!("{header}.{}", b64(claims.to_string().as_bytes()));
        let random = aws_lc_rs::rand::SystemRandom::new();
        let signature = self.pair.sign(&random, message.as_bytes()).unwrap();
        format!("{message}.{}", b64(signature.as_ref()))
    }
}

impl Default for Es512 {
    fn default() -> Self {
        Self::new()
    }
}
