//! What each byte may be part of.

use crate::words::{self, HIGHEST, ONES};

const TOKEN: u8 = 1;
const TARGET: u8 = 2;

/// By byte: tokens (RFC 9110 section 5.6.2), request targets.
const CLASS: [u8; 256] = classes();

#[expect(
    clippy::indexing_slicing,
    reason = "evaluated at compile time, with an index below 256"
)]
const fn classes() -> [u8; 256] {
    let mut table = [0; 256];
    let mut index = 0;
    while index < 256 {
        #[expect(clippy::cast_possible_truncation, reason = "the index is below 256")]
        let byte = index as u8;
        let mut class = 0;
        if byte.is_ascii_alphanumeric()
            || matches!(
                byte,
                b'!' | b'#'
                    | b'$'
                    | b'%'
                    | b'&'
                    | b'\''
                    | b'*'
                    | b'+'
                    | b'-'
                    | b'.'
                    | b'^'
                    | b'_'
                    | b'`'
                    | b'|'
                    | b'~'
            )
        {
            class |= TOKEN;
        }
        if byte > b' '
            && byte < 0x7f
            && !matches!(byte, b'#' | b'"' | b'<' | b'>' | b'\\' | b'^' | b'`')
        {
            class |= TARGET;
        }
        table[index] = class;
        index += 1;
    }
    table
}

fn class(byte: u8) -> u8 {
    CLASS.get(usize::from(byte)).map_or(0, |class| *class)
}

/// Whether bytes are a token (RFC 9110 section 5.6.2).
pub fn is_token(bytes: &[u8]) -> bool {
    !bytes.is_empty() && bytes.iter().all(|byte| class(*byte) & TOKEN != 0)
}

/// Whether bytes hold only what a request target may hold. Without an early exit, since targets are short
/// and almost always good.
pub fn is_target(bytes: &[u8]) -> bool {
    let all = bytes.iter().fold(TARGET, |all, byte| all & class(*byte));
    all == TARGET && !bytes.is_empty()
}

/// Whether bytes may be a field value (RFC 9110 section 5.5). Looks at every byte, whatever comes,
/// so that many are compared at once: values are long and almost always good.
pub fn is_value(bytes: &[u8]) -> bool {
    let bad = |b: u8| (b < b' ' && b != b'\t') | (b == 0x7f);
    !bytes.iter().fold(false, |any, b| any | bad(*b))
}

/// Whether a name holds an underscore.
pub(crate) fn has_underscore(name: &[u8]) -> bool {
    words::any(name, |word| words::equal(word, b'_'))
}

/// Puts a name into lower case, eight bytes at a time: the last eight again where they overlap.
pub(crate) fn lower(name: &mut [u8]) {
    let lower = |word: &mut [u8; 8]| *word = lower_word(u64::from_le_bytes(*word)).to_le_bytes();
    if let Some(last) = name.last_chunk_mut() {
        lower(last);
        name.as_chunks_mut().0.iter_mut().for_each(lower);
    } else {
        name.make_ascii_lowercase();
    }
}

/// Eight bytes in lower case: a byte below 0x80 is a capital if adding what is missing from `A` to
/// 0x80 sets its highest bit, and adding what is missing from `[` does not.
fn lower_word(word: u64) -> u64 {
    let low = word & (0x7f * ONES);
    let from_a = low.wrapping_add((0x80 - u64::from(b'A')) * ONES);
    let past_z = low.wrapping_add((0x80 - u64::from(b'Z') - 1) * ONES);
    let capital = from_a & !past_z & !word & HIGHEST;
    word | (capital >> 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All bytes at all places of a word and after it.
    #[test]
    fn lower_case_is_that_of_ascii() {
        for byte in 0..=u8::MAX {
            for at in 0..19 {
                let mut name = *b"A-z@[`{Zaz09_~A-Z-x";
                name[at] = byte;
                let mut lowered = name;
                lower(&mut lowered);
                assert_eq!(lowered, name.to_ascii_lowercase()[..], "{byte} at {at}");
            }
        }
    }

    #[test]
    fn targets_are_those_of_the_table() {
        for byte in 0..=u8::MAX {
            let good = byte.is_ascii_graphic() && !b"#\"<>\\^`".contains(&byte);
            for at in [0, 8, 20] {
                let mut target = [b'/'; 21];
                target[at] = byte;
                assert_eq!(is_target(&target), good, "{byte} at {at}");
            }
        }
        assert!(!is_target(b""));
    }

    #[test]
    fn values_are_those_of_the_table() {
        for byte in 0..=u8::MAX {
            let mut value = [b'a'; 70];
            for at in [0, 33, 69] {
                value[at] = byte;
                assert_eq!(
                    is_value(&value),
                    value
                        .iter()
                        .all(|b| *b == b'\t' || (*b >= b' ' && *b != 0x7f))
                );
                value[at] = b'a';
            }
        }
    }
}
