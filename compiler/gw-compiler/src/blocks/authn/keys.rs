//! Where the keys that verify tokens come from.

use crate::blocks::{secret, table::path_of};
use crate::cx::{Cx, no_time};
use crate::fields::Fields;
use crate::resolve::Kind;
use crate::shape;
use gw_graph::{KeySource, SecretId};
use gw_syntax::{Code, Diagnostic, Expr, ExprKind, Ident, Span};
use std::time::Duration;

pub(super) fn lower(cx: &mut Cx<'_, '_>, module: usize, fields: &Fields<'_>) -> Option<KeySource> {
    let Some(expr) = fields.expr("keys") else {
        cx.report(
            Diagnostic::new(Code::MissingField, fields.span, "this authn has no `keys`")
                .here("`keys` is missing")
                .help("add `keys = remote(\"https://…/jwks.json\")`, `file(\"…\")`, `jwks(\"…\")` or the name of a `secret`"),
        );
        return None;
    };
    match &expr.kind {
        ExprKind::Call { args, .. } if args.is_empty() => wrong_keys(cx, expr.span),
        ExprKind::Call { name, args, .. } => match name.name.as_str() {
            word @ ("jwks" | "secret") if args.len() > 1 => {
                cx.diagnostics.extend(shape::arguments(word, args, 1));
                None
            }
            "remote" => remote(cx, module, expr, args),
            "file" => Some(KeySource::File(path_of(cx, module, expr)?)),
            "jwks" => inline(cx, module, args.first()?),
            "secret" => secret_named(cx, module, args.first()?).map(KeySource::Secret),
            _ => wrong_keys(cx, expr.span),
        },
        ExprKind::Name { .. } => secret_named(cx, module, expr).map(KeySource::Secret),
        _ => wrong_keys(cx, expr.span),
    }
}

fn second_url(span: Span) -> Diagnostic {
    Diagnostic::new(Code::WrongArguments, span, "`remote` takes one address")
        .here("a second one")
        .help("keep one of them, or declare two `authn` and combine them with `any_of`")
}

fn wrong_keys(cx: &mut Cx<'_, '_>, span: Span) -> Option<KeySource> {
    cx.report(
        Diagnostic::new(Code::WrongArguments, span, "this is not a source of keys")
            .here("not a source of keys")
            .help("write `remote(\"https://…/jwks.json\")`, `file(\"…\")`, `jwks(\"…\")` or the name of a `secret`"),
    );
    None
}

/// The secret that a bare name stands for.
fn secret_named(cx: &mut Cx<'_, '_>, module: usize, expr: &Expr) -> Option<SecretId> {
    let ExprKind::Name { name, .. } = &expr.kind else {
        wrong_keys(cx, expr.span);
        return None;
    };
    let ident = Ident {
        name: name.clone(),
        span: expr.span,
    };
    match cx.program.expect(module, &ident, Kind::Secret) {
        Ok(id) => secret::lower(cx, id),
        Err(diagnostic) => {
            cx.report(*diagnostic);
            None
        }
    }
}

fn remote(cx: &mut Cx<'_, '_>, module: usize, expr: &Expr, args: &[Expr]) -> Option<KeySource> {
    let mut url = None;
    let (mut fresh, mut stale_ok, mut ca) =
        (Duration::from_secs(600), Duration::from_secs(3600), None);
    for arg in args {
        match &arg.kind {
            ExprKind::Named(name, value) => match name.name.as_str() {
                "refresh" => fresh = refresh(cx, module, value)?,
                "stale_ok" => stale_ok = cx.duration_of(module, value, "stale_ok")?,
                "ca" => ca = Some(path_of(cx, module, value)?),
                _ => {
                    cx.report(
                        Diagnostic::new(
                            Code::WrongArguments,
                            name.span,
                            format!("`remote` has no argument `{}`", name.name),
                        )
                        .here("unknown argument")
                        .help("it takes a URL, `refresh`, `stale_ok` and `ca`"),
                    );
                }
            },
            _ if url.is_some() => cx.report(second_url(arg.span)),
            _ => url = cx.text_of(module, arg),
        }
    }
    let Some(url) = url else {
        return wrong_keys(cx, expr.span);
    };
    if !(url.starts_with("https://") || url.starts_with("http://")) {
        cx.report(
            Diagnostic::new(
                Code::BadTarget,
                expr.span,
                format!("`{url}` is not a web address"),
            )
            .here("no `https://`")
            .help("write the full address of the key set, as `https://idp.example/jwks.json`"),
        );
        return None;
    }
    if !url.starts_with("https://") && !is_local(&url) {
        cx.report(
            Diagnostic::new(
                Code::PlainKeys,
                expr.span,
                "whoever stands between can replace these keys, and sign tokens",
            )
            .here("fetched without TLS")
            .help("write `https://`, with `ca = \"…\"` where the certificate is your own"),
        );
    }
    Some(KeySource::Remote {
        url,
        ca,
        refresh: fresh,
        stale_ok,
    })
}

/// Whether an address never leaves this machine.
fn is_local(url: &str) -> bool {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split('/').next().unwrap_or("");
    let host = match authority.strip_prefix('[') {
        Some(inner) => inner.split(']').next().unwrap_or(""),
        None => authority.split(':').next().unwrap_or(""),
    };
    gw_graph::is_loopback(host)
}

/// How long fetched keys are fresh.
fn refresh(cx: &mut Cx<'_, '_>, module: usize, expr: &Expr) -> Option<Duration> {
    let time = cx.duration_of(module, expr, "refresh")?;
    if time.is_zero() {
        let help = "write a duration such as `10m`: keys would be fetched for every request";
        cx.report(no_time(expr, "refresh", help));
        return None;
    }
    Some(time)
}

fn inline(cx: &mut Cx<'_, '_>, module: usize, expr: &Expr) -> Option<KeySource> {
    let text = cx.text_of(module, expr)?;
    let keys = serde_json::from_str::<serde_json::Value>(&text).ok();
    let is_set = keys
        .as_ref()
        .and_then(|j| j.get("keys"))
        .is_some_and(serde_json::Value::is_array);
    if !is_set {
        cx.report(
            Diagnostic::new(Code::BadConstant, expr.span, "this is not a JWK set")
                .here("not JSON with a list `keys`")
                .help("write `jwks(\"\"\"{ \"keys\": [ … ] }\"\"\")` (RFC 7517)"),
        );
        return None;
    }
    Some(KeySource::Inline(text))
}
