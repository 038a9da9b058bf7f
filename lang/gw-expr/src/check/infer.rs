//! Assignability with type parameters, as CEL's checker has it (cel-spec, doc/langdef.md, "Gradual
//! type checking"), extended by the gateway's types.

use crate::Type;
use std::collections::HashMap;
use std::sync::Arc;

/// What is known about the type parameters of the expression.
#[derive(Clone, Debug, Default)]
pub(super) struct Substitution {
    known: HashMap<u32, Type>,
    next: u32,
}

impl Substitution {
    /// A type parameter of which nothing is known.
    pub(super) fn fresh(&mut self) -> Type {
        self.next += 1;
        Type::Param(self.next)
    }

    /// The types of an overload with fresh type parameters.
    pub(super) fn instantiate(&mut self, types: &[Type]) -> Vec<Type> {
        let mut renamed = HashMap::new();
        types
            .iter()
            .map(|ty| self.rename(ty, &mut renamed))
            .collect()
    }

    fn rename(&mut self, ty: &Type, renamed: &mut HashMap<u32, Type>) -> Type {
        match ty {
            Type::Param(n) => renamed.entry(*n).or_insert_with(|| self.fresh()).clone(),
            _ => map_inner(ty, &mut |inner| self.rename(inner, renamed)),
        }
    }

    /// The type with its known parameters filled in; unknown ones are dynamic.
    pub(super) fn resolve(&self, ty: &Type) -> Type {
        match self.shallow(ty) {
            Type::Param(_) => Type::Dyn,
            other => map_inner(&other, &mut |inner| self.resolve(inner)),
        }
    }

    /// What a parameter stands for, other types as they are.
    pub(super) fn shallow(&self, ty: &Type) -> Type {
        match ty {
            Type::Param(n) => self
                .known
                .get(n)
                .map_or_else(|| ty.clone(), |t| self.shallow(t)),
            Type::Refined(_) => ty.base().clone(),
            other => other.clone(),
        }
    }

    /// Whether a value of type `from` may stand where `to` is expected. Learns parameters, and
    /// forgets what it has learnt if the answer is no.
    pub(super) fn assignable(&mut self, from: &Type, to: &Type) -> bool {
        let before = self.known.clone();
        let fits = self.fits(from, to);
        if !fits {
            self.known = before;
        }
        fits
    }

    fn fits(&mut self, from: &Type, to: &Type) -> bool {
        match (from.base(), to.base()) {
            (_, Type::Param(n)) => self.bind(*n, from),
            (Type::Param(n), _) => self.bind(*n, to),
            (Type::Dyn | Type::Error, _) | (_, Type::Dyn | Type::Error) => true,
            (Type::Optional(a), Type::Optional(b)) => self.fits(a, b),
            (a, Type::Optional(b)) => self.fits(a, b),
            (Type::List(a), Type::List(b)) | (Type::CelOptional(a), Type::CelOptional(b)) => {
                self.fits(a, b)
            }
            (Type::Type(_), Type::Type(_)) => true,
            (Type::Lookup(a), Type::Lookup(b)) => self.fits(a, b),
            (Type::Map(k, v), Type::Map(l, w)) => self.fits(k, l) && self.fits(v, w),
            (Type::Record(_), Type::Map(key, value)) => {
                self.fits(&Type::String, key) && self.fits(&Type::Dyn, value)
            }
            (Type::Record(a), Type::Record(b)) => Arc::ptr_eq(a, b) || a == b,
            (Type::Enum(a), Type::Enum(b)) => a.name == b.name && a.variants == b.variants,
            (Type::Enum(_), Type::String) => true,
            (Type::Size, Type::Int) | (Type::Int, Type::Size) => true,
            (Type::Percent, Type::Double) | (Type::Double, Type::Percent) => true,
            (Type::Opaque(a, ps), Type::Opaque(b, qs)) => {
                a == b
                    && ps.len() == qs.len()
                    && ps.iter().zip(qs.iter()).all(|(p, q)| self.fits(p, q))
            }
            // Kept from CEL's legacy: null stands for an absent time or message.
            (Type::Null, Type::Timestamp | Type::Duration) => true,
            (Type::Null, Type::CelOptional(_) | Type::Opaque(..)) => true,
            (a, b) => a == b,
        }
    }

