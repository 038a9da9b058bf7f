//! From pest's "expected …" to a message that a person can act on.

use super::build::Builder;
use super::grammar::Rule;
use super::item::GrammarError;
use super::scan::MAX_NESTING;
use crate::{Code, Diagnostic};
use pest::error::{ErrorVariant, InputLocation};

/// Where the grammar gave up, in the parsed text.
pub(super) fn position(error: &GrammarError) -> usize {
    match error.location {
        InputLocation::Pos(at) | InputLocation::Span((at, _)) => at,
    }
}

/// The finding for an error in the text that `builder` builds from.
pub(super) fn explain(error: &GrammarError, text: &str, builder: &Builder<'_>) -> Diagnostic {
    let at = position(error);
    let found = token_at(text, at);
    let span = builder.place(at, at + found.len());
    if let ErrorVariant::CustomError { .. } = error.variant {
        return Diagnostic::new(Code::NestingTooDeep, span, "nesting is too deep to parse")
            .here(format!("at most {MAX_NESTING} levels fit"))
            .help("name inner parts with `let`");
    }
    let what = if found.is_empty() {
        "the end".to_owned()
    } else {
        format!("`{found}`")
    };
    Diagnostic::new(Code::Syntax, span, format!("unexpected {what}"))
        .here(expected(error))
        .help("a statement is `head part… = value` or `head part… { … }`")
}

fn expected(error: &GrammarError) -> String {
    let ErrorVariant::ParsingError { positives, .. } = &error.variant else {
        return String::new();
    };
    let names: Vec<String> = positives.iter().map(|r: &Rule| format!("{r:?}")).collect();
    format!("expected {}", names.join(", "))
}

/// The token at an offset: a word, a string's quote, an operator.
fn token_at(text: &str, at: usize) -> &str {
    let rest = text.get(at..).unwrap_or("");
    let word = rest
        .find(|c: char| !(c.is_alphanumeric() || c == '_'))
        .unwrap_or(rest.len());
    let length = match word {
        0 => rest
            .chars()
            .next()
            .filter(|c| *c != '\n')
            .map_or(0, char::len_utf8),
        word => word,
    };
    rest.get(..length).unwrap_or("")
}
