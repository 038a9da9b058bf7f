//! Literals, lists and maps.

use super::{Checker, Typed};
use crate::value::Rate;
use crate::{Field, Ir, ListElement, MapElement, OwnedValue, RecordType, Type};
use gw_syntax::{Code, Diagnostic, Expr, ExprKind, ListItem, Literal, MapEntry, Span};
use smol_str::SmolStr;
use std::sync::Arc;

/// The finding for a range that begins behind its end.
fn empty_range(first: i64, last: i64, span: Span) -> Diagnostic {
    let message = format!("nothing is in a range from {first} to {last}");
    Diagnostic::new(Code::EmptyRange, span, message)
        .here("begins behind its end")
        .help(format!(
            "write the smaller number first: `{last}..={first}`"
        ))
}

impl Checker<'_> {
    pub(super) fn literal(
        &mut self,
        literal: &Literal,
        span: Span,
        expected: Option<&Type>,
    ) -> Typed {
        let (value, ty) = match literal {
            Literal::Null => (OwnedValue::Null, Type::Null),
            Literal::Bool(b) => (OwnedValue::Bool(*b), Type::Bool),
            Literal::Int(n) => self.int(*n, expected),
            Literal::UInt(n) => (OwnedValue::Uint(*n), Type::Uint),
            Literal::Double(d) => (OwnedValue::Double(*d), Type::Double),
            Literal::Text(text) => (OwnedValue::Str(text.clone()), Type::String),
            Literal::Bytes(bytes) => (OwnedValue::Bytes(bytes.as_slice().into()), Type::Bytes),
            Literal::Duration(nanos) => (OwnedValue::Duration(*nanos), Type::Duration),
            Literal::Size(bytes) => {
                let bytes = i64::try_from(*bytes).unwrap_or(i64::MAX);
                (OwnedValue::Int(bytes), Type::Size)
            }
            Literal::Rate(count, period) => (
                OwnedValue::Rate(Rate {
                    count: *count,
                    period: *period,
                }),
                Type::Rate,
            ),
            Literal::Percent(number) => (OwnedValue::Double(*number), Type::Percent),
            Literal::Ip(ip) => (OwnedValue::Ip(ip.to_canonical()), Type::Ip),
            Literal::Cidr(net) => {
                self.host_bits(*net, span, |network| network.to_string());
                (OwnedValue::Cidr(*net), Type::Cidr)
            }
            Literal::StatusClass(digit) => {
                let first = i64::from(*digit) * 100;
                (OwnedValue::Range(first, first + 99), Type::Range)
            }
            Literal::Range(first, last) => {
                if first > last {
                    self.report(empty_range(*first, *last, span));
                }
                (OwnedValue::Range(*first, *last), Type::Range)
            }
        };
        self.typed(Ir::Const(value), ty, span)
    }

    /// An int literal adapts to the expected number in gw.
    #[expect(
        clippy::cast_precision_loss,
        reason = "a literal stands for the nearest double"
    )]
    fn int(&self, number: i64, expected: Option<&Type>) -> (OwnedValue, Type) {
        let expected = expected.filter(|_| self.gw()).map(|ty| ty.present().base());
        match (expected, u64::try_from(number)) {
            (Some(Type::Uint), Ok(unsigned)) => (OwnedValue::Uint(unsigned), Type::Uint),
            (Some(Type::Double | Type::Percent), _) => {
                (OwnedValue::Double(number as f64), Type::Double)
            }
            _ => (OwnedValue::Int(number), Type::Int),
        }
    }

    /// `[a, b]`; a list of constants is a constant.
    pub(super) fn list(
        &mut self,
        items: &[ListItem],
        span: Span,
        expected: Option<&Type>,
    ) -> Typed {
        let wanted = match expected.map(|ty| ty.present().base()) {
            Some(Type::List(element)) => Some(element.as_ref().clone()),
            _ => None,
        };
        let mut element: Option<Type> = None;
        let mut elements = Vec::with_capacity(items.len());
        for item in items {
            let (value, ty) = self.item(item, wanted.as_ref());
            element = Some(match element {
                None => ty,
                Some(before) => self.types.join(&before, &ty).unwrap_or(Type::Dyn),
            });
            elements.push(ListElement {
                value,
                optional: item.optional,
            });
        }
        let element = element.unwrap_or_else(|| wanted.unwrap_or_else(|| self.types.fresh()));
        let constants: Option<Vec<OwnedValue>> = elements
            .iter()
            .map(|e| e.value.constant().filter(|_| !e.optional).cloned())
            .collect();
        let ir = match constants {
            Some(constants) => Ir::Const(OwnedValue::list(constants)),
            None => Ir::List(elements),
        };
        self.typed(ir, Type::list(element), span)
    }

    fn item(&mut self, item: &ListItem, wanted: Option<&Type>) -> (Ir, Type) {
        if let Some(clause) = item.clauses.first() {
            let message = format!("`{}` has no meaning in this list", clause.word.name);
            let diagnostic = Diagnostic::new(Code::WrongShape, clause.word.span, message);
            self.report(diagnostic.help("leave the attribute out"));
        }
        if item.optional {
            let (ir, ty) = self.value(&item.expr, None);
            return (ir, self.unwrapped(&ty, item.expr.span));
        }
        let typed = match wanted {
            Some(wanted) if self.gw() => self.expr_as(&item.expr, wanted),
            _ => self.expr(&item.expr, None),
        };
        let ty = self.needed(&typed, "an element of a list");
        (self.code(typed), ty)
    }

    /// The T of CEL's `optional<T>`.
    fn unwrapped(&mut self, ty: &Type, span: Span) -> Type {
        match self.types.shallow(ty) {
            Type::CelOptional(inner) => inner.as_ref().clone(),
            Type::Dyn | Type::Param(_) | Type::Error => Type::Dyn,
            other => {
                let message = format!("`?` needs an optional value, this is `{other}`");
                let help = "wrap it in `optional.of(…)`, or leave the `?` out";
                self.fail(Diagnostic::new(Code::TypeMismatch, span, message).help(help))
                    .ty
            }
        }
    }

    /// `{k: v}`: a map, or a record where one is expected.
    pub(super) fn map(
        &mut self,
        entries: &[MapEntry],
        span: Span,
        expected: Option<&Type>,
    ) -> Typed {
        match expected.map(|ty| ty.present().base().clone()) {
            Some(Type::Record(record)) => self.record(entries, &record, span),
            Some(Type::Map(_, value)) if self.gw() => self.plain_map(entries, span, Some(&value)),
            _ => self.plain_map(entries, span, None),
        }
    }

    fn plain_map(&mut self, entries: &[MapEntry], span: Span, wanted: Option<&Type>) -> Typed {
        let (mut key_type, mut value_type): (Option<Type>, Option<Type>) = (None, None);
        let mut elements = Vec::with_capacity(entries.len());
        for entry in entries {
            let key = self.expr(&entry.key, None);
            let key_ty = self.needed(&key, "a key of a map");
            let key = self.code(key);
            let (value, value_ty) = if entry.optional {
                let (ir, ty) = self.value(&entry.value, None);
                (ir, self.unwrapped(&ty, entry.value.span))
            } else {
                let typed = match wanted {
                    Some(wanted) => self.expr_as(&entry.value, wanted),
                    None => self.expr(&entry.value, None),
                };
                let ty = self.needed(&typed, "a value of a map");
                (self.code(typed), ty)
            };
            key_type = Some(self.joined(key_type, key_ty));
            value_type = Some(self.joined(value_type, value_ty));
            elements.push(MapElement {
                key,
                value,
                optional: entry.optional,
            });
        }
        let key = key_type.unwrap_or_else(|| self.types.fresh());
        let value = value_type.or_else(|| wanted.cloned());
        let value = value.unwrap_or_else(|| self.types.fresh());
        self.typed(Ir::Map(elements), Type::map(key, value), span)
    }

    fn joined(&mut self, before: Option<Type>, ty: Type) -> Type {
        match before {
            None => ty,
            Some(before) => self.types.join(&before, &ty).unwrap_or(Type::Dyn),
        }
    }

    /// A map literal where a record is expected: keys are names of its fields.
    fn record(&mut self, entries: &[MapEntry], record: &Arc<RecordType>, span: Span) -> Typed {
        let mut elements = Vec::with_capacity(entries.len());
        let mut given: Vec<SmolStr> = Vec::new();
        for entry in entries {
            let Some(name) = key_name(&entry.key) else {
                let message = "a record's key is the name of a field";
                let at = entry.key.span;
                self.fail(Diagnostic::new(Code::WrongShape, at, message).help("write a bare name"));
                continue;
            };
            let Some(field) = record.fields.get(&name) else {
                self.unknown_field(&name, entry.key.span, record);
                continue;
            };
            let typed = self.expr_as(&entry.value, &field.read_type());
            let value = self.code(typed);
            let key = Ir::Const(OwnedValue::Str(name.clone()));
            elements.push(MapElement {
                key,
                value,
                optional: false,
            });
            given.push(name);
        }
        self.missing_fields(record, &given, span);
        self.typed(Ir::Map(elements), Type::Record(record.clone()), span)
    }

    fn missing_fields(&mut self, record: &Arc<RecordType>, given: &[SmolStr], span: Span) {
        let missing = |(name, field): &(&SmolStr, &Field)| !field.optional && !given.contains(name);
        let names: Vec<_> = record
            .fields
            .iter()
            .filter(missing)
            .map(|(name, _)| format!("`{name}`"))
            .collect();
        if names.is_empty() {
            return;
        }
        let message = format!("{} is missing {}", article(record), names.join(", "));
        let mut diagnostic = Diagnostic::new(Code::TypeMismatch, span, message)
            .here("this record")
            .help(format!("add {}", names.join(", ")));
        if let Some(declared) = record.span {
            diagnostic = diagnostic.because(declared, "declared here");
        }
        self.report(diagnostic);
    }
}

fn article(record: &RecordType) -> String {
    if record.name.is_empty() {
        "the record".to_owned()
    } else {
        format!("`{}`", record.name)
    }
}

/// The name that the key of a record is.
fn key_name(key: &Expr) -> Option<SmolStr> {
    match &key.kind {
        ExprKind::Name {
            name,
            rooted: false,
        } => Some(name.clone()),
        ExprKind::Literal(Literal::Text(text)) => Some(text.clone()),
        _ => None,
    }
}
