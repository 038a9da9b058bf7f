//! `==`, `<` and `in`.

use super::operator::{adapt, listed, unit_clash, unit_help};
use super::select::key_step;
use super::{Checker, Form, Typed, nearest};
use crate::{EnumType, FactPath, Ir, Operator, OwnedValue, Type};
use gw_syntax::{BinaryOp, Code, Diagnostic, Expr, Span};
use std::sync::Arc;

/// Both sides of a comparison.
struct Sides {
    code: [Ir; 2],
    types: [Type; 2],
    spans: [Span; 2],
}

impl Checker<'_> {
    /// Checks both sides; the types are those of present values where `strict` names the place.
    fn sides(&mut self, left: &Expr, right: &Expr, strict: Option<&str>) -> Sides {
        let left = self.expr(left, None);
        let right = self.expr(right, None);
        let spans = [left.span, right.span];
        let types = match strict {
            Some(place) => [self.needed(&left, place), self.needed(&right, place)],
            None => [self.types.shallow(&left.ty), self.types.shallow(&right.ty)],
        };
        let mut sides = Sides {
            code: [self.code(left), self.code(right)],
            types,
            spans,
        };
        if self.gw() {
            let Sides {
                code: [a, b],
                types: [s, t],
                ..
            } = &mut sides;
            adapt(a, s, t);
            adapt(b, t, s);
        }
        sides
    }

    /// `==` and `!=`. Absent equals nothing, so `T?` may be compared with `T`.
    pub(super) fn equality(
        &mut self,
        (operator, at): (Operator, Span),
        left: &Expr,
        right: &Expr,
        span: Span,
    ) -> Typed {
        let sides = self.sides(left, right, None);
        let [a, b] = sides.types.clone();
        let [a, b] = [a.present(), b.present()].map(|ty| self.types.shallow(ty));
        if let Some(failed) = self
            .secret(&a, sides.spans[0])
            .or_else(|| self.secret(&b, sides.spans[1]))
        {
            return failed;
        }
        if let (Type::Int, Type::Range) = (&a, &b) {
            let inside = Ir::Operation(Operator::In, sides.code.into());
            let code = match operator {
                Operator::Ne => Ir::Operation(Operator::Not, vec![inside]),
                _ => inside,
            };
            return self.folded(code, Type::Bool, span);
        }
        if a == Type::Error || b == Type::Error {
            return self.typed(Ir::Operation(operator, sides.code.into()), Type::Bool, span);
        }
        let pairs = [(&sides.code[0], &b), (&sides.code[1], &a)];
        for ((code, other), at) in pairs.into_iter().zip(sides.spans) {
            if let Some(failed) = self.stray_text(code, other, at) {
                return failed;
            }
        }
        if self.checked() && !self.comparable(&a, &b) {
            return self.disjoint((operator, at), [&a, &b], &sides);
        }
        self.folded(Ir::Operation(operator, sides.code.into()), Type::Bool, span)
    }

    fn comparable(&mut self, a: &Type, b: &Type) -> bool {
        let number = |ty: &Type| {
            matches!(
                ty,
                Type::Int | Type::Uint | Type::Double | Type::Size | Type::Percent
            )
        };
        let unitless = !unit_clash(a, b)
            || matches!((a, b), (Type::Size, Type::Int) | (Type::Int, Type::Size));
        // An enum and a text would compare at run time; here the text is a typing mistake.
        let texts = match (a, b) {
            (Type::Enum(of), Type::String) | (Type::String, Type::Enum(of)) => !of.name.is_empty(),
            _ => false,
        };
        if let (Some(a), Some(b)) = (listed(a), listed(b)) {
            return a.variants.iter().any(|v| b.variant(&v.name).is_some());
        }
        (number(a) && number(b) && (unitless || self.types.assignable(a, b)))
            || (!texts && (self.types.assignable(a, b) || self.types.assignable(b, a)))
    }

    /// GW0208, or GW0211 where units clash.
    fn disjoint(
        &mut self,
        (operator, at): (Operator, Span),
        types: [&Type; 2],
        sides: &Sides,
    ) -> Typed {
        let [a, b] = types.map(|ty| self.types.resolve(ty));
        let [left, right] = sides.spans;
        let never = if operator == Operator::Ne {
            "always different"
        } else {
            "never equal"
        };
        let (code, message, help) = if unit_clash(&a, &b) {
            let message = format!("`{a}` and `{b}` have different units");
            (Code::UnitMismatch, message, unit_help(&a, &b).to_owned())
        } else {
            let message = format!("`{a}` and `{b}` are {never}");
            (
                Code::DisjointComparison,
                message,
                conversion(&a, &b, &sides.code),
            )
        };
        let diagnostic = Diagnostic::new(code, at, message)
            .here(never)
            .because(left, format!("this is `{a}`"))
            .because(right, format!("this is `{b}`"))
            .help(help);
        self.fail(match variant_meant([&a, &b], sides) {
            Some((span, text)) => diagnostic.fix(format!("write `{text}`"), span, text),
            None => diagnostic,
        })
    }

    /// `<`, `<=`, `>`, `>=`.
    pub(super) fn order(
        &mut self,
        (operator, at): (Operator, Span),
        left: &Expr,
        right: &Expr,
        span: Span,
    ) -> Typed {
        let op = symbol(operator);
        let place = format!("an operand of `{}`", op.symbol());
        let sides = self.sides(left, right, Some(&place));
        let [a, b] = &sides.types;
        if self.checked() && !ordered(a.base(), b.base()) {
            return self.no_operation((op, at), [a, b], sides.spans);
        }
        if matches!(a, Type::Dyn | Type::Param(_)) || matches!(b, Type::Dyn | Type::Param(_)) {
            self.dynamic(span);
        }
        self.folded(Ir::Operation(operator, sides.code.into()), Type::Bool, span)
    }

    /// `in`.
    pub(super) fn membership(&mut self, at: Span, left: &Expr, right: &Expr, span: Span) -> Typed {
        let set = self.expr(right, None);
        let set_ty = self.needed(&set, "the right side of `in`");
        let hint = match &set_ty {
            Type::List(element) => Some(self.types.shallow(element)),
            _ => None,
        };
        let element = self.expr(left, hint.as_ref());
        let element_ty = self.types.shallow(element.ty.present());
        let spans = [element.span, set.span];
        let mut element = self.code(element);
        if let (Type::Lookup(value), Form::Path(path), Some(OwnedValue::Str(key))) =
            (&set_ty, &set.form, element.constant())
        {
            return self.has_key(path.clone(), value, key, span);
        }
        let set = self.code(set);
        let mut element_ty = element_ty;
        if let Type::List(inner) = &set_ty
            && self.gw()
        {
            let inner = self.types.shallow(inner);
            adapt(&mut element, &mut element_ty, &inner);
        }
        if let Some(failed) = self.secret(&element_ty, spans[0]) {
            return failed;
        }
        if let Some(failed) = self.stray_member((&element, &element_ty), (&set, &set_ty), spans) {
            return failed;
        }
        if let Some(of) = inherited(&element, &element_ty, &set_ty) {
            let code = Ir::AnyOf {
                list: Box::new(set),
                values: of,
            };
            return self.folded(code, Type::Bool, span);
        }
        if self.checked() && !self.has_membership(&element_ty, &set_ty) {
            if let Some(failed) =
                self.text_for_variant((at, spans), &element, [&element_ty, &set_ty])
            {
                return failed;
            }
            return self.no_operation((BinaryOp::In, at), [&element_ty, &set_ty], spans);
        }
        if matches!(set_ty, Type::Dyn | Type::Param(_)) {
            self.dynamic(span);
        }
        self.folded(
            Ir::Operation(Operator::In, vec![element, set]),
            Type::Bool,
            span,
        )
    }

    /// The finding for a constant text that is none of the texts that the other side can be.
    pub(super) fn stray_text(&mut self, code: &Ir, other: &Type, at: Span) -> Option<Typed> {
        let (Ir::Const(OwnedValue::Str(text)), Some(of)) = (code, listed(other)) else {
            return None;
        };
        if !self.checked() || of.variant(text).is_some() {
            return None;
        }
        let diagnostic = stray(text, of, at);
        Some(self.fail(match meant(text, of) {
            Some(near) => diagnostic.fix(format!("write `{near}`"), at, near),
            None => diagnostic,
        }))
    }

    /// The same for `in`: the element, or an element of a constant list.
    fn stray_member(
        &mut self,
        (element, element_ty): (&Ir, &Type),
        (set, set_ty): (&Ir, &Type),
        [left, right]: [Span; 2],
    ) -> Option<Typed> {
        if let Type::List(inner) = set_ty {
            let inner = self.types.shallow(inner);
            if let Some(failed) = self.stray_text(element, &inner, left) {
                return Some(failed);
            }
        }
        let (Ir::Const(OwnedValue::List(texts)), Some(of)) = (set, listed(element_ty)) else {
            return None;
        };
        let found = texts.iter().find_map(|text| match text {
            OwnedValue::Str(text) if of.variant(text).is_none() => Some(stray(text, of, right)),
            _ => None,
        });
        found.map(|diagnostic| self.fail(diagnostic))
    }

    /// `"x-tenant" in request.headers` asks whether one fact is present.
    fn has_key(&mut self, path: FactPath, value: &Type, key: &str, span: Span) -> Typed {
        let step = key_step(&path, key);
        let fact = Ir::Fact(self.facts.intern(path.then(step), value));
        self.typed(Ir::Present(Box::new(fact)), Type::Bool, span)
    }

    /// `"admin" in jwt.roles`, where the variant is meant.
    fn text_for_variant(
        &mut self,
        (at, [left, right]): (Span, [Span; 2]),
        element: &Ir,
        [element_ty, set_ty]: [&Type; 2],
    ) -> Option<Typed> {
        let (Type::List(inner), Ir::Const(OwnedValue::Str(text))) = (set_ty, element) else {
            return None;
        };
        let listed = self.types.shallow(inner);
        let Type::Enum(of) = &listed else { return None };
        let message = format!("a `{listed}` never equals the text \"{text}\"");
        let diagnostic = Diagnostic::new(Code::DisjointComparison, at, message)
            .here("never in the list")
            .because(left, format!("this is `{element_ty}`"))
            .because(right, format!("this is `{set_ty}`"));
        let variant = format!("{}.{text}", of.name);
        Some(self.fail(match of.variant(text) {
            Some(_) => diagnostic.help(format!("write `{variant}`")).fix(
                format!("write `{variant}`"),
                left,
                variant,
            ),
            None => diagnostic.help(format!("name a variant: `{}.…`", of.name)),
        }))
    }

    /// The finding for keys or elements that are to be sorted and have no order.
    pub(super) fn unordered(&mut self, ty: &Type, at: Span) -> Option<Typed> {
        let ty = self.types.shallow(ty);
        if !self.checked() || ordered(ty.base(), ty.base()) {
            return None;
        }
        let message = format!("values of type `{}` have no order", self.types.resolve(&ty));
        let diagnostic = Diagnostic::new(Code::NoOverload, at, message).here("cannot be sorted");
        let help = "sort by a number, a text or a time: `list.sortBy(x, x.name)`";
        Some(self.fail(diagnostic.help(help)))
    }

    fn has_membership(&mut self, element: &Type, set: &Type) -> bool {
        let element = element.base();
        match set.base() {
            Type::Error | Type::Dyn | Type::Param(_) => true,
            _ if *element == Type::Error => true,
            Type::List(inner) => {
                let inner = self.types.shallow(inner);
                let network = *element == Type::Ip && inner == Type::Cidr;
                network || self.comparable(element, inner.present())
            }
            Type::Map(key, _) => {
                let key = self.types.shallow(key);
                self.comparable(element, &key)
            }
            Type::Lookup(_) | Type::Record(_) => self.types.assignable(element, &Type::String),
            Type::Cidr => matches!(element, Type::Ip | Type::Cidr | Type::Dyn),
            Type::Range => matches!(element, Type::Int | Type::Size | Type::Dyn),
            _ => false,
        }
    }
}

