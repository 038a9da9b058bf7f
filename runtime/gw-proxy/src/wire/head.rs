//! One HTTP/1.x request head, line by line, as strictly as RFC 9112 allows: what two parsers could
//! read in two ways is refused. Knows bytes; must not know connections or policies.

use super::Violation;
use gw_graph::Builtin;

/// Sizes that a head must stay within.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HeadLimits {
    /// Largest head in bytes, request line and blank line included.
    pub(crate) max_head: usize,
    /// Most header fields.
    pub(crate) max_headers: u32,
}

/// How the body that follows a head is framed (RFC 9112 section 6.3).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Framing {
    /// This many bytes; zero for no body.
    Length(u64),
    /// Chunked transfer coding.
    Chunked,
}

/// What the lines so far have said.
#[derive(Clone, Debug, Default)]
pub(crate) struct Head {
    request_line: bool,
    http10: bool,
    fields: u32,
    hosts: u32,
    length: Option<u64>,
    chunked: bool,
}

const BAD: Builtin = Builtin::BadRequest;

impl Head {
    /// Takes the next line, its CR LF included. A blank line ends the head and gives the framing.
    pub(crate) fn line(
        &mut self,
        line: &[u8],
        limits: HeadLimits,
    ) -> Result<Option<Framing>, Violation> {
        let Some(text) = line.strip_suffix(b"\r\n") else {
            return Err(Violation::new(BAD, "a line ends without CR"));
        };
        if text.is_empty() {
            // RFC 9112 section 2.2: an empty line before the request line is ignored.
            return if self.request_line {
                self.finish().map(Some)
            } else {
                Ok(None)
            };
        }
        if !self.request_line {
            self.request_line = true;
            self.http10 = request_line(text)?;
            return Ok(None);
        }
        self.fields += 1;
        if self.fields > limits.max_headers {
            return Err(Violation::new(
                Builtin::HeadTooLarge,
                "too many header fields",
            ));
        }
        self.field(text)?;
        Ok(None)
    }

    fn field(&mut self, text: &[u8]) -> Result<(), Violation> {
        if matches!(text.first(), Some(b' ' | b'\t')) {
            return Err(Violation::new(BAD, "a header line is folded"));
        }
        let Some((name, value)) = split_once(text, b':') else {
            return Err(Violation::new(BAD, "a header line has no colon"));
        };
        if name.is_empty() || !name.iter().all(|b| is_token(*b)) {
            return Err(Violation::new(BAD, "a header name is not a token"));
        }
        if !value.iter().all(|b| is_field_byte(*b)) {
            return Err(Violation::new(
                BAD,
                "a header value holds a control character",
            ));
        }
        self.framing_field(name, value.trim_ascii())
    }

    fn framing_field(&mut self, name: &[u8], value: &[u8]) -> Result<(), Violation> {
        match name.len() {
            4 if name.eq_ignore_ascii_case(b"host") => {
                self.hosts += 1;
                if self.hosts > 1 {
                    return Err(Violation::new(
                        Builtin::BadHost,
                        "more than one host header",
                    ));
                }
            }
            14 if name.eq_ignore_ascii_case(b"content-length") => {
                if self.length.is_some() {
                    return Err(Violation::new(BAD, "more than one content-length"));
                }
                self.length = Some(decimal(value)?);
            }
            17 if name.eq_ignore_ascii_case(b"transfer-encoding") => {
                if self.chunked || !value.eq_ignore_ascii_case(b"chunked") {
                    return Err(Violation::new(BAD, "transfer-encoding is not just chunked"));
                }
                self.chunked = true;
            }
            _ => {}
        }
        Ok(())
    }

    fn finish(&self) -> Result<Framing, Violation> {
        if self.hosts == 0 && !self.http10 {
            return Err(Violation::new(Builtin::BadHost, "no host header"));
        }
        match (self.chunked, self.length) {
            (true, Some(_)) => Err(Violation::new(
                BAD,
                "both content-length and transfer-encoding",
            )),
            (true, None) if self.http10 => {
                Err(Violation::new(BAD, "transfer-encoding in HTTP/1.0"))
            }
            (true, None) => Ok(Framing::Chunked),
            (false, length) => Ok(Framing::Length(length.unwrap_or(0))),
        }
    }
}

