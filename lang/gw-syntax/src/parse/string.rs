//! Builds strings and bytes: escapes as CEL has them (langdef.md, "String and Bytes Values").

use super::build::Builder;
use super::grammar::{Pair, Rule};
use crate::{Code, Diagnostic, ExprKind, Literal, Span};

impl Builder<'_> {
    /// Builds `string`.
    pub(super) fn string(&mut self, pair: Pair<'_>) -> ExprKind {
        let mut bytes = false;
        let mut body = None;
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::bytes_mark => bytes = true,
                _ => body = Some(part),
            }
        }
        let Some(body) = body else {
            return ExprKind::Invalid;
        };
        let raw = body.as_rule() == Rule::raw;
        let text = if raw {
            body.as_str().get(1..).unwrap_or("")
        } else {
            body.as_str()
        };
        let start = body.as_span().end() - text.len();
        match raw {
            true => plain(content(text).1, bytes),
            false => self.quoted(text, start, bytes),
        }
    }

    /// A string that is not raw; `text` with its quotes stands at `start` of the parsed text.
    pub(super) fn quoted(&mut self, text: &str, start: usize, bytes: bool) -> ExprKind {
        let (quotes, content) = content(text);
        if !content.contains('\\') {
            return plain(content, bytes);
        }
        let findings = self.diagnostics.len();
        let decoded = self.unescape(content, start + quotes, bytes);
        if self.diagnostics.len() > findings {
            return ExprKind::Invalid;
        }
        ExprKind::Literal(match bytes {
            true => Literal::Bytes(decoded),
            false => Literal::Text(String::from_utf8_lossy(&decoded).as_ref().into()),
        })
    }

    fn unescape(&mut self, content: &str, start: usize, bytes: bool) -> Vec<u8> {
        let mut out = Vec::with_capacity(content.len());
        let mut rest = content;
        while let Some(backslash) = rest.find('\\') {
            let (plain, escape) = rest.split_at_checked(backslash).unwrap_or((rest, ""));
            out.extend_from_slice(plain.as_bytes());
            let at = start + content.len() - escape.len();
            let length = match decode(escape, bytes) {
                Ok((value, length)) => {
                    value.push_to(&mut out);
                    length
                }
                Err(length) => {
                    let span = self.place(at, at + length);
                    let text = escape.get(..length).unwrap_or("\\");
                    self.report(bad_escape(span, text, bytes));
                    length
                }
            };
            rest = escape.get(length..).unwrap_or("");
        }
        out.extend_from_slice(rest.as_bytes());
        out
    }
}

/// How many quotes stand on each side of a string, and what stands between them.
fn content(text: &str) -> (usize, &str) {
    let quotes = if text.len() >= 6 && is_triple(text) {
        3
    } else {
        1
    };
    let content = text.get(quotes..text.len() - quotes).unwrap_or("");
    (quotes, content)
}

/// A text without escapes.
fn plain(content: &str, bytes: bool) -> ExprKind {
    ExprKind::Literal(match bytes {
        true => Literal::Bytes(content.as_bytes().to_vec()),
        false => Literal::Text(content.into()),
    })
}

fn is_triple(text: &str) -> bool {
    text.starts_with("\"\"\"") || text.starts_with("'''")
}

/// What an escape stands for.
enum Unescaped {
    Byte(u8),
    Char(char),
}

impl Unescaped {
    fn push_to(self, out: &mut Vec<u8>) {
        match self {
            Unescaped::Byte(byte) => out.push(byte),
            Unescaped::Char(c) => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
}

/// Decodes the escape at the start of `text`, with its length; on failure the length of the bad
/// part.
fn decode(text: &str, bytes: bool) -> Result<(Unescaped, usize), usize> {
    let Some(kind) = text.chars().nth(1) else {
        return Err(1);
    };
    let simple = |c: char| Ok((Unescaped::Char(c), 2));
    match kind {
        'a' => simple('\u{7}'),
        'b' => simple('\u{8}'),
        'f' => simple('\u{c}'),
        'n' => simple('\n'),
        'r' => simple('\r'),
        't' => simple('\t'),
        'v' => simple('\u{b}'),
        '\\' | '?' | '"' | '\'' | '`' => simple(kind),
        'x' | 'X' => number(text, 2, 2, 16, bytes),
        'u' if !bytes => number(text, 2, 4, 16, bytes),
        'U' if !bytes => number(text, 2, 8, 16, bytes),
        '0'..='3' => number(text, 1, 3, 8, bytes),
        _ => Err(1 + kind.len_utf8()),
    }
}

fn number(
    text: &str,
    skip: usize,
    digits: usize,
    radix: u32,
    bytes: bool,
) -> Result<(Unescaped, usize), usize> {
    let end = skip + digits;
    let valid = text
        .bytes()
        .skip(skip)
        .take(digits)
        .take_while(|b| char::from(*b).is_digit(radix));
    let found = valid.count();
    if found < digits {
        return Err(skip + found);
    }
    let value = text
        .get(skip..end)
        .and_then(|t| u32::from_str_radix(t, radix).ok())
        .ok_or(end)?;
    let decoded = match bytes {
        true => u8::try_from(value).ok().map(Unescaped::Byte),
        false => char::from_u32(value).map(Unescaped::Char),
    };
    decoded.map(|d| (d, end)).ok_or(end)
}

fn bad_escape(span: Span, text: &str, bytes: bool) -> Diagnostic {
    let unicode = bytes && matches!(text.get(1..2), Some("u" | "U"));
    let label = match unicode {
        true => "a code point cannot stand in bytes; write `\\x..` for each byte",
        false => "not an escape sequence",
    };
    Diagnostic::new(
        Code::BadEscape,
        span,
        format!("unknown escape `{text}` in a string"),
    )
    .here(label)
    .help(
        "write `\\\\` for a backslash, or a raw string such as r\"\\d+\"; escapes are \
             `\\n \\t \\r \\\" \\' \\xHH \\uHHHH \\UHHHHHHHH` and octal `\\ooo`",
    )
}
