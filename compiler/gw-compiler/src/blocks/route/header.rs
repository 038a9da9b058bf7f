//! The header of a route: methods, path, hosts.

use super::{SPEC, path};
use crate::blocks::service::{self, Inherited};
use crate::cx::Cx;
use crate::resolve::header_span;
use gw_expr::Type;
use gw_graph::HostPattern;
use gw_syntax::{Code, Diagnostic, Expr, ExprKind, Ident, Part, PathPattern, Span, Statement};
use smol_str::SmolStr;

/// What the header of a route says.
pub(super) struct Header {
    pub(super) path: Vec<gw_graph::Segment>,
    pub(super) params: Vec<(SmolStr, Type)>,
    pub(super) methods: Vec<SmolStr>,
    pub(super) hosts: Vec<HostPattern>,
}

pub(super) fn read(
    cx: &mut Cx<'_, '_>,
    inherited: &Inherited<'_>,
    statement: &Statement,
) -> Option<Header> {
    let module = inherited.module;
    let (mut pattern, mut methods, mut hosts): (
        Option<&PathPattern>,
        Vec<SmolStr>,
        Vec<HostPattern>,
    ) = (None, Vec::new(), Vec::new());
    let mut quoted_path = false;
    let mut parts = statement.parts.iter().skip(1);
    while let Some(part) = parts.next() {
        match part {
            Part::Path(path) if pattern.is_none() => pattern = Some(path),
            Part::Word(word) if word.name == "on" && hosts.is_empty() => match parts.next() {
                Some(part) => hosts = service::hosts(cx, module, part),
                None => cx.report(wrong_header(word.span)),
            },
            Part::Word(word) if word.name == "on" => {
                let hosts = parts.next().map_or(word.span, Part::span);
                cx.report(service::on_twice(word.span.to(hosts)));
            }
            Part::Word(word) if pattern.is_none() => methods.extend(method(cx, word)),
            Part::Methods(words) if pattern.is_none() => {
                methods.extend(words.iter().filter_map(|w| method(cx, w)));
            }
            Part::Value(expr)
                if pattern.is_none()
                    && let Some(text) = quoted(expr) =>
            {
                cx.report(in_quotes(expr.span, text));
                quoted_path |= text.starts_with('/');
            }
            Part::Word(word) if is_method(&word.name) => {
                cx.report(method_late(word.span));
            }
            Part::Value(expr)
                if pattern.is_none()
                    && let Some(joined) = listed(expr) =>
            {
                cx.report(in_brackets(expr.span, &joined));
            }
            other => cx.report(wrong_header(other.span())),
        }
    }
    if pattern.is_none() && quoted_path {
        return None;
    }
    let Some(pattern) = pattern else {
        cx.report(
            Diagnostic::new(
                Code::WrongShape,
                header_span(statement),
                "this route has no path",
            )
            .here("a path such as `/orders/{id:int}` is missing")
            .help(format!("write `{}`", SPEC.usage)),
        );
        return None;
    };
    let (path, params) = path::lower(cx, module, inherited.prefix, pattern)?;
    methods.sort();
    methods.dedup();
    Some(Header {
        path,
        params,
        methods,
        hosts,
    })
}

/// The methods of a list, joined as they are here.
fn listed(expr: &Expr) -> Option<String> {
    let ExprKind::List(items) = &expr.kind else {
        return None;
    };
    let names: Option<Vec<&str>> = items
        .iter()
        .map(|item| match &item.expr.kind {
            ExprKind::Name { name, .. } => Some(name.as_str()),
            _ => item.expr.as_text(),
        })
        .collect();
    let names = names.filter(|names| names.iter().all(|n| is_method(n)))?;
    (!names.is_empty()).then(|| names.join("|"))
}

fn in_brackets(span: Span, joined: &str) -> Diagnostic {
    Diagnostic::new(
        Code::WrongShape,
        span,
        "methods are joined by `|`, without brackets",
    )
    .here("a list, where methods are read")
    .help(format!("write `{joined}`"))
    .fix(format!("write `{joined}`"), span, joined)
}

fn method_late(span: Span) -> Diagnostic {
    Diagnostic::new(Code::WrongShape, span, "methods stand before the path")
        .here("behind the path")
        .help(format!("write `{}`", SPEC.usage))
}

