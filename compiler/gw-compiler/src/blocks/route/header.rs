//! The header of a route: methods, path, hosts.

use super::{SPEC, path};
use crate::blocks::service::{self, Inherited};
use crate::cx::Cx;
use crate::resolve::header_span;
use gw_expr::Type;
use gw_graph::HostPattern;
use gw_syntax::{
    Code, Diagnostic, Expr, ExprKind, Ident, Literal, Part, PathPattern, Span, Statement,
};
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
    let mut unquoted = false;
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
            Part::Value(expr) if pattern.is_none() && quoted(expr).is_some() => {
                if let Some(text) = quoted(expr) {
                    cx.report(in_quotes(expr.span, text));
                    unquoted |= text.starts_with('/');
                }
            }
            other => cx.report(wrong_header(other.span())),
        }
    }
    if pattern.is_none() && unquoted {
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

/// The path or method in quotes that a value is.
fn quoted(expr: &Expr) -> Option<&str> {
    match &expr.kind {
        ExprKind::Literal(Literal::Text(text)) => {
            let bare = text.starts_with('/') || METHODS.contains(&text.as_str());
            bare.then_some(text.as_str())
        }
        _ => None,
    }
}

/// The finding for a path or method in quotes.
pub(crate) fn in_quotes(span: Span, text: &str) -> Diagnostic {
    let (what, path) = match text.starts_with('/') {
        true => ("path", true),
        false => ("method", false),
    };
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
