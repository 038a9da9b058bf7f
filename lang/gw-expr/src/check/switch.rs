//! `switch subject { pattern => value, _ => otherwise }` and `c ? a : b`.

use super::{Checker, Typed};
use crate::{Ir, OwnedValue, Switch, Type};
use gw_syntax::{Code, Diagnostic, Expr, Span, SwitchArm};

impl Checker<'_> {
    pub(super) fn conditional(
        &mut self,
        [condition, then, otherwise]: [&Expr; 3],
        span: Span,
        expected: Option<&Type>,
    ) -> Typed {
        let condition = self.truth(condition);
        let (then_ir, then_ty) =
            self.knowing(&condition, true, |checker| checker.value(then, expected));
        let hint = expected
            .cloned()
            .or_else(|| self.gw().then(|| then_ty.clone()));
        let (otherwise_ir, otherwise_ty) = self.knowing(&condition, false, |checker| {
            checker.value(otherwise, hint.as_ref())
        });
        let ty = match self.types.join(&then_ty, &otherwise_ty) {
            Some(ty) => ty,
            None if !self.checked() => Type::Dyn,
            None => {
                let (a, b) = (
                    self.types.resolve(&then_ty),
                    self.types.resolve(&otherwise_ty),
                );
                let message = format!("the branches have different types, `{a}` and `{b}`");
                self.fail(
                    Diagnostic::new(Code::TypeMismatch, otherwise.span, message)
                        .here(format!("this is `{b}`"))
                        .because(then.span, format!("this is `{a}`"))
                        .help("give both branches the same type"),
                )
                .ty
            }
        };
        let code = Ir::Conditional(Box::new([condition, then_ir, otherwise_ir]));
        self.typed(code, ty, span)
    }

    pub(super) fn switch(
        &mut self,
        subject: &Expr,
        arms: &[SwitchArm],
        span: Span,
        expected: Option<&Type>,
    ) -> Typed {
        let (subject_ir, subject_ty) = self.value(subject, None);
        let of = self.types.shallow(subject_ty.present());
        let mut ty: Option<Type> = None;
        let mut built = Switch {
            subject: subject_ir,
            arms: Vec::new(),
            otherwise: None,
        };
        for arm in arms {
            let pattern = arm
                .pattern
                .as_ref()
                .map(|pattern| self.pattern(pattern, &of));
            let hint = expected.cloned().or_else(|| ty.clone());
            let (value, value_ty) = self.value(&arm.value, hint.as_ref());
            ty = Some(self.arm_type(ty, value_ty, &arm.value));
            match pattern {
                Some(pattern) => built.arms.push((pattern, value)),
                None => built.otherwise = Some(value),
            }
        }
        self.covered(&built, &subject_ty, span);
        let ty = ty.unwrap_or(Type::Error);
        self.typed(Ir::Switch(Box::new(built)), ty, span)
    }

    /// A pattern is a constant of the type of the subject, or a range or network of it.
    fn pattern(&mut self, pattern: &Expr, subject: &Type) -> Ir {
        let typed = self.expr(pattern, Some(subject));
        let ty = self.types.shallow(&typed.ty);
        let range = matches!(
            (&ty, subject.base()),
            (Type::Range, Type::Int) | (Type::Cidr, Type::Ip)
        );
        if !range && self.types.join(&ty, subject).is_none() {
            let message = format!("a `{subject}` is compared with a `{ty}`, which it never is");
            let help = format!("write a constant of type `{subject}`");
            let code = Code::DisjointComparison;
            let diagnostic = Diagnostic::new(code, pattern.span, message);
            self.fail(diagnostic.here(format!("this is `{ty}`")).help(help));
        }
        let code = self.code(typed);
        if let Some(failed) = self.stray_text(&code, subject, pattern.span) {
            return self.code(failed);
        }
        if code.constant().is_none() && !matches!(code, Ir::Fail(_)) && ty != Type::Error {
            let message = "a pattern of a `switch` is a constant";
            let help = "write a constant, or use `? :` for conditions";
            let diagnostic = Diagnostic::new(Code::NotConstant, pattern.span, message);
            self.report(diagnostic.here("depends on the request").help(help));
        }
        code
    }

    fn arm_type(&mut self, before: Option<Type>, ty: Type, value: &Expr) -> Type {
        let Some(before) = before else { return ty };
        match self.types.join(&before, &ty) {
            Some(joined) => joined,
            None => {
                let (a, b) = (self.types.resolve(&before), self.types.resolve(&ty));
                let message = format!("this arm has type `{b}`, the ones before have `{a}`");
                let help = "give all arms the same type";
                let at = value.span;
                let diagnostic = Diagnostic::new(Code::TypeMismatch, at, message);
                self.fail(diagnostic.here(format!("this is `{b}`")).help(help))
                    .ty
            }
        }
    }

    /// Without `_`, the patterns must name every variant of an enum or both bools.
    fn covered(&mut self, switch: &Switch, subject: &Type, span: Span) {
        if switch.otherwise.is_some() || *subject == Type::Error {
            return;
        }
        let has = |value: &OwnedValue| switch.arms.iter().any(|(p, _)| p.constant() == Some(value));
        let missing: Vec<String> = match subject.base() {
            Type::Enum(of) => of
                .variants
                .iter()
                .filter(|v| !has(&OwnedValue::Str(v.name.clone())))
                .map(|v| format!("`{}`", v.name))
                .collect(),
            Type::Bool => [true, false]
                .iter()
                .filter(|b| !has(&OwnedValue::Bool(**b)))
                .map(|b| format!("`{b}`"))
                .collect(),
            _ => vec!["`_`".to_owned()],
        };
        if missing.is_empty() {
            return;
        }
        let message = format!(
            "the `switch` does not say what happens for {}",
            missing.join(", ")
        );
        self.report(
            Diagnostic::new(Code::TypeMismatch, span, message)
                .here("not every value has an arm")
                .help("add the missing arms, or `_ => …`"),
        );
    }
}
