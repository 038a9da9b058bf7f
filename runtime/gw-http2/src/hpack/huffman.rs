//! The static Huffman code (RFC 7541 section 5.2 and appendix B). It is canonical: the lengths of its
//! codes, in the order of symbols, determine it. Short codes are read with one look into a table of
//! half a kibibyte, long ones by comparing with the last code of each length.

use super::Undecodable;

/// Bits of a code by symbol; the last symbol is the end of the string, which is never sent.
#[rustfmt::skip]
const LENGTHS: [u8; 257] = [
    13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28,
    28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28,
    6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6,
    5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10,
    13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7,
    7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6,
    15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5,
    6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28,
    20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23,
    24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24,
    22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23,
    21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
    26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25,
    19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27,
    20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23,
    26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26,
    30,
];

const END: usize = 256;
/// Longest code in bits.
const LONGEST: usize = 30;
/// Codes up to this length are looked up.
const SHORT: usize = 8;

const CODE: Code = Code::new();

struct Code {
    /// By the next eight bits: symbol and length; length zero if the code is longer.
    short: [(u8, u8); 1 << SHORT],
    /// By length: the first code that is longer, its bits at the top of a word.
    limit: [u32; LONGEST + 1],
    /// By length: from a code, as a number of so many bits, to its place among all symbols in order.
    offset: [u32; LONGEST + 1],
    /// Symbols by length and value.
    symbols: [u16; 257],
}

impl Code {
    #[expect(
        clippy::indexing_slicing,
        clippy::cast_possible_truncation,
        reason = "evaluated at compile time"
    )]
    const fn new() -> Self {
        let mut code = Self {
            short: [(0, 0); 1 << SHORT],
            limit: [0; LONGEST + 1],
            offset: [0; LONGEST + 1],
            symbols: [0; 257],
        };
        let (mut next, mut place, mut length) = (0_u32, 0, 1);
        while length <= LONGEST {
            next <<= 1;
            code.offset[length] = (place as u32).wrapping_sub(next);
            let mut symbol = 0;
            while symbol <= END {
                if LENGTHS[symbol] as usize == length {
                    code.symbols[place] = symbol as u16;
                    place += 1;
                    if length <= SHORT {
                        let first = (next as usize) << (SHORT - length);
                        let mut at = 0;
                        while at < 1 << (SHORT - length) {
                            code.short[first + at] = (symbol as u8, length as u8);
                            at += 1;
                        }
                    }
                    next += 1;
                }
                symbol += 1;
            }
            // The last code of all ends at the top, where the limit would not fit.
            let limit = (next as u64) << (32 - length);
            code.limit[length] = if limit > u32::MAX as u64 {
                u32::MAX
            } else {
                limit as u32
            };
            length += 1;
        }
        code
    }

    /// Symbol and length of a code that is not short, at the top of a word.
    fn long(&self, word: u32) -> Option<(u8, u32)> {
        let longer = self.limit.get(SHORT + 1..)?;
        let length = SHORT + 1 + longer.iter().position(|limit| word < *limit)?;
        let number = word >> (32 - length);
        let place = number.wrapping_add(*self.offset.get(length)?);
        let symbol = *self.symbols.get(place as usize)?;
        // The end of the string has no byte.
        Some((u8::try_from(symbol).ok()?, u32::try_from(length).ok()?))
    }
}

