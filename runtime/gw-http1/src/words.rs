//! Eight bytes at a time: what is asked of a byte is asked of all bytes of a word in a few instructions.

/// A word of ones: `byte * ONES` holds the byte eight times.
pub const ONES: u64 = 0x0101_0101_0101_0101;

/// The highest bit of each byte: where [`below`] and [`equal`] put their answers.
pub const HIGHEST: u64 = 0x80 * ONES;

/// Whether `found` marks a byte of a text. It gets the text word by word, the last eight bytes again
/// where they overlap.
pub fn any(text: &[u8], found: impl Fn(u64) -> u64) -> bool {
    let Some(last) = text.last_chunk() else {
        return short(text).is_some_and(|word| found(word) != 0);
    };
    let mut words = text.as_chunks().0.iter().chain([last]);
    words.any(|word| found(u64::from_le_bytes(*word)) != 0)
}

/// A word of nothing but the bytes of a text that is shorter than one, some of them again; none if there
/// are none.
fn short(text: &[u8]) -> Option<u64> {
    if let (Some(first), Some(last)) = (text.first_chunk(), text.last_chunk()) {
        let (first, last) = (u32::from_le_bytes(*first), u32::from_le_bytes(*last));
        return Some(u64::from(first) | u64::from(last) << 32);
    }
    let (first, last) = (u64::from(*text.first()?), u64::from(*text.last()?));
    let middle = u64::from(*text.get(text.len() / 2)?);
    Some((last * (ONES << 16)) | middle << 8 | first)
}

/// A number by the beginning and the end of a text, for a [`place`] in a table; none for a short text. Whoever
/// wants to can write texts that have the same.
pub fn ends(text: &[u8]) -> Option<u32> {
    let (first, last) = (text.first_chunk()?, text.last_chunk()?);
    let (first, last) = (u64::from_le_bytes(*first), u64::from_le_bytes(*last));
    let number = (first ^ last.rotate_left(29)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    Some((number >> 32) as u32)
}

/// Which of so many places, a power of two, a number of [`ends`] chooses: by its highest bits, on which all bytes
/// have a say.
pub const fn place(number: u32, places: usize) -> usize {
    (number >> (u32::BITS - places.ilog2())) as usize
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
