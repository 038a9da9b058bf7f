//! Signatures as they are documented, read into types for the checker.

use crate::Type;
use std::sync::Arc;

/// One overload of a function.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Signature {
    /// Parameters, the receiver first. [`Type::Param`] counts type parameters from `A` as 0.
    pub params: Vec<Type>,
    /// What it returns.
    pub result: Type,
    /// Called as `receiver.name(…)`.
    pub method: bool,
    /// The last parameter may be repeated.
    pub variadic: bool,
    /// Its parameters are numbers of any type, and its result is of theirs.
    pub numeric: bool,
}

impl Signature {
    /// Reads `string.indexOf(string, int) -> int`; `name` is what stands before the parenthesis.
    pub(crate) fn parse(text: &str, name: &str) -> Option<Signature> {
        let (call, result) = text.split_once(" -> ")?;
        let (head, args) = call.strip_suffix(')')?.split_once('(')?;
        let receiver = match head.strip_suffix(name)? {
            "" => None,
            before => Some(parse_type(before.strip_suffix('.')?)?),
        };
        let method = receiver.is_some();
        let mut params: Vec<Type> = receiver.into_iter().collect();
        let variadic = args.ends_with("...");
        for param in split(args.trim_end_matches("...")) {
            params.push(parse_type(param)?);
        }
        let numeric = args.contains("number");
        Some(Signature {
            params,
            result: parse_type(result)?,
            method,
            variadic,
            numeric,
        })
    }
}

/// Splits at commas outside of angle brackets.
fn split(text: &str) -> Vec<&str> {
    let (mut parts, mut depth, mut start) = (Vec::new(), 0, 0);
    for (at, character) in text.char_indices() {
        match character {
            '<' => depth += 1,
            '>' => depth -= 1,
            ',' if depth == 0 => {
                parts.extend(text.get(start..at));
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.extend(text.get(start..).filter(|last| !last.trim().is_empty()));
    parts
}

fn parse_type(text: &str) -> Option<Type> {
    let text = text.trim();
    if let Some((name, inner)) = text.strip_suffix('>').and_then(|t| t.split_once('<')) {
        let args: Option<Vec<_>> = split(inner).into_iter().map(parse_type).collect();
        return match (name, args?.as_slice()) {
            ("list", [element]) => Some(Type::list(element.clone())),
            ("map", [key, value]) => Some(Type::map(key.clone(), value.clone())),
            ("optional", [inner]) => Some(Type::CelOptional(Arc::new(inner.clone()))),
            ("type", [of]) => Some(Type::Type(Arc::new(of.clone()))),
            _ => None,
        };
    }
    match text.as_bytes() {
        [letter @ b'A'..=b'Z'] => Some(Type::Param(u32::from(letter - b'A'))),
        _ if text == "number" => Some(Type::Dyn),
        _ if text == "null" => Some(Type::Null),
        _ => Type::named(text),
    }
}
