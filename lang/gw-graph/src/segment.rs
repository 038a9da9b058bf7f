//! What path segments mean: the one definition of which text fits which type, for the compiler
//! that looks for overlaps and the engine that routes. Must not know how paths are split.

use crate::{Segment, SegmentType};

/// How specific a segment of a pattern is: what comes first wins.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum SegmentClass {
    /// Spelt out.
    Exact,
    /// A parameter of an enum, int, uint, bool or uuid.
    Typed,
    /// A parameter with a regular expression or a slug.
    Pattern,
    /// A parameter of any text, or `*`.
    Any,
    /// `**`.
    Rest,
}

impl Segment {
    /// How specific it is.
    pub fn class(&self) -> SegmentClass {
        match self {
            Segment::Exact(_) => SegmentClass::Exact,
            Segment::Param(_, ty) => match ty {
                SegmentType::Int
                | SegmentType::Uint
                | SegmentType::Uuid
                | SegmentType::Bool
                | SegmentType::Enum(_) => SegmentClass::Typed,
                SegmentType::Slug | SegmentType::Regex(_) => SegmentClass::Pattern,
                SegmentType::String => SegmentClass::Any,
            },
            Segment::Any => SegmentClass::Any,
            Segment::Rest(_) => SegmentClass::Rest,
        }
    }
}

impl SegmentType {
    /// Whether a segment, percent-decoded and not empty, is of this type; `None` for regular
    /// expressions, which must be compiled first.
    pub fn fits(&self, text: &str) -> Option<bool> {
        Some(match self {
            SegmentType::String => true,
            SegmentType::Int => {
                is_canonical(text.strip_prefix('-').unwrap_or(text))
                    && text != "-0"
                    && text.parse::<i64>().is_ok()
            }
            SegmentType::Uint => is_canonical(text) && text.parse::<u64>().is_ok(),
            SegmentType::Uuid => is_uuid(text),
            SegmentType::Slug => is_slug(text),
            SegmentType::Bool => matches!(text, "true" | "false"),
            SegmentType::Enum(variants) => variants.iter().any(|v| v == text),
            SegmentType::Regex(_) => return None,
        })
    }
}

/// Decimal digits without leading zeros.
fn is_canonical(digits: &str) -> bool {
    !digits.is_empty()
        && digits.bytes().all(|b| b.is_ascii_digit())
        && (digits == "0" || !digits.starts_with('0'))
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

fn is_slug(text: &str) -> bool {
    text.split('-').all(|word| {
        !word.is_empty()
            && word
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Few;

    #[test]
    fn types_fit_their_texts() {
        let cases: &[(SegmentType, &[&str], &[&str])] = &[
            (
                SegmentType::Int,
                &["0", "-1", "42", "-9223372036854775808"],
                &[
                    "",
                    "-",
                    "-0",
                    "+1",
                    "01",
                    "1.0",
                    "9223372036854775808",
                    "1_0",
                ],
            ),
            (
                SegmentType::Uint,
                &["0", "18446744073709551615"],
                &["-1", "00", ""],
            ),
            (
                SegmentType::Slug,
                &["a", "a-b", "0-9"],
                &["", "-", "a-", "A", "a--b", "é"],
            ),
            (SegmentType::Bool, &["true", "false"], &["True", "1"]),
            (
                SegmentType::Uuid,
                &["00000000-0000-0000-0000-00000000000A"],
                &[
                    "00000000-0000-0000-0000-0000000000",
                    "00000000000000000000000000000000aaaa",
                ],
            ),
            (
                SegmentType::Enum(Few::from(["a b".into()])),
                &["a b"],
                &["a", "a%20b"],
            ),
        ];
        for (ty, good, bad) in cases {
            good.iter()
                .for_each(|text| assert_eq!(ty.fits(text), Some(true), "{ty:?} {text}"));
            bad.iter()
                .for_each(|text| assert_eq!(ty.fits(text), Some(false), "{ty:?} {text}"));
        }
    }
}