/// Appends what `coded` stands for.
///
/// # Errors
/// [`Undecodable`] if the end is coded, or the padding is longer than seven bits or not all ones.
pub(super) fn decode(coded: &[u8], out: &mut Vec<u8>) -> Result<(), Undecodable> {
    out.reserve(coded.len() * 8 / 5);
    let mut rest = coded;
    // The bits that were taken and not decoded, at the top; ones below.
    let (mut bits, mut count) = (u64::MAX, 0_u32);
    loop {
        while count <= 32 {
            let Some((word, more)) = rest.split_first_chunk::<4>() else {
                let Some((byte, more)) = rest.split_first() else {
                    break;
                };
                rest = more;
                bits &= !(0xff << (56 - count)) | u64::from(*byte) << (56 - count);
                count += 8;
                continue;
            };
            rest = more;
            let word = u64::from(u32::from_be_bytes(*word));
            bits &= !(0xffff_ffff << (32 - count)) | word << (32 - count);
            count += 32;
        }
        // With ones after the last bit, what is left at the end decodes to something longer.
        let (symbol, length) = match CODE.short.get((bits >> 56) as usize) {
            Some((symbol, length)) if *length > 0 => (*symbol, u32::from(*length)),
            _ if count < 8 => break,
            _ => CODE
                .long((bits >> 32) as u32)
                .ok_or(Undecodable("the end of a string is coded"))?,
        };
        if length > count {
            break;
        }
        out.push(symbol);
        bits = bits << length | ((1 << length) - 1);
        count -= length;
    }
    match count < 8 && bits == u64::MAX {
        true => Ok(()),
        false => Err(Undecodable("the padding of a string is wrong")),
    }
}

/// Appends `text` in its code. The gateway sends its own strings plain: this is for tests.
#[cfg(test)]
pub(super) fn encode(text: &[u8], out: &mut Vec<u8>) {
    let (mut bits, mut count) = (0_u64, 0);
    for symbol in text {
        let length = usize::from(LENGTHS[usize::from(*symbol)]);
        let place = CODE.symbols.iter().position(|s| *s == u16::from(*symbol));
        let code = (place.unwrap() as u32).wrapping_sub(CODE.offset[length]);
        bits = bits << length | u64::from(code);
        count += length;
        while count >= 8 {
            count -= 8;
            out.push((bits >> count) as u8);
        }
    }
    if count > 0 {
        out.push((bits << (8 - count)) as u8 | ((1 << (8 - count)) - 1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decoded(coded: &[u8]) -> Result<Vec<u8>, Undecodable> {
        let mut out = Vec::new();
        decode(coded, &mut out).map(|()| out)
    }

    /// From RFC 7541, appendix C.
    #[test]
    fn examples() {
        for (coded, text) in [
            (
                &b"\xf1\xe3\xc2\xe5\xf2\x3a\x6b\xa0\xab\x90\xf4\xff"[..],
                "www.example.com",
            ),
            (b"\xa8\xeb\x10\x64\x9c\xbf", "no-cache"),
            (b"\x25\xa8\x49\xe9\x5b\xa9\x7d\x7f", "custom-key"),
            (b"\x64\x02", "302"),
            (b"", ""),
        ] {
            assert_eq!(decoded(coded).unwrap(), text.as_bytes(), "{text}");
        }
    }

    #[test]
    fn padding_is_short_and_all_ones() {
        assert!(decoded(b"\x64\x02\xff").is_err(), "eight bits");
        assert!(decoded(b"\x1e").is_err(), "zeros");
        assert!(decoded(b"\x1f").is_ok());
        assert!(decoded(b"\xff\xff\xff\xff").is_err(), "the end is coded");
        assert!(decoded(b"\xff\xff").is_err(), "sixteen bits");
    }

    #[test]
    fn every_symbol() {
        for symbol in 0..=u8::MAX {
            for text in [&[symbol][..], &[b'a', symbol, symbol, b'~']] {
                let mut coded = Vec::new();
                encode(text, &mut coded);
                assert_eq!(decoded(&coded).unwrap(), text);
            }
        }
    }

    proptest! {
        #[test]
        fn what_is_encoded_is_decoded(text in proptest::collection::vec(any::<u8>(), 0..80)) {
            let mut coded = Vec::new();
            encode(&text, &mut coded);
            prop_assert_eq!(decoded(&coded).unwrap(), text);
        }

        /// There is one way to write a text: whatever is decoded is written so again.
        #[test]
        fn any_bytes(coded in proptest::collection::vec(any::<u8>(), 0..40)) {
            if let Ok(text) = decoded(&coded) {
                let mut again = Vec::new();
                encode(&text, &mut again);
                prop_assert_eq!(again, coded);
            }
        }
    }
}