/// GW0208 for a text that is none of those that are listed.
fn stray(text: &str, of: &Arc<EnumType>, at: Span) -> Diagnostic {
    let message = format!("the other side is never \"{text}\"");
    let all = Type::Enum(Arc::clone(of));
    let diagnostic = Diagnostic::new(Code::DisjointComparison, at, message);
    let diagnostic = diagnostic.here(format!("it is {all}"));
    match meant(text, of) {
        Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
        None => diagnostic.help("compare it with one of these"),
    }
}

/// The listed text that another one was probably meant to be, in quotes.
fn meant(text: &str, of: &EnumType) -> Option<String> {
    let names = of.variants.iter().map(|v| v.name.as_str());
    nearest(text, names).map(|near| format!("\"{near}\""))
}

/// The variants that count as a constant variant: itself and all that inherit it. Only a
/// constant: `jwt.role in [Role.admin]` is exact, or a viewer would pass for an admin.
fn inherited(element: &Ir, ty: &Type, set: &Type) -> Option<Vec<smol_str::SmolStr>> {
    let (Type::Enum(of), Type::List(inner)) = (ty, set) else {
        return None;
    };
    let Type::Enum(listed) = inner.base() else {
        return None;
    };
    let same = |a: &Arc<EnumType>, b: &Arc<EnumType>| a.name == b.name;
    match element {
        Ir::Const(OwnedValue::Str(name)) if same(of, listed) => Some(of.holders(name)),
        _ => None,
    }
}

