//! How large a value can be.

use crate::{EnumType, OwnedValue, RecordType, Refined, Type};
use std::rc::Rc;
use std::sync::Arc;

/// What an element or entry weighs besides its content.
pub(super) const ELEMENT: u64 = 16;

/// JSON of so many bytes weighs at most so many times as much: `[1,2]` has an element every two.
const JSON_WEIGHT: u64 = ELEMENT + 1;

/// The longest text of a scalar: a network, a rate, a timestamp.
pub(super) const PRINTED: u64 = 64;

/// An upper bound of the size of a value; of a value that is known, its size.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Bulk {
    /// Bytes of a text, elements of a list, entries of a map; 0 for a scalar.
    pub(crate) len: u64,
    /// All bytes of all texts in it, and [`ELEMENT`] for each element.
    pub(crate) weight: u64,
    /// A computed map, whose entries are searched one by one.
    searched: bool,
    parts: Parts,
}

#[derive(Clone, PartialEq, Debug)]
enum Parts {
    /// A scalar or a text.
    None,
    /// The elements of a list are each at most that large.
    Each(Rc<Bulk>),
    /// Keys and values of a map.
    Pairs(Rc<[Bulk; 2]>),
    /// The value of an optional, the values of a lookup.
    Inner(Rc<Bulk>),
    /// A record read from so many bytes.
    Record(Arc<RecordType>, u64),
    /// Anything in which nothing is longer or heavier than that.
    Any { len: u64, weight: u64 },
}

impl Bulk {
    /// A value without a size of its own.
    pub(crate) fn scalar() -> Self {
        Self::text(0)
    }

    /// A text or octets.
    pub(crate) fn text(bytes: u64) -> Self {
        Self {
            len: bytes,
            weight: bytes,
            searched: false,
            parts: Parts::None,
        }
    }

    /// A list of at most so many elements.
    pub(crate) fn list(len: u64, element: Bulk) -> Self {
        Self {
            len,
            weight: len.saturating_mul(ELEMENT.saturating_add(element.weight)),
            searched: false,
            parts: Parts::Each(Rc::new(element)),
        }
    }

    /// A map of at most so many entries.
    pub(crate) fn map(len: u64, key: Bulk, value: Bulk) -> Self {
        let entry = ELEMENT
            .saturating_add(key.weight)
            .saturating_add(value.weight);
        Self {
            len,
            weight: len.saturating_mul(entry),
            searched: false,
            parts: Parts::Pairs(Rc::new([key, value])),
        }
    }

    /// An optional value.
    pub(crate) fn optional(inner: Bulk) -> Self {
        Self {
            len: inner.len,
            weight: inner.weight,
            searched: inner.searched,
            parts: Parts::Inner(Rc::new(inner)),
        }
    }

    /// A value of unknown shape in which nothing is longer or heavier than that.
    pub(crate) fn any(len: u64, weight: u64) -> Self {
        Self {
            len,
            weight,
            searched: false,
            parts: Parts::Any { len, weight },
        }
    }

    /// A map that is computed during the evaluation.
    #[must_use]
    pub(crate) fn computed(self) -> Self {
        Self {
            searched: true,
            ..self
        }
    }

    /// The same with another length and weight, if it is longer.
    #[must_use]
    pub(crate) fn grown(self, len: u64, weight: u64) -> Self {
        Self {
            len: self.len.max(len),
            weight: self.weight.max(weight),
            ..self
        }
    }

    /// Whether a read searches its entries one by one.
    pub(crate) fn has_entries(&self) -> bool {
        self.searched
    }

    /// The same, with no more weight than that in all.
    #[must_use]
    pub(crate) fn within(self, weight: u64) -> Self {
        Self {
            weight: self.weight.min(weight),
            ..self
        }
    }

    /// The size of a value of a type that arrives in so many bytes.
    pub(crate) fn of_type(ty: &Type, bytes: u64) -> Self {
        let all = bytes.saturating_mul(JSON_WEIGHT);
        match ty {
            Type::String | Type::Bytes => Self::text(bytes),
            Type::Refined(refined) => Self::of_refined(refined, bytes),
            Type::Enum(of) => Self::text(longest(of)),
            Type::List(element) => Self::list(bytes / 2, Self::of_type(element, bytes)).within(all),
            Type::Map(key, value) => Self::map(
                bytes / 4,
                Self::of_type(key, bytes),
                Self::of_type(value, bytes),
            )
            .within(all),
            Type::Record(record) => Self {
                len: record.fields.len() as u64,
                weight: all,
                searched: false,
                parts: Parts::Record(Arc::clone(record), bytes),
            },
            Type::Lookup(value) | Type::CelOptional(value) => {
                Self::optional(Self::of_type(value, bytes))
            }
            Type::Optional(inner) => Self::of_type(inner, bytes),
            Type::Dyn | Type::Param(_) | Type::Opaque(..) | Type::Error => Self::any(bytes, all),
            Type::Type(_) => Self::text(PRINTED),
            Type::Null
            | Type::Bool
            | Type::Int
            | Type::Uint
            | Type::Double
            | Type::Duration
            | Type::Timestamp
            | Type::Ip
            | Type::Cidr
            | Type::Rate
            | Type::Size
            | Type::Percent
            | Type::Range
            | Type::Secret => Self::scalar(),
        }
    }

