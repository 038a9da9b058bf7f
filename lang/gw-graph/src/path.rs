//! Paths are normalised once, before routing and policy, and the same bytes are forwarded
//! (RFC 3986 section 6.2.2). What two readers could read differently is refused, not repaired.

use std::borrow::Cow;

/// Why a path is refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum PathError {
    /// It does not begin with `/`.
    #[error("the path does not begin with a slash")]
    Relative,
    /// `%` without two hexadecimal digits.
    #[error("the path holds an invalid percent escape")]
    BadEscape,
    /// `%2F`, `%5C` or a plain backslash.
    #[error("the path holds an encoded slash or a backslash")]
    Slash,
    /// A NUL or another control character, plain or encoded.
    #[error("the path holds a control character")]
    Control,
    /// A `.` or `..` segment, plain or encoded, with parameters or without.
    #[error("the path holds a dot segment")]
    DotSegment,
    /// An empty segment that is not the last, with parameters or without.
    #[error("the path holds a double slash")]
    DoubleSlash,
    /// A character that must be encoded: a blank, a quote, a letter beyond ASCII.
    #[error("the path holds a character that must be percent-encoded")]
    Unencoded,
}

/// Normalises the raw path of a request target, without the query: escapes in upper case,
/// unreserved characters decoded. An empty path becomes `/`. Borrows when nothing changes.
///
/// # Errors
/// [`PathError`] for paths that are ambiguous or malformed.
pub fn normalize_path(raw: &str) -> Result<Cow<'_, str>, PathError> {
    if raw.is_empty() {
        return Ok(Cow::Borrowed("/"));
    }
    if !raw.starts_with('/') {
        return Err(PathError::Relative);
    }
    if is_simple(raw.as_bytes()) {
        return Ok(Cow::Borrowed(raw));
    }
    let path = normalize_escapes(raw)?;
    check_segments(&path)?;
    Ok(path)
}

fn normalize_escapes(raw: &str) -> Result<Cow<'_, str>, PathError> {
    let Some(clean) = first_escape(raw.as_bytes())? else {
        return Ok(Cow::Borrowed(raw));
    };
    let (head, mut rest) = raw.split_at(clean);
    let mut out = String::with_capacity(raw.len());
    out.push_str(head);
    while let Some(at) = first_escape(rest.as_bytes())? {
        let (plain, escape) = rest.split_at(at);
        out.push_str(plain);
        push_escape(escape, &mut out)?;
        rest = escape.get(3..).unwrap_or_default();
    }
    out.push_str(rest);
    Ok(Cow::Owned(out))
}

/// The place of the first `%`; an error if a character before it must not stand in a path.
fn first_escape(bytes: &[u8]) -> Result<Option<usize>, PathError> {
    let Some(at) = bytes.iter().position(|byte| class(*byte) & PLAIN == 0) else {
        return Ok(None);
    };
    match bytes.get(at) {
        Some(b'%') => Ok(Some(at)),
        Some(b'\\') => Err(PathError::Slash),
        Some(0..0x20 | 0x7f) => Err(PathError::Control),
        Some(_) | None => Err(PathError::Unencoded),
    }
}

/// By byte: may stand in a path as it is.
const PLAIN: u8 = 1;
/// By byte: ends a segment.
const SLASH: u8 = 2;
/// By byte: may be misread where a segment begins. Twice [`SLASH`].
const MISREAD: u8 = 4;

/// What each byte is: every path of every request is looked at.
const CLASS: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte = 0u8;
    while byte < 0x7f {
        let mut class = 0;
        if is_plain(byte) {
            class |= PLAIN;
        }
        if byte == b'/' {
            class |= SLASH;
        }
        if matches!(byte, b'/' | b'.' | b';') {
            class |= MISREAD;
        }
        #[expect(clippy::indexing_slicing, reason = "evaluated at compile time")]
        {
            table[byte as usize] = class;
        }
        byte += 1;
    }
    table
};

fn class(byte: u8) -> u8 {
    CLASS.get(usize::from(byte)).map_or(0, |class| *class)
}

/// Whether a path is normal, as nearly all are: nothing is escaped, and no segment begins with what is looked
/// at more closely. Looks at every byte, whatever comes, so that there is nothing to branch on.
fn is_simple(path: &[u8]) -> bool {
    let (mut all, mut misread, mut before) = (PLAIN, 0, 0);
    for byte in path {
        let class = class(*byte);
        all &= class;
        misread |= (before << 1) & class;
        before = class & SLASH;
    }
    all != 0 && misread == 0
}

/// Whether a character may stand in a path as it is: all that is visible but `"#%<>?\^`{|}`.
const fn is_plain(byte: u8) -> bool {
    matches!(
        byte,
        b'!' | b'$' | b'&'..=b';' | b'=' | b'@'..=b'[' | b']' | b'_' | b'a'..=b'z' | b'~'
    )
}

