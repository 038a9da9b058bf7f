//! Reads path literals into segments. Says what is malformed; what a constraint means, and
//! whether a pattern can match, is decided by the compiler.

use super::lexeme;
use crate::{Code, Diagnostic, Ident, PathPattern, PathSegment, PathSegmentKind, Span};

/// Reads `text`, which stands at `span`. Malformed segments become exact ones, with a finding.
pub(super) fn read(text: &str, span: Span) -> (PathPattern, Vec<Diagnostic>) {
    let mut reader = Reader {
        text,
        span,
        findings: Vec::new(),
    };
    if text.len() > LONGEST {
        reader.findings.push(too_long(span));
        reader.text = "/";
    }
    let (path, query) = reader.split_query();
    let trailing_slash = path.len() > 1 && path.ends_with('/');
    let body = path.strip_prefix('/').unwrap_or(path);
    let body = if trailing_slash {
        body.strip_suffix('/').unwrap_or(body)
    } else {
        body
    };
    let segments = if path == "/" {
        Vec::new()
    } else {
        reader.segments(body, 1)
    };
    let pattern = PathPattern {
        text: reader.text.into(),
        segments,
        trailing_slash,
        query,
        span,
    };
    (pattern, reader.findings)
}

/// Bytes of the longest path pattern: no request head is longer, unless a listener allows it.
const LONGEST: usize = 64 << 10;

fn too_long(span: Span) -> Diagnostic {
    let message = format!("a path pattern ends after {LONGEST} bytes");
    Diagnostic::new(Code::BadPathPattern, span, message)
        .here("longer than the path of any request")
        .help("shorten it; `{rest:**}` stands for any number of segments")
}

struct Reader<'t> {
    text: &'t str,
    span: Span,
    findings: Vec<Diagnostic>,
}

impl<'t> Reader<'t> {
    fn place(&self, start: usize, end: usize) -> Span {
        let from = self.span.start as usize;
        Span::new(self.span.file, from + start, from + end)
    }

    /// Splits at the first `?` outside braces.
    fn split_query(&self) -> (&'t str, Option<Ident>) {
        let mark = outside_braces(self.text)
            .find(|(_, b)| *b == b'?')
            .map(|(i, _)| i);
        let Some(at) = mark else {
            return (self.text, None);
        };
        let (path, query) = self.text.split_at_checked(at).unwrap_or((self.text, ""));
        let name = query.get(1..).unwrap_or("").into();
        (
            path,
            Some(Ident {
                name,
                span: self.place(at + 1, self.text.len()),
            }),
        )
    }

    fn segments(&mut self, body: &'t str, offset: usize) -> Vec<PathSegment> {
        let slashes = outside_braces(body)
            .filter(|(_, b)| *b == b'/')
            .map(|(i, _)| i);
        let mut ends: Vec<usize> = slashes.collect();
        ends.push(body.len());
        let mut start = 0;
        let mut segments = Vec::with_capacity(ends.len());
        for end in ends {
            let text = body.get(start..end).unwrap_or("");
            let span = self.place(offset + start, offset + end);
            segments.push(PathSegment {
                kind: self.segment(text, span),
                span,
            });
            start = end + 1;
        }
        self.check_order(&segments);
        segments
    }

    fn segment(&mut self, text: &str, span: Span) -> PathSegmentKind {
        match text {
            "*" => return PathSegmentKind::Any,
            "**" => return PathSegmentKind::Rest,
            "" => self.finding(
                span,
                "an empty segment",
                "a path holds no `//`",
                "remove one slash",
            ),
            _ if text.starts_with('{') && text.ends_with('}') => return self.param(text, span),
            _ if text.contains(['{', '}']) => self.finding(
                span,
                "a parameter is a whole segment",
                "text and `{…}` cannot share a segment",
                "write `/{name}` and test a part of it with `when`, or give it a regular \
                 expression: `/{name:v[0-9]+}`",
            ),
            _ if text.contains('*') => self.finding(
                span,
                "`*` is a whole segment",
                "matches one segment; `**` the rest",
                "write `/{name:regex}` to match a part of a segment",
            ),
            _ => {}
        }
        PathSegmentKind::Exact(text.into())
    }

    fn param(&mut self, text: &str, span: Span) -> PathSegmentKind {
        let inside = text.get(1..text.len() - 1).unwrap_or("");
        let (name, constraint) = match inside.split_once(':') {
            Some((name, constraint)) => (name, Some(constraint)),
            None => (inside, None),
        };
        let start = span.start + 1;
        let name_end = start + narrow(name.len());
        let name_span = Span {
            start,
            end: name_end,
            ..span
        };
        let valid = name.bytes().all(lexeme::is_name_char)
            && !name.starts_with(|c: char| c.is_ascii_digit());
        if name.is_empty() || !valid {
            self.finding(
                name_span,
                "a path parameter needs a name",
                "letters, digits and `_`, not beginning with a digit",
                "write `{id}`, `{id:int}` or `{rest:**}`",
            );
        }
        let rest = Span {
            start: name_end + 1,
            end: span.end - 1,
            ..span
        };
        if constraint == Some("") {
            self.finding(
                span,
                "a type or regular expression is missing after `:`",
                "nothing follows the colon",
                "write `{id:int}`, or `{id}` for any text",
            );
        }
        PathSegmentKind::Param {
            name: Ident {
                name: name.into(),
                span: name_span,
            },
            constraint: constraint.map(|c| Ident {
                name: c.into(),
                span: rest,
            }),
        }
    }

    /// What takes the rest of a path stands last.
    fn check_order(&mut self, segments: &[PathSegment]) {
        let all_but_last = segments.split_last().map_or(&[][..], |(_, before)| before);
        for segment in all_but_last {
            let rest = match &segment.kind {
                PathSegmentKind::Rest => true,
                PathSegmentKind::Param { constraint, .. } => {
                    constraint.as_ref().is_some_and(|c| c.name == "**")
                }
                PathSegmentKind::Exact(_) | PathSegmentKind::Any => false,
            };
            if rest {
                self.finding(
                    segment.span,
                    "`**` takes the rest of the path",
                    "must be the last segment",
                    "move it to the end, or write `*` for one segment",
                );
            }
        }
    }

    fn finding(&mut self, span: Span, message: &str, label: &str, help: &str) {
        let finding = Diagnostic::new(Code::BadPathPattern, span, message)
            .here(label)
            .help(help);
        self.findings.push(finding);
    }
}

/// The bytes outside braces, with their offsets.
fn outside_braces(text: &str) -> impl Iterator<Item = (usize, u8)> + '_ {
    let mut depth = 0usize;
    text.bytes().enumerate().filter(move |(_, byte)| {
        match byte {
            b'{' => depth += 1,
            b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0
    })
}

fn narrow(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
