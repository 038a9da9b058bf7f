//! Units that do not exist, and units apart from their number: what was meant.

use super::context::Context;
use super::habit::Advice;

/// Units that do not exist, and units apart from their number.
pub(super) fn recognise(c: &Context<'_>) -> Option<Advice> {
    if let Some(digits) = number_prefix(c.found) {
        let wrong = c.found.get(digits..)?;
        if wrong.is_empty() {
            return None;
        }
        let number = c.found.get(..digits)?;
        let message = format!("`{wrong}` is not a unit");
        return Some(match instead(wrong) {
            Some(unit) => Advice::new(message, "unknown unit", format!("write `{number}{unit}`"))
                .replace(format!("{number}{unit}")),
            None => Advice::new(message, "unknown unit", ALL_UNITS),
        });
    }
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if c.before == "%" && is_number(c.earlier()) {
        let help = format!("a percentage touches its number: `{}%`", c.earlier());
        return Some(
            Advice::new(
                "a value is missing after `%`",
                "the remainder of what?",
                help,
            )
            .at_before(),
        );
    }
    if is_number(c.before)
        && !c.new_line
        && (UNITS.contains(&c.found) || instead(c.found).is_some())
    {
        let unit = instead(c.found).unwrap_or(c.found);
        return Some(Advice::new(
            format!("the unit `{}` stands apart from its number", c.found),
            "a unit touches its number",
            format!("write `{}{unit}`", c.before),
        ));
    }
    None
}

const UNITS: &[&str] = &[
    "ns", "us", "ms", "s", "m", "h", "d", "w", "B", "kB", "KB", "MB", "GB", "KiB", "MiB", "GiB",
    "xx",
];

const ALL_UNITS: &str = "durations end in `ms s m h d w`, sizes in `B KB MB GB KiB MiB GiB`, rates in `/s /min /h /day`, and a percentage in `%`";

fn number_prefix(token: &str) -> Option<usize> {
    let digits = token.bytes().take_while(u8::is_ascii_digit).count();
    (digits > 0).then_some(digits)
}

/// The unit that is meant by another spelling.
fn instead(unit: &str) -> Option<&'static str> {
    Some(match unit {
        "sec" | "secs" | "second" | "seconds" | "S" => "s",
        "min" | "mins" | "minute" | "minutes" => "m",
        "hr" | "hrs" | "hour" | "hours" | "H" => "h",
        "day" | "days" | "D" => "d",
        "msec" | "millis" => "ms",
        "week" | "weeks" => "w",
        "k" | "K" | "kb" | "Kb" => "KiB",
        "M" | "mb" | "Mb" => "MiB",
        "g" | "G" | "gb" | "Gb" => "GiB",
        "kib" | "Ki" | "ki" => "KiB",
        "mib" | "Mi" | "mi" => "MiB",
        "gib" | "Gi" | "gi" => "GiB",
        "XX" => "xx",
        _ => return None,
    })
}