fn ordered(a: &Type, b: &Type) -> bool {
    use Type::{
        Bool, Bytes, Double, Duration, Dyn, Error, Int, Param, Percent, Size, String, Timestamp,
        Uint,
    };
    let orderable = |ty: &Type| {
        matches!(
            ty,
            Bool | Bytes | Double | Duration | Int | Percent | Size | String | Timestamp | Uint
        )
    };
    match (a, b) {
        (Error | Dyn | Param(_), _) | (_, Error | Dyn | Param(_)) => true,
        (Int | Uint | Double, Int | Uint | Double) => true,
        (Size, Int) | (Int, Size) | (Percent, Double) | (Double, Percent) => true,
        (a, b) => orderable(a) && a == b,
    }
}

fn symbol(operator: Operator) -> BinaryOp {
    match operator {
        Operator::Le => BinaryOp::Le,
        Operator::Gt => BinaryOp::Gt,
        Operator::Ge => BinaryOp::Ge,
        _ => BinaryOp::Lt,
    }
}

/// The variant that a text on one side means, where the other side is of that enum.
fn variant_meant(types: [&Type; 2], sides: &Sides) -> Option<(Span, String)> {
    let sides = sides.code.iter().zip(sides.spans);
    sides
        .zip([types[1], types[0]])
        .find_map(|((code, span), other)| {
            let (Ir::Const(OwnedValue::Str(text)), Type::Enum(of)) = (code, other.base()) else {
                return None;
            };
            let variant = of.variant(text)?;
            Some((span, format!("{}.{}", of.name, variant.name)))
        })
}

