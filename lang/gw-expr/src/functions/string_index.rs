//! Functions on text that take or give positions, which count code points from 0.

use super::{Declaration, Outcome, mismatch};
use crate::cost::{Cost, Growth, Work};
use crate::{EvalError, Scratch, Value};
use bumpalo::collections::String;

pub(super) const TABLE: &[Declaration] = &[
    Declaration {
        name: "charAt",
        signatures: &["string.charAt(int) -> string"],
        doc: "The character at a position; empty just after the last one.",
        may_fail: true,
        cost: Cost::of(Work::Scan, Growth::First),
        eval: char_at,
    },
    Declaration {
        name: "indexOf",
        signatures: &[
            "string.indexOf(string) -> int",
            "string.indexOf(string, int) -> int",
        ],
        doc: "The position of the first occurrence, at or after the given one; -1 if there is none.",
        may_fail: true,
        cost: Cost::SCAN,
        eval: index_of,
    },
    Declaration {
        name: "lastIndexOf",
        signatures: &[
            "string.lastIndexOf(string) -> int",
            "string.lastIndexOf(string, int) -> int",
        ],
        doc: "The position of the last occurrence, at or before the given one; -1 if there is none.",
        may_fail: true,
        cost: Cost::of(Work::Product, Growth::Scalar),
        eval: last_index_of,
    },
    Declaration {
        name: "substring",
        signatures: &[
            "string.substring(int) -> string",
            "string.substring(int, int) -> string",
        ],
        doc: "The text from a position up to, and without, another or the end.",
        may_fail: true,
        cost: Cost::of(Work::Scan, Growth::First),
        eval: substring,
    },
    Declaration {
        name: "reverse",
        signatures: &["string.reverse() -> string", "list<A>.reverse() -> list<A>"],
        doc: "The characters or elements in reverse order.",
        may_fail: false,
        cost: Cost::of(Work::Make, Growth::First),
        eval: reverse,
    },
];

/// The byte offset of a position between 0 and the number of code points.
fn offset(text: &str, position: i64) -> Result<usize, EvalError> {
    let position = usize::try_from(position).map_err(|_| EvalError::IndexOutOfRange)?;
    let mut boundaries = text.char_indices().map(|(at, _)| at).chain([text.len()]);
    boundaries.nth(position).ok_or(EvalError::IndexOutOfRange)
}

fn position<'a>(text: &str, offset: Option<usize>) -> Outcome<'a> {
    let Some(before) = offset.and_then(|at| text.get(..at)) else {
        return Ok(Value::Int(-1));
    };
    Ok(Value::Int(
        i64::try_from(before.chars().count()).unwrap_or(i64::MAX),
    ))
}

fn char_at<'a>(args: &[Value<'a>], _: &'a Scratch) -> Outcome<'a> {
    let [Value::Str(text), Value::Int(at)] = args else {
        return mismatch(args);
    };
    let rest = text.get(offset(text, *at)?..).unwrap_or("");
    let length = rest.chars().next().map_or(0, char::len_utf8);
    Ok(Value::Str(rest.get(..length).unwrap_or("")))
}

fn index_of<'a>(args: &[Value<'a>], _: &'a Scratch) -> Outcome<'a> {
    let (text, part, from) = match args {
        [Value::Str(text), Value::Str(part)] => (*text, *part, 0),
        [Value::Str(text), Value::Str(part), Value::Int(from)] => (*text, *part, *from),
        _ => return mismatch(args),
    };
    let from = offset(text, from)?;
    let found = text.get(from..).and_then(|rest| rest.find(part));
    position(text, found.map(|at| at + from))
}

fn last_index_of<'a>(args: &[Value<'a>], _: &'a Scratch) -> Outcome<'a> {
    match args {
        [Value::Str(text), Value::Str(part)] => position(text, text.rfind(*part)),
        [Value::Str(text), Value::Str(part), Value::Int(upto)] => {
            let upto = offset(text, *upto)?;
            let reach = (upto + part.len()).min(text.len());
            let found = (0..=upto).rev().find(|at| {
                at + part.len() <= reach && text.get(*at..).is_some_and(|t| t.starts_with(part))
            });
            position(text, found)
        }
        _ => mismatch(args),
    }
}

fn substring<'a>(args: &[Value<'a>], _: &'a Scratch) -> Outcome<'a> {
    let (text, start, end) = match args {
        [Value::Str(text), Value::Int(start)] => (*text, offset(text, *start)?, text.len()),
        [Value::Str(text), Value::Int(start), Value::Int(end)] => {
            (*text, offset(text, *start)?, offset(text, *end)?)
        }
        _ => return mismatch(args),
    };
    text.get(start..end)
        .map(Value::Str)
        .ok_or(EvalError::IndexOutOfRange)
}

fn reverse<'a>(args: &[Value<'a>], scratch: &'a Scratch) -> Outcome<'a> {
    match args {
        [Value::Str(text)] => {
            let reversed = String::from_iter_in(text.chars().rev(), &scratch.0);
            Ok(Value::Str(reversed.into_bump_str()))
        }
        [Value::List(_)] => super::list::reverse(args, scratch),
        _ => mismatch(args),
    }
}
