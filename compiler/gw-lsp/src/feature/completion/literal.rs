//! Text literals: the texts of which one must stand there, names of headers and files, reasons, and
//! the expressions of templates.

use super::{Offer, Request, expression, names, record, statement};
use crate::cursor::Cursor;
use crate::mention::field;
use gw_expr::Type;
use lsp_types::CompletionItemKind as ItemKind;

/// A place in `{…}` of a template as one in the expression there.
pub(super) fn opened<'t>(cursor: Cursor<'t>, block: &str) -> Cursor<'t> {
    let hole = cursor
        .literal
        .filter(|_| is_template(block, cursor.statement));
    let hole = hole.and_then(|l| l.rsplit_once('{')).map(|(_, hole)| hole);
    let Some(hole) = hole.filter(|h| !h.contains('}')) else {
        return cursor;
    };
    let word = crate::target::last_word(hole);
    Cursor {
        statement: hole.strip_suffix(word).unwrap_or(hole),
        word,
        literal: None,
        hole: true,
        ..cursor
    }
}

/// Whether a text of the statement may hold expressions.
fn is_template(block: &str, statement: &str) -> bool {
    let mut words = statement.split_whitespace();
    match (block, words.next(), words.next()) {
        ("to", Some("path"), _) | ("request", Some("set"), Some("path")) => true,
        ("request", Some("replace"), _) => statement.contains('='),
        (_, Some("redirect"), _) => true,
        _ => false,
    }
}

/// What may stand in a literal.
pub(super) fn offers(r: &Request<'_>, first: &str, literal: &str) -> Vec<Offer> {
    let before = r.cursor.statement.trim_end();
    if first == "import" && r.block == "file" {
        return names::files(r);
    }
    let of_header = before.ends_with("header")
        || before.ends_with("headers[")
        || before.contains("header [")
        || before.ends_with("header(");
    if of_header {
        return if literal.contains(' ') {
            Vec::new()
        } else {
            headers(r)
        };
    }
    if r.block == "test" && before.ends_with("reason") {
        return reasons(r);
    }
    if r.block == "record" {
        return record::texts(r);
    }
    match field(r.block, first).filter(|_| before.contains('=')) {
        Some((_, field)) if !listed(field.takes).is_empty() => listed(field.takes),
        _ => compared(r, before),
    }
}

/// The texts of a choice such as `"1.2" | "1.3"`; capitals stand for a text of one's own.
fn listed(takes: &str) -> Vec<Offer> {
    let choices = takes.split('|').map(str::trim);
    let texts = choices.filter_map(|c| c.strip_prefix('"')?.strip_suffix('"'));
    let texts = texts.filter(|t| !t.chars().any(|c| c.is_ascii_uppercase()));
    texts.map(member).collect()
}

fn member(text: &str) -> Offer {
    Offer::new(text, ItemKind::ENUM_MEMBER)
}

/// The texts that the value on the left can be: `jwt.plan == "…"`, `request.method in ["…"]`.
fn compared(r: &Request<'_>, before: &str) -> Vec<Offer> {
    let Some(operand) = left(before).and_then(expression::ending) else {
        return Vec::new();
    };
    if operand == "request.method" {
        return statement::METHODS.iter().map(|m| member(m)).collect();
    }
    let start = r.offset - r.cursor.literal.unwrap_or_default().len();
    let rest = r.view.text.text.get(r.offset..).unwrap_or_default();
    let line = rest.split('\n').next().unwrap_or_default();
    let stand_in = if line.contains('"') { "" } else { "\"" };
    let env = expression::env_with(r, start, stand_in);
    let ty = env.map(|env| expression::type_of(operand, &env));
    ty.iter().flat_map(texts).collect()
}

/// What stands before the comparison that a text ends in.
fn left(before: &str) -> Option<&str> {
    let compared = before
        .strip_suffix("==")
        .or_else(|| before.strip_suffix("!="));
    let listed = || {
        let (before, elements) = before.rsplit_once('[')?;
        let before = before.trim_end().strip_suffix(" in")?;
        (!elements.contains(']')).then_some(before)
    };
    compared.or_else(listed).map(str::trim_end)
}

/// The texts of a type that lists them; a declared enum is compared with its variants instead.
pub(super) fn texts(ty: &Type) -> Vec<Offer> {
    let ty = match ty.present().base() {
        Type::List(element) => element.present().base(),
        other => other,
    };
    let Type::Enum(of) = ty else {
        return Vec::new();
    };
    let variants = of.variants.iter().filter(|_| of.name.is_empty());
    variants.map(|v| member(&v.name)).collect()
}

/// The reasons that rules of this file give, then those of the gateway itself.
fn reasons(r: &Request<'_>) -> Vec<Offer> {
    let text = r.view.text.text.split("reason \"").skip(1);
    let own = text.filter_map(|rest| rest.split_once('"'));
    let own = own.map(|(reason, _)| reason);
    let own = own.filter(|t| !t.is_empty() && !t.contains('\n'));
    let builtin = gw_compiler::reasons().map(member);
    own.map(member).chain(builtin).collect()
}

/// Names of header fields that policies often touch, and those that this file names already.
fn headers(r: &Request<'_>) -> Vec<Offer> {
    let mut out: Vec<Offer> = Vec::new();
    let text = r.view.text.text.get(..r.offset).unwrap_or_default();
    for (at, _) in text.match_indices("header") {
        let rest = text.get(at + 6..).unwrap_or_default();
        let rest = rest.trim_start_matches(['s', ' ', '[', '(']);
        let name = rest.strip_prefix('"').and_then(|r| r.split_once('"'));
        if let Some((name, _)) = name.filter(|(n, _)| is_token(n)) {
            out.push(Offer::new(name, ItemKind::CONSTANT));
        }
    }
    out.extend(HEADERS.iter().map(|h| Offer::new(*h, ItemKind::CONSTANT)));
    out
}

fn is_token(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

/// Field names of RFC 9110, RFC 9111, RFC 6265, RFC 6454 and of common practice.
const HEADERS: &[&str] = &[
    "accept",
    "accept-encoding",
    "accept-language",
    "authorization",
    "cache-control",
    "content-length",
    "content-type",
    "cookie",
    "etag",
    "host",
    "if-match",
    "if-none-match",
    "location",
    "origin",
    "referer",
    "server",
    "set-cookie",
    "strict-transport-security",
    "user-agent",
    "vary",
    "www-authenticate",
    "x-api-key",
    "x-content-type-options",
    "x-forwarded-for",
    "x-frame-options",
    "x-request-id",
];
