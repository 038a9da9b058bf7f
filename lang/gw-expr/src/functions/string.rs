//! Functions on text: CEL's standard ones and its string extension. Positions and sizes are in
//! Unicode code points.

use super::{Declaration, Outcome, mismatch};
use crate::cost::{Cost, Growth, Work};
use crate::{EvalError, List, Scratch, Value};
use bumpalo::collections::{String, Vec};

pub(super) const TABLE: &[Declaration] = &[
    Declaration {
        name: "size",
        signatures: &[
            "size(string) -> int",
            "size(bytes) -> int",
            "size(list<A>) -> int",
            "size(map<A, B>) -> int",
            "string.size() -> int",
            "bytes.size() -> int",
            "list<A>.size() -> int",
            "map<A, B>.size() -> int",
        ],
        doc: "The number of code points, octets, elements or entries.",
        may_fail: false,
        cost: Cost::SCAN,
        eval: size,
    },
    Declaration {
        name: "startsWith",
        signatures: &["string.startsWith(string) -> bool"],
        doc: "Whether the text begins with the prefix.",
        may_fail: false,
        cost: Cost::of(Work::Shorter, Growth::Scalar),
        eval: |args, _| test(args, |text, prefix| text.starts_with(prefix)),
    },
    Declaration {
        name: "endsWith",
        signatures: &["string.endsWith(string) -> bool"],
        doc: "Whether the text ends with the suffix.",
        may_fail: false,
        cost: Cost::of(Work::Shorter, Growth::Scalar),
        eval: |args, _| test(args, |text, suffix| text.ends_with(suffix)),
    },
    Declaration {
        name: "contains",
        signatures: &[
            "string.contains(string) -> bool",
            "cidr.contains(ip) -> bool",
            "cidr.contains(cidr) -> bool",
        ],
        doc: "Whether the text has the other in it; whether the network has the address.",
        may_fail: false,
        cost: Cost::SCAN,
        eval: contains,
    },
    Declaration {
        name: "matches",
        signatures: &[
            "string.matches(string) -> bool",
            "matches(string, string) -> bool",
        ],
        doc: "Whether some part of the text matches the regular expression (RE2 syntax, linear time).",
        may_fail: true,
        cost: Cost::of(Work::Match, Growth::Scalar),
        eval: matches,
    },
    Declaration {
        name: "lowerAscii",
        signatures: &["string.lowerAscii() -> string"],
        doc: "The text with the letters A to Z in lower case.",
        may_fail: false,
        cost: Cost::of(Work::Make, Growth::First),
        eval: |args, scratch| map_chars(args, scratch, |c| c.to_ascii_lowercase()),
    },
    Declaration {
        name: "upperAscii",
        signatures: &["string.upperAscii() -> string"],
        doc: "The text with the letters a to z in upper case.",
        may_fail: false,
        cost: Cost::of(Work::Make, Growth::First),
        eval: |args, scratch| map_chars(args, scratch, |c| c.to_ascii_uppercase()),
    },
    Declaration {
        name: "trim",
        signatures: &["string.trim() -> string"],
        doc: "The text without white space at its ends.",
        may_fail: false,
        cost: Cost::of(Work::Make, Growth::First),
        eval: trim,
    },
    Declaration {
        name: "replace",
        signatures: &[
            "string.replace(string, string) -> string",
            "string.replace(string, string, int) -> string",
        ],
        doc: "The text with each occurrence replaced; at most as many as given, all if negative.",
        may_fail: false,
        cost: Cost::of(Work::Make, Growth::Replaced),
        eval: replace,
    },
    Declaration {
        name: "split",
        signatures: &[
            "string.split(string) -> list<string>",
            "string.split(string, int) -> list<string>",
        ],
        doc: "The parts between the separators; at most as many as given, all if negative.",
        may_fail: false,
        cost: Cost::of(Work::Make, Growth::Parts),
        eval: split,
    },
    Declaration {
        name: "join",
        signatures: &[
            "list<string>.join() -> string",
            "list<string>.join(string) -> string",
        ],
        doc: "The texts one after the other, with the separator between them.",
        may_fail: false,
        cost: Cost::of(Work::Make, Growth::Joined),
        eval: join,
    },
];

fn size<'a>(args: &[Value<'a>], _: &'a Scratch) -> Outcome<'a> {
    let count = match args {
        [Value::Str(text)] => text.chars().count(),
        [Value::Bytes(bytes)] => bytes.len(),
        [Value::List(list)] => list.len(),
        [Value::Map(map)] => map.len(),
        _ => return mismatch(args),
    };
    Ok(Value::Int(i64::try_from(count).unwrap_or(i64::MAX)))
}

