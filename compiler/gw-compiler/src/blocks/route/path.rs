//! Path patterns as written, to path patterns as matched.

use crate::blocks::enumeration;
use crate::cx::Cx;
use crate::resolve::Kind;
use gw_expr::Type;
use gw_graph::{Graph, PathError, Segment, SegmentType, normalize_path};
use gw_syntax::{Code, Diagnostic, Ident, PathPattern, PathSegmentKind, Span};
use smol_str::SmolStr;

type Params = Vec<(SmolStr, Type)>;

/// The segments of prefix and path with the parameters' types.
pub(super) fn lower(
    cx: &mut Cx<'_, '_>,
    module: usize,
    prefix: Option<&PathPattern>,
    path: &PathPattern,
) -> Option<(Vec<Segment>, Params)> {
    let mut out = Out {
        segments: Vec::new(),
        params: Vec::new(),
        places: Vec::new(),
        ok: true,
    };
    if let Some(prefix) = prefix {
        out.add(cx, module, prefix);
    }
    if path.segments.is_empty() && prefix.is_some_and(|p| !p.segments.is_empty()) {
        // `/` in a service with a prefix is the prefix itself.
    } else {
        out.add(cx, module, path);
        if path.trailing_slash {
            out.segments.push(Segment::Exact(SmolStr::default()));
        }
    }
    if let Some(query) = &path.query {
        cx.report(
            Diagnostic::new(
                Code::BadPathPattern,
                query.span,
                "a path pattern has no query",
            )
            .here("not part of a path")
            .help(format!(
                "write `when request.query[\"…\"] == \"…\"` instead of `?{}`",
                query.name
            )),
        );
        return None;
    }
    out.ok.then_some((out.segments, out.params))
}

struct Out {
    segments: Vec<Segment>,
    params: Params,
    places: Vec<(SmolStr, Span)>,
    ok: bool,
}

impl Out {
    fn add(&mut self, cx: &mut Cx<'_, '_>, module: usize, pattern: &PathPattern) {
        let prefix = self.segments.len();
        for segment in &pattern.segments {
            if let Some(Segment::Rest(_)) = self.segments.last() {
                self.ok = false;
                // Inside one pattern the parser has said so.
                if self.segments.len() > prefix {
                    return;
                }
                cx.report(
                    Diagnostic::new(
                        Code::BadPathPattern,
                        segment.span,
                        "nothing can follow `**`",
                    )
                    .here("after the rest of the path")
                    .help("`**` takes every further segment; put it last"),
                );
                return;
            }
            match self.segment(cx, module, &segment.kind, segment.span) {
                Some(segment) => self.segments.push(segment),
                None => self.ok = false,
            }
        }
    }

    fn segment(
        &mut self,
        cx: &mut Cx<'_, '_>,
        module: usize,
        kind: &PathSegmentKind,
        span: Span,
    ) -> Option<Segment> {
        match kind {
            PathSegmentKind::Exact(text) => exact(cx, text, span),
            PathSegmentKind::Any => Some(Segment::Any),
            PathSegmentKind::Rest => Some(Segment::Rest(None)),
            PathSegmentKind::Param { name, constraint } => {
                self.check_name(cx, name)?;
                let Some(constraint) = constraint else {
                    self.params.push((name.name.clone(), Type::String));
                    return Some(Segment::Param(name.name.clone(), SegmentType::String));
                };
                if constraint.name == "**" {
                    self.params.push((name.name.clone(), Type::String));
                    return Some(Segment::Rest(Some(name.name.clone())));
                }
                let (matched, ty) = typed(cx, module, constraint)?;
                self.params.push((name.name.clone(), ty));
                Some(Segment::Param(name.name.clone(), matched))
            }
        }
    }

    fn check_name(&mut self, cx: &mut Cx<'_, '_>, name: &Ident) -> Option<()> {
        if let Some((_, first)) = self.places.iter().find(|(n, _)| *n == name.name) {
            cx.report(
                Diagnostic::new(
                    Code::DuplicatePathParam,
                    name.span,
                    format!("parameter `{}` occurs twice in this path", name.name),
                )
                .here("named again here")
                .because(*first, "first named here")
                .help("give one of them another name"),
            );
            return None;
        }
        self.places.push((name.name.clone(), name.span));
        Some(())
    }
}

/// A literal segment in the form that normalised requests have (RFC 3986 section 6.2.2).
fn exact(cx: &mut Cx<'_, '_>, text: &str, span: Span) -> Option<Segment> {
    // Something follows, so that an empty segment is not the slash at the end.
    let problem = match normalize_path(&format!("/{text}/x")) {
        Err(PathError::DotSegment) => Some("dot segments are refused before routing"),
        Err(PathError::DoubleSlash) => Some("empty segments are refused before routing"),
        Err(PathError::Slash) => Some("encoded slashes are refused before routing"),
        Err(PathError::Control) => Some("control characters are refused before routing"),
        // What only has to be written otherwise is said below.
        Ok(_) | Err(PathError::Relative | PathError::BadEscape | PathError::Unencoded) => None,
    };
    if let Some(name) = borrowed(text) {
        cx.report(
            Diagnostic::new(
                Code::BadPathPattern,
                span,
                format!("`{text}` matches only that text"),
            )
            .here("a parameter stands in braces")
            .help(format!(
                "write `{{{name}}}`, or `{{{name}:int}}` with a type"
            ))
            .fix(format!("write `{{{name}}}`"), span, format!("{{{name}}}")),
        );
        return None;
    }
    if let Some(problem) = problem {
        cx.report(
            Diagnostic::new(
                Code::NonCanonicalPath,
                span,
                format!("no request ever has the segment `{text}`"),
            )
            .here(problem)
            .help("write the path as it is after normalisation (RFC 3986 section 6.2.2)"),
        );
        return None;
    }
    let normal = normalise(text);
    if normal != text {
        cx.report(
            Diagnostic::new(
                Code::NonCanonicalPath,
                span,
                format!("requests have this segment as `{normal}`"),
            )
            .here("not the normalised form")
            .help("percent-encoding is normalised before routing (RFC 3986 section 6.2.2)")
            .fix(format!("write `{normal}`"), span, normal),
        );
        return None;
    }
    Some(Segment::Exact(normal.into()))
}

