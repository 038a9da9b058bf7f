//! CEL's macros: comprehensions over lists and maps, `cel.bind` and `cel.block`, `optMap`.

use super::{Checker, Form, Local, Typed};
use crate::{Comprehension, ComprehensionKind, Function, Ir, Type};
use gw_syntax::{Code, Diagnostic, Expr, ExprKind, Ident, Literal, Span};
use smol_str::{SmolStr, format_smolstr};
use std::sync::Arc;

use ComprehensionKind::{All, Exists, ExistsOne, List, Map, MapEntry, SortBy};

/// How a macro is called.
struct Shape<'x> {
    kind: ComprehensionKind,
    variables: Vec<SmolStr>,
    predicate: Option<&'x Expr>,
    body: &'x Expr,
    /// `filter`: the element itself is collected.
    keeps_element: bool,
}

/// The macro that a call is. Its first arguments are names.
fn shape<'x>(name: &str, args: &'x [Expr]) -> Option<Shape<'x>> {
    let plain = |kind, variables, body| {
        Some(Shape {
            kind,
            variables,
            predicate: None,
            body,
            keeps_element: false,
        })
    };
    match (name, args) {
        ("all", [v, body]) => plain(All, vec![variable(v)?], body),
        ("all", [k, v, body]) => plain(All, vec![variable(k)?, variable(v)?], body),
        ("exists", [v, body]) => plain(Exists, vec![variable(v)?], body),
        ("exists", [k, v, body]) => plain(Exists, vec![variable(k)?, variable(v)?], body),
        ("exists_one" | "existsOne", [v, body]) => plain(ExistsOne, vec![variable(v)?], body),
        ("exists_one" | "existsOne", [k, v, body]) => {
            plain(ExistsOne, vec![variable(k)?, variable(v)?], body)
        }
        ("sortBy", [v, body]) => plain(SortBy, vec![variable(v)?], body),
        ("map", [v, body]) => plain(List, vec![variable(v)?], body),
        ("map", [v, predicate, body]) => {
            let shape = plain(List, vec![variable(v)?], body)?;
            Some(Shape {
                predicate: Some(predicate),
                ..shape
            })
        }
        ("filter", [v, predicate]) => {
            let shape = plain(List, vec![variable(v)?], v)?;
            Some(Shape {
                predicate: Some(predicate),
                keeps_element: true,
                ..shape
            })
        }
        ("transformList" | "transformMap" | "transformMapEntry", [k, v, rest @ ..]) => {
            let kind = match name {
                "transformList" => List,
                "transformMap" => Map,
                _ => MapEntry,
            };
            let variables = vec![variable(k)?, variable(v)?];
            match rest {
                [body] => plain(kind, variables, body),
                [predicate, body] => {
                    let shape = plain(kind, variables, body)?;
                    Some(Shape {
                        predicate: Some(predicate),
                        ..shape
                    })
                }
                _ => None,
            }
        }
        _ => None,
    }
}

/// The name that a macro's argument declares; `cel.iterVar(0, 1)` is one in expanded blocks.
fn variable(expr: &Expr) -> Option<SmolStr> {
    match &expr.kind {
        ExprKind::Name {
            name,
            rooted: false,
        } => Some(name.clone()),
        ExprKind::Method {
            receiver,
            name,
            args,
        } => internal(receiver, &name.name, args),
        _ => None,
    }
}

/// `cel.index(1)`, `cel.iterVar(0, 1)`, `cel.accuVar(0, 1)`.
fn internal(receiver: &Expr, name: &str, args: &[Expr]) -> Option<SmolStr> {
    let number = |arg: &Expr| match arg.kind {
        ExprKind::Literal(Literal::Int(n)) => Some(n),
        _ => None,
    };
    if !matches!(&receiver.kind, ExprKind::Name { name, .. } if name == "cel") {
        return None;
    }
    match (name, args) {
        ("index", [n]) => Some(format_smolstr!("@index{}", number(n)?)),
        ("iterVar" | "accuVar", [a, b]) => {
            Some(format_smolstr!("@{name}{}:{}", number(a)?, number(b)?))
        }
        _ => None,
    }
}

