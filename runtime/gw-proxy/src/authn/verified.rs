//! Tokens that were verified a moment ago, so that their signatures need not be checked again.
//! One bounded cache per core; an entry counts only for the keys and the policy that made it.

use aws_lc_rs::aead::{AES_128_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use gw_expr::OwnedMap;
use quick_cache::unsync::Cache;
use std::cell::OnceCell;
use std::fs::File;
use std::hash::{Hash, Hasher};
use std::io::Read;
use std::sync::Arc;

/// What a token was verified as.
#[derive(Clone, Debug)]
pub(crate) struct Verified {
    pub(super) claims: Arc<OwnedMap>,
    /// Seconds since the epoch after which it is expired, leeway included.
    pub(super) until: u64,
}

/// What a result depends on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct TokenKey {
    /// The token, as [`VerifiedTokens::fingerprint`] tells it from others.
    pub(super) fingerprint: Fingerprint,
    /// The authentication.
    pub(super) authn: u32,
    /// The key set.
    pub(super) generation: u64,
    /// The policy.
    pub(super) version: u64,
}

/// What stands for the text of a token in the memory of one core.
pub(super) type Fingerprint = [u8; 16];

/// Nobody chooses what the fingerprint is, and it tells nearly all keys apart.
impl Hash for TokenKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u128(u128::from_le_bytes(self.fingerprint));
    }
}

/// Most tokens remembered per core.
const CAPACITY: usize = 8192;

/// The cache of one core.
pub(crate) struct VerifiedTokens {
    tokens: Cache<TokenKey, Verified>,
    /// Made for the first token, since many cores never see one. As long as none can be made nothing
    /// is remembered.
    key: OnceCell<LessSafeKey>,
}

impl VerifiedTokens {
    pub(crate) fn new() -> Self {
        Self {
            tokens: Cache::new(CAPACITY),
            key: OnceCell::new(),
        }
    }

    /// The GMAC of a token under a key that this core alone has (NIST SP 800-38D section 6.4). Which
    /// of two tokens has which fingerprint never leaves the process, so that the nonce may stay the
    /// same: what is left is a universal hash, under which a text of n bytes meets another one's
    /// fingerprint with a probability below n / 2^132, whoever chose the texts. It takes a
    /// seventeenth of the time of SHA-256 where the processor has no instructions for that.
    pub(super) fn fingerprint(&self, token: &[u8]) -> Option<Fingerprint> {
        let nonce = Nonce::assume_unique_for_key([0; NONCE_LEN]);
        let aad = Aad::from(token);
        let sealed = self.key()?.seal_in_place_separate_tag(nonce, aad, &mut []);
        sealed.ok()?.as_ref().try_into().ok()
    }

    fn key(&self) -> Option<&LessSafeKey> {
        if self.key.get().is_none() {
            let _ = self.key.set(random_key()?);
        }
        self.key.get()
    }

    pub(super) fn find(&self, key: &TokenKey, now: u64) -> Option<Arc<OwnedMap>> {
        let verified = self.tokens.get(key)?;
        (now < verified.until).then(|| Arc::clone(&verified.claims))
    }

    pub(super) fn remember(&mut self, key: TokenKey, verified: Verified) {
        self.tokens.insert(key, verified);
    }
}

/// From the system: the library's own generator is seeded from the jitter of the processor when it is
/// first asked, which takes longer than all else that a core does before its first answer.
fn random_key() -> Option<LessSafeKey> {
    let mut bytes = [0; 16];
    let mut system = File::open("/dev/urandom").ok()?;
    system.read_exact(&mut bytes).ok()?;
    UnboundKey::new(&AES_128_GCM, &bytes)
        .ok()
        .map(LessSafeKey::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_tells_tokens_apart_on_one_core_only() {
        let (one, other) = (VerifiedTokens::new(), VerifiedTokens::new());
        let texts = ["", "a.b.c", "a.b.d", "a.b.c\0", &"x".repeat(16 << 10)];
        let prints = texts.map(|text| one.fingerprint(text.as_bytes()).unwrap());
        for (at, text) in texts.iter().enumerate() {
            assert_eq!(one.fingerprint(text.as_bytes()), Some(prints[at]));
            assert_eq!(
                prints.iter().filter(|print| **print == prints[at]).count(),
                1
            );
            assert_ne!(other.fingerprint(text.as_bytes()), Some(prints[at]));
        }
    }
}
