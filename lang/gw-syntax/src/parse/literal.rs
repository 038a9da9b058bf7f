//! Builds literals: numbers with and without units, addresses, constants. Strings are in
//! `string.rs`.

use super::build::Builder;
use super::grammar::{Pair, Rule};
use crate::{Code, Diagnostic, ExprKind, Literal, Span};
use std::num::ParseIntError;

const SECOND: u128 = 1_000_000_000;

/// Units of durations in nanoseconds, longer names before their prefixes.
const DURATION_UNITS: &[(&str, u128)] = &[
    ("ns", 1),
    ("us", 1_000),
    ("ms", 1_000_000),
    ("s", SECOND),
    ("m", 60 * SECOND),
    ("h", 3_600 * SECOND),
    ("d", 86_400 * SECOND),
    ("w", 604_800 * SECOND),
];

/// Units of sizes in bytes.
const SIZE_UNITS: &[(&str, u128)] = &[
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("TiB", 1 << 40),
    ("kB", 1_000),
    ("KB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("TB", 1_000_000_000_000),
    ("B", 1),
];

impl Builder<'_> {
    /// The literal under a pair; `negative` when a minus stands before it.
    pub(super) fn literal(&mut self, pair: &Pair<'_>, negative: bool) -> ExprKind {
        match pair.as_rule() {
            Rule::string => self.string(pair.clone()),
            Rule::ip4 | Rule::ip6 => self.address(pair),
            rule => self.number(rule, pair.as_str(), self.span(pair), negative),
        }
    }

    /// The number that `text` is by `rule`.
    pub(super) fn number(
        &mut self,
        rule: Rule,
        text: &str,
        span: Span,
        negative: bool,
    ) -> ExprKind {
        let literal = match rule {
            Rule::int => int(text, negative).map(Literal::Int),
            Rule::uint => uint(text.trim_end_matches(['u', 'U']))
                .ok()
                .map(Literal::UInt),
            Rule::double => double(text, negative).map(Literal::Double),
            Rule::duration => duration(text).map(Literal::Duration),
            Rule::size => size(text).map(Literal::Size),
            Rule::rate => rate(text),
            Rule::percent => double(text.trim_end_matches('%'), false).map(Literal::Percent),
            Rule::status_class => text.bytes().next().map(|b| Literal::StatusClass(b - b'0')),
            Rule::range => range(text, negative),
            _ => None,
        };
        match literal {
            Some(literal) => ExprKind::Literal(literal),
            None => {
                self.report(out_of_range(span, text, rule));
                ExprKind::Invalid
            }
        }
    }

    fn address(&mut self, pair: &Pair<'_>) -> ExprKind {
        let text = pair.as_str();
        let parsed = match text.contains('/') {
            true => text.parse().ok().map(Literal::Cidr),
            false => text.parse().ok().map(Literal::Ip),
        };
        parsed.map(ExprKind::Literal).unwrap_or_else(|| {
            let span = self.span(pair);
            self.report(bad_address(span, text));
            ExprKind::Invalid
        })
    }
}

/// The constant that is written like a name.
pub(super) fn constant(text: &str) -> Option<Literal> {
    match text {
        "true" => Some(Literal::Bool(true)),
        "false" => Some(Literal::Bool(false)),
        "null" => Some(Literal::Null),
        _ => None,
    }
}

fn int(text: &str, negative: bool) -> Option<i64> {
    let magnitude = i128::from(uint(text).ok()?);
    i64::try_from(if negative { -magnitude } else { magnitude }).ok()
}

fn uint(text: &str) -> Result<u64, ParseIntError> {
    match text.strip_prefix("0x") {
        Some(hex) => u64::from_str_radix(hex, 16),
        None => text.parse(),
    }
}

/// A double; one too large for the type is out of range, as in cel-go.
fn double(text: &str, negative: bool) -> Option<f64> {
    let value: f64 = text.parse().ok()?;
    value
        .is_finite()
        .then_some(if negative { -value } else { value })
}

/// `1h30m`: numbers, each with its unit.
fn duration(text: &str) -> Option<i64> {
    let mut rest = text;
    let mut total = 0u128;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| c.is_ascii_alphabetic())?;
        let (number, tail) = rest.split_at_checked(digits)?;
        let (unit, factor) = DURATION_UNITS
            .iter()
            .find(|(u, _)| starts_with_unit(tail, u))?;
        total = total.checked_add(scaled(number, *factor)?)?;
        rest = tail.get(unit.len()..)?;
    }
    i64::try_from(total).ok()
}

/// Whether `tail` begins with the unit and not with a longer one: `m` is not the `m` of `ms`.
fn starts_with_unit(tail: &str, unit: &str) -> bool {
    let after = tail.strip_prefix(unit).map(str::as_bytes);
    after.is_some_and(|rest| rest.first().is_none_or(|b| !b.is_ascii_alphabetic()))
}

fn size(text: &str) -> Option<u64> {
    let digits = text.find(|c: char| c.is_ascii_alphabetic())?;
    let (number, unit) = text.split_at_checked(digits)?;
    let (_, factor) = SIZE_UNITS.iter().find(|(u, _)| *u == unit)?;
    u64::try_from(scaled(number, *factor)?).ok()
}

/// `1.5` times a factor, exactly; digits below one are cut off.
fn scaled(number: &str, factor: u128) -> Option<u128> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let whole = whole.parse::<u128>().ok()?.checked_mul(factor)?;
    if fraction.is_empty() {
        return Some(whole);
    }
    let digits = fraction.get(..fraction.len().min(18))?;
    let scale = 10u128.pow(u32::try_from(digits.len()).ok()?);
    whole.checked_add(digits.parse::<u128>().ok()?.checked_mul(factor)? / scale)
}

fn rate(text: &str) -> Option<Literal> {
    let (events, unit) = text.split_once('/')?;
    let seconds = match unit {
        "s" | "sec" => 1,
        "min" => 60,
        "h" | "hour" => 3_600,
        _ => 86_400,
    };
    Some(Literal::Rate(events.parse().ok()?, seconds * 1_000_000_000))
}

fn range(text: &str, negative: bool) -> Option<Literal> {
    let (low, high) = text.split_once("..=")?;
    let high_negative = high.starts_with('-');
    Some(Literal::Range(
        int(low, negative)?,
        int(high.trim_start_matches('-'), high_negative)?,
    ))
}

fn out_of_range(span: Span, text: &str, rule: Rule) -> Diagnostic {
    let limits = match rule {
        Rule::uint => "from 0u to 18446744073709551615u",
        Rule::double | Rule::percent => "a 64-bit floating point number",
        Rule::duration => "at most 292 years, in nanoseconds",
        Rule::size | Rule::rate => "at most 18446744073709551615",
        _ => "from -9223372036854775808 to 9223372036854775807",
    };
    Diagnostic::new(
        Code::NumberRange,
        span,
        format!("`{text}` does not fit its type"),
    )
    .here(format!("must be {limits}"))
    .help("write a smaller number")
}

fn bad_address(span: Span, text: &str) -> Diagnostic {
    let kind = if text.contains('/') {
        "network"
    } else {
        "IP address"
    };
    Diagnostic::new(
        Code::BadCidr,
        span,
        format!("`{text}` is not a valid {kind}"),
    )
    .here("an octet goes to 255, a prefix length to 32 (IPv4) or 128 (IPv6)")
    .help("write it as `10.0.0.0/8`, `192.0.2.1`, `2001:db8::/32` or `::1`")
}
