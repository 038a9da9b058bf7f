//! Integers with a prefix (RFC 7541 section 5.1), up to what any length or index may be.

use super::Undecodable;

/// Largest value that is read. Nothing that is counted so is as large.
const MOST: u32 = 1 << 28;

/// Reads an integer whose first byte, `first`, was taken from `rest` already; its prefix has that
/// many bits.
pub(super) fn read(first: u8, prefix: u32, rest: &mut &[u8]) -> Result<usize, Undecodable> {
    let mask = (1_u32 << prefix) - 1;
    let mut value = u32::from(first) & mask;
    if value < mask {
        return Ok(value as usize);
    }
    for shift in [0, 7, 14, 21] {
        let (byte, more) = rest
            .split_first()
            .ok_or(Undecodable("an integer is cut off"))?;
        *rest = more;
        value += u32::from(byte & 0x7f) << shift;
        if value > MOST {
            break;
        }
        if byte & 0x80 == 0 {
            return Ok(value as usize);
        }
    }
    Err(Undecodable("an integer is too large"))
}

/// Writes an integer whose prefix has that many bits, below the bits of `pattern`.
pub(super) fn write(pattern: u8, prefix: u32, value: usize, out: &mut Vec<u8>) {
    let mask = (1_usize << prefix) - 1;
    if value < mask {
        out.push(pattern | low(value));
        return;
    }
    out.push(pattern | low(mask));
    let mut rest = value - mask;
    while rest >= 0x80 {
        out.push(low(rest & 0x7f) | 0x80);
        rest >>= 7;
    }
    out.push(low(rest));
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "callers pass less than 256"
)]
fn low(value: usize) -> u8 {
    value as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    fn both(pattern: u8, prefix: u32, value: usize) -> Vec<u8> {
        let mut out = Vec::new();
        write(pattern, prefix, value, &mut out);
        let mut rest = &out[1..];
        assert_eq!(read(out[0], prefix, &mut rest), Ok(value));
        assert!(rest.is_empty());
        out
    }

    /// RFC 7541, appendix C.1.
    #[test]
    fn examples() {
        assert_eq!(both(0, 5, 10), [0b01010]);
        assert_eq!(both(0, 5, 1337), [0b11111, 0b1001_1010, 0b0000_1010]);
        assert_eq!(both(0, 8, 42), [42]);
        assert_eq!(both(0x80, 7, 127), [0xff, 0]);
        both(0x40, 6, 1 << 28);
    }

    #[test]
    fn too_large_or_cut_off() {
        for bytes in [
            &[0xff, 0xff, 0xff, 0xff][..],
            &[0xff, 0xff, 0xff, 0xff, 0x0f],
            &[0x80, 0x80, 0x80, 0x80, 0],
            &[0x80],
            &[],
        ] {
            assert!(read(0xff, 5, &mut &bytes[..]).is_err(), "{bytes:?}");
        }
    }
}
