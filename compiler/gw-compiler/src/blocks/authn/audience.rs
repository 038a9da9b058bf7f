//! For whom tokens must be meant.

use crate::cx::Cx;
use crate::fields::Fields;
use gw_syntax::{Code, Diagnostic, ExprKind, Span};

/// The accepted audiences; none where every audience is accepted, which is a finding.
pub(super) fn lower(cx: &mut Cx<'_, '_>, module: usize, fields: &Fields<'_>) -> Vec<String> {
    match fields.expr("audience") {
        None if fields.was_meant("audience") => {}
        None => cx.report(any(fields.span, "`audience` is missing")),
        Some(expr) if matches!(&expr.kind, ExprKind::List(list) if list.is_empty()) => {
            cx.report(any(expr.span, "an empty list accepts every audience"));
        }
        Some(_) => {}
    }
    cx.texts(module, fields, "audience")
}

/// A token for one service must not open another (RFC 8725 section 3.9).
fn any(span: Span, here: &str) -> Diagnostic {
    let message = "a token that the issuer made for another service opens this one";
    Diagnostic::new(Code::AnyAudience, span, message)
        .here(here)
        .help("add what the issuer writes into `aud` for this service, as `audience = \"shop\"`")
}
