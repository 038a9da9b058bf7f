//! `tls` of a backend.

use super::layers::{Layers, nested};
use crate::blocks::table::file_of;
use crate::cx::Cx;
use crate::fields::Fields;
use crate::host;
use crate::spec::{BlockSpec, FieldSpec, Repeats, Shape, Words};
use gw_graph::{BackendTls, Targets};
use gw_syntax::{Code, Diagnostic};

/// `tls` of a backend
pub(crate) const SPEC: BlockSpec = BlockSpec {
    keyword: "tls",
    parents: &["backend"],
    usage: "tls { ca = file(\"PATH\"), server_name = \"NAME\" }",
    shape: Shape::of(Words::None).block(),
    doc: "How `https` targets are verified.",
    example: "tls { ca = file(\"ca.pem\") }",
    fields: &[
        FieldSpec::optional(
            "ca",
            "file(\"PATH\")",
            "trusted roots in PEM; the system's without it",
        ),
        FieldSpec::optional(
            "server_name",
            "string",
            "the name to verify instead of the target's",
        ),
    ],
    repeats: Repeats::Once,
};

/// How `https` targets are verified.
pub(super) fn lower(cx: &mut Cx<'_, '_>, layers: &Layers<'_>) -> BackendTls {
    let Some((module, f)) = nested(cx, layers, &SPEC) else {
        return BackendTls::default();
    };
    BackendTls {
        ca: file_of(cx, module, &f, "ca"),
        server_name: server_name(cx, module, &f),
    }
}

/// A finding where the backend states how TLS is verified, and no target speaks it.
pub(super) fn check(cx: &mut Cx<'_, '_>, layers: &Layers<'_>, targets: &Targets) {
    let own = layers.first().and_then(|(_, fields)| fields.one("tls"));
    let plain = match targets {
        Targets::Echo => true,
        Targets::Fixed(list) => !list.iter().any(|t| t.tls),
    };
    if let Some(statement) = own.filter(|_| plain) {
        cx.report(
            Diagnostic::new(
                Code::IdleTls,
                statement.span,
                "no target of this backend is reached over TLS",
            )
            .here("has no effect")
            .help("write `https://` in the target, or remove this block"),
        );
    }
}

/// The name that a certificate must be for: as it goes into the handshake (RFC 6066 section 3), or an
/// address, which does not.
fn server_name(cx: &mut Cx<'_, '_>, module: usize, fields: &Fields<'_>) -> Option<String> {
    let expr = fields.expr("server_name")?;
    let text = cx.text_of(module, expr)?;
    if host::is_name(&text) || host::is_address(&text) {
        return Some(text);
    }
    let message = format!("`{}` is not the name of a server", text.escape_debug());
    let found = Diagnostic::new(Code::BadHost, expr.span, message)
        .here("no certificate can be for it")
        .help("write one name such as `\"api.internal\"`, without scheme, port, wildcard or blank");
    let bare = host::bare(&text);
    let unique = expr.as_text().is_some() && host::is_name(bare);
    cx.report(match unique {
        true => found.fix(format!("write `{bare}`"), expr.span, format!("\"{bare}\"")),
        false => found,
    });
    None
}
