//! `format` of CEL's string extension, and the printing of values that it needs.

use super::{Declaration, Outcome, mismatch, time};
use crate::cost::{Cost, Growth, Work};
use crate::value::TypeName;
use crate::{EvalError, List, Map, Scratch, Value};
use std::fmt::Write;

pub(super) const TABLE: &[Declaration] = &[Declaration {
    name: "format",
    signatures: &["string.format(list<json>) -> string"],
    doc: "The text with each clause (`%s %d %f %.2f %e %b %o %x %X %%`) replaced by an element of the list.",
    may_fail: true,
    cost: Cost::of(Work::Make, Growth::Formatted),
    eval: format,
}];

fn format<'a>(args: &[Value<'a>], scratch: &'a Scratch) -> Outcome<'a> {
    let [Value::Str(template), Value::List(values)] = args else {
        return mismatch(args);
    };
    let mut text = String::with_capacity(template.len());
    let mut next = 0;
    let mut rest = *template;
    while let Some(at) = rest.find('%') {
        let (before, clause) = rest.split_at(at);
        text.push_str(before);
        let clause = clause.get(1..).unwrap_or("");
        if let Some(after) = clause.strip_prefix('%') {
            text.push('%');
            rest = after;
            continue;
        }
        let (precision, clause) = precision(clause)?;
        let verb = clause.chars().next().ok_or(EvalError::BadFormat)?;
        let value = values.at(next).ok_or(EvalError::BadFormat)?;
        write_clause(&mut text, verb, precision, value)?;
        next += 1;
        rest = clause.get(verb.len_utf8()..).unwrap_or("");
    }
    text.push_str(rest);
    Ok(Value::Str(scratch.0.alloc_str(&text)))
}

/// The `.3` of `%.3f`; 6 digits where it is left out.
fn precision(clause: &str) -> Result<(usize, &str), EvalError> {
    let Some(digits) = clause.strip_prefix('.') else {
        return Ok((6, clause));
    };
    let end = digits
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(digits.len());
    let (number, rest) = digits.split_at(end);
    let number: usize = number.parse().map_err(|_| EvalError::BadFormat)?;
    if number > 100 {
        Err(EvalError::BadFormat)
    } else {
        Ok((number, rest))
    }
}

fn write_clause(
    out: &mut String,
    verb: char,
    precision: usize,
    value: Value<'_>,
) -> Result<(), EvalError> {
    let written = match (verb, value) {
        ('s', _) => return display(out, value),
        ('d', Value::Int(n)) => write!(out, "{n}"),
        ('d', Value::Uint(n)) => write!(out, "{n}"),
        ('d', Value::Double(d)) => write!(out, "{}", double(d)),
        ('f', _) => write_fixed(out, value, precision)?,
        ('e', _) => write_scientific(out, value, precision)?,
        ('b', Value::Int(n)) => write_signed(out, n, |m| format!("{m:b}")),
        ('b', Value::Uint(n)) => write!(out, "{n:b}"),
        ('b', Value::Bool(b)) => write!(out, "{}", u8::from(b)),
        ('o', Value::Int(n)) => write_signed(out, n, |m| format!("{m:o}")),
        ('o', Value::Uint(n)) => write!(out, "{n:o}"),
        ('x', Value::Int(n)) => write_signed(out, n, |m| format!("{m:x}")),
        ('x', Value::Uint(n)) => write!(out, "{n:x}"),
        ('x', Value::Str(text)) => text.bytes().try_for_each(|b| write!(out, "{b:02x}")),
        ('x', Value::Bytes(bytes)) => bytes.iter().try_for_each(|b| write!(out, "{b:02x}")),
        ('X', Value::Int(n)) => write_signed(out, n, |m| format!("{m:X}")),
        ('X', Value::Uint(n)) => write!(out, "{n:X}"),
        ('X', Value::Str(text)) => text.bytes().try_for_each(|b| write!(out, "{b:02X}")),
        ('X', Value::Bytes(bytes)) => bytes.iter().try_for_each(|b| write!(out, "{b:02X}")),
        _ => return Err(EvalError::BadFormat),
    };
    written.map_err(|_| EvalError::BadFormat)
}

fn write_signed(out: &mut String, number: i64, digits: impl Fn(u64) -> String) -> std::fmt::Result {
    let sign = if number < 0 { "-" } else { "" };
    write!(out, "{sign}{}", digits(number.unsigned_abs()))
}