/// Checks `METHOD target HTTP/1.x`; whether the version is 1.0.
fn request_line(text: &[u8]) -> Result<bool, Violation> {
    let bad = |detail| Violation::new(BAD, detail);
    let (method, rest) =
        split_once(text, b' ').ok_or_else(|| bad("the request line is not in three parts"))?;
    let (target, version) =
        split_once(rest, b' ').ok_or_else(|| bad("the request line is not in three parts"))?;
    if method.is_empty() || !method.iter().all(|b| is_token(*b)) {
        return Err(bad("the method is not a token"));
    }
    if target.is_empty() || !target.iter().all(|b| is_target_byte(*b)) {
        return Err(bad(
            "the request target holds a character that is not allowed",
        ));
    }
    if !target_form(method, target) {
        return Err(bad("the request target has no known form"));
    }
    match version {
        b"HTTP/1.1" => Ok(false),
        b"HTTP/1.0" => Ok(true),
        _ => Err(bad("the version is neither HTTP/1.1 nor HTTP/1.0")),
    }
}

/// RFC 9112 section 3.2: origin, absolute, authority (CONNECT only) and asterisk form.
fn target_form(method: &[u8], target: &[u8]) -> bool {
    let absolute = |scheme: &[u8]| {
        target
            .get(..scheme.len())
            .is_some_and(|s| s.eq_ignore_ascii_case(scheme))
    };
    match target.first() {
        _ if method == b"CONNECT" => true,
        Some(b'/') => true,
        Some(b'*') => target == b"*" && method == b"OPTIONS",
        _ => absolute(b"http://") || absolute(b"https://"),
    }
}

fn decimal(value: &[u8]) -> Result<u64, Violation> {
    let digits = !value.is_empty() && value.len() <= 18 && value.iter().all(u8::is_ascii_digit);
    if !digits {
        return Err(Violation::new(BAD, "content-length is not a number"));
    }
    Ok(value.iter().fold(0, |n, b| n * 10 + u64::from(b - b'0')))
}

fn split_once(text: &[u8], at: u8) -> Option<(&[u8], &[u8])> {
    let position = memchr::memchr(at, text)?;
    Some((text.get(..position)?, text.get(position + 1..)?))
}

const TOKEN: u8 = 1;
const TARGET: u8 = 2;
const FIELD: u8 = 4;

/// What each byte may be part of: tokens (RFC 9110 5.6.2), targets, field values (5.5).
const CLASS: [u8; 256] = classes();

#[expect(
    clippy::indexing_slicing,
    reason = "evaluated at compile time, with an index below 256"
)]
const fn classes() -> [u8; 256] {
    let mut table = [0; 256];
    let mut index = 0;
    while index < 256 {
        #[expect(clippy::cast_possible_truncation, reason = "the index is below 256")]
        let byte = index as u8;
        let mut class = 0;
        if byte.is_ascii_alphanumeric()
            || matches!(
                byte,
                b'!' | b'#'
                    | b'$'
                    | b'%'
                    | b'&'
                    | b'\''
                    | b'*'
                    | b'+'
                    | b'-'
                    | b'.'
                    | b'^'
                    | b'_'
                    | b'`'
                    | b'|'
                    | b'~'
            )
        {
            class |= TOKEN;
        }
        if byte > b' '
            && byte < 0x7f
            && !matches!(byte, b'#' | b'"' | b'<' | b'>' | b'\\' | b'^' | b'`')
        {
            class |= TARGET;
        }
        if byte == b'\t' || (byte >= b' ' && byte != 0x7f) {
            class |= FIELD;
        }
        table[index] = class;
        index += 1;
    }
    table
}

fn has(byte: u8, class: u8) -> bool {
    CLASS.get(usize::from(byte)).is_some_and(|c| c & class != 0)
}

fn is_token(byte: u8) -> bool {
    has(byte, TOKEN)
}

fn is_target_byte(byte: u8) -> bool {
    has(byte, TARGET)
}

fn is_field_byte(byte: u8) -> bool {
    has(byte, FIELD)
}
