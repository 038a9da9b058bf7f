//! Habits from other languages, recognised where the grammar gives up: what was meant, and how
//! it is written here.

use super::context::Context;
use super::unit;
use crate::CLAUSE_WORDS;
use std::ops::Range;

/// What to tell the author.
pub(super) struct Advice {
    pub(super) message: String,
    pub(super) label: String,
    pub(super) help: String,
    /// Whether the place is the token before the one where the grammar gave up.
    pub(super) at_before: bool,
    /// The place, where it is neither of these.
    pub(super) place: Option<Range<usize>>,
    /// The text that would be right in its place.
    pub(super) replacement: Option<String>,
}

impl Advice {
    pub(super) fn new(
        message: impl Into<String>,
        label: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        Self {
            message: message.into(),
            label: label.into(),
            help: help.into(),
            at_before: false,
            place: None,
            replacement: None,
        }
    }

    pub(super) fn at_before(self) -> Self {
        Self {
            at_before: true,
            ..self
        }
    }

    pub(super) fn at(self, place: Range<usize>) -> Self {
        Self {
            place: Some(place),
            ..self
        }
    }

    pub(super) fn replace(self, text: impl Into<String>) -> Self {
        Self {
            replacement: Some(text.into()),
            ..self
        }
    }
}

/// The habit behind an error, if it is a known one.
pub(super) fn recognise(context: &Context<'_>) -> Option<Advice> {
    block_assigned(context)
        .or_else(|| condition_word(context))
        .or_else(|| equals(context))
        .or_else(|| word_operator(context))
        .or_else(|| half_operator(context))
        .or_else(|| unit::recognise(context))
        .or_else(|| bare_clause(context))
        .or_else(|| layout(context))
}

/// `timeout = { total = 5s }`
fn block_assigned(c: &Context<'_>) -> Option<Advice> {
    let block = c.found == "=" && c.next() == "{" && !matches!(c.before, "=" | "!" | "<" | ">");
    block.then(|| {
        Advice::new(
            "a block stands behind its name without `=`",
            "sets a field to one value",
            format!("write `{} {{ … }}`", c.before),
        )
        .replace("")
    })
}

/// `allow if …` and `deny unless …`: conditions of rules begin with `when`.
fn condition_word(c: &Context<'_>) -> Option<Advice> {
    let line = line_start(c);
    let rest = line
        .strip_prefix("allow ")
        .or_else(|| line.strip_prefix("deny "))?;
    let word = rest.trim_start();
    let found = ["if", "where", "unless"].into_iter().find(|w| {
        let after = word.strip_prefix(*w);
        after.is_some_and(|a| a.starts_with([' ', '(']))
    })?;
    let at = c.at - word.len();
    let advice = Advice::new(
        format!("conditions do not begin with `{found}`"),
        "not a word of this language",
        match found {
            "unless" => "write `when !(…)`",
            _ => "write `when` in its place",
        },
    )
    .at(at..at + found.len());
    Some(match found {
        "unless" => advice,
        _ => advice.replace("when"),
    })
}

/// `=` for `==` and the other way round.
fn equals(c: &Context<'_>) -> Option<Advice> {
    match (c.before, c.found) {
        ("=", "=" | "==") if !c.touching() => Some(Advice::new(
            "two `=` stand side by side",
            "a value is missing between them, or one is too many",
            "write `name = value`",
        )),
        ("=", "=" | "==") => Some(
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
        (":", "=") if c.touching() => Some(
            Advice::new(
                "`:=` is no operator",
                "the colon is too much",
                "set a field with `=`",
            )
            .at_before(),
        ),
        (":", "=") => None,
        ("-", ">") if c.touching() => Some(Advice::new(
            "`->` is no operator",
            "not expected here",
            "read a field with `.`, or forward with `to backend`",
        )),
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
        "-" if starts_statement => Some(dash()),
        _ if line_start(c).starts_with("- ") => Some(dash()),
        "" if c.before == ":" => Some(
            Advice::new(
                "nothing stands after `:`",
                "a type or a value is missing on this line",
                "write a block as `name { … }`, and a field as `name = value`",
            )
            .at_before(),
        ),
        _ if c.before == "}" && !c.new_line && !c.found.is_empty() => Some(second(c)),
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

/// A statement behind a block, on its line.
fn second(c: &Context<'_>) -> Advice {
    let advice = Advice::new(
        format!("unexpected `{}` after `}}`", c.found),
        "another statement cannot share this line",
        "begin a new line, or put `;` between the statements",
    );
    match c.found.starts_with(|ch: char| ch.is_ascii_alphabetic()) {
        true => advice.replace(format!("; {}", c.found)),
        false => advice,
    }
}

fn dash() -> Advice {
    Advice::new(
        "a statement cannot begin with `-`",
        "lists are not written with dashes",
        "write a list as `name = [a, b]`",
    )
}

/// The line up to the place where the grammar gave up, without its indentation.
fn line_start<'t>(c: &Context<'t>) -> &'t str {
    let head = c.text.get(..c.at).unwrap_or("");
    head.rsplit('\n').next().unwrap_or("").trim_start()
}
