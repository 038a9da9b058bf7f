//! Several types as one: what all of them take, and what takes each of them.

use super::value::enumeration;
use gw_expr::{EnumType, Field, RecordType, Schema, Type};
use smol_str::SmolStr;
use std::sync::Arc;

/// A type that takes all values of several.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Joined {
    pub(super) ty: Type,
    pub(super) fit: Fit,
}

/// How well a joined type fits, the best first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Fit {
    /// It takes no other values.
    Exact,
    /// It takes others too.
    Wide,
    /// A part of it is `json`, since the types say different things of it.
    Loose,
}

/// The type of values that have two types; `None` where nothing says what they are.
pub(super) fn meet(a: &Type, b: &Type) -> Option<Type> {
    Some(match (a, b) {
        (a, b) if a == b => a.clone(),
        (Type::Dyn, other) | (other, Type::Dyn) => other.clone(),
        (Type::Optional(a), Type::Optional(b)) => meet(a, b)?.or_absent(),
        (Type::Optional(inner), other) | (other, Type::Optional(inner)) => meet(inner, other)?,
        (Type::Record(a), Type::Record(b)) => Type::record(both(a, b)?),
        (Type::Record(record), Type::Map(_, value))
        | (Type::Map(_, value), Type::Record(record)) => Type::record(members(record, value)?),
        (Type::Map(key, a), Type::Map(_, b)) => Type::map(Type::clone(key), meet(a, b)?),
        (Type::List(a), Type::List(b)) => Type::list(meet(a, b)?),
        (Type::Enum(a), Type::Enum(b)) => common(a, b)?,
        (Type::Enum(of), other) | (other, Type::Enum(of)) if *other.base() == Type::String => {
            fitting(of, other)?
        }
        (Type::Int, Type::Double) | (Type::Double, Type::Int) => Type::Int,
        // Constraints add up: the inner type is checked first.
        (Type::Refined(a), b) | (b, Type::Refined(a)) => {
            let mut refined = (**a).clone();
            refined.base = meet(&a.base, b)?;
            if refined.base.base() != a.base.base() && *a.base.base() != Type::Double {
                return None;
            }
            if refined.base != a.base {
                refined.name = SmolStr::default();
            }
            Type::Refined(Arc::new(refined))
        }
        _ => return None,
    })
}

/// A record with the fields of both.
fn both(a: &RecordType, b: &RecordType) -> Option<RecordType> {
    let mut fields = a.fields.clone();
    for (name, field) in &b.fields {
        let merged = match fields.get(name) {
            None => field.clone(),
            Some(known) => Field {
                ty: meet(&known.ty, &field.ty)?,
                optional: known.optional && field.optional,
                doc: match known.doc.is_empty() {
                    true => field.doc.clone(),
                    false => known.doc.clone(),
                },
                span: known.span,
            },
        };
        fields.insert(name.clone(), merged);
    }
    Some(unnamed(fields))
}

/// A record whose fields are values of a map too.
fn members(record: &RecordType, value: &Type) -> Option<RecordType> {
    let mut fields = record.fields.clone();
    for field in fields.values_mut() {
        field.ty = meet(&field.ty, value)?;
    }
    Some(unnamed(fields))
}

fn unnamed(fields: indexmap::IndexMap<SmolStr, Field>) -> RecordType {
    RecordType {
        name: SmolStr::default(),
        fields,
        span: None,
    }
}

fn common(a: &EnumType, b: &EnumType) -> Option<Type> {
    let shared = a.variants.iter().filter(|v| b.variant(&v.name).is_some());
    let names: Vec<SmolStr> = shared.map(|v| v.name.clone()).collect();
    (!names.is_empty()).then(|| enumeration(names))
}

