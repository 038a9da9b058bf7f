//! `strings.quote` of CEL's string extension.

use super::{Declaration, Outcome, mismatch};
use crate::cost::{Cost, Growth, Work};
use crate::{Scratch, Value};
use bumpalo::collections::String;

pub(super) const TABLE: &[Declaration] = &[Declaration {
    name: "strings.quote",
    signatures: &["strings.quote(string) -> string"],
    doc: "The text as a CEL string literal in double quotes.",
    may_fail: false,
    cost: Cost::of(Work::Make, Growth::Triple),
    eval: quote,
}];

fn quote<'a>(args: &[Value<'a>], scratch: &'a Scratch) -> Outcome<'a> {
    let [Value::Str(text)] = args else {
        return mismatch(args);
    };
    let mut quoted = String::with_capacity_in(text.len() + 2, &scratch.0);
    quoted.push('"');
    for character in text.chars() {
        match escape(character) {
            Some(escaped) => quoted.push_str(escaped),
            None => quoted.push(character),
        }
    }
    quoted.push('"');
    Ok(Value::Str(quoted.into_bump_str()))
}

fn escape(character: char) -> Option<&'static str> {
    Some(match character {
        '\u{07}' => "\\a",
        '\u{08}' => "\\b",
        '\u{0C}' => "\\f",
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        '\u{0B}' => "\\v",
        '\\' => "\\\\",
        '"' => "\\\"",
        _ => return None,
    })
}