    fn of_refined(refined: &Refined, bytes: u64) -> Self {
        let base = Self::of_type(&refined.base, bytes);
        let Some(max) = refined.max.and_then(|max| u64::try_from(max).ok()) else {
            return base;
        };
        match (refined.base.base(), &base.parts) {
            // Constraints count code points, of at most four bytes.
            (Type::String, _) => Self::text(bytes.min(max.saturating_mul(4))),
            (Type::Bytes, _) => Self::text(bytes.min(max)),
            (_, Parts::Each(element)) => {
                Self::list(base.len.min(max), element.as_ref().clone()).within(base.weight)
            }
            (_, Parts::Pairs(pair)) => {
                let [key, value] = pair.as_ref().clone();
                Self::map(base.len.min(max), key, value).within(base.weight)
            }
            _ => base,
        }
    }

    /// The size of a known value.
    pub(crate) fn of_value(value: &OwnedValue) -> Self {
        match value {
            OwnedValue::Str(text) => Self::text(text.len() as u64),
            OwnedValue::Bytes(bytes) => Self::text(bytes.len() as u64),
            OwnedValue::Type(name) => Self::text(name.len() as u64),
            OwnedValue::List(elements) => {
                let parts: Vec<Bulk> = elements.iter().map(Self::of_value).collect();
                let weight = parts.iter().map(|part| ELEMENT + part.weight).sum();
                Self::list(parts.len() as u64, join_all(parts)).within(weight)
            }
            OwnedValue::Map(map) => {
                let keys: Vec<Bulk> = map.iter().map(|(k, _)| Self::of_key(k)).collect();
                let values: Vec<Bulk> = map.iter().map(|(_, v)| Self::of_value(v)).collect();
                let pairs = keys.iter().zip(&values);
                let weight = pairs.map(|(k, v)| ELEMENT + k.weight + v.weight).sum();
                Self::map(keys.len() as u64, join_all(keys), join_all(values)).within(weight)
            }
            OwnedValue::Optional(inner) => {
                let inner = inner.as_deref().map(Self::of_value);
                Self::optional(inner.unwrap_or_else(Self::scalar))
            }
            OwnedValue::Absent
            | OwnedValue::Null
            | OwnedValue::Bool(_)
            | OwnedValue::Int(_)
            | OwnedValue::Uint(_)
            | OwnedValue::Double(_)
            | OwnedValue::Duration(_)
            | OwnedValue::Timestamp(_)
            | OwnedValue::Ip(_)
            | OwnedValue::Cidr(_)
            | OwnedValue::Rate(_)
            | OwnedValue::Range(..) => Self::scalar(),
        }
    }

    fn of_key(key: &crate::MapKey) -> Self {
        match key {
            crate::MapKey::Str(text) => Self::text(text.len() as u64),
            crate::MapKey::Bool(_) | crate::MapKey::Int(_) | crate::MapKey::Uint(_) => {
                Self::scalar()
            }
        }
    }

    /// Something that is one or the other.
    #[must_use]
    pub(crate) fn or(self, other: Bulk) -> Self {
        let (len, weight) = (self.len.max(other.len), self.weight.max(other.weight));
        let unlike = || {
            let len = self.longest().max(other.longest());
            (
                Parts::Any { len, weight },
                self.searches() || other.searches(),
            )
        };
        let (parts, searched) = match (&self.parts, &other.parts) {
            (Parts::None, parts) | (parts, Parts::None) => {
                (parts.clone(), self.searched || other.searched)
            }
            (Parts::Each(a), Parts::Each(b)) => (Parts::Each(either(a, b)), false),
            (Parts::Inner(a), Parts::Inner(b)) => {
                (Parts::Inner(either(a, b)), self.searched || other.searched)
            }
            (Parts::Pairs(a), Parts::Pairs(b)) => {
                let ([k, v], [l, w]) = (a.as_ref().clone(), b.as_ref().clone());
                let pair = Parts::Pairs(Rc::new([k.or(l), v.or(w)]));
                (pair, self.searched || other.searched)
            }
            (Parts::Record(a, m), Parts::Record(b, n)) if Arc::ptr_eq(a, b) => {
                (Parts::Record(Arc::clone(a), *m.max(n)), false)
            }
            _ => unlike(),
        };
        Self {
            len,
            weight,
            searched,
            parts,
        }
    }