/// The finding for a header that ends at the comma of `GET,POST`: a comma ends a statement.
pub(super) fn comma(cx: &Cx<'_, '_>, statement: &Statement) -> Option<Diagnostic> {
    let Some(Part::Word(last)) = statement.parts.last() else {
        return None;
    };
    let bare = statement.block.is_none() && is_method(&last.name);
    let source = cx.sources.get(last.span.file).filter(|_| bare)?;
    let end = last.span.end as usize;
    let rest = source.text.get(end..)?;
    let blank = |text: &str| text.len() - text.trim_start_matches([' ', '\t']).len();
    let comma = blank(rest);
    let after = rest.get(comma..)?.strip_prefix(',')?;
    let length = comma + 1 + blank(after);
    let span = Span::new(last.span.file, end, end + length);
    Some(
        Diagnostic::new(Code::WrongShape, span, "methods are joined by `|`")
            .here("a comma ends the statement")
            .help("write `GET|POST`")
            .fix("write `|`", span, "|"),
    )
}

/// Whether a word is a method.
pub(crate) fn is_method(word: &str) -> bool {
    METHODS.contains(&word)
}

/// The finding for a route whose name is missing, so that its method stands there.
pub(super) fn nameless(statement: &Statement) -> Option<Diagnostic> {
    let [Part::Word(name), Part::Path(_), ..] = statement.parts.as_slice() else {
        return None;
    };
    is_method(&name.name).then(|| {
        Diagnostic::new(Code::WrongShape, name.span, "this route has no name")
            .here("a method, where the name stands")
            .help(format!(
                "write `route NAME {} …`: logs and tests call it by its name",
                name.name
            ))
    })
}

/// The path or method in quotes that a value is.
fn quoted(expr: &Expr) -> Option<&str> {
    let text = expr.as_text()?;
    (text.starts_with('/') || is_method(text)).then_some(text)
}

/// The finding for a path or method in quotes.
pub(crate) fn in_quotes(span: Span, text: &str) -> Diagnostic {
    let path = text.starts_with('/');
    let what = if path { "path" } else { "method" };
    let message = format!("the {what} `{text}` is written without quotes");
    let found = Diagnostic::new(Code::WrongShape, span, message)
        .here(format!("a text, where a {what} is read"))
        .help(format!("write `{text}`"));
    match path && gw_syntax::parse_path(text, span).is_err() {
        true => found.help("write it as `/orders/{id:int}`"),
        false => found.fix("remove the quotes", span, text),
    }
}

fn wrong_header(span: Span) -> Diagnostic {
    Diagnostic::new(
        Code::WrongShape,
        span,
        "this does not belong in the header of a route",
    )
    .here("not expected here")
    .help(format!("write `{}`", SPEC.usage))
}

/// Registered methods (RFC 9110 section 9, RFC 5789, RFC 4918) that a typo is measured against.
const METHODS: &[&str] = &[
    "GET",
    "HEAD",
    "POST",
    "PUT",
    "PATCH",
    "DELETE",
    "OPTIONS",
    "TRACE",
    "CONNECT",
    "PROPFIND",
    "PROPPATCH",
    "MKCOL",
    "COPY",
    "MOVE",
    "LOCK",
    "UNLOCK",
    "REPORT",
    "SEARCH",
    "QUERY",
    "PURGE",
];

fn method(cx: &mut Cx<'_, '_>, word: &Ident) -> Option<SmolStr> {
    if word.name == "ANY" {
        return None;
    }
    if METHODS.contains(&word.name.as_str()) {
        return Some(word.name.clone());
    }
    let upper = word.name.to_uppercase();
    let diagnostic = Diagnostic::new(
        Code::BadMethod,
        word.span,
        format!("`{}` is not a method", word.name),
    )
    .here("unknown method");
    let near = METHODS.iter().find(|m| **m == upper).copied();
    cx.report(match near.or_else(|| crate::suggest::nearest(&upper, METHODS.iter().copied())) {
        Some(near) => diagnostic
            .help(format!("did you mean `{near}`?"))
            .fix(format!("write `{near}`"), word.span, near),
        None => diagnostic.help("methods are written in capitals: `GET`, `POST`, `GET|POST`; leave them out for all"),
    });
    None
}