fn push_escape(escape: &str, out: &mut String) -> Result<(), PathError> {
    let digits = escape.get(1..3).ok_or(PathError::BadEscape)?;
    if !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Err(PathError::BadEscape);
    }
    match u8::from_str_radix(digits, 16).map_err(|_| PathError::BadEscape)? {
        b'/' | b'\\' => Err(PathError::Slash),
        0..0x20 | 0x7f => Err(PathError::Control),
        byte if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) => {
            out.push(char::from(byte));
            Ok(())
        }
        _ => {
            out.push('%');
            out.extend(digits.chars().map(|c| c.to_ascii_uppercase()));
            Ok(())
        }
    }
}

/// Segments that may be misread begin with a slash, a dot or a semicolon. Servers of Java take what
/// follows a semicolon away before they look for dot segments: to them `/a/..;b/c` is `/c`.
fn check_segments(path: &str) -> Result<(), PathError> {
    let mut rest = path.as_bytes();
    while let Some(slash) = rest.iter().position(|byte| *byte == b'/') {
        rest = rest.get(slash + 1..).unwrap_or_default();
        match rest {
            [b'/' | b';', ..] => return Err(PathError::DoubleSlash),
            [b'.', rest @ ..]
                if ends_segment(rest) || rest.strip_prefix(b".").is_some_and(ends_segment) =>
            {
                return Err(PathError::DotSegment);
            }
            _ => {}
        }
    }
    Ok(())
}

/// Whether a segment, or its name before parameters, ends here.
fn ends_segment(rest: &[u8]) -> bool {
    matches!(rest, [] | [b'/' | b';', ..] | [b'%', b'3', b'B', ..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normalises_escapes() {
        for (raw, path) in [
            ("", "/"),
            ("/", "/"),
            ("/a/b", "/a/b"),
            ("/a/", "/a/"),
            ("/%7ea%2dB", "/~a-B"),
            ("/caf%c3%a9", "/caf%C3%A9"),
            ("/a%20b", "/a%20b"),
            ("/a;v=1/@b:c", "/a;v=1/@b:c"),
            ("/..a;b/.c/a..;", "/..a;b/.c/a..;"),
        ] {
            assert_eq!(normalize_path(raw).as_deref(), Ok(path), "{raw}");
        }
    }

    #[test]
    fn refuses_ambiguity() {
        for (raw, error) in [
            ("a", PathError::Relative),
            ("/%", PathError::BadEscape),
            ("/%g0", PathError::BadEscape),
            ("/%+1", PathError::BadEscape),
            ("/a%2fb", PathError::Slash),
            ("/a%5Cb", PathError::Slash),
            ("/a\\b", PathError::Slash),
            ("/a%00", PathError::Control),
            ("/a\n", PathError::Control),
            ("/a/../b", PathError::DotSegment),
            ("/a/%2e%2E/b", PathError::DotSegment),
            ("/.", PathError::DotSegment),
            ("/a/.", PathError::DotSegment),
            ("/a/..;/b", PathError::DotSegment),
            ("/a/..;x=1/b", PathError::DotSegment),
            ("/a/.%2e;", PathError::DotSegment),
            ("/a/.;/b", PathError::DotSegment),
            ("/a/..%3b/b", PathError::DotSegment),
            ("/;/a", PathError::DoubleSlash),
            ("/a/;x=1", PathError::DoubleSlash),
            ("//a", PathError::DoubleSlash),
            ("/a//", PathError::DoubleSlash),
            ("/a b", PathError::Unencoded),
            ("/é", PathError::Unencoded),
        ] {
            assert_eq!(normalize_path(raw), Err(error), "{raw}");
        }
    }

    proptest::proptest! {
        /// What is taken as it is at first sight is what a closer look leaves as it is, but for segments that
        /// begin with a dot and are no dot segments.
        #[test]
        fn simple_paths_are_normal(raw in "/([a-z;.%2Ee/~-]{0,4}/){0,3}[ -~é]{0,6}") {
            let checked = normalize_escapes(&raw).and_then(|path| check_segments(&path).map(|()| path));
            if is_simple(raw.as_bytes()) {
                proptest::prop_assert_eq!(checked.as_deref(), Ok(&*raw));
            } else {
                let normal = checked.is_ok_and(|path| *path == *raw);
                proptest::prop_assert!(!normal || raw.contains("/.") || raw.contains('%'), "{raw}");
            }
        }

        #[test]
        fn normal_paths_stay(raw in "/([a-zA-Z0-9%2eEfF./-]{0,6}/){0,3}[ -~]{0,6}") {
            if let Ok(once) = normalize_path(&raw) {
                let twice = normalize_path(&once);
                proptest::prop_assert_eq!(twice.as_deref(), Ok(&*once));
            }
        }
    }
}
