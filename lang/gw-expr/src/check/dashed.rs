//! `request.headers.x-org` reads as a subtraction. The author means the header `x-org`.

use super::{Checker, Typed};
use crate::Type;
use gw_syntax::{Access, BinaryOp, Code, Diagnostic, Expr, ExprKind, Ident, Span};

impl Checker<'_> {
    /// The finding, if `left - right` is a key of a lookup whose name has dashes.
    pub(super) fn dashed_key(&mut self, left: &Expr, right: &Expr) -> Option<Typed> {
        let (operand, first, rest) = chain(left)?;
        let ExprKind::Name {
            name: last,
            rooted: false,
        } = &right.kind
        else {
            return None;
        };
        if !self.gw() || self.env.knows(last) {
            return None;
        }
        let before = (self.diagnostics.len(), self.risks.len());
        let typed = self.expr(operand, None);
        self.diagnostics.truncate(before.0);
        self.risks.truncate(before.1);
        if !matches!(self.types.shallow(typed.ty.present()), Type::Lookup(_)) {
            return None;
        }
        let words: Vec<&str> = [first.name.as_str()]
            .into_iter()
            .chain(rest)
            .chain([last.as_str()])
            .collect();
        let key = words.join("-");
        let member = operand.span.at_end().to(right.span);
        let name = Span {
            start: first.span.start,
            ..right.span
        };
        let message = format!("`{key}` is not a name, its `-` subtracts");
        let access = format!("[\"{key}\"]");
        Some(
            self.fail(
                Diagnostic::new(Code::UnknownMember, name, message)
                    .here("a key with `-` in it needs brackets")
                    .help(format!("write `{access}` instead of `.{key}`"))
                    .fix("read the key in brackets", member, access),
            ),
        )
    }
}

/// `a.b-c-d` as its parts: `a`, `b`, and `c`.
fn chain(expr: &Expr) -> Option<(&Expr, &Ident, Vec<&str>)> {
    match &expr.kind {
        ExprKind::Select {
            operand,
            field,
            access: Access::Plain,
        } => Some((operand, field, Vec::new())),
        ExprKind::Binary(BinaryOp::Sub, _, left, right) => {
            let (operand, field, mut rest) = chain(left)?;
            let ExprKind::Name {
                name,
                rooted: false,
            } = &right.kind
            else {
                return None;
            };
            rest.push(name.as_str());
            Some((operand, field, rest))
        }
        _ => None,
    }
}
