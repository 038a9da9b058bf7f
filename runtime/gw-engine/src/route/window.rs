//! The next segment of a path, read sixteen bytes at a time: its length, and its first bytes as a
//! number that is compared in one step. Most segments are no longer than that.

/// The first bytes of a segment, filled up with zeros.
pub(super) type Head = u128;
/// How many they are.
pub(super) const HEAD: usize = 16;

/// A segment of a path.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece<'p> {
    pub(super) head: Head,
    pub(super) text: &'p [u8],
}

/// The segment that begins at a place of a path.
#[inline]
pub(super) fn segment(path: &[u8], at: usize) -> Piece<'_> {
    let rest = path.get(at..).unwrap_or_default();
    let window = window(path, at, rest);
    let len = match first_slash(window) {
        Some(len) => len,
        None if rest.len() <= HEAD => rest.len(),
        None => long(rest),
    };
    let head = if len < HEAD {
        window & ((1 << (len * 8)) - 1)
    } else {
        window
    };
    Piece {
        head,
        text: rest.get(..len).unwrap_or_default(),
    }
}

/// The first bytes of a text.
pub(super) fn head(text: &[u8]) -> Head {
    padded(text)
}

/// The next sixteen bytes. Near the end they are cut from the last sixteen, which is quicker than
/// copying byte by byte.
#[inline]
fn window(path: &[u8], at: usize, rest: &[u8]) -> u128 {
    if let Some(next) = rest.first_chunk::<HEAD>() {
        return u128::from_le_bytes(*next);
    }
    match path.last_chunk::<HEAD>() {
        Some(last) => {
            let passed = at.saturating_sub(path.len() - HEAD);
            if passed < HEAD {
                u128::from_le_bytes(*last) >> (passed * 8)
            } else {
                0
            }
        }
        None => padded(rest),
    }
}

#[inline(never)]
fn padded(text: &[u8]) -> u128 {
    let mut bytes = [0; HEAD];
    bytes
        .iter_mut()
        .zip(text)
        .for_each(|(to, from)| *to = *from);
    u128::from_le_bytes(bytes)
}

/// The place of the first slash among sixteen bytes.
#[inline]
fn first_slash(window: u128) -> Option<usize> {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the halves are what is asked for"
    )]
    let (low, high) = (window as u64, (window >> 64) as u64);
    match (slashes(low), slashes(high)) {
        (0, 0) => None,
        (0, marks) => Some(8 + marks.trailing_zeros() as usize / 8),
        (marks, _) => Some(marks.trailing_zeros() as usize / 8),
    }
}

/// The lowest bit that is set belongs to the first slash (Mycroft's test for a zero byte).
#[inline]
fn slashes(word: u64) -> u64 {
    const ONES: u64 = u64::from_le_bytes([0x01; 8]);
    const HIGHS: u64 = u64::from_le_bytes([0x80; 8]);
    const SLASHES: u64 = u64::from_le_bytes([b'/'; 8]);
    let differing = word ^ SLASHES;
    differing.wrapping_sub(ONES) & !differing & HIGHS
}

#[inline(never)]
fn long(rest: &[u8]) -> usize {
    rest.iter()
        .position(|byte| *byte == b'/')
        .unwrap_or(rest.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn segments_are_what_stands_between_slashes(path in "(/[ab.\\u{af}]{0,20}){1,4}") {
            let mut at = 1;
            for text in path.split('/').skip(1) {
                let piece = segment(path.as_bytes(), at);
                proptest::prop_assert_eq!(piece.text, text.as_bytes());
                proptest::prop_assert_eq!(piece.head, head(text.as_bytes()));
                at += text.len() + 1;
            }
        }
    }
}