/// The variants that a constrained text allows.
fn fitting(of: &Arc<EnumType>, text: &Type) -> Option<Type> {
    let schema = Schema::new(text).ok()?;
    let fits = |name: &SmolStr| schema.conform(&name.as_str().into()).is_ok();
    let names: Vec<SmolStr> = of.variants.iter().map(|v| v.name.clone()).collect();
    if names.iter().all(fits) {
        return Some(Type::Enum(Arc::clone(of)));
    }
    let names: Vec<SmolStr> = names.into_iter().filter(fits).collect();
    (!names.is_empty()).then(|| enumeration(names))
}

/// The type of values that have one of several types; `None` where they have nothing in common.
pub(super) fn join(types: &[Type]) -> Option<Joined> {
    let (first, rest) = types.split_first()?;
    let joined = Joined {
        ty: first.clone(),
        fit: Fit::Exact,
    };
    rest.iter().try_fold(joined, |joined, next| {
        let two = either(&joined.ty, next)?;
        Some(Joined {
            fit: joined.fit.max(two.fit),
            ..two
        })
    })
}

/// Whether a value may have two of several types that have something in common.
pub(super) fn overlap(types: &[Type]) -> bool {
    let apart = |a: &Type, b: &Type| match (a.present(), b.present()) {
        (Type::Enum(a), Type::Enum(b)) => a.variants.iter().all(|v| b.variant(&v.name).is_none()),
        _ => false,
    };
    let others = |at: usize| types.iter().skip(at + 1);
    let mut pairs = (0..)
        .zip(types)
        .flat_map(|(at, a)| others(at).map(move |b| (a, b)));
    pairs.any(|(a, b)| !apart(a, b))
}

fn either(a: &Type, b: &Type) -> Option<Joined> {
    let (ty, fit) = match (a, b) {
        (a, b) if a == b => (a.clone(), Fit::Exact),
        (Type::Optional(inner), other) | (other, Type::Optional(inner)) => {
            let joined = either(inner, other.present())?;
            (joined.ty.or_absent(), joined.fit)
        }
        (Type::Record(a), Type::Record(b)) => {
            let (record, fit) = one_of(a, b);
            (Type::record(record), fit)
        }
        (Type::Enum(a), Type::Enum(b)) => {
            let names = a.variants.iter().chain(&b.variants).map(|v| v.name.clone());
            (enumeration(names), Fit::Exact)
        }
        (Type::Enum(_), Type::String) | (Type::String, Type::Enum(_)) => (Type::String, Fit::Exact),
        (Type::Enum(_), other) | (other, Type::Enum(_)) if *other.base() == Type::String => {
            (Type::String, Fit::Wide)
        }
        (Type::Int, Type::Double) | (Type::Double, Type::Int) => (Type::Double, Fit::Exact),
        (Type::List(a), Type::List(b)) => {
            let joined = either(a, b)?;
            (Type::list(joined.ty), joined.fit.max(Fit::Wide))
        }
        (a, b) if a.base() == b.base() => (a.base().clone(), Fit::Wide),
        _ => return None,
    };
    Some(Joined { ty, fit })
}

/// A record that reads as either: a field that one of them does not have may be absent, and has the
/// type that the other gives it. By the letter it could be anything there, since records are open;
/// but nobody writes alternatives to mean that.
fn one_of(a: &RecordType, b: &RecordType) -> (RecordType, Fit) {
    let mut fit = Fit::Wide;
    let mut fields = a.fields.clone();
    for (name, field) in &mut fields {
        field.optional |= b.fields.get(name).is_none_or(|other| other.optional);
    }
    for (name, field) in &b.fields {
        let merged = match fields.get(name) {
            None => Field {
                optional: true,
                ..field.clone()
            },
            Some(known) => {
                let joined = either(&known.ty, &field.ty).unwrap_or(Joined {
                    ty: Type::Dyn,
                    fit: Fit::Loose,
                });
                fit = fit.max(joined.fit);
                Field {
                    ty: joined.ty,
                    ..known.clone()
                }
            }
        };
        fields.insert(name.clone(), merged);
    }
    (unnamed(fields), fit)
}