impl Checker<'_> {
    /// A comprehension, if the call is one.
    pub(super) fn comprehension(
        &mut self,
        receiver: &Expr,
        name: &Ident,
        args: &[Expr],
        span: Span,
    ) -> Option<Typed> {
        if let ("optMap" | "optFlatMap", [v, body]) = (name.name.as_str(), args) {
            let flat = name.name == "optFlatMap";
            return variable(v).map(|v| self.optional_map(receiver, (v, body, flat), span));
        }
        let shape = shape(&name.name, args)?;
        if let [first, second] = shape.variables.as_slice()
            && first == second
        {
            let message = format!("`{}` names both of its variables `{first}`", name.name);
            let at = args.get(1).map_or(span, |arg| arg.span);
            let diagnostic = Diagnostic::new(Code::DuplicateName, at, message);
            let help = "give the second one another name";
            return Some(self.fail(diagnostic.here("named again").help(help)));
        }
        let range = self.expr(receiver, None);
        let range_ty = self.needed(&range, "the range of a macro");
        let range_span = range.span;
        let range = self.code(range);
        let sorts_map = shape.kind == SortBy && matches!(range_ty.base(), Type::Map(..));
        let elements = self.variables_of(&range_ty, shape.variables.len());
        let Some(elements) = elements.filter(|_| !sorts_map) else {
            let (over, help) = match shape.kind {
                SortBy => ("a list", "call it on a list"),
                _ => (
                    "a list or a map",
                    "call it on a list, or on a map for its keys",
                ),
            };
            let message = format!("`{}` goes over {over}, not a `{range_ty}`", name.name);
            return Some(
                self.fail(Diagnostic::new(Code::NoOverload, range_span, message).help(help)),
            );
        };
        let depth = self.scope.len();
        let locals = shape.variables.iter().zip(elements);
        self.scope.extend(locals.map(|(name, ty)| Local {
            name: name.clone(),
            ty,
        }));
        let typed = self.expanded(&shape, (range, range_ty), span);
        self.scope.truncate(depth);
        Some(typed)
    }

    fn expanded(&mut self, shape: &Shape<'_>, (range, range_ty): (Ir, Type), span: Span) -> Typed {
        let predicate = shape.predicate.map(|p| self.truth(p));
        let before = self.known.len();
        if let Some(predicate) = &predicate {
            let learnt = self.learnt(predicate, true);
            self.known.extend(learnt);
        }
        let (body, body_ty) = match shape.kind {
            All | Exists | ExistsOne => (self.truth(shape.body), Type::Bool),
            List | Map | MapEntry | SortBy => {
                let typed = self.expr(shape.body, None);
                let ty = self.needed(&typed, "what a macro collects");
                (self.code(typed), ty)
            }
        };
        self.known.truncate(before);
        if shape.kind == SortBy
            && let Some(failed) = self.unordered(&body_ty, shape.body.span)
        {
            return failed;
        }
        let ty = match shape.kind {
            All | Exists | ExistsOne => Type::Bool,
            SortBy => Type::list(self.first_of(&range_ty)),
            List if shape.keeps_element => Type::list(self.first_of(&range_ty)),
            List => Type::list(body_ty),
            Map => Type::map(self.first_of_entry(&range_ty), body_ty),
            MapEntry => match self.types.shallow(&body_ty) {
                map @ (Type::Map(..) | Type::Error) => map,
                _ => Type::map(Type::Dyn, Type::Dyn),
            },
        };
        let code = Ir::Comprehension(Box::new(Comprehension {
            kind: shape.kind,
            range,
            two_variables: shape.variables.len() == 2,
            predicate,
            body,
        }));
        self.typed(code, ty, span)
    }

    /// The types of the one or two variables over a range.
    fn variables_of(&mut self, range: &Type, count: usize) -> Option<Vec<Type>> {
        let (one, two) = match self.types.shallow(range) {
            Type::List(element) => {
                let element = element.as_ref().clone();
                (element.clone(), [Type::Int, element])
            }
            Type::Map(key, value) => {
                let key = key.as_ref().clone();
                (key.clone(), [key, value.as_ref().clone()])
            }
            Type::Dyn | Type::Param(_) => (Type::Dyn, [Type::Dyn, Type::Dyn]),
            Type::Error => (Type::Error, [Type::Error, Type::Error]),
            _ => return None,
        };
        Some(if count == 1 { vec![one] } else { two.into() })
    }

    fn first_of(&mut self, range: &Type) -> Type {
        self.variables_of(range, 1)
            .and_then(|mut v| v.pop())
            .unwrap_or(Type::Dyn)
    }

    fn first_of_entry(&mut self, range: &Type) -> Type {
        self.variables_of(range, 2)
            .map_or(Type::Dyn, |mut v| v.swap_remove(0))
    }

    /// `cel.bind(name, value, body)`, `cel.block([…], body)`, `cel.index(n)` and the like.
    pub(super) fn cel_macro(&mut self, name: &Ident, args: &[Expr], span: Span) -> Typed {
        let cel = Expr {
            kind: ExprKind::Name {
                name: "cel".into(),
                rooted: false,
            },
            span: name.span,
        };
        if let Some(local) = internal(&cel, &name.name, args).and_then(|n| self.local(&n, span)) {
            return local;
        }
        match (name.name.as_str(), args) {
            ("bind", [v, value, body]) if variable(v).is_some() => {
                let bound = variable(v).unwrap_or_default();
                let (value, ty) = self.value(value, None);
                self.bound((bound, ty, value), span, |checker| checker.expr(body, None))
            }
            ("block", [list, body]) => match &list.kind {
                ExprKind::List(items) => {
                    let values: Vec<&Expr> = items.iter().map(|item| &item.expr).collect();
                    self.block(&values, 0, body, span)
                }
                _ => self.unknown_macro(name, span),
            },
            _ => self.unknown_macro(name, span),
        }
    }

    fn block(&mut self, values: &[&Expr], index: usize, body: &Expr, span: Span) -> Typed {
        let Some((value, rest)) = values.split_first() else {
            return self.expr(body, None);
        };
        let (code, ty) = self.value(value, None);
        let name = format_smolstr!("@index{index}");
        self.bound((name, ty, code), span, |c| {
            c.block(rest, index + 1, body, span)
        })
    }

    fn bound(
        &mut self,
        (name, ty, value): (SmolStr, Type, Ir),
        span: Span,
        body: impl FnOnce(&mut Self) -> Typed,
    ) -> Typed {
        self.scope.push(Local { name, ty });
        let typed = body(self);
        let ty = typed.ty.clone();
        let body = Box::new(self.code(typed));
        self.scope.pop();
        self.typed(
            Ir::Let {
                value: Box::new(value),
                body,
            },
            ty,
            span,
        )
    }

    fn unknown_macro(&mut self, name: &Ident, span: Span) -> Typed {
        let message = format!("`cel.{}` cannot be called like this", name.name);
        let help = "write `cel.bind(name, value, expression)`";
        self.fail(Diagnostic::new(Code::UnknownFunction, span, message).help(help))
    }

    /// `opt.optMap(v, body)`: body of the value, if there is one.
    fn optional_map(
        &mut self,
        receiver: &Expr,
        (v, body, flat): (SmolStr, &Expr, bool),
        span: Span,
    ) -> Typed {
        let (opt, opt_ty) = self.value(receiver, None);
        let inner = match self.types.shallow(&opt_ty) {
            Type::CelOptional(inner) => inner.as_ref().clone(),
            _ => Type::Dyn,
        };
        // The optional itself is one binding, its value another.
        self.scope.push(Local {
            name: "@optional".into(),
            ty: opt_ty,
        });
        let value = call("value", vec![Ir::Local(0)]);
        let mapped = self.bound((v, inner, value), span, |checker| checker.expr(body, None));
        self.scope.pop();
        let ty = mapped.ty.clone();
        let Form::Code(mapped) = mapped.form else {
            return self.typed(opt, Type::Error, span);
        };
        let (mapped, ty) = match flat {
            true => (mapped, ty),
            false => (
                call("optional.of", vec![mapped]),
                Type::CelOptional(Arc::new(ty)),
            ),
        };
        let has_value = call("hasValue", vec![Ir::Local(0)]);
        let none = call("optional.none", Vec::new());
        let body = Ir::Conditional(Box::new([has_value, mapped, none]));
        self.typed(
            Ir::Let {
                value: Box::new(opt),
                body: Box::new(body),
            },
            ty,
            span,
        )
    }
}

fn call(name: &str, args: Vec<Ir>) -> Ir {
    Function::named(name).map_or(Ir::Fail(crate::EvalError::NoMatchingOverload), |f| {
        Ir::Call(f, args)
    })
}
