//! Constants: the values that blocks ask of their fields, known before any request.

use super::{Cx, items};
use crate::env::Place;
use crate::fields::Fields;
use crate::suggest::nearest;
use gw_expr::{Checked, FactId, Facts, Ir, OwnedValue, Type, Value};
use gw_syntax::{Code, Diagnostic, Expr, ExprKind, Literal};
use std::time::Duration;

impl Cx<'_, '_> {
    /// The value of a constant expression of a type.
    pub(crate) fn constant(&mut self, module: usize, expr: &Expr, ty: &Type) -> Option<OwnedValue> {
        if let (ExprKind::Literal(Literal::Text(text)), Type::String) = (&expr.kind, ty) {
            return Some(OwnedValue::Str(text.clone()));
        }
        let checked = self.check(expr, &Place::constant(module), ty)?;
        self.evaluate(&checked)
    }

    /// The value of a checked expression that reads no fact.
    pub(crate) fn evaluate(&mut self, checked: &Checked) -> Option<OwnedValue> {
        if let Ir::Const(value) = &checked.ir {
            return Some(value.clone());
        }
        if !checked.ir.facts().is_empty() {
            self.report(
                Diagnostic::new(
                    Code::NotConstant,
                    checked.span,
                    "this value must be known before any request",
                )
                .here("depends on the request")
                .help("write a constant, or a `param` that `--set` gives"),
            );
            return None;
        }
        let value = gw_expr::Program::compile(&checked.ir)
            .map_err(|e| format!("{e:?}"))
            .and_then(|p| p.eval_owned(&NoFacts).map_err(|e| e.message().to_owned()));
        match value {
            Ok(value) => Some(value),
            Err(why) => {
                self.report(
                    Diagnostic::new(
                        Code::BadConstant,
                        checked.span,
                        format!("this constant fails: {why}"),
                    )
                    .here("cannot be computed")
                    .help("change the expression so that it has a value"),
                );
                None
            }
        }
    }

    /// A text constant.
    pub(crate) fn text_of(&mut self, module: usize, expr: &Expr) -> Option<String> {
        match self.constant(module, expr, &Type::String)? {
            OwnedValue::Str(text) => Some(text.to_string()),
            _ => None,
        }
    }

    /// A text field.
    pub(crate) fn text(
        &mut self,
        module: usize,
        fields: &Fields<'_>,
        name: &str,
    ) -> Option<String> {
        self.text_of(module, fields.expr(name)?)
    }

    /// A field that takes one text or a list of them.
    pub(crate) fn texts(&mut self, module: usize, fields: &Fields<'_>, name: &str) -> Vec<String> {
        let Some(expr) = fields.expr(name) else {
            return Vec::new();
        };
        items(expr)
            .into_iter()
            .filter_map(|e| self.text_of(module, e))
            .collect()
    }

    /// A duration field.
    pub(crate) fn duration(
        &mut self,
        module: usize,
        fields: &Fields<'_>,
        name: &str,
    ) -> Option<Duration> {
        self.duration_of(module, fields.expr(name)?, name)
    }

    /// A duration, which is not negative.
    pub(crate) fn duration_of(
        &mut self,
        module: usize,
        expr: &Expr,
        name: &str,
    ) -> Option<Duration> {
        match self.constant(module, expr, &Type::Duration)? {
            OwnedValue::Duration(nanos) if nanos >= 0 => {
                Some(Duration::from_nanos(u64::try_from(nanos).unwrap_or(0)))
            }
            _ => {
                self.report(
                    Diagnostic::new(
                        Code::NumberRange,
                        expr.span,
                        format!("`{name}` cannot be negative"),
                    )
                    .here("less than zero")
                    .help("write a duration such as `10s`"),
                );
                None
            }
        }
    }

    /// A field for time that something needs, where none at all is no way to switch it off.
    pub(crate) fn time(
        &mut self,
        module: usize,
        fields: &Fields<'_>,
        name: &str,
        help: &str,
    ) -> Option<Duration> {
        let expr = fields.expr(name)?;
        let time = self.duration_of(module, expr, name)?;
        if time.is_zero() {
            self.report(no_time(expr, name, help));
            return None;
        }
        Some(time)
    }