    fn bind(&mut self, param: u32, ty: &Type) -> bool {
        if matches!(ty, Type::Param(n) if *n == param) {
            return true;
        }
        let Some(known) = self.known.get(&param).cloned() else {
            if mentions(&self.substituted(ty), param) {
                return false;
            }
            self.known.insert(param, ty.clone());
            return true;
        };
        if !self.fits(ty, &known) && !self.fits(&known, ty) {
            return false;
        }
        let general = if self.less_specific(ty, &known) {
            ty.clone()
        } else {
            known
        };
        if !mentions(&self.substituted(&general), param) {
            self.known.insert(param, general);
        }
        true
    }

    /// The type with known parameters filled in and unknown ones kept.
    fn substituted(&self, ty: &Type) -> Type {
        match self.shallow(ty) {
            Type::Param(n) => Type::Param(n),
            other => map_inner(&other, &mut |inner| self.substituted(inner)),
        }
    }

    /// Whether `a` says no more than `b`.
    fn less_specific(&self, a: &Type, b: &Type) -> bool {
        match (&self.shallow(a), &self.shallow(b)) {
            (Type::Dyn | Type::Param(_), _) => true,
            (_, Type::Dyn | Type::Param(_)) => false,
            (Type::Optional(a), Type::Optional(b)) => self.less_specific(a, b),
            (Type::Optional(_), _) => true,
            (Type::List(a), Type::List(b))
            | (Type::CelOptional(a), Type::CelOptional(b))
            | (Type::Type(a), Type::Type(b)) => self.less_specific(a, b),
            (Type::Map(k, v), Type::Map(l, w)) => {
                self.less_specific(k, l) && self.less_specific(v, w)
            }
            (Type::Opaque(a, ps), Type::Opaque(b, qs)) => {
                a == b
                    && ps
                        .iter()
                        .zip(qs.iter())
                        .all(|(p, q)| self.less_specific(p, q))
            }
            (a, b) => a == b,
        }
    }

    /// The more general of two types, if one can stand for the other.
    pub(super) fn join(&mut self, a: &Type, b: &Type) -> Option<Type> {
        if *a == Type::Error || *b == Type::Error {
            return Some(Type::Error);
        }
        if self.assignable(b, a) || self.assignable(a, b) {
            let optional = a.may_be_absent() || b.may_be_absent();
            let general = match (a, b) {
                (Type::Null, other) | (other, Type::Null) => other,
                _ if self.less_specific(a, b) => a,
                _ => b,
            };
            return Some(if optional {
                general.clone().or_absent()
            } else {
                general.clone()
            });
        }
        None
    }
}

fn mentions(ty: &Type, param: u32) -> bool {
    if matches!(ty, Type::Param(n) if *n == param) {
        return true;
    }
    let mut found = false;
    ty.each_part(&mut |part| found = found || mentions(part, param));
    found
}

/// The type with its immediate parts changed.
fn map_inner(ty: &Type, change: &mut dyn FnMut(&Type) -> Type) -> Type {
    match ty {
        Type::List(a) => Type::List(Arc::new(change(a))),
        Type::Map(k, v) => Type::Map(Arc::new(change(k)), Arc::new(change(v))),
        Type::Optional(a) => Type::Optional(Arc::new(change(a))),
        Type::CelOptional(a) => Type::CelOptional(Arc::new(change(a))),
        Type::Type(a) => Type::Type(Arc::new(change(a))),
        Type::Opaque(name, params) => Type::Opaque(
            name.clone(),
            Arc::new(params.iter().map(&mut *change).collect()),
        ),
        other => other.clone(),
    }
}