/// The name in a parameter as other routers write it: `:id`, `<id>`, `$id`.
fn borrowed(text: &str) -> Option<&str> {
    let name = text
        .strip_prefix([':', '$'])
        .or_else(|| text.strip_prefix('<').and_then(|t| t.strip_suffix('>')))?;
    let legal = |c: char| c.is_ascii_alphanumeric() || c == '_';
    (name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.chars().all(legal)).then_some(name)
}

/// Escapes in capitals, unreserved characters as they are, everything else escaped.
fn normalise(text: &str) -> String {
    if text.bytes().all(is_unreserved) {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut bytes = text.bytes().peekable();
    while let Some(b) = bytes.next() {
        let hex = |b: Option<&u8>| b.and_then(|b| char::from(*b).to_digit(16));
        if b == b'%' {
            let mut ahead = bytes.clone();
            let (high, low) = (ahead.next(), ahead.next());
            if let (Some(h), Some(l)) = (hex(high.as_ref()), hex(low.as_ref())) {
                bytes.next();
                bytes.next();
                push(&mut out, u8::try_from(h * 16 + l).unwrap_or(b'%'), true);
                continue;
            }
        }
        push(&mut out, b, false);
    }
    out
}

fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)
}

fn push(out: &mut String, byte: u8, escaped: bool) {
    let plain = is_unreserved(byte) || (!escaped && b"!$&'()*+,;=:@".contains(&byte));
    if plain {
        out.push(char::from(byte));
    } else {
        out.push_str(&format!("%{byte:02X}"));
    }
}

/// What `{name:constraint}` matches, and the type of `path.name`.
fn typed(cx: &mut Cx<'_, '_>, module: usize, constraint: &Ident) -> Option<(SegmentType, Type)> {
    let matched = match constraint.name.as_str() {
        "string" => SegmentType::String,
        "int" => SegmentType::Int,
        "uint" => SegmentType::Uint,
        "bool" => SegmentType::Bool,
        "uuid" => SegmentType::Uuid,
        "slug" => SegmentType::Slug,
        name => {
            if let Some(id) = cx.program.lookup(module, name)
                && cx.program.decl(id).is_some_and(|d| d.kind == Kind::Enum)
            {
                let ty = enumeration::lower(cx, id)?;
                let Type::Enum(of) = &ty else { return None };
                let names = of.variants.iter().map(|v| v.name.clone()).collect();
                return Some((SegmentType::Enum(names), ty));
            }
            return regex(cx, constraint);
        }
    };
    let ty = match &matched {
        SegmentType::Uuid | SegmentType::Slug => {
            Type::named(&constraint.name).unwrap_or(Type::String)
        }
        other => Graph::segment_value_type(other),
    };
    Some((matched, ty))
}

/// A word that is no type was meant as one; anything else is a regular expression.
fn regex(cx: &mut Cx<'_, '_>, constraint: &Ident) -> Option<(SegmentType, Type)> {
    let types = ["string", "int", "uint", "bool", "uuid", "slug"];
    if constraint
        .name
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || c == '_')
    {
        let diagnostic = Diagnostic::new(
            Code::BadPathPattern,
            constraint.span,
            format!("`{}` is not a type of path parameters", constraint.name),
        )
        .here("unknown type");
        let meant = crate::blocks::schema::elsewhere(&constraint.name);
        let meant = meant.filter(|ty| types.contains(ty));
        let near = crate::suggest::nearest(&constraint.name, types).or(meant);
        cx.report(match near {
            Some(near) => diagnostic.help(format!("did you mean `{near}`?")).fix(
                format!("write `{near}`"),
                constraint.span,
                near,
            ),
            None => diagnostic.help(format!(
                "write `{}`, an enum, `**` or a regular expression such as `[a-z]+`",
                types.join("`, `")
            )),
        });
        return None;
    }
    if let Err(error) = regex_syntax::parse(&constraint.name) {
        cx.report(
            Diagnostic::new(
                Code::BadRegex,
                constraint.span,
                "this regular expression is wrong",
            )
            .here(
                error
                    .to_string()
                    .lines()
                    .last()
                    .unwrap_or("does not parse")
                    .trim_start_matches("error: ")
                    .to_owned(),
            )
            .help("the syntax is RE2's, without look-around and back-references"),
        );
        return None;
    }
    let matches = gw_expr::Ir::Matches {
        operand: Box::new(gw_expr::Ir::Const(gw_expr::OwnedValue::Str(
            SmolStr::default(),
        ))),
        pattern: constraint.name.clone(),
    };
    if gw_expr::Program::compile(&matches).is_err() {
        cx.report(
            Diagnostic::new(
                Code::BadRegex,
                constraint.span,
                "this regular expression is too large",
            )
            .here("would need too much memory")
            .help("shorten it, or lower its repetitions"),
        );
        return None;
    }
    Some((
        SegmentType::Regex(Box::new(constraint.name.clone())),
        Type::String,
    ))
}
