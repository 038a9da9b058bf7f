//! Prefix and arithmetic operators.

use super::{Checker, Typed};
use crate::{EnumType, Ir, Operator, OwnedValue, Type};
use gw_syntax::{BinaryOp, Code, Diagnostic, Expr, Span, UnaryOp};
use std::sync::Arc;

impl Checker<'_> {
    pub(super) fn unary(
        &mut self,
        op: UnaryOp,
        operand: &Expr,
        span: Span,
        expected: Option<&Type>,
    ) -> Typed {
        if op == UnaryOp::Not {
            return self.not(operand, span);
        }
        let typed = self.expr(operand, expected);
        let ty = self.needed(&typed, "an operand of `-`");
        let code = Ir::Operation(Operator::Negate, vec![self.code(typed)]);
        match ty.base() {
            Type::Int | Type::Double | Type::Duration | Type::Percent | Type::Size => {
                self.folded(code, ty, span)
            }
            Type::Dyn | Type::Param(_) => {
                let ty = self.dynamic(span);
                self.typed(code, ty, span)
            }
            Type::Error => self.typed(code, Type::Error, span),
            _ if !self.checked() => self.typed(code, Type::Dyn, span),
            other => {
                let message = format!("`-` needs an int, a double or a duration, not `{other}`");
                let help = match other {
                    Type::Uint => "convert it first: `-int(…)`",
                    _ => "leave the `-` out",
                };
                let diagnostic = Diagnostic::new(Code::NoOverload, span, message);
                self.fail(diagnostic.here("cannot be negated").help(help))
            }
        }
    }

    pub(super) fn binary(
        &mut self,
        op: (BinaryOp, Span),
        left: &Expr,
        right: &Expr,
        span: Span,
        expected: Option<&Type>,
    ) -> Typed {
        match op.0 {
            BinaryOp::And | BinaryOp::Or => self.chain(op.0, left, right, span),
            BinaryOp::Coalesce => self.coalesce(left, right, span, expected),
            BinaryOp::Eq => self.equality((Operator::Eq, op.1), left, right, span),
            BinaryOp::Ne => self.equality((Operator::Ne, op.1), left, right, span),
            BinaryOp::Lt => self.order((Operator::Lt, op.1), left, right, span),
            BinaryOp::Le => self.order((Operator::Le, op.1), left, right, span),
            BinaryOp::Gt => self.order((Operator::Gt, op.1), left, right, span),
            BinaryOp::Ge => self.order((Operator::Ge, op.1), left, right, span),
            BinaryOp::In => self.membership(op.1, left, right, span),
            BinaryOp::Add => self.arithmetic((Operator::Add, op), left, right, (span, expected)),
            BinaryOp::Sub => self.arithmetic((Operator::Sub, op), left, right, (span, expected)),
            BinaryOp::Mul => self.arithmetic((Operator::Mul, op), left, right, (span, expected)),
            BinaryOp::Div => self.arithmetic((Operator::Div, op), left, right, (span, expected)),
            BinaryOp::Rem => self.arithmetic((Operator::Rem, op), left, right, (span, expected)),
        }
    }

    fn arithmetic(
        &mut self,
        (operator, (op, at)): (Operator, (BinaryOp, Span)),
        left: &Expr,
        right: &Expr,
        (span, expected): (Span, Option<&Type>),
    ) -> Typed {
        let numeric = expected.filter(|ty| {
            matches!(
                ty.present().base(),
                Type::Uint | Type::Double | Type::List(_)
            )
        });
        if operator == Operator::Sub
            && let Some(failed) = self.dashed_key(left, right)
        {
            return failed;
        }
        let left = self.expr(left, numeric);
        let right = self.expr(right, numeric);
        let place = format!("an operand of `{}`", op.symbol());
        let mut left_ty = self.needed(&left, &place);
        let mut right_ty = self.needed(&right, &place);
        let spans = [left.span, right.span];
        let (mut a, mut b) = (self.code(left), self.code(right));
        if self.gw() {
            adapt(&mut a, &mut left_ty, &right_ty);
            adapt(&mut b, &mut right_ty, &left_ty);
        }
        let ty = match self.arithmetic_type(operator, &left_ty, &right_ty) {
            Some(ty) => ty,
            None if !self.checked() => Type::Dyn,
            None => return self.no_operation((op, at), [&left_ty, &right_ty], spans),
        };
        let dynamic = |ty: &Type| matches!(ty, Type::Dyn | Type::Param(_));
        if ty != Type::Error && (dynamic(&left_ty) || dynamic(&right_ty)) {
            self.dynamic(span);
        }
        self.arithmetic_risk(operator, &ty, [&a, &b], span);
        let code = Ir::Operation(operator, vec![a, b]);
        if ty == Type::Error {
            return self.typed(code, ty, span);
        }
        self.folded(code, ty, span)
    }

    /// The type of the result, if there is such an operation.
    fn arithmetic_type(&mut self, op: Operator, left: &Type, right: &Type) -> Option<Type> {
        use Operator::{Add, Div, Mul, Rem, Sub};
        use Type::{Bytes, Double, Duration, Int, Percent, Rate, Size, String, Timestamp, Uint};
        Some(match (op, left.base(), right.base()) {
            (_, Type::Error, _) | (_, _, Type::Error) => Type::Error,
            (Add, Type::List(_), Type::List(_)) => self.types.join(left, right)?,
            (_, Type::Dyn | Type::Param(_), other) | (_, other, Type::Dyn | Type::Param(_)) => {
                match (op, other) {
                    (Add | Sub | Mul | Div, Int | Uint | Double) => other.clone(),
                    (Rem, Int | Uint) | (Add, String | Bytes) => other.clone(),
                    (_, Type::Bool | Type::Null | Type::Map(..) | Type::Type(_)) => return None,
                    _ => Type::Dyn,
                }
            }
            (_, Int, Int) => Int,
            (Add | Sub, Size, Size)
            | (Add | Sub | Mul | Div, Size, Int)
            | (Add | Mul, Int, Size) => Size,
            (Div | Rem, Size, Size) => Int,
            (_, Uint, Uint) => Uint,
            (Add | Sub | Mul | Div, Double | Percent, Double | Percent) => Double,
            (Add, String | Type::Enum(_), String | Type::Enum(_)) => String,
            (Add, Bytes, Bytes) => Bytes,
            (Add, Timestamp, Duration) | (Add, Duration, Timestamp) => Timestamp,
            (Sub, Timestamp, Duration) => Timestamp,
            (Sub, Timestamp, Timestamp) | (Add | Sub, Duration, Duration) => Duration,
            (Mul | Div, Duration, Int) | (Mul, Int, Duration) => Duration,
            (Mul, Rate, Int) | (Mul, Int, Rate) => Rate,
            _ => return None,
        })
    }

    fn arithmetic_risk(&mut self, op: Operator, ty: &Type, [a, b]: [&Ir; 2], span: Span) {
        let variable = |ir: &Ir| ir.constant().is_none();
        match (op, ty) {
            (Operator::Div | Operator::Rem, Type::Int | Type::Uint | Type::Size)
                if variable(b) && !self.known_non_zero(b) =>
            {
                let help = "guard it: `divisor != 0 && …`";
                self.risk(span, "the divisor may be zero", help);
            }
            (
                Operator::Add | Operator::Sub | Operator::Mul,
                Type::Int | Type::Uint | Type::Size,
            ) if variable(a) && variable(b) => {
                let help = "compare the numbers with constants first, or use doubles";
                self.risk(span, "the result may overflow", help);
            }
            _ => {}
        }
    }

    /// GW0211 where units meet, GW0206 otherwise.
    pub(super) fn no_operation(
        &mut self,
        (op, at): (BinaryOp, Span),
        types: [&Type; 2],
        spans: [Span; 2],
    ) -> Typed {
        let [a, b] = types.map(|ty| self.types.resolve(ty));
        let symbol = op.symbol();
        let [left, right] = spans;
        if unit_clash(&a, &b) {
            let message = format!("`{a}` and `{b}` have different units for `{symbol}`");
            return self.fail(
                Diagnostic::new(Code::UnitMismatch, at, message)
                    .here("these units do not go together")
                    .because(left, format!("this is `{a}`"))
                    .because(right, format!("this is `{b}`"))
                    .help(unit_help(&a, &b)),
            );
        }
        if let Some(failed) = self.secret(&a, left).or_else(|| self.secret(&b, right)) {
            return failed;
        }
        let message = format!("there is no `{symbol}` for `{a}` and `{b}`");
        self.fail(
            Diagnostic::new(Code::NoOverload, at, message)
                .here(format!("`{a} {symbol} {b}`"))
                .because(left, format!("this is `{a}`"))
                .because(right, format!("this is `{b}`"))
                .help(match (op, a.base(), b.base()) {
                    (BinaryOp::In, Type::Ip, Type::String) => {
                        "write the network without quotes: `10.0.0.0/8`"
                    }
                    (BinaryOp::In, Type::String, Type::String) => {
                        "for a part of a text write `text.contains(\"…\")`"
                    }
                    _ => candidates(op),
                }),
        )
    }

    /// GW0215, where a secret would be used.
    pub(super) fn secret(&mut self, ty: &Type, span: Span) -> Option<Typed> {
        if *ty.present().base() != Type::Secret {
            return None;
        }
        let message = "a secret cannot be formatted, compared or passed on";
        Some(
            self.fail(
                Diagnostic::new(Code::SecretLeak, span, message)
                    .here("this is a secret")
                    .help("use it only as the value of a field that takes a secret"),
            ),
        )
    }
}