fn test<'a>(args: &[Value<'a>], holds: impl Fn(&str, &str) -> bool) -> Outcome<'a> {
    match args {
        [Value::Str(text), Value::Str(other)] => Ok(Value::Bool(holds(text, other))),
        _ => mismatch(args),
    }
}

fn contains<'a>(args: &[Value<'a>], _: &'a Scratch) -> Outcome<'a> {
    match args {
        [
            net @ Value::Cidr(_),
            other @ (Value::Ip(_) | Value::Cidr(_)),
        ] => crate::operators::contains(*net, *other).map(Value::Bool),
        _ => test(args, |text, part| text.contains(part)),
    }
}

fn matches<'a>(args: &[Value<'a>], _: &'a Scratch) -> Outcome<'a> {
    match args {
        [Value::Str(text), Value::Str(pattern)] => {
            let regex = crate::regex::compile(pattern).map_err(|_| EvalError::BadRegex)?;
            Ok(Value::Bool(regex.is_match(*text)))
        }
        _ => mismatch(args),
    }
}

fn map_chars<'a>(
    args: &[Value<'a>],
    scratch: &'a Scratch,
    change: impl Fn(char) -> char,
) -> Outcome<'a> {
    match args {
        [Value::Str(text)] if text.chars().all(|c| change(c) == c) => Ok(Value::Str(text)),
        [Value::Str(text)] => {
            let changed = String::from_iter_in(text.chars().map(change), &scratch.0);
            Ok(Value::Str(changed.into_bump_str()))
        }
        _ => mismatch(args),
    }
}

fn trim<'a>(args: &[Value<'a>], _: &'a Scratch) -> Outcome<'a> {
    match args {
        [Value::Str(text)] => Ok(Value::Str(text.trim())),
        _ => mismatch(args),
    }
}

fn replace<'a>(args: &[Value<'a>], scratch: &'a Scratch) -> Outcome<'a> {
    let (text, from, to, limit) = match args {
        [Value::Str(text), Value::Str(from), Value::Str(to)] => (*text, *from, *to, -1),
        [
            Value::Str(text),
            Value::Str(from),
            Value::Str(to),
            Value::Int(n),
        ] => (*text, *from, *to, *n),
        _ => return mismatch(args),
    };
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut result = String::with_capacity_in(text.len(), &scratch.0);
    let mut done = 0;
    for (start, _) in text.match_indices(from).take(limit) {
        result.push_str(text.get(done..start).unwrap_or(""));
        result.push_str(to);
        done = start + from.len();
    }
    result.push_str(text.get(done..).unwrap_or(""));
    Ok(Value::Str(result.into_bump_str()))
}

fn split<'a>(args: &[Value<'a>], scratch: &'a Scratch) -> Outcome<'a> {
    let (text, separator, limit) = match args {
        [Value::Str(text), Value::Str(separator)] => (*text, *separator, -1),
        [Value::Str(text), Value::Str(separator), Value::Int(n)] => (*text, *separator, *n),
        _ => return mismatch(args),
    };
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut parts = Vec::new_in(&scratch.0);
    if separator.is_empty() {
        split_characters(text, limit, &mut parts);
    } else if limit > 0 {
        parts.extend(text.splitn(limit, separator).map(Value::Str));
    }
    Ok(Value::List(List::Values(parts.into_bump_slice())))
}

/// An empty separator splits between code points.
fn split_characters<'a>(text: &'a str, limit: usize, parts: &mut Vec<'a, Value<'a>>) {
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if parts.len() + 1 >= limit {
            break;
        }
        let (character, tail) = rest.split_at(first.len_utf8());
        parts.push(Value::Str(character));
        rest = tail;
    }
    if !rest.is_empty() && limit > 0 {
        parts.push(Value::Str(rest));
    }
}

fn join<'a>(args: &[Value<'a>], scratch: &'a Scratch) -> Outcome<'a> {
    let (list, separator) = match args {
        [Value::List(list)] => (*list, ""),
        [Value::List(list), Value::Str(separator)] => (*list, *separator),
        _ => return mismatch(args),
    };
    let mut text = String::new_in(&scratch.0);
    for (index, element) in list.iter().enumerate() {
        if index > 0 {
            text.push_str(separator);
        }
        text.push_str(element.text().ok_or(EvalError::NoMatchingOverload)?);
    }
    Ok(Value::Str(text.into_bump_str()))
}
