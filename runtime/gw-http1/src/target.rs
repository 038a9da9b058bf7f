//! The request target in its forms (RFC 9112 section 3.2).

use crate::malformed::Malformed;
use crate::span::Span;

/// A request target in its parts. Options of its own would take a third more.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Target {
    authority: Span,
    /// With its leading slash; `*` in asterisk form; empty if the absolute form has none.
    pub(crate) path: Span,
    query: Span,
    has_authority: bool,
    has_query: bool,
}

impl Target {
    /// Of the absolute and the authority form.
    pub(crate) fn authority(&self) -> Option<Span> {
        self.has_authority.then_some(self.authority)
    }

    /// Without `?`.
    pub(crate) fn query(&self) -> Option<Span> {
        self.has_query.then_some(self.query)
    }

    /// The same with an authority.
    pub(crate) fn at(self, authority: Span) -> Self {
        Self {
            authority,
            has_authority: true,
            ..self
        }
    }

    /// Takes a target apart that holds allowed bytes only; `at` is where it begins in the head.
    pub(crate) fn parse(method: &str, target: &[u8], at: usize) -> Result<Self, Malformed> {
        let unknown = Malformed::syntax("the request target has no known form");
        if method == "CONNECT" {
            if !is_authority(target) {
                return Err(unknown);
            }
            return Ok(Self::default().at(Span::new(at, target.len())));
        }
        match target {
            [b'/', ..] => Ok(Self::origin(target, at)),
            b"*" if method == "OPTIONS" => Ok(Self::origin(target, at)),
            _ => {
                let skipped = scheme_length(target).ok_or(unknown)?;
                let rest = target.get(skipped..).unwrap_or_default();
                let end = rest.iter().position(|b| matches!(b, b'/' | b'?'));
                let end = end.unwrap_or(rest.len());
                let after = rest.get(end..).unwrap_or_default();
                let begin = at + skipped;
                // RFC 9110 section 4.2.1.
                if end == 0 {
                    return Err(Malformed::host("the request target has an empty host"));
                }
                Ok(Self::origin(after, begin + end).at(Span::new(begin, end)))
            }
        }
    }

    pub(crate) fn origin(target: &[u8], at: usize) -> Self {
        match memchr::memchr(b'?', target) {
            None => Self {
                path: Span::new(at, target.len()),
                ..Self::default()
            },
            Some(mark) => Self {
                path: Span::new(at, mark),
                query: Span::new(at + mark + 1, target.len() - mark - 1),
                has_query: true,
                ..Self::default()
            },
        }
    }
}

/// Whether a target is a host with its port (RFC 9112 section 3.2.3).
fn is_authority(target: &[u8]) -> bool {
    let Some(colon) = memchr::memrchr(b':', target) else {
        return false;
    };
    let (host, port) = target.split_at(colon);
    let digits = port.get(1..).unwrap_or_default();
    let host = !host.is_empty() && !host.iter().any(|b| matches!(b, b'/' | b'?' | b'@'));
    host && !digits.is_empty() && digits.iter().all(u8::is_ascii_digit)
}

/// The length of `http://` or `https://`, whatever its case.
fn scheme_length(target: &[u8]) -> Option<usize> {
    ["http://", "https://"]
        .into_iter()
        .map(str::len)
        .find(|length| {
            let scheme = target.get(..*length).unwrap_or_default();
            scheme.eq_ignore_ascii_case(b"http://") || scheme.eq_ignore_ascii_case(b"https://")
        })
}
