//! Ids of requests.

use fastrand::Rng;
use gw_http1::words::ONES;
use smol_str::SmolStr;

/// Longest id that is taken from others, in bytes.
const LONGEST: usize = 128;

/// Length of the ids that are made here, in bytes.
pub(crate) const LENGTH: usize = 20;

/// Whether an id of somebody else may be written as it is.
pub(crate) fn is_plain(id: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b':' | b'/');
    (1..=LONGEST).contains(&id.len()) && id.bytes().all(plain)
}

/// A new id: 100 random bits as twenty digits of base 32 (RFC 4648 section 7, in lower case).
pub(crate) fn new(random: &mut Rng) -> SmolStr {
    let (one, other) = (random.u64(..), random.u64(..));
    let parts = [digits(one), digits(other), digits(one >> 40)];
    let id = parts.as_flattened().get(..LENGTH).unwrap_or_default();
    SmolStr::new(std::str::from_utf8(id).unwrap_or_default())
}

/// The lowest forty bits as eight digits, all of them at once: halves, quarters and eighths of the bits
/// are moved to where theirs begin, and those from ten on are raised to the letters.
fn digits(bits: u64) -> [u8; 8] {
    let bits = (bits & 0xf_ffff) | ((bits & 0xff_fff0_0000) << 12);
    let bits = (bits & 0x3ff_0000_03ff) | ((bits & 0xf_fc00_000f_fc00) << 6);
    let bits = (bits & 0x1f_001f_001f_001f) | ((bits & 0x3e0_03e0_03e0_03e0) << 3);
    let letters = ((bits + (0x80 - 10) * ONES) >> 7) & ONES;
    let offset = u64::from(b'a' - b'0' - 10);
    (bits + u64::from(b'0') * ONES + letters * offset).to_le_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::{prop_assert_eq, proptest};

    #[test]
    fn ids_of_others() {
        let longest = "a".repeat(LONGEST);
        for id in ["a", "A-z_0.9:/", &longest] {
            assert!(is_plain(id), "{id}");
        }
        for id in ["", "a b", "a\"", "\u{e9}", &format!("{longest}a")] {
            assert!(!is_plain(id), "{id}");
        }
    }

    #[test]
    fn new_ids_are_plain_and_differ() {
        let mut random = Rng::with_seed(1);
        let (one, other) = (new(&mut random), new(&mut random));
        assert_eq!(one.len(), LENGTH);
        assert!(is_plain(&one) && one != other);
    }

    proptest! {
        /// Against one digit after the other.
        #[test]
        fn digits_are_those_of_base_32(bits: u64) {
            let plain = (0..8).map(|at| char::from_digit(((bits >> (5 * at)) & 31) as u32, 32));
            let plain: String = plain.map(Option::unwrap).collect();
            prop_assert_eq!(digits(bits).to_vec(), plain.into_bytes());
        }
    }
}
