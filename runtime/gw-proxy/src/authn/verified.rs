//! Tokens that were verified a moment ago, so that their signatures need not be checked again.
//! One bounded cache per core; an entry counts only for the keys and the policy that made it.

use aws_lc_rs::aead::{AES_128_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use gw_engine::Claims;
use std::cell::OnceCell;
use std::fs::File;
use std::io::Read;
use std::sync::Arc;

/// What a token was verified as.
#[derive(Clone, Debug)]
pub(crate) struct Verified {
    pub(super) claims: Arc<Claims>,
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

/// A token that is remembered: a line of the processor's cache, since the requests of many tokens drive
/// it out of there again and again.
#[derive(Debug)]
#[repr(align(64))]
struct Entry {
    key: TokenKey,
    verified: Verified,
    /// When it was asked for last, in seconds since the epoch.
    used: u64,
}

/// The tokens whose fingerprints end alike.
type Set = [Option<Entry>; WAYS];

/// Tokens of a set. They lie side by side and are looked at in turn; in a set of eight, few are full
/// when half of all places are.
const WAYS: usize = 8;
/// Most sets of a core: 8,192 tokens.
const SETS: usize = 1024;

/// The cache of one core. Since nobody can choose a fingerprint, nobody can fill one set of it.
pub(crate) struct VerifiedTokens {
    /// Twice as many whenever a token would have to be forgotten for another one.
    sets: Vec<Set>,
    /// Made for the first token, since many cores never see one. As long as none can be made nothing
    /// is remembered.
    key: OnceCell<LessSafeKey>,
}

impl VerifiedTokens {
    pub(crate) fn new() -> Self {
        Self {
            sets: Vec::new(),
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

    /// What a token was verified as, if it is still valid.
    pub(super) fn find(&mut self, key: &TokenKey, now: u64) -> Option<Arc<Claims>> {
        let entries = self.set(key)?.iter_mut().flatten();
        let entry = entries.into_iter().find(|entry| entry.key == *key)?;
        if now >= entry.verified.until {
            return None;
        }
        if entry.used != now {
            entry.used = now;
        }
        Some(Arc::clone(&entry.verified.claims))
    }

    /// Remembers a token in place of one that is of no more use, or of the one that was not asked for
    /// the longest.
    pub(super) fn remember(&mut self, key: TokenKey, verified: Verified, now: u64) {
        while self.sets.len() < SETS && self.place(&key, now).is_none_or(|place| place.is_some()) {
            self.grow();
        }
        if let Some(place) = self.place(&key, now) {
            let used = now;
            *place = Some(Entry {
                key,
                verified,
                used,
            });
        }
    }

    /// Where a token goes; what is of no more use is forgotten on the way.
    fn place(&mut self, key: &TokenKey, now: u64) -> Option<&mut Option<Entry>> {
        let set = self.set(key)?;
        for place in &mut *set {
            let outdated = |entry: &Entry| entry.key.version != key.version;
            let over = |entry: &Entry| now >= entry.verified.until;
            place.take_if(|entry| entry.key == *key || outdated(entry) || over(entry));
        }
        let used = |place: &&mut Option<Entry>| place.as_ref().map(|entry| entry.used);
        set.iter_mut().min_by_key(used)
    }

    fn set(&mut self, key: &TokenKey) -> Option<&mut Set> {
        let last = self.sets.len().checked_sub(1)?;
        let [first, second, ..] = key.fingerprint;
        let number = u16::from_le_bytes([first, second]);
        self.sets.get_mut(usize::from(number) & last)
    }

    /// Makes twice as many sets.
    fn grow(&mut self) {
        let count = (2 * self.sets.len()).max(1);
        let sets = (0..count).map(|_| Set::default()).collect();
        for entry in std::mem::replace(&mut self.sets, sets)
            .into_iter()
            .flatten()
            .flatten()
        {
            let free = self
                .set(&entry.key)
                .and_then(|set| set.iter_mut().find(|p| p.is_none()));
            if let Some(free) = free {
                *free = Some(entry);
            }
        }
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
    use gw_expr::OwnedMap;
    use proptest::prelude::*;
    use std::collections::HashMap;

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

    #[test]
    fn a_token_lies_in_one_line() {
        assert_eq!(size_of::<Option<Entry>>(), 64);
        assert_eq!(align_of::<Option<Entry>>(), 64);
    }

    /// The fingerprint of a token whose set is one of four, whatever their number.
    fn key(token: u64, generation: u64) -> TokenKey {
        let last = u8::try_from(token % 4).unwrap();
        let mut fingerprint = [last, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        fingerprint[8..].copy_from_slice(&token.to_le_bytes());
        TokenKey {
            fingerprint,
            authn: 0,
            generation,
            version: 1,
        }
    }

    fn verified(until: u64) -> Verified {
        let claims = Arc::new(OwnedMap::default().into());
        Verified { claims, until }
    }

    #[test]
    fn the_longest_unused_is_forgotten_first() {
        let mut tokens = VerifiedTokens::new();
        let in_one_set = |n: u64| key(4 * n, 0);
        for n in 0..8 {
            tokens.remember(in_one_set(n), verified(1_000), n);
        }
        assert!(tokens.find(&in_one_set(0), 10).is_some());
        tokens.remember(in_one_set(8), verified(1_000), 11);
        let known: Vec<u64> = (0..9)
            .filter(|n| tokens.find(&in_one_set(*n), 12).is_some())
            .collect();
        assert_eq!(known, [0, 2, 3, 4, 5, 6, 7, 8]);
        assert_eq!(tokens.sets.len(), SETS);
        // An expired one goes before any other, however lately it was asked for.
        tokens.remember(in_one_set(9), verified(13), 12);
        tokens.remember(in_one_set(10), verified(1_000), 13);
        assert!((3..9).all(|n| tokens.find(&in_one_set(n), 14).is_some()));
        // Another policy's are of no more use.
        let version = 2;
        let newer = TokenKey {
            version,
            ..in_one_set(11)
        };
        tokens.remember(newer, verified(1_000), 15);
        assert!((0..11).all(|n| tokens.find(&in_one_set(n), 16).is_none()));
        assert!(tokens.find(&newer, 16).is_some());
    }

    #[test]
    fn sets_are_made_as_tokens_come() {
        let mut tokens = VerifiedTokens::new();
        let mut random = fastrand::Rng::with_seed(7);
        let keys: Vec<TokenKey> = (0..1_000)
            .map(|_| TokenKey {
                fingerprint: random.u128(..).to_le_bytes(),
                ..key(0, 0)
            })
            .collect();
        assert_eq!(tokens.sets.len(), 0);
        tokens.remember(keys[0], verified(10), 1);
        assert_eq!(tokens.sets.len(), 1);
        for key in &keys {
            tokens.remember(*key, verified(10), 1);
        }
        assert!(keys.iter().all(|key| tokens.find(key, 2).is_some()));
        assert!(tokens.sets.len() < SETS);
    }

    proptest! {
        /// What is found is what was remembered last, and is still valid; what was just remembered and
        /// is valid is found.
        #[test]
        fn nothing_is_found_that_is_not_so(
            steps in prop::collection::vec((0..60_u64, 0..2_u64, 0..20_u64, any::<bool>()), 0..300),
        ) {
            let (mut tokens, mut model) = (VerifiedTokens::new(), HashMap::new());
            for ((token, generation, until, ask), now) in steps.into_iter().zip((0..).map(|n| n / 20)) {
                let key = key(token, generation);
                if !ask {
                    let verified = verified(until);
                    model.insert((token, generation), verified.clone());
                    tokens.remember(key, verified, now);
                }
                let found = tokens.find(&key, now);
                let known = model.get(&(token, generation)).filter(|known| now < known.until);
                match (found, known) {
                    (Some(found), known) => {
                        prop_assert!(known.is_some_and(|known| Arc::ptr_eq(&known.claims, &found)));
                    }
                    (None, known) => prop_assert!(ask || known.is_none()),
                }
            }
        }
    }
}
