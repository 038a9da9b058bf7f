//! `api_key`: keys that are looked up in a table.

use super::source;
use crate::blocks::{schema, table};
use crate::cx::Cx;
use crate::fields::Fields;
use crate::resolve::Kind;
use gw_graph::ApiKeyAuthn;
use gw_syntax::{Code, Diagnostic, ExprKind, Ident, TypeExpr};

/// The settings, whose table holds that record if one is written.
pub(super) fn lower(
    cx: &mut Cx<'_, '_>,
    module: usize,
    fields: &Fields<'_>,
    record: Option<&TypeExpr>,
) -> Option<ApiKeyAuthn> {
    let Some(expr) = fields.expr("store") else {
        cx.report(
            Diagnostic::new(Code::MissingField, fields.span, "this authn has no `store`")
                .here("`store` is missing")
                .help("add `store = TABLE` with a `table TABLE: map<hash, RECORD>`"),
        );
        return None;
    };
    let ExprKind::Name { name, .. } = &expr.kind else {
        cx.report(
            Diagnostic::new(
                Code::WrongArguments,
                expr.span,
                "`store` takes the name of a table",
            )
            .here("not a name")
            .help("write the name of a `table`"),
        );
        return None;
    };
    let ident = Ident {
        name: name.clone(),
        span: expr.span,
    };
    let id = match cx.program.expect(module, &ident, Kind::Table) {
        Ok(id) => id,
        Err(diagnostic) => {
            cx.report(*diagnostic);
            return None;
        }
    };
    let table = table::lower(cx, id)?;
    if let Some(written) = record {
        let wanted = schema::resolve(cx, module, written)?;
        let held = cx.graph.tables.get(table.index()).map(|t| t.value.clone());
        if held.as_ref() != Some(&wanted) {
            cx.report(
                Diagnostic::new(
                    Code::TypeMismatch,
                    written.span,
                    format!("table `{}` does not hold {wanted}", ident.name),
                )
                .here(format!("this says {wanted}"))
                .because(expr.span, "this table holds another type")
                .help("name the record type of the table"),
            );
        }
    }
    Some(ApiKeyAuthn {
        from: source::lower(cx, module, fields),
        table,
    })
}
