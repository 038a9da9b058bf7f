//! Findings about response headers that open more than they seem to.

use crate::cx::Cx;
use gw_graph::{Edit, Text};
use gw_syntax::{Code, Diagnostic, Span};

/// Looks at the edits of one `response` block, each with its statement.
pub(super) fn check(cx: &mut Cx<'_, '_>, edits: &[(Span, Edit)]) {
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