    /// A whole number of a field, within bounds.
    pub(crate) fn whole(
        &mut self,
        module: usize,
        fields: &Fields<'_>,
        name: &str,
        bounds: std::ops::RangeInclusive<i64>,
    ) -> Option<u64> {
        let expr = fields.expr(name)?;
        // Sizes may be written as plain numbers of bytes.
        let plain = matches!(expr.kind, ExprKind::Literal(Literal::Int(_)));
        let is_size = matches!(name, "max_body" | "max_head");
        let ty = if is_size && !plain {
            Type::Size
        } else {
            Type::Int
        };
        let value = self.constant(module, expr, &ty)?;
        self.bounded(expr, name, &value, bounds)
    }

    fn bounded(
        &mut self,
        expr: &Expr,
        name: &str,
        value: &OwnedValue,
        bounds: std::ops::RangeInclusive<i64>,
    ) -> Option<u64> {
        match value {
            OwnedValue::Int(n) if bounds.contains(n) => u64::try_from(*n).ok(),
            _ => {
                let (low, high) = bounds.into_inner();
                self.report(
                    Diagnostic::new(
                        Code::NumberRange,
                        expr.span,
                        format!("`{name}` is out of range"),
                    )
                    .here(format!("must be between {low} and {high}"))
                    .help(format!("write a number from {low} to {high}")),
                );
                None
            }
        }
    }

    /// A bool field.
    pub(crate) fn flag(&mut self, module: usize, fields: &Fields<'_>, name: &str) -> Option<bool> {
        match self.constant(module, fields.expr(name)?, &Type::Bool)? {
            OwnedValue::Bool(b) => Some(b),
            _ => None,
        }
    }

    /// A field that takes one of a few words.
    pub(crate) fn word<T: Clone>(
        &mut self,
        fields: &Fields<'_>,
        name: &str,
        words: &[(&str, T)],
    ) -> Option<T> {
        self.word_of(fields.expr(name)?, name, words)
    }

    /// One of a few words.
    pub(crate) fn word_of<T: Clone>(
        &mut self,
        expr: &Expr,
        name: &str,
        words: &[(&str, T)],
    ) -> Option<T> {
        let written = match &expr.kind {
            ExprKind::Name {
                name,
                rooted: false,
            } => name.as_str(),
            ExprKind::Literal(Literal::Text(text)) => text.as_str(),
            _ => "",
        };
        if let Some((_, value)) = words.iter().find(|(w, _)| *w == written) {
            return Some(value.clone());
        }
        let list: Vec<&str> = words.iter().map(|(w, _)| *w).collect();
        let message = match written {
            "" => format!("`{name}` takes one of a few words"),
            word => format!("`{name}` cannot be `{word}`"),
        };
        let diagnostic =
            Diagnostic::new(Code::WrongArguments, expr.span, message).here("not one of its words");
        let all = format!("its words are `{}`", list.join("`, `"));
        self.report(match nearest(written, list.iter().copied()) {
            Some(near) => diagnostic
                .help(format!("did you mean `{near}`? {all}"))
                .fix(
                    format!("write `{near}`"),
                    expr.span,
                    quoted_like(expr, near),
                ),
            None => diagnostic.help(all),
        });
        None
    }
}

/// The finding for a time of zero where something has to happen in it.
pub(crate) fn no_time(expr: &Expr, name: &str, help: &str) -> Diagnostic {
    let message = format!("`{name}` cannot be zero");
    Diagnostic::new(Code::NumberRange, expr.span, message)
        .here("leaves no time at all")
        .help(help)
}

/// A word as the expression writes it: in quotes or bare.
fn quoted_like(expr: &Expr, word: &str) -> String {
    match expr.kind {
        ExprKind::Literal(Literal::Text(_)) => format!("\"{word}\""),
        _ => word.to_owned(),
    }
}

/// Facts of a constant: none.
struct NoFacts;

impl Facts for NoFacts {
    fn fact(&self, _: FactId) -> Result<Value<'_>, gw_expr::EvalError> {
        Ok(Value::Absent)
    }
}
