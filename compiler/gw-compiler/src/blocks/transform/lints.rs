//! Findings about response headers that open more than they seem to.

use crate::cx::Cx;
use gw_expr::FactStep;
use gw_graph::{Edit, Text};
use gw_syntax::{Code, Diagnostic, Span};

/// Looks at the edits of one `response` block, each with its statement.
pub(super) fn check(cx: &mut Cx<'_, '_>, edits: &[(Span, Edit)]) {
    cross_origin(cx, edits);
    for (span, edit) in edits {
        if let (Some("set-cookie"), Some(Text::Constant(cookie))) = (name_of(edit), value_of(edit))
            && let Some(missing) = missing_attributes(cookie)
        {
            cx.report(open_cookie(*span, &missing));
        }
    }
}

fn name_of(edit: &Edit) -> Option<&str> {
    match edit {
        Edit::SetHeader(name, _) | Edit::AddHeader(name, _) => Some(name),
        _ => None,
    }
}

fn value_of(edit: &Edit) -> Option<&Text> {
    match edit {
        Edit::SetHeader(_, value) | Edit::AddHeader(_, value) => Some(value),
        _ => None,
    }
}

/// Any site that may read answers, with the cookies of whoever visits it (Fetch standard, CORS
/// protocol and credentials; CWE-942).
fn cross_origin(cx: &mut Cx<'_, '_>, edits: &[(Span, Edit)]) {
    let find = |name: &str| edits.iter().rev().find(|(_, e)| name_of(e) == Some(name));
    let origin = find("access-control-allow-origin");
    let credentials = find("access-control-allow-credentials");
    let (Some((place, origin)), Some((with, credentials))) = (origin, credentials) else {
        return;
    };
    if value_of(credentials) != Some(&Text::Constant("true".into())) {
        return;
    }
    let finding = match value_of(origin) {
        Some(Text::Constant(any)) if any == "*" => any_origin(*place, *with),
        Some(Text::Expr(id)) if is_origin(cx, *id) => echoed_origin(*place, *with),
        Some(_) | None => return,
    };
    cx.report(finding);
}

/// Whether an expression is the `Origin` that the client sent, whatever it is.
fn is_origin(cx: &Cx<'_, '_>, id: gw_graph::ExprId) -> bool {
    let Some(gw_expr::Ir::Fact(fact)) = cx.graph.exprs.get(id.index()) else {
        return false;
    };
    cx.graph.facts.path(*fact).is_some_and(|path| {
        path.dotted() == "request.headers"
            && matches!(path.steps.get(1), Some(FactStep::Key(key)) if key == "origin")
    })
}

fn any_origin(place: Span, with: Span) -> Diagnostic {
    Diagnostic::new(
        Code::OpenCors,
        place,
        "browsers refuse `*` together with credentials",
    )
    .here("any origin")
    .because(with, "with credentials")
    .help("name the origin, as `\"https://app.example\"`, or remove the credentials")
}

fn echoed_origin(place: Span, with: Span) -> Diagnostic {
    Diagnostic::new(
        Code::OpenCors,
        place,
        "every site may read these answers in the name of its visitors",
    )
    .here("repeats whatever origin asks")
    .because(with, "with credentials")
    .help("name the origin that may, as `\"https://app.example\"`")
}

/// `Secure`, `HttpOnly` and `SameSite` (RFC 6265bis section 4.1.2), where they are missing.
fn missing_attributes(cookie: &str) -> Option<String> {
    let lower = cookie.to_ascii_lowercase();
    let written: Vec<&str> = lower.split(';').skip(1).map(str::trim).collect();
    let has = |name: &str| {
        let name_of = |a: &&str| a.split('=').next().unwrap_or("").trim() == name;
        written.iter().any(name_of)
    };
    let missing: Vec<&str> = [
        ("secure", "Secure"),
        ("httponly", "HttpOnly"),
        ("samesite", "SameSite=Lax"),
    ]
    .into_iter()
    .filter(|(name, _)| !has(name))
    .map(|(_, written)| written)
    .collect();
    (!missing.is_empty()).then(|| missing.join("; "))
}

fn open_cookie(span: Span, missing: &str) -> Diagnostic {
    Diagnostic::new(Code::OpenCookie, span, "this cookie is not protected")
        .here("scripts, other sites or plain connections can use it")
        .help(format!("end its value with `; {missing}`"))
}
