//! `integer` and `number` with their bounds.

use super::Converter;
use crate::reference::Place;
use gw_expr::{Refined, Type};
use serde_json::{Map, Value};
use std::sync::Arc;

/// A type within bounds, both inclusive; the type itself without any.
pub(super) fn between(base: Type, min: Option<i64>, max: Option<i64>) -> Type {
    if min.is_none() && max.is_none() {
        return base;
    }
    Type::Refined(Arc::new(Refined {
        min,
        max,
        ..Refined::of(base)
    }))
}

/// One end of a range.
#[derive(Clone, Copy)]
enum End {
    Least,
    Greatest,
}

impl End {
    fn keywords(self) -> (&'static str, &'static str) {
        match self {
            End::Least => ("minimum", "exclusiveMinimum"),
            End::Greatest => ("maximum", "exclusiveMaximum"),
        }
    }

    /// The tighter of two bounds.
    fn tighter(self, a: Option<i64>, b: Option<i64>) -> Option<i64> {
        match (a, b, self) {
            (Some(a), Some(b), End::Least) => Some(a.max(b)),
            (Some(a), Some(b), End::Greatest) => Some(a.min(b)),
            (one, None, _) | (None, one, _) => one,
        }
    }

    /// The outermost int within a bound; `None` where every int is within it.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the range is checked before"
    )]
    fn inward(self, bound: &Value) -> Option<i64> {
        if let Some(int) = bound.as_i64() {
            return Some(int);
        }
        let bound = bound.as_f64()?;
        let rounded = match self {
            End::Least => bound.ceil(),
            End::Greatest => bound.floor(),
        };
        (rounded.abs() < 9.0e18).then_some(rounded as i64)
    }

    /// The next int inward.
    fn beyond(self, bound: &Value) -> Option<i64> {
        let inward = self.inward(bound)?;
        let whole = bound.as_i64().is_some() || bound.as_f64().is_some_and(|n| n.fract() == 0.0);
        match (whole, self) {
            (false, _) => Some(inward),
            (true, End::Least) => inward.checked_add(1),
            (true, End::Greatest) => inward.checked_sub(1),
        }
    }
}

impl Converter<'_> {
    pub(super) fn integer(&mut self, at: &Place, schema: &Map<String, Value>) -> Type {
        if schema
            .get("multipleOf")
            .is_some_and(|n| n.as_i64() != Some(1))
        {
            self.unchecked(at, "multipleOf");
        }
        let format = schema.get("format").and_then(Value::as_str);
        let (least, greatest) = match format {
            Some("int32") => (Some(i64::from(i32::MIN)), Some(i64::from(i32::MAX))),
            _ => (None, None),
        };
        let min = End::Least.tighter(least, of_ints(schema, End::Least));
        let max = End::Greatest.tighter(greatest, of_ints(schema, End::Greatest));
        between(Type::Int, min, max)
    }

    pub(super) fn number(&mut self, at: &Place, schema: &Map<String, Value>) -> Type {
        self.unchecked_of(at, schema, &["multipleOf"]);
        let min = self.of_doubles(at, schema, End::Least);
        let max = self.of_doubles(at, schema, End::Greatest);
        between(Type::Double, min, max)
    }

    /// A bound of doubles is written as an int: another one is not checked, and of one that is
    /// exclusive only the inclusive part.
    fn of_doubles(&mut self, at: &Place, schema: &Map<String, Value>, end: End) -> Option<i64> {
        let (inclusive, exclusive) = end.keywords();
        let mut bound = None;
        for keyword in [inclusive, exclusive] {
            let Some(value) = schema.get(keyword) else {
                continue;
            };
            let whole = value.as_f64().filter(|n| n.fract() == 0.0);
            let whole = whole.and_then(|_| end.inward(value));
            bound = end.tighter(bound, whole);
            let asks = value.is_number() || *value == Value::Bool(true);
            if asks && (whole.is_none() || keyword == exclusive) {
                self.unchecked(at, keyword);
            }
        }
        bound
    }
}

/// A bound of ints. `exclusiveMinimum` is a number (2020-12), or says what `minimum` is (OpenAPI
/// 3.0, draft 4).
fn of_ints(schema: &Map<String, Value>, end: End) -> Option<i64> {
    let (inclusive, exclusive) = end.keywords();
    let bound = schema.get(inclusive);
    let (strict, other) = match schema.get(exclusive) {
        Some(Value::Bool(true)) => (true, None),
        Some(value) => (false, end.beyond(value)),
        None => (false, None),
    };
    let bound = match strict {
        true => bound.and_then(|b| end.beyond(b)),
        false => bound.and_then(|b| end.inward(b)),
    };
    end.tighter(bound, other)
}
