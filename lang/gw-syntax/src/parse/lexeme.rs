//! Where strings, quoted names and path literals end, byte by byte. Shared by the scanner and by
//! error recovery. Must not know the grammar beyond these tokens.

/// How a string literal that begins at some byte goes on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Extent {
    /// It ends just before this byte.
    Closed(usize),
    /// It is never closed; its line (or the text) ends at this byte.
    Open(usize),
}

/// The end of the string whose opening quote stands at `start`; `r"` before it makes it raw.
pub(crate) fn string_extent(bytes: &[u8], start: usize) -> Extent {
    let quote = bytes.get(start).copied().unwrap_or(b'"');
    let triple = is_triple(bytes, start, quote);
    let raw = is_raw(bytes, start);
    let mut at = start + if triple { 3 } else { 1 };
    while let Some(&byte) = bytes.get(at) {
        if byte == b'\\' && !raw {
            if !triple && matches!(bytes.get(at + 1), Some(b'\n')) {
                return Extent::Open(at + 1);
            }
            at += 2;
        } else if byte == quote && (!triple || is_triple(bytes, at, quote)) {
            return Extent::Closed(at + if triple { 3 } else { 1 });
        } else if byte == b'\n' && !triple {
            return Extent::Open(at);
        } else {
            at += 1;
        }
    }
    Extent::Open(bytes.len())
}

fn is_triple(bytes: &[u8], at: usize, quote: u8) -> bool {
    bytes
        .get(at..at + 3)
        .is_some_and(|three| three.iter().all(|b| *b == quote))
}

/// Whether the prefix before the quote is one of `r R br bR Br BR` and not the end of a name.
fn is_raw(bytes: &[u8], quote: usize) -> bool {
    let before = |back: usize| quote.checked_sub(back).and_then(|i| bytes.get(i)).copied();
    let is_name = |byte: Option<u8>| byte.is_some_and(is_name_char);
    match (before(2), before(1)) {
        (Some(b'b' | b'B'), Some(b'r' | b'R')) => !is_name(before(3)),
        (second, Some(b'r' | b'R')) => !is_name(second),
        _ => false,
    }
}

/// A byte that may stand in a name.
pub(crate) fn is_name_char(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// The end of a quoted name such as `` `a-b` ``, if it is one.
pub(crate) fn quoted_name_end(bytes: &[u8], start: usize) -> Option<usize> {
    let inside = |b: &u8| is_name_char(*b) || matches!(b, b'.' | b'-' | b'/' | b' ');
    let rest = bytes.get(start + 1..)?;
    let length = rest.iter().take_while(|b| inside(b)).count();
    (length > 0 && rest.get(length) == Some(&b'`')).then_some(start + 1 + length + 1)
}

/// The end of a path literal that begins at `start`: up to a blank, a delimiter or a `//`, with
/// braces balanced. `None` where the braces are not.
pub(crate) fn path_end(bytes: &[u8], start: usize) -> Option<usize> {
    let mut depth = 0usize;
    let mut at = start;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b' ' | b'\t' | b'\n' | b'\r' => break,
            b'{' => depth += 1,
            b'}' if depth == 0 => break,
            b'}' => depth -= 1,
            b';' | b',' | b'"' | b'(' | b')' if depth == 0 => break,
            b'/' if bytes.get(at + 1) == Some(&b'/') => break,
            _ => {}
        }
        at += 1;
    }
    (depth == 0).then_some(at)
}

/// The innermost bracket that is open at a place, and where it stands. Brackets in strings do not count.
pub(crate) fn open_bracket(bytes: &[u8], at: usize) -> Option<(u8, usize)> {
    let mut open = Vec::new();
    let mut i = 0;
    while i < at {
        match bytes.get(i).copied() {
            Some(b'"' | b'\'') => {
                if let Extent::Closed(end) = string_extent(bytes, i) {
                    i = end;
                    continue;
                }
            }
            Some(byte @ (b'(' | b'[' | b'{')) => open.push((byte, i)),
            Some(b')' | b']' | b'}') => drop(open.pop()),
            _ => {}
        }
        i += 1;
    }
    open.pop()
}
