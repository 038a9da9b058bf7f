//! `service`: routes that share hosts, a path prefix and settings.

use crate::cx::{Cx, items};
use crate::fields::Fields;
use crate::host;
use crate::resolve::{DeclId, Kind, header_span};
use crate::spec::{BlockSpec, FieldSpec, Repeats, Shape, Words};
use gw_graph::{HostPattern, ListenerId, SharedList};
use gw_syntax::{Code, Diagnostic, Expr, ExprKind, Ident, Part, PathPattern, Span, Statement};
use hashbrown::HashMap;
use smol_str::SmolStr;

/// `service`
pub(crate) const SPEC: BlockSpec = BlockSpec {
    keyword: "service",
    parents: &["file"],
    usage: "service NAME [on HOST] [prefix /PATH] { … route … }",
    shape: Shape::of(Words::Header).block().idle_if_empty(),
    doc: "Routes that share hosts, a path prefix and settings. What is written here holds for every route in it; a route can only tighten it, except by `override … because \"…\"`.",
    example: "service shop on \"api.shop.example\" prefix /v1/{org:slug} {\n  authn idp\n  route order GET /orders/{id:int} { allow when jwt.org == path.org; to orders }\n}",
    fields: &[
        FieldSpec::optional("listeners", "list of listeners", "where it is served")
            .default("every listener"),
        FieldSpec::optional("max_body", "size", "largest request body"),
    ],
    repeats: Repeats::Often,
};

/// What a route takes over from its service; for a route at the top level, nothing.
pub(crate) struct Inherited<'s> {
    /// `service shop`; empty at the top level.
    pub(crate) scope: SmolStr,
    /// `shop.`; empty at the top level.
    pub(crate) qualifier: SmolStr,
    /// The module of the declaration.
    pub(crate) module: usize,
    /// Hosts; empty for all.
    pub(crate) hosts: SharedList<HostPattern>,
    /// The path prefix.
    pub(crate) prefix: Option<&'s PathPattern>,
    /// Listeners; empty for all.
    pub(crate) listeners: Vec<ListenerId>,
    /// Largest request body.
    pub(crate) max_body: Option<u64>,
    /// Statements that hold for every route, in textual order.
    pub(crate) statements: Vec<&'s Statement>,
    /// The header.
    pub(crate) header: Span,
}

/// Lowers a service and its routes.
pub(crate) fn lower(cx: &mut Cx<'_, '_>, id: DeclId) {
    let Some(decl) = cx.program.decl(id) else {
        return;
    };
    cx.program.mark_used(id);
    let (name, module, statement) = (decl.name.clone(), decl.module, decl.statement);
    let header = header_span(statement);
    let fields = Fields::read(statement.block.as_deref(), header, &SPEC, cx.diagnostics);
    let (hosts, prefix) = read_header(cx, module, statement);
    let inherited = Inherited {
        scope: format!("service {}", name.name).into(),
        qualifier: format!("{}.", name.name).into(),
        module,
        hosts: hosts.into(),
        prefix,
        listeners: listeners(cx, module, &fields),
        max_body: cx.whole(module, &fields, "max_body", 0..=i64::MAX),
        statements: fields
            .nested
            .iter()
            .copied()
            .filter(|s| s.head.ident().name != "route")
            .collect(),
        header,
    };
    check_names(cx, &fields);
    cx.expect_routes(fields.all("route").count());
    for route in fields.all("route") {
        super::route::lower(cx, route, &inherited);
    }
}

/// Each name stands for one route.
fn check_names(cx: &mut Cx<'_, '_>, fields: &Fields<'_>) {
    let mut names: HashMap<SmolStr, Span> = HashMap::new();
    for route in fields.all("route") {
        if let Some(name) = crate::resolve::declared_name(route)
            && let Some(first) = names.insert(name.name.clone(), name.span)
        {
            cx.report(declared_twice(&name, first));
        }
    }
}

fn declared_twice(name: &Ident, first: Span) -> Diagnostic {
    let message = format!("route `{}` is declared twice", name.name);
    Diagnostic::new(Code::DuplicateName, name.span, message)
        .here("declared again here")
        .because(first, "first declared here")
        .help("give one of them another name")
}

fn read_header<'s>(
    cx: &mut Cx<'_, '_>,
    module: usize,
    statement: &'s Statement,
) -> (Vec<HostPattern>, Option<&'s PathPattern>) {
    let (mut on, mut prefix) = (Vec::new(), None);
    let mut parts = statement.parts.iter().skip(1);
    while let Some(part) = parts.next() {
        match part {
            Part::Word(word) if word.name == "on" && on.is_empty() => match parts.next() {
                Some(part) => on = hosts(cx, module, part),
                None => cx.report(wrong_header(word.span)),
            },
            Part::Word(word) if word.name == "on" => {
                let hosts = parts.next().map_or(word.span, Part::span);
                cx.report(on_twice(word.span.to(hosts)));
            }
            Part::Word(word) if word.name == "prefix" && prefix.is_none() => match parts.next() {
                Some(Part::Path(path)) => prefix = Some(&**path),
                Some(Part::Value(expr))
                    if let Some(text) = expr.as_text().filter(|t| t.starts_with('/')) =>
                {
                    cx.report(super::route::in_quotes(expr.span, text));
                }
                _ => cx.report(wrong_header(word.span)),
            },
            other => cx.report(wrong_header(other.span())),
        }
    }
    (on, prefix)
}

