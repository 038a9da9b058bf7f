//! `T?` where `T` is needed, `has(x)`, `??`, and what a condition says about presence.

use super::operator::{adapt, listed};
use super::{Checker, Form, Typed};
use crate::{Availability, FactPath, Ir, Missing, Type};
use gw_syntax::{Code, Diagnostic, Expr, ExprKind, Span};

impl Checker<'_> {
    /// The type of an operand that must be present; GW0203 where it may be absent.
    pub(super) fn needed(&mut self, typed: &Typed, place: &str) -> Type {
        let ty = self.types.shallow(&typed.ty);
        if !ty.may_be_absent() {
            return ty;
        }
        let name = match &typed.form {
            Form::Path(path) => self.as_written(path),
            Form::Code(_) => "x".to_owned(),
        };
        if let Form::Path(path) = &typed.form
            && let Some(variable) = self.env.variable(&path.root)
            && variable.availability == Availability::NoIdentity
        {
            self.report(super::name::no_identity(&path.root, typed.span));
            return Type::Error;
        }
        let default = example(ty.present());
        let message = match &typed.form {
            Form::Path(_) => format!("`{name}` may be absent"),
            Form::Code(_) => "this value may be absent".to_owned(),
        };
        self.report(
            Diagnostic::new(Code::MaybeAbsent, typed.span, message)
                .here(format!("this is `{ty}`, and {place} needs a value"))
                .help(format!(
                    "give a default, as `({name} ?? {default})`, or test it first, as \
                     `has({name}) && …`"
                )),
        );
        // Checking goes on as if it were present.
        self.types.shallow(ty.present())
    }

    /// A path as it has to be written: `?.` after a root that may be absent itself.
    fn as_written(&self, path: &FactPath) -> String {
        let text = path.to_string();
        let root = self.env.variable(&path.root);
        let may_be_absent = root.is_some_and(|variable| variable.ty.may_be_absent());
        match text.strip_prefix(path.root.as_str()) {
            Some(rest) if may_be_absent && rest.starts_with('.') => format!("{}?{rest}", path.root),
            Some(_) | None => text,
        }
    }

    /// `left ?? right`.
    pub(super) fn coalesce(
        &mut self,
        left: &Expr,
        right: &Expr,
        span: Span,
        expected: Option<&Type>,
    ) -> Typed {
        let risks = self.risks.len();
        let (left_ir, left_ty) = self.value(left, expected);
        let left_ir = tolerant(left_ir);
        if matches!(left_ir, Ir::Index { .. } | Ir::Select { .. }) {
            // A missing key takes the default: reads of this chain cannot fail.
            let new = self.risks.split_off(risks);
            let start = left.span.start;
            self.risks
                .extend(new.into_iter().filter(|r| r.span().start != start));
        }
        let wanted = self.types.shallow(left_ty.present());
        let wanted = expected
            .filter(|_| wanted == Type::Dyn)
            .cloned()
            .unwrap_or(wanted);
        let right_typed = self.expr(right, Some(&wanted));
        let mut right_ty = right_typed.ty.clone();
        let mut right_ir = self.code(right_typed);
        if self.gw() && listed(&left_ty).is_some() {
            adapt(&mut right_ir, &mut right_ty, &left_ty);
        }
        let Some(joined) = self.types.join(left_ty.present(), &right_ty) else {
            let message = format!(
                "the default has type `{}`, the value `{}`",
                self.types.resolve(&right_ty),
                self.types.resolve(left_ty.present()),
            );
            return self.fail(
                Diagnostic::new(Code::TypeMismatch, right.span, message)
                    .here("this default")
                    .because(left.span, "for this value")
                    .help("give a default of the same type"),
            );
        };
        self.typed(Ir::Coalesce(Box::new([left_ir, right_ir])), joined, span)
    }

    /// `has(x)`.
    pub(super) fn has(&mut self, args: &[Expr], span: Span) -> Typed {
        let [arg] = args else {
            let message = "`has` takes one argument";
            let help = "write `has(request.headers[\"x\"])` or `has(jwt.org)`";
            let diagnostic = Diagnostic::new(Code::NoOverload, span, message);
            return self.fail(diagnostic.here("not one argument").help(help));
        };
        // gw tests any value for presence, CEL a field only.
        if !self.gw() && !matches!(arg.kind, ExprKind::Select { .. }) {
            let diagnostic = Diagnostic::new(Code::NoOverload, arg.span, "`has` takes a field");
            return self.fail(
                diagnostic
                    .here("not a field")
                    .help("write `has(value.field)`"),
            );
        }
        let presence = self.presence;
        self.presence = true;
        let typed = self.expr(arg, None);
        self.presence = presence;
        if self.types.shallow(&typed.ty) == Type::Error {
            return self.typed(self.code_of_error(), Type::Error, span);
        }
        let ir = match typed.form {
            Form::Path(_) => Ir::Present(Box::new(self.code(typed))),
            Form::Code(Ir::Select {
                operand,
                field,
                missing: Missing::Error | Missing::OptionalNone,
            }) => Ir::HasField { operand, field },
            Form::Code(code) => Ir::Present(Box::new(tolerant(code))),
        };
        self.typed(ir, Type::Bool, span)
    }

    fn code_of_error(&self) -> Ir {
        Ir::Fail(crate::EvalError::NoMatchingOverload)
    }
}

/// Under `??` and `has`, a missing key is absent instead of an error.
pub(super) fn tolerant(ir: Ir) -> Ir {
    match ir {
        Ir::Select {
            operand,
            field,
            missing: Missing::Error,
        } => {
            let operand = Box::new(tolerant(*operand));
            Ir::Select {
                operand,
                field,
                missing: Missing::Absent,
            }
        }
        Ir::Index {
            operand,
            index,
            missing: Missing::Error,
        } => {
            let operand = Box::new(tolerant(*operand));
            Ir::Index {
                operand,
                index,
                missing: Missing::Absent,
            }
        }
        other => other,
    }
}

/// A default that could be meant.
fn example(ty: &Type) -> &'static str {
    match ty.base() {
        Type::Bool => "false",
        Type::Int | Type::Size => "0",
        Type::Uint => "0u",
        Type::Double | Type::Percent => "0.0",
        Type::String => "\"\"",
        Type::Duration => "0s",
        Type::List(_) => "[]",
        Type::Map(..) => "{}",
        _ => "…",
    }
}