/// An int constant becomes the number type of the other side, a text one of its listed texts.
#[expect(
    clippy::cast_precision_loss,
    reason = "a literal stands for the nearest double"
)]
pub(super) fn adapt(code: &mut Ir, ty: &mut Type, other: &Type) {
    if let (Ir::Const(OwnedValue::Str(text)), Type::String, Some(of)) =
        (&*code, &*ty, listed(other))
        && of.variant(text).is_some()
    {
        *ty = Type::Enum(Arc::clone(of));
        return;
    }
    let Ir::Const(OwnedValue::Int(number)) = *code else {
        return;
    };
    if *ty != Type::Int {
        return;
    }
    match (other.present().base(), u64::try_from(number)) {
        (Type::Double | Type::Percent, _) => {
            *code = Ir::Const(OwnedValue::Double(number as f64));
            *ty = Type::Double;
        }
        (Type::Uint, Ok(unsigned)) => {
            *code = Ir::Const(OwnedValue::Uint(unsigned));
            *ty = Type::Uint;
        }
        _ => {}
    }
}

/// The texts of an enum without a name.
pub(super) fn listed(ty: &Type) -> Option<&Arc<EnumType>> {
    match ty.present().base() {
        Type::Enum(of) if of.name.is_empty() => Some(of),
        _ => None,
    }
}

