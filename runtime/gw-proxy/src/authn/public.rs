//! Public keys, taken apart once: what verifying needs to know of a key is not worked out again for
//! each signature. Must not know where keys come from.

use aws_lc_rs::error::KeyRejected;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ECDSA_P521_SHA512_FIXED, ED25519,
    ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384,
    RSA_PKCS1_2048_8192_SHA512, RSA_PSS_2048_8192_SHA256, RSA_PSS_2048_8192_SHA384,
    RSA_PSS_2048_8192_SHA512, RsaParameters, RsaPublicKeyComponents, VerificationAlgorithm,
};
use gw_graph::JwtAlgorithm;

/// A public key, once for each algorithm that it may be used with.
#[derive(Debug)]
pub(super) struct PublicKey(Vec<(JwtAlgorithm, ParsedPublicKey)>);

const RSA: [(JwtAlgorithm, &RsaParameters); 6] = [
    (JwtAlgorithm::RS256, &RSA_PKCS1_2048_8192_SHA256),
    (JwtAlgorithm::RS384, &RSA_PKCS1_2048_8192_SHA384),
    (JwtAlgorithm::RS512, &RSA_PKCS1_2048_8192_SHA512),
    (JwtAlgorithm::PS256, &RSA_PSS_2048_8192_SHA256),
    (JwtAlgorithm::PS384, &RSA_PSS_2048_8192_SHA384),
    (JwtAlgorithm::PS512, &RSA_PSS_2048_8192_SHA512),
];

impl PublicKey {
    /// A modulus and an exponent, big-endian (RFC 7518 section 6.3.1), for one algorithm or all.
    pub(super) fn rsa(n: &[u8], e: &[u8], only: Option<JwtAlgorithm>) -> Option<Self> {
        let key = RsaPublicKeyComponents { n, e };
        Self::all_rsa(only, |parameters| key.to_parsed_public_key(parameters))
    }

    /// `RSAPublicKey` in DER (RFC 8017 appendix A.1.1).
    pub(super) fn rsa_der(der: &[u8]) -> Option<Self> {
        Self::all_rsa(None, |parameters| ParsedPublicKey::new(parameters, der))
    }

    fn all_rsa(
        only: Option<JwtAlgorithm>,
        parse: impl Fn(&'static RsaParameters) -> Result<ParsedPublicKey, KeyRejected>,
    ) -> Option<Self> {
        let wanted = |algorithm| only.is_none_or(|only| only == algorithm);
        let chosen = RSA.into_iter().filter(|(algorithm, _)| wanted(*algorithm));
        let parsed = chosen.map(|(algorithm, parameters)| Ok((algorithm, parse(parameters)?)));
        parsed.collect::<Result<_, KeyRejected>>().ok().map(Self)
    }

    /// A point of P-256, P-384 or P-521, uncompressed (SEC 1 section 2.3.3).
    pub(super) fn point(point: &[u8]) -> Option<Self> {
        match point.len() {
            65 => Self::one(JwtAlgorithm::ES256, &ECDSA_P256_SHA256_FIXED, point),
            97 => Self::one(JwtAlgorithm::ES384, &ECDSA_P384_SHA384_FIXED, point),
            133 => Self::one(JwtAlgorithm::ES512, &ECDSA_P521_SHA512_FIXED, point),
            _ => None,
        }
    }

    /// A key of Ed25519 (RFC 8032 section 5.1.5).
    pub(super) fn ed25519(bytes: &[u8]) -> Option<Self> {
        Self::one(JwtAlgorithm::EdDSA, &ED25519, bytes)
    }

    fn one(
        algorithm: JwtAlgorithm,
        library: &'static dyn VerificationAlgorithm,
        bytes: &[u8],
    ) -> Option<Self> {
        let key = ParsedPublicKey::new(library, bytes).ok()?;
        Some(Self(vec![(algorithm, key)]))
    }

    /// Whether it may be used with an algorithm.
    pub(super) fn suits(&self, algorithm: JwtAlgorithm) -> bool {
        self.of(algorithm).is_some()
    }

    /// Whether its owner made the signature.
    pub(super) fn made(&self, signature: &[u8], message: &[u8], algorithm: JwtAlgorithm) -> bool {
        let key = self.of(algorithm);
        key.is_some_and(|key| key.verify_sig(message, signature).is_ok())
    }

    fn of(&self, algorithm: JwtAlgorithm) -> Option<&ParsedPublicKey> {
        let found = self.0.iter().find(|(known, _)| *known == algorithm);
        found.map(|(_, key)| key)
    }
}
