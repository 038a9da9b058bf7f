//! `given …`: what holds for the requests that follow.

use super::words::{header_name, text_or_word, wrong};
use super::{GIVEN, Given, GivenTime, GivenTls, known_backend, mock};
use crate::blocks::record::json_of;
use crate::cx::Cx;
use crate::load::assigned;
use crate::resolve::Kind;
use gw_expr::{OwnedValue, Type};
use gw_syntax::{Code, Diagnostic, Expr, ExprKind, Ident, Literal, Part, Statement};
use serde_json::Value as Json;
use smol_str::SmolStr;
use std::net::IpAddr;

pub(super) fn lower(cx: &mut Cx<'_, '_>, module: usize, item: &Statement, given: &mut Given) {
    match item.parts.as_slice() {
        [Part::Word(w)] if w.name == "jwt" => given.jwt = json_of(cx, module, item),
        [Part::Word(w)] if w.name == "key" => given.key = json_of(cx, module, item),
        [Part::Word(w)] if w.name == "certificate" => {
            given.certificate = certificate(cx, module, item);
        }
        [Part::Word(w)] if w.name == "tls" => given.tls = tls(cx, module, item),
        [Part::Word(w), Part::Value(v)] if w.name == "source" => given.source = ip(cx, module, v),
        [Part::Word(w), Part::Value(v)] if w.name == "time" => given.time = time(cx, module, v),
        [Part::Word(w), Part::Value(n)] if w.name == "header" => {
            let value = assigned(item).and_then(|v| text_or_word(cx, module, v));
            if let (Some(name), Some(value)) = (header_name(cx, module, n), value) {
                given.headers.push((name, value));
            }
        }
        [Part::Word(w), Part::Word(name)] if w.name == "listener" => {
            match cx.program.expect(module, name, Kind::Listener) {
                Ok(_) => given.listener = Some(name.name.to_string()),
                Err(diagnostic) => cx.report(*diagnostic),
            }
        }
        [Part::Word(w), Part::Word(name)] if w.name == "backend" => {
            known_backend(cx, module, name);
            given.backends.extend(mock::lower(cx, module, name, item));
        }
        [Part::Word(w), ..] => cx.report(not_given(item, w)),
        _ => cx.report(wrong(
            item.span,
            "this `given` has the wrong shape",
            GIVEN.usage,
        )),
    }
}

/// Words that people try, each with what to write instead.
const HABITS: &[(&str, &str)] = &[
    (
        "token",
        "write `given jwt { sub: \"u1\" }` for the claims of a verified token",
    ),
    (
        "claims",
        "write `given jwt { sub: \"u1\" }` for the claims of a verified token",
    ),
    (
        "user",
        "write `given jwt { sub: \"u1\" }` for the claims of a verified token",
    ),
    (
        "client_certificate",
        "write `given certificate { dns: [\"billing.internal\"] }` for a client's certificate",
    ),
    (
        "ip",
        "write `given source 203.0.113.7` for the client's address",
    ),
    (
        "clock",
        "write `given time \"2030-01-01T09:00:00Z\"` to set the clock",
    ),
];

fn not_given(item: &Statement, word: &Ident) -> Diagnostic {
    match HABITS.iter().find(|(habit, _)| *habit == word.name) {
        Some((_, help)) => Diagnostic::new(
            Code::BadTest,
            word.span,
            format!("`{}` cannot be given", word.name),
        )
        .here("not a circumstance")
        .help(*help),
        None => wrong(item.span, "this `given` has the wrong shape", GIVEN.usage),
    }
}

/// What a test says of a certificate; the rest of it is empty.
fn certificate(cx: &mut Cx<'_, '_>, module: usize, item: &Statement) -> Option<Json> {
    let written = json_of(cx, module, item)?;
    let record = crate::blocks::authn::certificate();
    let mut given = written.as_object()?.keys();
    let Some(name) = given.find(|name| !record.fields.contains_key(name.as_str())) else {
        return Some(written);
    };
    let names: Vec<&str> = record.fields.keys().map(SmolStr::as_str).collect();
    let near = crate::suggest::nearest(name, names.iter().copied());
    let message = format!("a certificate has no `{name}`");
    cx.report(
        Diagnostic::new(Code::BadTest, item.span, message)
            .here("not a field of `certificate`")
            .help(match near {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("it has {}", names.join(", ")),
            }),
    );
    None
}

fn tls(cx: &mut Cx<'_, '_>, module: usize, item: &Statement) -> Option<GivenTls> {
    let written = json_of(cx, module, item)?;
    let known = ["version", "sni", "cipher"];
    let fits = |(name, value): (&String, &Json)| {
        let version = name != "version" || matches!(value.as_str(), Some("1.2" | "1.3"));
        known.contains(&name.as_str()) && value.is_string() && version
    };
    if !written.as_object().is_some_and(|o| o.iter().all(fits)) {
        cx.report(wrong(
            item.span,
            "this is not a TLS connection",
            "given tls { version: \"1.3\", sni: \"api.example\" }",
        ));
        return None;
    }
    let text = |name| written.get(name).and_then(Json::as_str).map(str::to_owned);
    Some(GivenTls {
        version: text("version").unwrap_or_else(|| "1.3".to_owned()),
        sni: text("sni"),
        cipher: text("cipher").unwrap_or_else(|| "TLS_AES_128_GCM_SHA256".to_owned()),
    })
}

fn ip(cx: &mut Cx<'_, '_>, module: usize, expr: &Expr) -> Option<IpAddr> {
    if let ExprKind::Literal(Literal::Ip(ip)) = expr.kind {
        return Some(ip);
    }
    let text = cx.text_of(module, expr)?;
    let parsed = text.parse().ok();
    if parsed.is_none() {
        cx.report(
            Diagnostic::new(
                Code::BadCidr,
                expr.span,
                format!("`{text}` is not an IP address"),
            )
            .here("not an address")
            .help("write `203.0.113.7` or `\"2001:db8::1\"`"),
        );
    }
    parsed
}

fn time(cx: &mut Cx<'_, '_>, module: usize, expr: &Expr) -> Option<GivenTime> {
    let call = Expr {
        kind: ExprKind::Call {
            name: Ident {
                name: "timestamp".into(),
                span: expr.span,
            },
            args: vec![expr.clone()],
            rooted: false,
        },
        span: expr.span,
    };
    let before = cx.diagnostics.len();
    let value = cx.constant(module, &call, &Type::Timestamp);
    let Some(OwnedValue::Timestamp(at)) = value else {
        cx.diagnostics.truncate(before);
        cx.report(
            Diagnostic::new(Code::BadTest, expr.span, "this is not a time")
                .here("cannot be read as a time")
                .help("write `given time \"2030-01-01T09:00:00Z\"` (RFC 3339)"),
        );
        return None;
    };
    let nanos = at
        .seconds
        .checked_mul(1_000_000_000)?
        .checked_add(i64::from(at.nanos))?;
    Some(GivenTime {
        nanos,
        span: expr.span,
    })
}
