//! CEL's regex extension: what a pattern finds in a text. Patterns are those of `matches` (RE2
//! syntax, linear time); a constant one is compiled with the program.

use super::{Declaration, Outcome, mismatch};
use crate::cost::{Cost, Growth, Work};
use crate::value::Inner;
use crate::{EvalError, List, Scratch, Value};
use bumpalo::collections::{String, Vec};
use regex_automata::meta::Regex;
use regex_automata::util::captures::Captures;

/// How such a function is evaluated once its pattern is compiled. The pattern stays among the
/// arguments.
pub(crate) type Search =
    for<'a> fn(&[Value<'a>], &Regex, &'a Scratch) -> Result<Value<'a>, EvalError>;

pub(super) const TABLE: &[Declaration] = &[
    Declaration {
        name: "regex.extract",
        signatures: &["regex.extract(string, string) -> optional<string>"],
        doc: "What the pattern's only group, or else the pattern, matches first in the text.",
        may_fail: true,
        cost: Cost::of(Work::Match, Growth::OptionalText),
        eval: |args, scratch| compiled(args, scratch, extract),
    },
    Declaration {
        name: "regex.extractAll",
        signatures: &["regex.extractAll(string, string) -> list<string>"],
        doc: "What the pattern's only group, or else the pattern, matches in the text, each time.",
        may_fail: true,
        cost: Cost::of(Work::Search, Growth::Parts),
        eval: |args, scratch| compiled(args, scratch, extract_all),
    },
    Declaration {
        name: "regex.replace",
        signatures: &[
            "regex.replace(string, string, string) -> string",
            "regex.replace(string, string, string, int) -> string",
        ],
        doc: "The text with each match of the pattern replaced, or only as many as given if not negative; `\\1` to `\\9` are its groups, `\\0` the match.",
        may_fail: true,
        cost: Cost::of(Work::Search, Growth::Replaced),
        eval: |args, scratch| compiled(args, scratch, replace),
    },
];

/// The function of that name over a compiled pattern, if it is one of this file.
pub(crate) fn search(name: &str) -> Option<Search> {
    match name {
        "regex.extract" => Some(extract),
        "regex.extractAll" => Some(extract_all),
        "regex.replace" => Some(replace),
        _ => None,
    }
}

fn compiled<'a>(args: &[Value<'a>], scratch: &'a Scratch, search: Search) -> Outcome<'a> {
    let [_, Value::Str(pattern), ..] = args else {
        return mismatch(args);
    };
    let regex = crate::regex::compile(pattern).map_err(|_| EvalError::BadRegex)?;
    search(args, &regex, scratch)
}

/// The group that is taken: the only one there is, else the whole match.
fn wanted(regex: &Regex) -> Result<usize, EvalError> {
    match regex.captures_len() {
        count @ 1..=2 => Ok(count - 1),
        _ => Err(EvalError::BadRegex),
    }
}

fn extract<'a>(args: &[Value<'a>], regex: &Regex, scratch: &'a Scratch) -> Outcome<'a> {
    let [Value::Str(text), Value::Str(_)] = args else {
        return mismatch(args);
    };
    let group = wanted(regex)?;
    let mut captures = regex.create_captures();
    regex.captures(*text, &mut captures);
    let found = part(text, &captures, group).map(Value::Str);
    Ok(Value::Optional(
        found.map(|value| Inner::Value(scratch.0.alloc(value))),
    ))
}

fn extract_all<'a>(args: &[Value<'a>], regex: &Regex, scratch: &'a Scratch) -> Outcome<'a> {
    let [Value::Str(text), Value::Str(_)] = args else {
        return mismatch(args);
    };
    let group = wanted(regex)?;
    let found = regex.captures_iter(*text);
    let parts = found.filter_map(|captures| part(text, &captures, group));
    let values = Vec::from_iter_in(parts.map(Value::Str), &scratch.0);
    Ok(Value::List(List::Values(values.into_bump_slice())))
}

fn part<'a>(text: &'a str, captures: &Captures, group: usize) -> Option<&'a str> {
    text.get(captures.get_group(group)?.range())
}

fn replace<'a>(args: &[Value<'a>], regex: &Regex, scratch: &'a Scratch) -> Outcome<'a> {
    let (text, by, most) = match args {
        [Value::Str(text), Value::Str(_), Value::Str(by)] => (*text, *by, -1),
        [
            Value::Str(text),
            Value::Str(_),
            Value::Str(by),
            Value::Int(n),
        ] => (*text, *by, *n),
        _ => return mismatch(args),
    };
    let pieces = pieces(by, regex.captures_len())?;
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let mut result = String::with_capacity_in(text.len(), &scratch.0);
    let mut done = 0;
    for captures in regex.captures_iter(text).take(most) {
        let Some(span) = captures.get_match().map(|m| m.range()) else {
            continue;
        };
        result.push_str(text.get(done..span.start).unwrap_or(""));
        for piece in &pieces {
            result.push_str(match piece {
                Piece::Text(plain) => plain,
                Piece::Group(group) => part(text, &captures, *group).unwrap_or(""),
            });
        }
        done = span.end;
    }
    result.push_str(text.get(done..).unwrap_or(""));
    Ok(Value::Str(result.into_bump_str()))
}

/// A part of a replacement.
enum Piece<'t> {
    Text(&'t str),
    Group(usize),
}

/// Reads a replacement: `\1` is a group, `\\` a backslash; any other backslash is an error, as is a
/// group that the pattern does not have.
fn pieces(by: &str, groups: usize) -> Result<std::vec::Vec<Piece<'_>>, EvalError> {
    let mut pieces = std::vec::Vec::new();
    let mut rest = by;
    while let Some((before, after)) = rest.split_once('\\') {
        pieces.push(Piece::Text(before));
        let escaped = after.chars().next().ok_or(EvalError::BadFormat)?;
        pieces.push(match escaped {
            '\\' => Piece::Text("\\"),
            '0'..='9' => {
                let group = usize::from(u8::try_from(escaped).unwrap_or(b'0') - b'0');
                (group < groups)
                    .then_some(Piece::Group(group))
                    .ok_or(EvalError::BadFormat)?
            }
            _ => return Err(EvalError::BadFormat),
        });
        rest = after.get(1..).unwrap_or("");
    }
    pieces.push(Piece::Text(rest));
    Ok(pieces)
}
