//! `host`: the `Host` that a backend sees.

use super::layers::{Layers, layered};
use crate::cx::Cx;
use crate::host;
use gw_graph::HostHeader;
use gw_syntax::{Code, Diagnostic, Expr, ExprKind};

/// What the nearest layer states; the client's without it.
pub(super) fn lower(cx: &mut Cx<'_, '_>, layers: &Layers<'_>) -> HostHeader {
    let Some((module, fields)) = layered(layers, "host") else {
        return HostHeader::Keep;
    };
    match fields.expr("host").map(|e| (e, &e.kind)) {
        Some((_, ExprKind::Name { name, .. })) if name == "keep" => HostHeader::Keep,
        Some((_, ExprKind::Name { name, .. })) if name == "target" => HostHeader::Target,
        Some((expr, _)) => cx
            .text_of(module, expr)
            .filter(|text| check(cx, expr, text))
            .map_or(HostHeader::Keep, HostHeader::Fixed),
        None => HostHeader::Keep,
    }
}

/// Whether a text is a host, with a port or without; a finding where it is none.
fn check(cx: &mut Cx<'_, '_>, expr: &Expr, text: &str) -> bool {
    let fits = host::authority(text).is_some();
    if !fits {
        let message = format!("`{}` is not a host", text.escape_debug());
        cx.report(
            Diagnostic::new(Code::BadHost, expr.span, message)
                .here("not a name or address, with a port or without")
                .help("write `\"api.example.com\"`, or `keep` or `target`"),
        );
    }
    fits
}
