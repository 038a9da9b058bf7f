//! `param`: values that differ between environments.

use crate::cx::Cx;
use crate::load::assigned;
use crate::resolve::{DeclId, Kind};
use crate::spec::{BlockSpec, Repeats, Shape, Words};
use crate::suggest::{listed, nearest};
use gw_expr::{Checked, Ir, OwnedValue, Type};
use gw_syntax::{Code, Diagnostic, Expr, ExprKind, FileId, Ident, Literal, Span, StatementValue};
use smol_str::SmolStr;
use std::rc::Rc;

/// `param`
pub(crate) const SPEC: BlockSpec = BlockSpec {
    keyword: "param",
    parents: &["file"],
    usage: "param NAME: TYPE [= DEFAULT]",
    shape: Shape::of(Words::Name).any_value(),
    doc: "A value that differs between environments, set by `--set NAME=VALUE` or a vars file. Without a default it must be given.",
    example: "param api_host: host = \"api.shop.example\"",
    fields: &[],
    repeats: Repeats::Often,
};

/// The value of a parameter as a constant with its declared type.
pub(crate) fn value(cx: &mut Cx<'_, '_>, id: DeclId) -> Option<Checked> {
    let decl = cx.program.decl(id)?;
    let (name, module, statement) = (decl.name.clone(), decl.module, decl.statement);
    if let Some(done) = cx.lowered.get(&id) {
        let expr = (*done)?;
        let ir = cx.graph.exprs.get(expr as usize)?.clone();
        return Some(Checked {
            ir,
            ty: cx.types.get(&id)?.clone(),
            span: name.span,
            risks: Vec::new(),
        });
    }
    cx.lowered.insert(id, None);
    let written = match &statement.value {
        Some(StatementValue::Type(ty) | StatementValue::TypedExpr(ty, _)) => ty,
        Some(StatementValue::Expr(_) | StatementValue::Annotation(_)) | None => {
            cx.report(
                Diagnostic::new(
                    Code::WrongShape,
                    name.span,
                    format!("the type of parameter `{}` is missing", name.name),
                )
                .here("no type")
                .help(format!(
                    "write `param {}: {}`",
                    name.name,
                    typed_like(statement)
                )),
            );
            return None;
        }
    };
    let ty = super::schema::resolve(cx, module, written)?;
    let value = match cx.options.params.get(name.name.as_str()).cloned() {
        Some(text) => given(cx, &name.name, &text, &ty, name.span),
        None => match assigned(statement) {
            Some(expr) => default(cx, module, expr, &ty, &name),
            None => {
                cx.report(missing(&name.name, name.span, &ty));
                None
            }
        },
    }?;
    let ir = Ir::Const(value);
    let expr = cx.intern(ir.clone());
    cx.lowered.insert(id, Some(expr.0));
    cx.types.insert(id, ty.clone());
    Some(Checked {
        ir,
        ty,
        span: name.span,
        risks: Vec::new(),
    })
}

/// Most parameters that a default goes through.
const DEEPEST: usize = 100;

/// The value of a default, which may name other parameters.
fn default(
    cx: &mut Cx<'_, '_>,
    module: usize,
    expr: &Expr,
    ty: &Type,
    name: &Ident,
) -> Option<OwnedValue> {
    let deeper = cx.envs.enter_param();
    let value = if deeper > DEEPEST {
        cx.report(too_deep(name));
        None
    } else {
        let env = Rc::new(crate::env::of_constant(cx, module, expr));
        let checked = cx.check_in(expr, &env, ty);
        checked.and_then(|checked| cx.evaluate(&checked))
    };
    cx.envs.leave_param();
    value
}

fn too_deep(name: &Ident) -> Diagnostic {
    Diagnostic::new(
        Code::NestingTooDeep,
        name.span,
        format!("more than {DEEPEST} parameters name each other"),
    )
    .here("too deep from here on")
    .help("give one of them a value of its own")
}

/// A type that fits the default, with the default.
fn typed_like(statement: &gw_syntax::Statement) -> &'static str {
    match assigned(statement).map(|e| &e.kind) {
        Some(ExprKind::Literal(Literal::Int(_))) => "int = …",
        Some(ExprKind::Literal(Literal::Bool(_))) => "bool = …",
        Some(ExprKind::Literal(Literal::Duration(_))) => "duration = …",
        Some(ExprKind::Literal(Literal::Size(_))) => "size = …",
        Some(ExprKind::Literal(Literal::Rate(..))) => "rate = …",
        Some(ExprKind::Literal(Literal::Percent(_))) => "percent = …",
        Some(_) | None => "string = \"…\"",
    }
}

/// Findings for values that no parameter takes.
pub(crate) fn check_values(cx: &mut Cx<'_, '_>) {
    let names: Vec<_> = cx
        .program
        .decls
        .iter()
        .filter(|d| d.kind == Kind::Param)
        .map(|d| d.name.name.clone())
        .collect();
    for given in cx.options.params.keys() {
        if names.iter().any(|n| n == given) {
            continue;
        }
        let span = Span::new(FileId(0), 0, 0);
        let diagnostic = Diagnostic::new(
            Code::UnknownParam,
            span,
            format!("there is no parameter `{given}`"),
        )
        .here("a value was given for it");
        cx.diagnostics
            .push(match nearest(given, names.iter().map(|n| n.as_str())) {
                Some(near) => diagnostic.help(format!("did you mean `--set {near}=…`?")),
                None if names.is_empty() => diagnostic.help("this policy declares no `param`"),
                None => diagnostic.help(format!(
                    "it declares {}",
                    listed(names.iter().map(SmolStr::as_str))
                )),
            });
    }
}

fn missing(name: &str, span: Span, ty: &Type) -> Diagnostic {
    Diagnostic::new(
        Code::MissingParam,
        span,
        format!("parameter `{name}` has no value"),
    )
    .here(format!("`{ty}` without a default"))
    .help(format!("give it with `--set {name}=…`, or write a default"))
}

/// Reads the text of `--set`: as it is for texts, as an expression for everything else.
fn given(cx: &mut Cx<'_, '_>, name: &str, text: &str, ty: &Type, span: Span) -> Option<OwnedValue> {
    if matches!(ty.base(), Type::String | Type::Enum(_)) {
        return conforming(cx, name, text, ty, span);
    }
    let parsed = gw_syntax::parse_expr(span.file, text, 0);
    let mut silent = Vec::new();
    let value = parsed.ok().and_then(|expr| {
        let env = gw_expr::Env::new();
        let checked = gw_expr::check_as(&expr, ty, &env, &mut cx.graph.facts, &mut silent);
        (checked.ty != Type::Error && !crate::has_errors(&silent))
            .then(|| cx.evaluate(&checked))
            .flatten()
    });
    if value.is_none() {
        cx.report(bad_value(name, text, ty, span));
    }
    value
}

fn conforming(
    cx: &mut Cx<'_, '_>,
    name: &str,
    text: &str,
    ty: &Type,
    span: Span,
) -> Option<OwnedValue> {
    match gw_expr::conform(ty, &serde_json::Value::String(text.to_owned())) {
        Ok(value) => Some(value),
        Err(_) => {
            cx.report(bad_value(name, text, ty, span));
            None
        }
    }
}

fn bad_value(name: &str, text: &str, ty: &Type, span: Span) -> Diagnostic {
    Diagnostic::new(
        Code::TypeMismatch,
        span,
        format!("the value given for `{name}` does not fit `{ty}`"),
    )
    .here(format!("`{text}` was given"))
    .help(format!("give a value of type `{ty}` with `--set {name}=…`"))
}