/// Whether one of two different types carries a unit and the other is a number or another unit.
pub(super) fn unit_clash(a: &Type, b: &Type) -> bool {
    let unit = |ty: &Type| {
        matches!(
            ty.present().base(),
            Type::Duration | Type::Size | Type::Rate | Type::Percent
        )
    };
    let number = |ty: &Type| matches!(ty.present().base(), Type::Int | Type::Uint | Type::Double);
    (unit(a) && (unit(b) || number(b))) || (number(a) && unit(b))
}

pub(super) fn unit_help(a: &Type, b: &Type) -> &'static str {
    let has = |wanted: &Type| a.present().base() == wanted || b.present().base() == wanted;
    if has(&Type::Duration) {
        "write a duration with its unit: `250ms`, `10s`, `5m`"
    } else if has(&Type::Rate) {
        "write a rate with its period: `100/min`"
    } else if has(&Type::Size) {
        "write a size with its unit: `64KiB`, `5MB`"
    } else {
        "write a percentage: `10%`"
    }
}

fn candidates(op: BinaryOp) -> &'static str {
    match op {
        BinaryOp::Add => {
            "`+` adds two ints, uints, doubles, durations, sizes, strings, bytes or lists, and a duration to a timestamp"
        }
        BinaryOp::Sub => "`-` subtracts ints, uints, doubles, durations, sizes and timestamps",
        BinaryOp::Mul => {
            "`*` multiplies two ints, uints or doubles, and a duration, rate or size by an int"
        }
        BinaryOp::Div => "`/` divides two ints, uints or doubles, and a duration or size by an int",
        BinaryOp::Rem => "`%` takes two ints or two uints",
        BinaryOp::Lt | BinaryOp::Le | BinaryOp::Gt | BinaryOp::Ge => {
            "numbers, strings, bytes, bools, durations and timestamps can be ordered"
        }
        BinaryOp::In => {
            "`in` takes a list, a map, headers or query parameters, a network or a range on its right"
        }
        BinaryOp::Eq | BinaryOp::Ne | BinaryOp::And | BinaryOp::Or | BinaryOp::Coalesce => {
            "both sides need the same type"
        }
    }
}
