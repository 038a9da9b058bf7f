//! `from`: where a credential is read.

use crate::cx::{Cx, items};
use crate::fields::Fields;
use crate::shape;
use gw_graph::{CredentialSource, header_name};
use gw_syntax::{Code, Diagnostic, Expr, ExprKind};

/// The places in their order; `bearer` where none is stated.
pub(super) fn lower(
    cx: &mut Cx<'_, '_>,
    module: usize,
    fields: &Fields<'_>,
) -> Vec<CredentialSource> {
    let Some(expr) = fields.expr("from") else {
        return vec![CredentialSource::Bearer];
    };
    items(expr)
        .into_iter()
        .filter_map(|e| source(cx, module, e))
        .collect()
}

fn source(cx: &mut Cx<'_, '_>, module: usize, expr: &Expr) -> Option<CredentialSource> {
    match &expr.kind {
        ExprKind::Name { name, .. } if name == "bearer" => return Some(CredentialSource::Bearer),
        ExprKind::Call { name, args, .. } => {
            cx.diagnostics.extend(shape::arguments(&name.name, args, 1));
            let text = args.first().and_then(|a| cx.text_of(module, a));
            match (name.name.as_str(), text) {
                ("bearer", None) => return Some(CredentialSource::Bearer),
                ("header", Some(n)) => {
                    if let Some(name) = header_name(&n) {
                        return Some(CredentialSource::Header(name));
                    }
                    let message = format!("`{}` is not a header name", n.escape_debug());
                    cx.report(
                        Diagnostic::new(Code::HeaderInjection, expr.span, message)
                            .here("no request can have such a header")
                            .help("header names are letters, digits and `-`, as `header(\"x-api-key\")`"),
                    );
                    return None;
                }
                ("cookie", Some(n)) => return Some(CredentialSource::Cookie(n.into())),
                ("query", Some(n)) => {
                    cx.report(
                        Diagnostic::new(
                            Code::KeyInQuery,
                            expr.span,
                            "a credential in the query ends up in logs and histories",
                        )
                        .here("read from the query")
                        .help("prefer `bearer` or `header(\"…\")`"),
                    );
                    return Some(CredentialSource::Query(n.into()));
                }
                _ => {}
            }
        }
        _ => {}
    }
    cx.report(
        Diagnostic::new(
            Code::WrongArguments,
            expr.span,
            "this is not a place for credentials",
        )
        .here("not a place in a request")
        .help("write `bearer`, `header(\"x-api-key\")`, `query(\"…\")` or `cookie(\"…\")`"),
    );
    None
}
