//! Written types.

use super::doc::Doc;
use super::{Printer, enclosed, join};
use crate::{RecordField, Refinement, TypeExpr, TypeKind};

impl<'a> Printer<'a> {
    pub(super) fn type_expr(&self, ty: &'a TypeExpr) -> Doc<'a> {
        let mut parts = vec![match &ty.kind {
            TypeKind::Named(name, args) if args.is_empty() => Doc::text(name.name.as_str()),
            TypeKind::Named(name, args) => {
                let mut parts = vec![Doc::text(format!("{}<", name.name))];
                parts.extend(join(
                    args.iter().map(|a| self.type_expr(a)),
                    &[Doc::text(", ")],
                ));
                parts.push(Doc::text(">"));
                Doc::Concat(parts)
            }
            TypeKind::Record(fields) => {
                let fields = fields.iter().map(|f| self.record_field(f)).collect();
                enclosed("{", fields, "}", Doc::Line)
            }
        }];
        if ty.optional {
            parts.push(Doc::text("?"));
        }
        parts.extend(ty.refinements.iter().map(|r| self.refinement(r)));
        Doc::Concat(parts)
    }

    fn record_field(&self, field: &'a RecordField) -> Doc<'a> {
        let mark = if field.optional { "?" } else { "" };
        let name = Doc::text(format!("{}{mark}: ", field.name.name));
        Doc::Concat(vec![name, self.type_expr(&field.ty)])
    }

    fn refinement(&self, refinement: &'a Refinement) -> Doc<'a> {
        let word = match refinement.word.name.as_str() {
            "range" => " ".to_owned(),
            word => format!(" {word} "),
        };
        Doc::Concat(vec![Doc::text(word), self.tight(&refinement.value)])
    }
}