/// How to make two types comparable.
fn conversion(a: &Type, b: &Type, code: &[Ir; 2]) -> String {
    let text = code.iter().find_map(|ir| match ir {
        Ir::Const(OwnedValue::Str(text)) => Some(text.as_str()),
        _ => None,
    });
    let pair = |x: &Type| {
        if a.base() == x {
            Some(b.base())
        } else if b.base() == x {
            Some(a.base())
        } else {
            None
        }
    };
    match pair(&Type::String) {
        Some(Type::Enum(of)) => match text.filter(|t| of.variant(t).is_some()) {
            Some(text) => format!("write `{}.{text}`", of.name),
            None => format!("compare it with a variant: `{}.…`", of.name),
        },
        Some(Type::Ip) => "write the address without quotes, or `ip(…)`".to_owned(),
        Some(Type::Cidr) => "write the network without quotes, or `cidr(…)`".to_owned(),
        Some(Type::Int) => "convert one side: `string(…)` or `int(…)`".to_owned(),
        Some(Type::Timestamp) => "write `timestamp(\"…\")`".to_owned(),
        Some(Type::Duration) => "write a duration such as `5m`".to_owned(),
        _ if pair(&Type::Cidr).is_some_and(|t| *t == Type::Ip) => {
            "write `ip in network`".to_owned()
        }
        _ if element_of(a, b) => "write `element in list`".to_owned(),
        _ if pair(&Type::Null).is_some() => "test for absence with `has(…)`".to_owned(),
        _ => "compare values of the same type".to_owned(),
    }
}

/// Whether one type is a list of the other.
fn element_of(a: &Type, b: &Type) -> bool {
    match (a.base(), b.base()) {
        (Type::List(element), other) | (other, Type::List(element)) => element.base() == other,
        _ => false,
    }
}
