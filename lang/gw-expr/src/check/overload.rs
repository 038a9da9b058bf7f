//! Which overload of a function fits its arguments.

use super::operator::{adapt, unit_clash, unit_help};
use super::{Checker, Typed};
use crate::functions::Signature;
use crate::{EvalError, Function, Ir, Type};
use gw_syntax::{Code, Diagnostic, Ident, Span};

impl Checker<'_> {
    /// The type of the result, if some overload fits. Int constants adapt in gw.
    pub(super) fn overload(
        &mut self,
        function: Function,
        method: bool,
        codes: &mut [Ir],
        types: &[Type],
    ) -> Option<Type> {
        if types.contains(&Type::Error) {
            return Some(Type::Error);
        }
        if let Some(found) = self.fitting(function, method, types) {
            return Some(found);
        }
        if !self.gw() {
            return None;
        }
        for wanted in [Type::Double, Type::Uint] {
            let (mut adapted, mut changed) = (codes.to_vec(), types.to_vec());
            for (code, ty) in adapted.iter_mut().zip(&mut changed) {
                adapt(code, ty, &wanted);
            }
            if changed.as_slice() != types
                && let Some(found) = self.fitting(function, method, &changed)
            {
                codes.clone_from_slice(&adapted);
                return Some(found);
            }
        }
        None
    }

    fn fitting(&mut self, function: Function, method: bool, types: &[Type]) -> Option<Type> {
        let mut result: Option<Type> = None;
        for signature in function.signatures() {
            if signature.method != method {
                continue;
            }
            let found = match signature.numeric {
                true => self.numeric(signature, types),
                false => self.fits(signature, types),
            };
            result = match (result, found) {
                (None, found) => found,
                (before, None) => before,
                (Some(before), Some(found)) if before == found => Some(found),
                (Some(_), Some(_)) => Some(Type::Dyn),
            };
            // Dynamic arguments fit several overloads; anything else fits at most one.
            if result.is_some() && !types.iter().any(|ty| self.dynamic_type(ty)) {
                break;
            }
        }
        result
    }

    fn dynamic_type(&self, ty: &Type) -> bool {
        matches!(self.types.shallow(ty), Type::Dyn | Type::Param(_))
    }

    fn fits(&mut self, signature: &Signature, types: &[Type]) -> Option<Type> {
        if signature.params.len() != types.len() {
            return None;
        }
        let mut all = signature.params.clone();
        all.push(signature.result.clone());
        let mut fresh = self.types.instantiate(&all);
        let result = fresh.pop()?;
        let before = self.types.clone();
        let fits = types
            .iter()
            .zip(&fresh)
            .all(|(ty, param)| self.types.assignable(ty, param));
        if !fits {
            self.types = before;
            return None;
        }
        Some(self.types.shallow(&result))
    }

    /// `math.greatest` and the like: numbers of any type.
    fn numeric(&mut self, signature: &Signature, types: &[Type]) -> Option<Type> {
        let list = signature.params.iter().any(|p| matches!(p, Type::List(_)));
        let numbers: Vec<Type> = match (list, types) {
            (true, [ty]) => match self.types.shallow(ty) {
                Type::List(element) => vec![self.types.shallow(&element)],
                Type::Dyn => vec![Type::Dyn],
                _ => return None,
            },
            (true, _) => return None,
            (false, _) => types.iter().map(|ty| self.types.shallow(ty)).collect(),
        };
        let number = |ty: &Type| {
            matches!(
                ty,
                Type::Int
                    | Type::Uint
                    | Type::Double
                    | Type::Size
                    | Type::Percent
                    | Type::Dyn
                    | Type::Param(_)
            )
        };
        let first = numbers.first()?;
        if !numbers.iter().all(number) {
            return None;
        }
        Some(if numbers.iter().all(|ty| ty == first) {
            first.clone()
        } else {
            Type::Dyn
        })
    }

    /// A function that the embedder declared for checking only.
    pub(super) fn declared_only(
        &mut self,
        full: &str,
        method: bool,
        arguments: Vec<Typed>,
        name: &Ident,
    ) -> Typed {
        let types: Vec<Type> = arguments.iter().map(|a| a.ty.clone()).collect();
        let overloads: Vec<Signature> = self
            .env
            .overloads
            .iter()
            .filter(|o| o.name == full)
            .map(|o| Signature {
                params: o.params.clone(),
                result: o.result.clone(),
                method: o.method,
                variadic: false,
                numeric: false,
            })
            .collect();
        for signature in overloads.iter().filter(|s| s.method == method) {
            if let Some(ty) = self.fits(signature, &types) {
                return self.typed(Ir::Fail(EvalError::NoMatchingOverload), ty, name.span);
            }
        }
        let message = format!("no overload of `{full}` takes these arguments");
        let help = "see its declaration";
        self.fail(Diagnostic::new(Code::NoOverload, name.span, message).help(help))
    }

    /// GW0206 with the candidates, or GW0211 where a unit is the problem.
    pub(super) fn no_overload(
        &mut self,
        function: Function,
        method: bool,
        (types, spans): (&[Type], &[Span]),
        name: &Ident,
    ) -> Typed {
        let declaration = function.declaration();
        let texts: Vec<String> = types
            .iter()
            .map(|t| format!("`{}`", self.types.resolve(t)))
            .collect();
        let of_shape = function
            .signatures()
            .iter()
            .filter(|s| s.method == method && s.params.len() == types.len());
        for signature in of_shape.clone() {
            let mut clashes = signature.params.iter().zip(types).zip(spans);
            let clash = clashes.find(|((param, ty), _)| unit_clash(param, ty));
            if let Some(((param, ty), at)) = clash {
                let message = format!("`{}` takes a `{param}` here, not a `{ty}`", name.name);
                let diagnostic = Diagnostic::new(Code::UnitMismatch, *at, message);
                let diagnostic = diagnostic.here(format!("this is `{ty}`"));
                return self.fail(diagnostic.help(unit_help(param, ty)));
            }
        }
        let message = match texts.is_empty() {
            true => format!("`{}` needs arguments", name.name),
            false => format!("no overload of `{}` takes {}", name.name, texts.join(", ")),
        };
        let mut diagnostic =
            Diagnostic::new(Code::NoOverload, name.span, message).here("no such overload");
        for (text, span) in texts.iter().zip(spans) {
            diagnostic = diagnostic.because(*span, format!("this is {text}"));
        }
        let candidates: Vec<_> = declaration
            .signatures
            .iter()
            .map(|s| format!("`{s}`"))
            .collect();
        let help = match candidates.as_slice() {
            [one] => format!("its only form is {one}"),
            all => format!("its forms are {}", all.join(", ")),
        };
        self.fail(diagnostic.help(help))
    }
}