#[expect(clippy::cast_precision_loss, reason = "the clause prints a double")]
fn as_double(value: Value<'_>) -> Result<f64, EvalError> {
    match value {
        Value::Double(d) => Ok(d),
        Value::Int(n) => Ok(n as f64),
        Value::Uint(n) => Ok(n as f64),
        _ => Err(EvalError::BadFormat),
    }
}

fn write_fixed(
    out: &mut String,
    value: Value<'_>,
    precision: usize,
) -> Result<std::fmt::Result, EvalError> {
    let number = as_double(value)?;
    Ok(match special(number) {
        Some(name) => out.write_str(name),
        None => write!(out, "{number:.precision$}"),
    })
}

fn write_scientific(
    out: &mut String,
    value: Value<'_>,
    precision: usize,
) -> Result<std::fmt::Result, EvalError> {
    let number = as_double(value)?;
    Ok(match special(number) {
        Some(name) => out.write_str(name),
        None => out.write_str(&two_digit_exponent(&format!("{number:.precision$e}"))),
    })
}

fn special(number: f64) -> Option<&'static str> {
    match number {
        n if n.is_nan() => Some("NaN"),
        f64::INFINITY => Some("Infinity"),
        f64::NEG_INFINITY => Some("-Infinity"),
        _ => None,
    }
}

/// Rust prints `1e3`, CEL `1e+03`.
fn two_digit_exponent(text: &str) -> String {
    let Some((mantissa, exponent)) = text.split_once('e') else {
        return text.to_owned();
    };
    let (sign, digits) = match exponent.strip_prefix('-') {
        Some(digits) => ('-', digits),
        None => ('+', exponent),
    };
    format!("{mantissa}e{sign}{digits:0>2}")
}

/// A double as CEL prints it: the shortest digits, an exponent below 1e-4 and from 1e21 on.
pub(crate) fn double(number: f64) -> String {
    match special(number) {
        Some(name) => name.to_owned(),
        None if number != 0.0 && !(1e-4..1e21).contains(&number.abs()) => {
            two_digit_exponent(&format!("{number:e}"))
        }
        None => format!("{number}"),
    }
}

/// Appends a value as `%s` and `string()` print it.
pub(super) fn display(out: &mut String, value: Value<'_>) -> Result<(), EvalError> {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(b) => out.push_str(if b { "true" } else { "false" }),
        Value::Int(n) => out.push_str(&n.to_string()),
        Value::Uint(n) => out.push_str(&n.to_string()),
        Value::Double(d) => out.push_str(&double(d)),
        Value::Str(text) => out.push_str(text),
        Value::Bytes(bytes) => out.push_str(&String::from_utf8_lossy(bytes)),
        Value::Duration(nanos) => out.push_str(&time::print_duration(nanos)),
        Value::Timestamp(at) => out.push_str(&time::print_timestamp(at)),
        Value::Ip(ip) => out.push_str(&ip.to_string()),
        Value::Cidr(net) => out.push_str(&net.to_string()),
        Value::Type(TypeName(name)) => out.push_str(name),
        Value::List(list) => display_list(out, list)?,
        Value::Map(map) => display_map(out, map)?,
        Value::Rate(rate) => {
            out.push_str(&format!(
                "{}/{}",
                rate.count,
                time::print_duration(rate.period)
            ));
        }
        Value::Range(first, last) => out.push_str(&format!("{first}..={last}")),
        Value::Absent => return Err(EvalError::Absent),
        Value::Optional(_) | Value::Lookup(_) => return Err(EvalError::BadFormat),
    }
    Ok(())
}

fn display_list(out: &mut String, list: List<'_>) -> Result<(), EvalError> {
    out.push('[');
    for (index, element) in list.iter().enumerate() {
        out.push_str(if index > 0 { ", " } else { "" });
        display(out, element)?;
    }
    out.push(']');
    Ok(())
}

/// Entries are sorted by the text of their keys, so that the result does not depend on order.
fn display_map(out: &mut String, map: Map<'_>) -> Result<(), EvalError> {
    let mut entries = Vec::with_capacity(map.len());
    for (key, value) in map.iter() {
        let (mut name, mut text) = (String::new(), String::new());
        display(&mut name, key)?;
        display(&mut text, value)?;
        entries.push((name, text));
    }
    entries.sort();
    let entries: Vec<_> = entries
        .into_iter()
        .map(|(k, v)| format!("{k}: {v}"))
        .collect();
    out.push_str(&format!("{{{}}}", entries.join(", ")));
    Ok(())
}
