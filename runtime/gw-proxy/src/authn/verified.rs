//! Tokens that were verified a moment ago, so that their signatures need not be checked again.
//! One bounded cache per core; an entry counts only for the keys and the policy that made it.

use gw_expr::OwnedValue;
use quick_cache::unsync::Cache;
use std::sync::Arc;

/// What a token was verified as.
#[derive(Clone, Debug)]
pub(crate) struct Verified {
    pub(super) claims: Arc<OwnedValue>,
    /// Seconds since the epoch after which it is expired, leeway included.
    pub(super) until: u64,
}

/// What a result depends on.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct TokenKey {
    /// SHA-256 of the token.
    pub(super) digest: [u8; 32],
    /// The authentication.
    pub(super) authn: u32,
    /// The key set.
    pub(super) generation: u64,
    /// The policy.
    pub(super) version: u64,
}

/// Most tokens remembered per core.
const CAPACITY: usize = 8192;

/// The cache of one core.
pub(crate) struct VerifiedTokens(Cache<TokenKey, Verified>);

impl VerifiedTokens {
    pub(crate) fn new() -> Self {
        Self(Cache::new(CAPACITY))
    }

    pub(super) fn find(&self, key: &TokenKey, now: u64) -> Option<Arc<OwnedValue>> {
        let verified = self.0.get(key)?;
        (now < verified.until).then(|| Arc::clone(&verified.claims))
    }

    pub(super) fn remember(&mut self, key: TokenKey, verified: Verified) {
        self.0.insert(key, verified);
    }
}

pub(super) fn digest(token: &str) -> [u8; 32] {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, token.as_bytes());
    digest.as_ref().try_into().unwrap_or_default()
}
