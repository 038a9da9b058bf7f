//! Reading and printing of timestamps (RFC 3339) and durations, and time zones.

use crate::value::Timestamp;
use jiff::tz::TimeZone;

const SECOND: i128 = 1_000_000_000;

/// A duration such as `1h30m`, `-1.5s`, `250ms` in nanoseconds; `None` if it is wrong or too long.
pub(crate) fn parse_duration(text: &str) -> Option<i64> {
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Some(0);
    }
    let mut total: i128 = 0;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let (amount, tail) = parse_part(rest)?;
        total = total.checked_add(amount)?;
        rest = tail;
    }
    i64::try_from(if negative { -total } else { total }).ok()
}

/// One number with its unit.
fn parse_part(text: &str) -> Option<(i128, &str)> {
    let digits = |t: &str| t.find(|c: char| !c.is_ascii_digit()).unwrap_or(t.len());
    let (whole, rest) = text.split_at(digits(text));
    let (fraction, rest) = match rest.strip_prefix('.') {
        Some(after) => after.split_at(digits(after)),
        None => ("", rest),
    };
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let (unit, rest) = unit(rest)?;
    let whole: i128 = if whole.is_empty() {
        0
    } else {
        whole.parse().ok()?
    };
    let (mut value, mut scale) = (whole.checked_mul(unit)?, unit);
    for digit in fraction.bytes() {
        scale /= 10;
        value = value.checked_add(i128::from(digit - b'0') * scale)?;
    }
    Some((value, rest))
}

fn unit(text: &str) -> Option<(i128, &str)> {
    const UNITS: &[(&str, i128)] = &[
        ("ns", 1),
        ("us", 1_000),
        ("µs", 1_000),
        ("ms", 1_000_000),
        ("s", SECOND),
        ("m", 60 * SECOND),
        ("h", 3600 * SECOND),
    ];
    UNITS
        .iter()
        .find_map(|(name, nanos)| Some((*nanos, text.strip_prefix(name)?)))
}

/// The duration in seconds with as many digits as needed: `6347s`, `1.5s`.
pub(crate) fn print_duration(nanos: i64) -> String {
    let sign = if nanos < 0 { "-" } else { "" };
    let magnitude = nanos.unsigned_abs();
    let (seconds, rest) = (magnitude / 1_000_000_000, magnitude % 1_000_000_000);
    format!("{sign}{seconds}{}s", fraction(rest))
}

fn fraction(nanos: u64) -> String {
    if nanos == 0 {
        return String::new();
    }
    format!(".{nanos:09}").trim_end_matches('0').to_owned()
}

/// An RFC 3339 timestamp between the years 1 and 9999.
pub(crate) fn parse_timestamp(text: &str) -> Option<Timestamp> {
    let bytes = text.as_bytes();
    let separators = [(4, b'-'), (7, b'-'), (13, b':'), (16, b':')];
    if !separators.iter().all(|(at, b)| bytes.get(*at) == Some(b))
        || !matches!(bytes.get(10), Some(b'T' | b't'))
    {
        return None;
    }
    let date = civil(
        number(text, 0, 4)?,
        number(text, 5, 7)?,
        number(text, 8, 10)?,
    )?;
    let (hour, minute) = (number(text, 11, 13)?, number(text, 14, 16)?);
    let second = number(text, 17, 19)?;
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let (nanos, zone) = parse_fraction(text.get(19..)?)?;
    let offset = parse_offset(zone)?;
    let seconds = date * 86_400 + hour * 3600 + minute * 60 + second - offset;
    Timestamp::from_nanos(i128::from(seconds) * SECOND + i128::from(nanos))
}

fn number(text: &str, from: usize, to: usize) -> Option<i64> {
    let digits = text.get(from..to)?;
    if digits.bytes().all(|b| b.is_ascii_digit()) {
        digits.parse().ok()
    } else {
        None
    }
}

fn parse_fraction(text: &str) -> Option<(u32, &str)> {
    let Some(digits) = text.strip_prefix('.') else {
        return Some((0, text));
    };
    let end = digits
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(digits.len());
    let (digits, rest) = digits.split_at(end);
    let nine: String = digits.chars().chain("000000000".chars()).take(9).collect();
    if digits.is_empty() {
        None
    } else {
        Some((nine.parse().ok()?, rest))
    }
}

/// Seconds east of Greenwich: `Z`, `+01:00`, `-08:00`.
fn parse_offset(text: &str) -> Option<i64> {
    if text == "Z" || text == "z" {
        return Some(0);
    }
    let sign = match text.bytes().next()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    if text.len() != 6 || text.as_bytes().get(3) != Some(&b':') {
        return None;
    }
    let (hours, minutes) = (number(text, 1, 3)?, number(text, 4, 6)?);
    if hours > 23 || minutes > 59 {
        None
    } else {
        Some(sign * (hours * 3600 + minutes * 60))
    }
}

/// Days since 1970-01-01 of a date of the Gregorian calendar.
fn civil(year: i64, month: i64, day: i64) -> Option<i64> {
    let date = jiff::civil::Date::new(
        i16::try_from(year).ok()?,
        i8::try_from(month).ok()?,
        i8::try_from(day).ok()?,
    )
    .ok()?;
    let epoch = jiff::civil::date(1970, 1, 1);
    Some(i64::from(epoch.until(date).ok()?.get_days()))
}

/// The timestamp in RFC 3339, in UTC, with as many digits of the second as needed.
pub(crate) fn print_timestamp(at: Timestamp) -> String {
    let Some(local) = local(at, None) else {
        return String::new();
    };
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{}Z",
        local.year(),
        local.month(),
        local.day(),
        local.hour(),
        local.minute(),
        local.second(),
        fraction(u64::from(at.nanos)),
    )
}

/// Date and time at a place; UTC without a zone. `None` where that is after the year 9999.
pub(crate) fn local(at: Timestamp, zone: Option<&TimeZone>) -> Option<jiff::civil::DateTime> {
    // jiff's timestamps end a day before CEL's, its dates do not: only the offset is asked there.
    let last = jiff::Timestamp::MAX.as_second();
    let known = jiff::Timestamp::from_second(at.seconds.min(last)).ok()?;
    let offset = zone.map_or(0, |zone| zone.to_offset(known).seconds());
    let since = jiff::SignedDuration::new(
        at.seconds.checked_add(i64::from(offset))?,
        i32::try_from(at.nanos).ok()?,
    );
    let epoch = jiff::civil::date(1970, 1, 1).at(0, 0, 0, 0);
    epoch.checked_add(since).ok()
}

/// A time zone by its IANA name or as an offset such as `+01:00`, `02:00`, `-08:00`.
pub(crate) fn zone(name: &str) -> Option<TimeZone> {
    if name.eq_ignore_ascii_case("UTC") {
        return Some(TimeZone::UTC);
    }
    let offset = if name.starts_with(['+', '-']) {
        name.to_owned()
    } else {
        format!("+{name}")
    };
    if let Some(seconds) = parse_offset(&offset) {
        let offset = jiff::tz::Offset::from_seconds(i32::try_from(seconds).ok()?).ok()?;
        return Some(TimeZone::fixed(offset));
    }
    TimeZone::get(name).ok()
}
