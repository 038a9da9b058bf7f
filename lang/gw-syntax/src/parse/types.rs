//! Builds written types.

use super::build::Builder;
use super::grammar::{Pair, Rule};
use crate::{Ident, RecordField, Refinement, TypeExpr, TypeKind};

impl Builder<'_> {
    /// Builds `type`.
    pub(super) fn type_expr(&mut self, pair: Pair<'_>) -> TypeExpr {
        let span = self.span(&pair);
        let mut kind = TypeKind::Record(Vec::new());
        let mut optional = false;
        let mut refinements = Vec::new();
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::optional_mark => optional = true,
                Rule::refinement => refinements.extend(self.refinement(part)),
                Rule::record => {
                    let fields = part
                        .into_inner()
                        .filter_map(|f| self.record_field(f))
                        .collect();
                    kind = TypeKind::Record(fields);
                }
                _ => kind = self.named_type(part),
            }
        }
        TypeExpr {
            kind,
            optional,
            refinements,
            span,
        }
    }

    fn named_type(&mut self, pair: Pair<'_>) -> TypeKind {
        let span = self.span(&pair);
        let mut inner = pair.into_inner();
        let name = inner
            .next()
            .map_or_else(|| self.nameless(span), |name| self.ident(&name));
        TypeKind::Named(
            name,
            inner.map(|argument| self.type_expr(argument)).collect(),
        )
    }

    fn record_field(&mut self, pair: Pair<'_>) -> Option<RecordField> {
        let mut inner = pair.into_inner();
        let name = self.ident(&inner.next()?);
        let mut next = inner.next()?;
        let optional = next.as_rule() == Rule::optional_mark;
        if optional {
            next = inner.next()?;
        }
        Some(RecordField {
            name,
            optional,
            ty: self.type_expr(next),
        })
    }

    /// `max 50`, or `1..=99` under the word `range`.
    fn refinement(&mut self, pair: Pair<'_>) -> Option<Refinement> {
        let span = self.span(&pair);
        let mut inner = pair.into_inner();
        let first = inner.next()?;
        if first.as_rule() == Rule::refine_word {
            let word = self.ident(&first);
            return Some(Refinement {
                word,
                value: self.unary(inner.next()?).expr,
            });
        }
        let word = Ident {
            name: "range".into(),
            span,
        };
        let (sign, range) = match first.as_rule() {
            Rule::prefix => (Some(first), inner.next()?),
            _ => (None, first),
        };
        Some(Refinement {
            word,
            value: self.primary(range, sign.as_ref()).expr,
        })
    }
}