    /// The length of the longest text or collection in it.
    fn longest(&self) -> u64 {
        let inside = match &self.parts {
            Parts::None => 0,
            Parts::Each(part) | Parts::Inner(part) => part.longest(),
            Parts::Pairs(pair) => pair.iter().map(Bulk::longest).max().unwrap_or(0),
            Parts::Record(_, bytes) => *bytes,
            Parts::Any { len, .. } => *len,
        };
        inside.max(self.len)
    }

    /// Whether it has a computed map anywhere.
    fn searches(&self) -> bool {
        let inside = match &self.parts {
            Parts::None | Parts::Record(..) | Parts::Any { .. } => false,
            Parts::Each(part) | Parts::Inner(part) => part.searches(),
            Parts::Pairs(pair) => pair.iter().any(Bulk::searches),
        };
        inside || self.searched
    }

    /// What is inside of something of unknown shape.
    fn inside(&self) -> Bulk {
        let part = Self::any(self.longest(), self.weight);
        match self.searched {
            true => part.computed(),
            false => part,
        }
    }

    /// The elements of a list, the keys and values of a map.
    pub(crate) fn pair(&self) -> [Bulk; 2] {
        match &self.parts {
            Parts::None => [Self::scalar(), Self::scalar()],
            Parts::Each(element) => [Self::scalar(), element.as_ref().clone()],
            Parts::Pairs(pair) => pair.as_ref().clone(),
            Parts::Inner(inner) => inner.pair(),
            Parts::Record(..) | Parts::Any { .. } => [self.inside(), self.inside()],
        }
    }

    /// What a loop with one variable goes over: elements of a list, keys of a map.
    pub(crate) fn element(&self) -> Bulk {
        let [key, value] = self.pair();
        match &self.parts {
            Parts::Pairs(_) => key,
            _ => value,
        }
    }

    /// What a read by index or key gives.
    pub(crate) fn read(&self) -> Bulk {
        match &self.parts {
            Parts::Inner(inner) if matches!(inner.parts, Parts::None) => inner.as_ref().clone(),
            Parts::Inner(inner) => inner.read(),
            _ => {
                let [_, value] = self.pair();
                value
            }
        }
    }

    /// What a read of a field gives.
    pub(crate) fn field(&self, name: &str) -> Bulk {
        match &self.parts {
            Parts::Record(record, bytes) => match record.fields.get(name) {
                Some(field) => Self::of_type(&field.ty, *bytes),
                None => self.inside(),
            },
            Parts::Inner(inner) if !matches!(inner.parts, Parts::None) => inner.field(name),
            _ => self.read(),
        }
    }

    /// The value of an optional; anything else as it is.
    pub(crate) fn inner(&self) -> Bulk {
        match &self.parts {
            Parts::Inner(inner) => inner.as_ref().clone(),
            Parts::Any { .. } => self.inside(),
            Parts::None | Parts::Each(_) | Parts::Pairs(_) | Parts::Record(..) => self.clone(),
        }
    }

    /// Whether every value within `other` is within this one.
    #[cfg(feature = "reference")]
    pub(crate) fn covers(&self, other: &Bulk) -> bool {
        let parts = match (&self.parts, &other.parts) {
            (_, Parts::None) => true,
            (Parts::Each(a), Parts::Each(b)) | (Parts::Inner(a), Parts::Inner(b)) => a.covers(b),
            (Parts::Pairs(a), Parts::Pairs(b)) => a.iter().zip(b.iter()).all(|(x, y)| x.covers(y)),
            (Parts::Any { len, weight }, _) => other.weight <= *weight && other.longest() <= *len,
            (Parts::Record(..), Parts::Pairs(_)) => true,
            _ => other.len == 0,
        };
        parts && self.len >= other.len && self.weight >= other.weight
    }
}

fn either(a: &Rc<Bulk>, b: &Rc<Bulk>) -> Rc<Bulk> {
    Rc::new(a.as_ref().clone().or(b.as_ref().clone()))
}

/// One bound for all of them.
pub(super) fn join_all(parts: impl IntoIterator<Item = Bulk>) -> Bulk {
    parts.into_iter().fold(Bulk::scalar(), Bulk::or)
}

fn longest(of: &EnumType) -> u64 {
    let lengths = of.variants.iter().map(|variant| variant.name.len() as u64);
    lengths.max().unwrap_or(0)
}
