//! Habits from other languages, recognised where the grammar gives up: what was meant, and how
//! it is written here.

use super::context::Context;
use crate::CLAUSE_WORDS;

/// What to tell the author.
pub(super) struct Advice {
    pub(super) message: String,
    pub(super) label: String,
    pub(super) help: String,
    /// Whether the place is the token before the one where the grammar gave up.
    pub(super) at_before: bool,
    /// The text that would be right in its place.
    pub(super) replacement: Option<String>,
}

impl Advice {
    fn new(message: impl Into<String>, label: impl Into<String>, help: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            label: label.into(),
            help: help.into(),
            at_before: false,
            replacement: None,
        }
    }

    fn at_before(self) -> Self {
        Self {
            at_before: true,
            ..self
        }
    }

    fn replace(self, text: impl Into<String>) -> Self {
        Self {
            replacement: Some(text.into()),
            ..self
        }
    }
}

/// The habit behind an error, if it is a known one.
pub(super) fn recognise(context: &Context<'_>) -> Option<Advice> {
    equals(context)
        .or_else(|| word_operator(context))
        .or_else(|| half_operator(context))
        .or_else(|| unit(context))
        .or_else(|| bare_clause(context))
        .or_else(|| layout(context))
}

/// `=` for `==` and the other way round.
fn equals(c: &Context<'_>) -> Option<Advice> {
    match (c.before, c.found) {
        ("=", "=" | "==") if c.touching() => Some(
            Advice::new(
                "`==` compares two values",
                "a field is set with one `=`",
                "write `name = value`",
            )
            .at_before(),
        ),
        ("==", "=") | (_, "===") if c.found == "===" || c.touching() => Some(Advice::new(
            "`===` is no operator",
            "one `=` too many",
            "compare with `==`",
        )),
        (_, ":=") => Some(
            Advice::new(
                "`:=` is no operator",
                "not needed here",
                "set a field with `=`",
            )
            .replace("="),
        ),
        (":", "=") => None,
        (_, "==") => Some(
            Advice::new(
                "`==` compares two values",
                "a field is set with one `=`",
                "write `name = value`",
            )
            .replace("="),
        ),
        (_, "=") => Some(
            Advice::new(
                "`=` cannot stand in an expression",
                "sets a field; it does not compare",
                "compare with `==`",
            )
            .replace("=="),
        ),
        (_, "=>") => Some(Advice::new(
            "`=>` stands only between a pattern and a value of a `switch`",
            "not expected here",
            "write `switch value { pattern => result, _ => other }`",
        )),
        (_, "->") => Some(Advice::new(
            "`->` is no operator",
            "not expected here",
            "read a field with `.`, or forward with `to backend`",
        )),
        _ => None,
    }
}

/// `and`, `or`, `not`, `if` as words.
fn word_operator(c: &Context<'_>) -> Option<Advice> {
    let instead = match c.found {
        "and" => Some("&&"),
        "or" => Some("||"),
        "is" | "eq" => Some("=="),
        _ => None,
    };
    if let Some(operator) = instead.filter(|_| !c.new_line) {
        let message = format!("`{}` is no operator", c.found);
        let help = format!("write `{operator}`");
        return Some(
            Advice::new(message, "a word cannot join two expressions here", help).replace(operator),
        );
    }
    match c.before {
        "not" if !c.new_line => Some(
            Advice::new(
                "`not` is no operator",
                "negates nothing here",
                "write `!` before the expression, without a blank",
            )
            .at_before(),
        ),
        "if" | "unless" if !c.new_line => Some(
            Advice::new(
                format!("there is no `{}`", c.before),
                "not a statement or an operator",
                "write `condition ? value : other` in an expression, `when condition` in a rule",
            )
            .at_before(),
        ),
        _ => None,
    }
}

fn half_operator(c: &Context<'_>) -> Option<Advice> {
    let whole = match c.found {
        "&" => "&&",
        "|" => "||",
        "^" | "~" | "$" | "@" | "#" | "\\" => {
            let help = match c.found {
                "#" => "a comment begins with `//`",
                "$" => "a variable has no `$`; in a text write `{name}`",
                _ => "remove it",
            };
            return Some(Advice::new(
                format!("`{}` means nothing here", c.found),
                "not part of the language",
                help,
            ));
        }
        _ => return None,
    };
    let message = format!("`{}` is no operator", c.found);
    Some(
        Advice::new(
            message,
            "only half of it stands here",
            format!("write `{whole}`"),
        )
        .replace(whole),
    )
}

/// Units that do not exist, and units apart from their number.
fn unit(c: &Context<'_>) -> Option<Advice> {
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

/// A contextual word without its expression.
fn bare_clause(c: &Context<'_>) -> Option<Advice> {
    let word = [c.found, c.before]
        .into_iter()
        .find(|w| CLAUSE_WORDS.contains(w))?;
    let at_end = |text: &str| matches!(text, "" | "}" | ")" | "]" | "," | ";" | "{");
    let bare = if word == c.found {
        at_end(c.next())
    } else {
        at_end(c.found)
    };
    let advice = Advice::new(
        format!("`{word}` has no value"),
        "an expression is missing after it",
        format!("write `{word}` with a value behind it, or remove it"),
    );
    bare.then(|| {
        if word == c.found {
            advice
        } else {
            advice.at_before()
        }
    })
}

/// Braces on their own line, statements that share one, list items with dashes.
fn layout(c: &Context<'_>) -> Option<Advice> {
    let starts_statement = c.new_line || matches!(c.before, "" | ";" | "{");
    match c.found {
        "{" if c.new_line => Some(Advice::new(
            "`{` begins a line",
            "belongs to the statement above",
            "move it to the end of that line",
        )),
        "-" if starts_statement => Some(Advice::new(
            "a statement cannot begin with `-`",
            "lists are not written with dashes",
            "write a list as `name = [a, b]`",
        )),
        _ if c.before == "}" && !c.new_line && !c.found.is_empty() => Some(Advice::new(
            format!("unexpected `{}` after `}}`", c.found),
            "another statement cannot share this line",
            "begin a new line, or put `;` between the statements",
        )),
        "\"" | "'" if matches!(c.before, "\"" | "'") && !c.new_line => Some(Advice::new(
            "two texts stand side by side",
            "nothing joins them",
            match c.open {
                Some((b'[', _)) => "put `,` between the elements",
                _ => "join them with `+`",
            },
        )),
        _ => None,
    }
}
