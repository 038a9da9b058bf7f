//! Numbers in decimal, written without a look at how long they are.

use gw_http1::words::ONES;

/// Appends a number. Eight digits are written whatever it is, and those that are too many taken back: both
/// take a few instructions, where a copy of some digits is a call.
pub(super) fn number(out: &mut Vec<u8>, value: u64) {
    let Some(digits) = u32::try_from(value).ok().and_then(eight) else {
        return out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
    };
    // The last digit is written, whatever it is.
    let zeros = (digits.trailing_zeros() / 8).min(7);
    out.extend_from_slice(&text(digits >> (8 * zeros)));
    out.truncate(out.len() - zeros as usize);
}

/// A number below a million as six digits.
pub(super) fn six(value: u32) -> [u8; 6] {
    let [_, _, rest @ ..] = text(eight(value).unwrap_or_default());
    rest
}

/// A number below a thousand as three digits.
pub(super) fn three(value: u16) -> [u8; 3] {
    let [_, _, _, _, _, rest @ ..] = text(eight(u32::from(value)).unwrap_or_default());
    rest
}

/// Digits as ASCII, the first one lowest.
fn text(digits: u64) -> [u8; 8] {
    (digits | (ONES * u64::from(b'0'))).to_le_bytes()
}

/// The eight digits of a number, the first one in the lowest byte; none if it has more. Halves, quarters and
/// eighths are divided all at once: by 100 as `* 10486 >> 20`, by 10 as `* 103 >> 10`, which is exact for what
/// a half or a quarter can be.
fn eight(value: u32) -> Option<u64> {
    if value >= 100_000_000 {
        return None;
    }
    let value = u64::from(value);
    let halves = (value / 10_000) | ((value % 10_000) << 32);
    let hundreds = ((halves * 10_486) >> 20) & 0x7f_0000_007f;
    let quarters = hundreds | (halves - 100 * hundreds) << 16;
    let tens = ((quarters * 103) >> 10) & 0xf_000f_000f_000f;
    Some(tens | (quarters - 10 * tens) << 8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn written(value: u64) -> String {
        let mut out = b"=".to_vec();
        number(&mut out, value);
        String::from_utf8(out).unwrap()
    }

    /// All that a half can be, in both of them.
    #[test]
    fn halves() {
        for value in 0..10_000 {
            assert_eq!(written(value), format!("={value}"));
            assert_eq!(
                written(value * 10_000 + 9_999),
                format!("={}", value * 10_000 + 9_999)
            );
        }
    }

    #[test]
    fn of_fixed_length() {
        assert_eq!(
            [six(0), six(42), six(999_999)],
            [*b"000000", *b"000042", *b"999999"]
        );
        assert_eq!(
            [three(7), three(200), three(999)],
            [*b"007", *b"200", *b"999"]
        );
    }

    proptest! {
        #[test]
        fn any_number(value in prop_oneof![any::<u64>(), 99_999_990_u64..100_000_010, 0..u64::from(u32::MAX)]) {
            prop_assert_eq!(written(value), format!("={value}"));
        }
    }
}
