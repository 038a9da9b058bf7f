//! Constraints behind a written type: `min`, `max`, `1..=99`, `matches`.

use crate::cx::Cx;
use gw_expr::{OwnedValue, Refined, Type};
use gw_syntax::{Code, Diagnostic, Expr, Refinement, Span};
use smol_str::SmolStr;
use std::sync::Arc;

/// A type within its constraints; the type itself where there are none.
pub(super) fn refine(
    cx: &mut Cx<'_, '_>,
    module: usize,
    base: Type,
    refinements: &[Refinement],
) -> Option<Type> {
    if refinements.is_empty() {
        return Some(base);
    }
    let mut places = Places::default();
    let mut refined = Refined::of(base);
    for refinement in refinements {
        let expr = &refinement.value;
        match refinement.word.name.as_str() {
            "min" => refined.min = Some(int(cx, module, expr)?),
            "max" => refined.max = Some(int(cx, module, expr)?),
            "range" => {
                let OwnedValue::Range(first, last) = cx.constant(module, expr, &Type::Range)?
                else {
                    return None;
                };
                (refined.min, refined.max) = (Some(first), Some(last));
            }
            "matches" => refined.pattern = cx.text_of(module, expr).map(SmolStr::from),
            _ => {
                cx.report(unknown(refinement));
                return None;
            }
        }
        cx.diagnostics.extend(idle(&refined.base, refinement));
        cx.diagnostics.extend(places.note(refinement));
    }
    cx.diagnostics.extend(places.nothing_fits(&refined));
    Some(Type::Refined(Arc::new(refined)))
}

fn int(cx: &mut Cx<'_, '_>, module: usize, expr: &Expr) -> Option<i64> {
    match cx.constant(module, expr, &Type::Int)? {
        OwnedValue::Int(n) => Some(n),
        _ => None,
    }
}

fn unknown(refinement: &Refinement) -> Diagnostic {
    let word = &refinement.word;
    let message = format!("there is no constraint `{}`", word.name);
    Diagnostic::new(Code::WrongShape, word.span, message)
        .here("unknown constraint")
        .help("write `min N`, `max N`, `1..=99` or `matches \"…\"`")
}

/// The finding for a constraint that is about nothing that values of the type have.
fn idle(base: &Type, written: &Refinement) -> Option<Diagnostic> {
    let word = written.word.name.as_str();
    let fits = match base.base() {
        Type::String | Type::Dyn | Type::Error => true,
        Type::Int | Type::Uint | Type::Double => word != "matches",
        _ => is_sized(base) && word != "matches",
    };
    let what = match word {
        "matches" => "a pattern",
        _ => "a least or greatest value",
    };
    (!fits).then(|| {
        let message = format!("`{base}` is not held against {what}");
        Diagnostic::new(Code::WrongShape, place(written), message)
            .here("would have no effect")
            .help("remove it: numbers, texts, lists and maps have `min` and `max`, texts `matches`")
    })
}

/// Whether constraints are about how many elements or characters there are.
fn is_sized(ty: &Type) -> bool {
    matches!(
        ty.base(),
        Type::String | Type::Bytes | Type::List(_) | Type::Map(..)
    )
}

/// Where a constraint is written.
fn place(refinement: &Refinement) -> Span {
    match refinement.word.name.as_str() {
        "range" => refinement.value.span,
        _ => refinement.word.span.to(refinement.value.span),
    }
}

/// Where the constraints of a type are written.
#[derive(Default)]
struct Places {
    min: Option<Span>,
    max: Option<Span>,
    pattern: Option<Span>,
}

impl Places {
    /// Notes a constraint; the finding where what it sets was set before.
    fn note(&mut self, written: &Refinement) -> Option<Diagnostic> {
        let second = place(written);
        let (first, what) = match written.word.name.as_str() {
            "min" => (self.min.replace(second), "the least value"),
            "max" => (self.max.replace(second), "the greatest value"),
            "range" => {
                let (min, max) = (self.min.replace(second), self.max.replace(second));
                (min.or(max), "the range")
            }
            _ => (self.pattern.replace(second), "the pattern"),
        };
        let message = format!("{what} of this type is set twice");
        first.map(|first| {
            Diagnostic::new(Code::DuplicateField, second, message)
                .here("set again here")
                .because(first, "first set here")
                .help("keep one of them")
        })
    }

    /// The finding for constraints that no value meets. A range that begins behind its end has its
    /// own.
    fn nothing_fits(&self, refined: &Refined) -> Option<Diagnostic> {
        let (max, highest) = (refined.max?, self.max?);
        if let (Some(min), Some(lowest)) = (refined.min, self.min)
            && min > max
        {
            let message = format!("no `{}` is both `min {min}` and `max {max}`", refined.base);
            let found = Diagnostic::new(Code::EmptyRange, highest, message);
            return (lowest != highest).then(|| {
                found
                    .here("at most this")
                    .because(lowest, "at least this")
                    .help(format!("write `min {max} max {min}`, or mend one of them"))
            });
        }
        let negative = max < 0 && is_sized(&refined.base);
        negative.then(|| {
            let message = format!("no `{}` is shorter than none at all", refined.base);
            Diagnostic::new(Code::EmptyRange, highest, message)
                .here("a length under zero")
                .help("write how long it may be, as `max 32`")
        })
    }
}
