//! CEL's encoders extension, and a stable hash.

use super::{Declaration, Outcome, mismatch};
use crate::cost::{Cost, Growth, Work};
use crate::{EvalError, Scratch, Value};
use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// Standard alphabet; padding is written, and optional when reading.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

pub(super) const TABLE: &[Declaration] = &[
    Declaration {
        name: "base64.encode",
        signatures: &["base64.encode(bytes) -> string"],
        doc: "The octets in base64 (RFC 4648, section 4).",
        may_fail: false,
        cost: Cost::of(Work::Make, Growth::Triple),
        eval: encode,
    },
    Declaration {
        name: "base64.decode",
        signatures: &["base64.decode(string) -> bytes"],
        doc: "The octets of a base64 text, with or without padding.",
        may_fail: true,
        cost: Cost::of(Work::Make, Growth::Triple),
        eval: decode,
    },
    Declaration {
        name: "hash",
        signatures: &["hash(string) -> string"],
        doc: "Sixteen hexadecimal digits that depend on the text alone (FNV-1a, 64 bits). For spreading, not for secrets.",
        may_fail: false,
        cost: Cost::of(Work::Scan, Growth::Printed),
        eval: hash,
    },
];

fn encode<'a>(args: &[Value<'a>], scratch: &'a Scratch) -> Outcome<'a> {
    let [Value::Bytes(bytes)] = args else {
        return mismatch(args);
    };
    Ok(Value::Str(scratch.0.alloc_str(&BASE64.encode(bytes))))
}

fn decode<'a>(args: &[Value<'a>], scratch: &'a Scratch) -> Outcome<'a> {
    let [Value::Str(text)] = args else {
        return mismatch(args);
    };
    let bytes = BASE64.decode(text).map_err(|_| EvalError::BadConversion)?;
    Ok(Value::Bytes(scratch.0.alloc_slice_copy(&bytes)))
}

fn hash<'a>(args: &[Value<'a>], scratch: &'a Scratch) -> Outcome<'a> {
    let [Value::Str(text)] = args else {
        return mismatch(args);
    };
    let digest = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |state, byte| {
        (state ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    Ok(Value::Str(scratch.0.alloc_str(&format!("{digest:016x}"))))
}