/// The finding for a second `on` in a header.
pub(crate) fn on_twice(span: Span) -> Diagnostic {
    Diagnostic::new(Code::DuplicateField, span, "`on` is written twice")
        .here("a second `on`")
        .help("list all hosts behind one, as `on [\"a.example\", \"b.example\"]`")
}

fn wrong_header(span: Span) -> Diagnostic {
    Diagnostic::new(
        Code::WrongShape,
        span,
        "this does not belong in the header of a service",
    )
    .here("not expected here")
    .help(format!("write `{}`", SPEC.usage))
}

/// The hosts after `on`: a text, the name of a `param`, or a list of these.
pub(crate) fn hosts(cx: &mut Cx<'_, '_>, module: usize, part: &Part) -> Vec<HostPattern> {
    let named;
    let exprs: Vec<&Expr> = match part {
        Part::Word(word) => {
            let kind = ExprKind::Name {
                name: word.name.clone(),
                rooted: false,
            };
            named = Expr {
                kind,
                span: word.span,
            };
            vec![&named]
        }
        Part::Value(expr) => {
            let all = items(expr);
            if all.is_empty() {
                cx.report(no_host(expr.span));
            }
            all
        }
        Part::Methods(_) | Part::Path(_) | Part::Call { .. } => {
            cx.report(wrong_header(part.span()));
            Vec::new()
        }
    };
    exprs
        .into_iter()
        .filter_map(|e| host(cx, module, e))
        .collect()
}

/// An empty list would mean the same as none at all: every host.
fn no_host(span: Span) -> Diagnostic {
    Diagnostic::new(Code::BadHost, span, "this list names no host")
        .here("would be served on every host")
        .help("name hosts, as `on [\"a.example\", \"b.example\"]`, or leave `on` out for all")
}

fn host(cx: &mut Cx<'_, '_>, module: usize, expr: &Expr) -> Option<HostPattern> {
    let text = cx.text_of(module, expr)?.to_lowercase();
    let (wildcard, name) = match text.strip_prefix("*.") {
        Some(rest) => (true, rest),
        None => (false, text.as_str()),
    };
    let address = host::is_address(name.trim_start_matches('[').trim_end_matches(']'));
    if !(address && !wildcard || host::is_name(name)) {
        let mended = host::bare(&text);
        let diagnostic = Diagnostic::new(
            Code::BadHost,
            expr.span,
            format!("`{text}` is not a host name"),
        );
        let written = matches!(expr.kind, ExprKind::Literal(_));
        let right = mended.strip_prefix("*.").unwrap_or(mended);
        cx.report(if written && host::is_name(right) {
            diagnostic
                .here("a host has no scheme, port or path")
                .help(format!("write `\"{mended}\"`"))
                .fix(
                    format!("write `{mended}`"),
                    expr.span,
                    format!("\"{mended}\""),
                )
        } else {
            diagnostic
                .here("not a host name")
                .help("write `\"api.example.com\"` or `\"*.example.com\"`, without port or scheme")
        });
        return None;
    }
    Some(if wildcard {
        HostPattern::Suffix(name.into())
    } else {
        HostPattern::Exact(name.into())
    })
}

/// The listeners of a field; empty for all.
pub(crate) fn listeners(
    cx: &mut Cx<'_, '_>,
    module: usize,
    fields: &Fields<'_>,
) -> Vec<ListenerId> {
    let Some(expr) = fields.expr("listeners") else {
        return Vec::new();
    };
    let mut out = Vec::new();
    let named = items(expr);
    if named.is_empty() {
        cx.report(
            Diagnostic::new(
                Code::WrongArguments,
                expr.span,
                "this list names no listener",
            )
            .here("would be served by every listener")
            .help("write `listeners = [edge]`, or leave it out for all"),
        );
    }
    for item in named {
        let ExprKind::Name { name, .. } = &item.kind else {
            cx.report(
                Diagnostic::new(
                    Code::WrongArguments,
                    item.span,
                    "`listeners` takes names of listeners",
                )
                .here("not a name")
                .help("write `listeners = [edge]`"),
            );
            continue;
        };
        let ident = Ident {
            name: name.clone(),
            span: item.span,
        };
        match cx.program.expect(module, &ident, Kind::Listener) {
            Ok(id) => out.extend(super::listener::lower(cx, id)),
            Err(diagnostic) => cx.report(*diagnostic),
        }
    }
    out
}
