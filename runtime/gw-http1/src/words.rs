//! Eight bytes at a time: what is asked of a byte is asked of all bytes of a word in a few instructions.

/// A word of ones: `byte * ONES` holds the byte eight times.
pub const ONES: u64 = 0x0101_0101_0101_0101;

/// The highest bit of each byte: where [`below`] and [`equal`] put their answers.
pub const HIGHEST: u64 = 0x80 * ONES;

/// Whether `found` marks a byte of a text. It gets the text word by word, the last eight bytes again
/// where they overlap.
pub fn any(text: &[u8], found: impl Fn(u64) -> u64) -> bool {
    let Some(last) = text.last_chunk() else {
        return text.iter().any(|byte| found(u64::from(*byte) * ONES) != 0);
    };
    let mut words = text.as_chunks().0.iter().chain([last]);
    words.any(|word| found(u64::from_le_bytes(*word)) != 0)
}

/// Marks bytes below `least`, which is at most 0x80, and never a word that has none: a byte that is too
/// small borrows from its highest bit, and others do so only above one that does.
pub fn below(word: u64, least: u8) -> u64 {
    word.wrapping_sub(u64::from(least) * ONES) & !word & HIGHEST
}

/// Marks bytes that are `byte`, and never a word that has none.
pub fn equal(word: u64, byte: u8) -> u64 {
    below(word ^ (u64::from(byte) * ONES), 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classes::has_underscore;

    /// All bytes at all places of texts that are shorter than a word, a word, and longer.
    #[test]
    fn bytes_are_found_wherever_they_are() {
        for (before, behind) in (0..20).flat_map(|at| (0..20 - at).map(move |rest| (at, rest))) {
            for byte in 0..=u8::MAX {
                let text = [&vec![b'-'; before][..], &[byte], &vec![b'-'; behind]].concat();
                let case = format!("{byte} after {before}, before {behind}");
                assert_eq!(has_underscore(&text), byte == b'_', "{case}");
                assert_eq!(any(&text, |word| below(word, b' ')), byte < b' ', "{case}");
            }
        }
    }
}
