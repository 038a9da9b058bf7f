//! Addresses without quotes: `bind = :8080`, `target = http://10.0.0.1`. Their colons mean something else
//! here, and `//` begins a comment.

use super::context::Context;
use super::habit::Advice;
use std::ops::Range;

/// What to say where an address is why the grammar gave up; `comment` tells whether one begins at a
/// place of the parsed text.
pub(super) fn recognise(c: &Context<'_>, comment: impl Fn(usize) -> bool) -> Option<Advice> {
    let line = line_before(c);
    with_scheme(c.text, &line, comment).or_else(|| with_port(c, &line))
}

/// The last line before the mistake that holds something; that of the mistake, up to its end.
fn line_before(c: &Context<'_>) -> Range<usize> {
    let head = c.text.get(..c.at).unwrap_or("").trim_end();
    let start = head.rfind(['\n', ';', '{']).map_or(0, |at| at + 1);
    let rest = c.text.get(start..).unwrap_or("");
    start..start + rest.find(['\n', ';']).unwrap_or(rest.len())
}

/// `http:`, behind which the rest was taken for a comment.
fn with_scheme(text: &str, line: &Range<usize>, comment: impl Fn(usize) -> bool) -> Option<Advice> {
    let written = text.get(line.clone())?.trim_end();
    let scheme = ["http:", "https:", "grpc:", "tcp:", "h2c:"];
    let scheme = scheme.into_iter().find(|s| written.ends_with(*s))?;
    let end = line.start + written.len();
    let place = end - scheme.len()..end;
    comment(end).then(|| {
        Advice::new(
            "an address is written in quotes",
            "`//` begins a comment, so that the rest of the line is lost",
            format!("write `\"{scheme}//…\"`"),
        )
        .at(place)
    })
}

/// `:8080` and `0.0.0.0:8080`.
fn with_port(c: &Context<'_>, line: &Range<usize>) -> Option<Advice> {
    let written = c.text.get(line.clone())?;
    let (before, value) = written.split_once('=')?;
    let value = value.trim_start();
    let start = line.start + written.len() - value.len();
    let length = value.find(|ch: char| ch.is_whitespace() || matches!(ch, ',' | ';' | '}'));
    let value = value.get(..length.unwrap_or(value.len()))?;
    let (host, port) = value.rsplit_once(':')?;
    let digits = !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit());
    let named = host
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b".-_".contains(&b));
    let is_name = before
        .trim()
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b == b'_');
    (digits && named && is_name).then(|| {
        Advice::new(
            format!("the address `{value}` is written in quotes"),
            "not a value by itself",
            format!("write `\"{value}\"`"),
        )
        .at(start..start + value.len())
        .replace(format!("\"{value}\""))
    })
}
