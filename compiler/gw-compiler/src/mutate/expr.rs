//! The forms that a condition takes when one thing in it is changed.

use gw_syntax::{BinaryOp, Expr, ExprKind, Literal, Sources, Span, UnaryOp};

/// A condition with one thing changed.
pub(super) struct Form {
    /// The smallest expression around the change.
    pub(super) span: Span,
    /// Its text after the change.
    pub(super) now: String,
    /// The condition after the change.
    pub(super) whole: Expr,
}

/// Every form, in the order of the source.
pub(super) fn forms(condition: &Expr, sources: &Sources) -> Vec<Form> {
    logic(condition, sources)
}

fn form(of: &Expr, now: String, kind: ExprKind) -> Form {
    let whole = Expr {
        kind,
        span: of.span,
    };
    Form {
        span: of.span,
        now,
        whole,
    }
}

/// Forms of an expression whose truth counts.
fn logic(expr: &Expr, sources: &Sources) -> Vec<Form> {
    let text = |e: &Expr| sources.text(e.span).to_owned();
    match &expr.kind {
        ExprKind::Binary(op @ (BinaryOp::And | BinaryOp::Or), at, a, b) => {
            let other = match op {
                BinaryOp::And => BinaryOp::Or,
                _ => BinaryOp::And,
            };
            let mut out = inside(expr, logic(a, sources), |a| {
                ExprKind::Binary(*op, *at, Box::new(a), b.clone())
            });
            out.push(swap(expr, other, sources));
            // Either side alone must matter.
            out.push(form(expr, text(a), a.kind.clone()));
            out.push(form(expr, text(b), b.kind.clone()));
            out.extend(inside(expr, logic(b, sources), |b| {
                ExprKind::Binary(*op, *at, a.clone(), Box::new(b))
            }));
            out
        }
        ExprKind::Unary(UnaryOp::Not, inner) => {
            let mut out = vec![form(expr, text(inner), inner.kind.clone())];
            out.extend(inside(expr, logic(inner, sources), |inner| {
                ExprKind::Unary(UnaryOp::Not, Box::new(inner))
            }));
            out
        }
        ExprKind::Binary(op, at, a, b) => {
            let mut out: Vec<Form> = others(*op)
                .iter()
                .map(|o| swap(expr, *o, sources))
                .collect();
            if out.is_empty() {
                out.push(negated(expr, sources));
            }
            out.extend(inside(expr, value(a), |a| {
                ExprKind::Binary(*op, *at, Box::new(a), b.clone())
            }));
            out.extend(inside(expr, value(b), |b| {
                ExprKind::Binary(*op, *at, a.clone(), Box::new(b))
            }));
            out
        }
        ExprKind::Literal(_) => value(expr),
        ExprKind::Invalid => Vec::new(),
        _ => vec![negated(expr, sources)],
    }
}

/// Forms of an expression whose value counts: constants become others.
fn value(expr: &Expr) -> Vec<Form> {
    match &expr.kind {
        ExprKind::Literal(literal) => other_constant(literal)
            .map(|(literal, now)| form(expr, now, ExprKind::Literal(literal)))
            .into_iter()
            .collect(),
        ExprKind::Binary(op @ BinaryOp::Coalesce, at, a, b) => inside(expr, value(b), |b| {
            ExprKind::Binary(*op, *at, a.clone(), Box::new(b))
        }),
        _ => Vec::new(),
    }
}

/// The forms of a part as forms of the whole.
fn inside(whole: &Expr, parts: Vec<Form>, wrap: impl Fn(Expr) -> ExprKind) -> Vec<Form> {
    let lift = |part: Form| Form {
        whole: Expr {
            kind: wrap(part.whole),
            span: whole.span,
        },
        ..part
    };
    parts.into_iter().map(lift).collect()
}

/// The same operands under another operator.
fn swap(expr: &Expr, to: BinaryOp, sources: &Sources) -> Form {
    let ExprKind::Binary(_, at, a, b) = &expr.kind else {
        return negated(expr, sources);
    };
    let text = sources.text(expr.span);
    let from = at.start.saturating_sub(expr.span.start) as usize;
    let until = at.end.saturating_sub(expr.span.start) as usize;
    let before = text.get(..from).unwrap_or_default();
    let after = text.get(until..).unwrap_or_default();
    let now = format!("{before}{}{after}", to.symbol());
    form(expr, now, ExprKind::Binary(to, *at, a.clone(), b.clone()))
}

fn negated(expr: &Expr, sources: &Sources) -> Form {
    let now = format!("!({})", sources.text(expr.span));
    let kind = ExprKind::Unary(UnaryOp::Not, Box::new(expr.clone()));
    form(expr, now, kind)
}

/// What a comparison becomes: its opposite, and its neighbour at the boundary.
fn others(op: BinaryOp) -> &'static [BinaryOp] {
    match op {
        BinaryOp::Eq => &[BinaryOp::Ne],
        BinaryOp::Ne => &[BinaryOp::Eq],
        BinaryOp::Lt => &[BinaryOp::Le, BinaryOp::Ge],
        BinaryOp::Le => &[BinaryOp::Lt, BinaryOp::Gt],
        BinaryOp::Gt => &[BinaryOp::Ge, BinaryOp::Lt],
        BinaryOp::Ge => &[BinaryOp::Gt, BinaryOp::Le],
        BinaryOp::Or
        | BinaryOp::And
        | BinaryOp::Coalesce
        | BinaryOp::In
        | BinaryOp::Add
        | BinaryOp::Sub
        | BinaryOp::Mul
        | BinaryOp::Div
        | BinaryOp::Rem => &[],
    }
}

/// Another constant of the same type, with its text.
fn other_constant(literal: &Literal) -> Option<(Literal, String)> {
    match literal {
        Literal::Bool(value) => Some((Literal::Bool(!value), (!value).to_string())),
        Literal::Int(value) => {
            let next = value.checked_add(1)?;
            Some((Literal::Int(next), next.to_string()))
        }
        Literal::UInt(value) => {
            let next = value.checked_add(1)?;
            Some((Literal::UInt(next), format!("{next}u")))
        }
        Literal::Text(text) => {
            let next = format!("{text}~");
            Some((Literal::Text(next.as_str().into()), format!("{next:?}")))
        }
        Literal::Null
        | Literal::Double(_)
        | Literal::Bytes(_)
        | Literal::Duration(_)
        | Literal::Size(_)
        | Literal::Rate(..)
        | Literal::Percent(_)
        | Literal::Ip(_)
        | Literal::Cidr(_)
        | Literal::StatusClass(_)
        | Literal::Range(..) => None,
    }
}
