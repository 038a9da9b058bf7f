//! Values that own their memory: constants of a program, token claims, key metadata, bodies.

use super::{List, Map, Rate, Timestamp, TypeName, Value};
use foldhash::fast::RandomState;
use indexmap::{Equivalent, IndexMap};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;
use std::hash::{Hash, Hasher};
use std::net::IpAddr;
use std::sync::Arc;

/// A value with its own memory. Cloning shares collections. `==` is structural, as tests and
/// constants need it; CEL's equality is an operator.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum OwnedValue {
    /// No value, of a type `T?`.
    Absent,
    /// `null`.
    Null,
    /// `true`, `false`.
    Bool(bool),
    /// An int or size.
    Int(i64),
    /// A uint.
    Uint(u64),
    /// A double or percentage.
    Double(f64),
    /// Text, or an enum variant.
    Str(SmolStr),
    /// Octets.
    Bytes(Arc<[u8]>),
    /// Nanoseconds.
    Duration(i64),
    /// A point in time.
    Timestamp(Timestamp),
    /// An address.
    Ip(IpAddr),
    /// A network.
    Cidr(IpNet),
    /// Events per period.
    Rate(Rate),
    /// `first..=last`.
    Range(i64, i64),
    /// The name of a type.
    Type(SmolStr),
    /// A list.
    List(Arc<[OwnedValue]>),
    /// A map or record.
    Map(Arc<OwnedMap>),
    /// CEL's optional value.
    Optional(Option<Arc<OwnedValue>>),
}

/// A map that owns its memory, in insertion order. Int and uint keys of the same number are the
/// same key, as CEL has it.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct OwnedMap {
    entries: IndexMap<MapKey, OwnedValue, RandomState>,
}

/// Up to so many keys are compared one by one: that touches less memory than a look at their hashes.
const FEW: usize = 8;

/// A key of a map.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum MapKey {
    /// `true`, `false`.
    Bool(bool),
    /// An int.
    Int(i64),
    /// A uint.
    Uint(u64),
    /// Text.
    Str(SmolStr),
}

/// A key as it is compared: by number across int and uint.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum KeyRef<'a> {
    /// `true`, `false`.
    Bool(bool),
    /// An int or uint.
    Number(i128),
    /// Text.
    Str(&'a str),
}

impl MapKey {
    pub(crate) fn as_ref(&self) -> KeyRef<'_> {
        match self {
            MapKey::Bool(b) => KeyRef::Bool(*b),
            MapKey::Int(n) => KeyRef::Number(i128::from(*n)),
            MapKey::Uint(n) => KeyRef::Number(i128::from(*n)),
            MapKey::Str(text) => KeyRef::Str(text),
        }
    }

    /// The key as a value.
    pub fn as_value(&self) -> Value<'_> {
        match self {
            MapKey::Bool(b) => Value::Bool(*b),
            MapKey::Int(n) => Value::Int(*n),
            MapKey::Uint(n) => Value::Uint(*n),
            MapKey::Str(text) => Value::Str(text),
        }
    }
}

impl<'a> KeyRef<'a> {
    /// The key that a value is; doubles only where they are whole numbers.
    pub(crate) fn of(value: Value<'a>) -> Option<Self> {
        match value {
            Value::Bool(b) => Some(KeyRef::Bool(b)),
            Value::Int(n) => Some(KeyRef::Number(i128::from(n))),
            Value::Uint(n) => Some(KeyRef::Number(i128::from(n))),
            Value::Str(text) => Some(KeyRef::Str(text)),
            Value::Double(d) if d.fract() == 0.0 && d.abs() < 2e19 =>
            {
                #[expect(clippy::cast_possible_truncation, reason = "checked just above")]
                Some(KeyRef::Number(d as i128))
            }
            _ => None,
        }
    }
}

impl PartialEq for MapKey {
    fn eq(&self, other: &Self) -> bool {
        self.as_ref() == other.as_ref()
    }
}

impl Eq for MapKey {}

impl Hash for MapKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_ref().hash(state);
    }
}

impl Equivalent<MapKey> for KeyRef<'_> {
    fn equivalent(&self, key: &MapKey) -> bool {
        *self == key.as_ref()
    }
}

impl OwnedMap {
    /// An empty map with room for so many entries.
    pub(crate) fn with_capacity(entries: usize) -> Self {
        Self {
            entries: IndexMap::with_capacity_and_hasher(entries, RandomState::default()),
        }
    }

    /// The value of a text key.
    pub fn get(&self, key: &str) -> Option<&OwnedValue> {
        self.find(KeyRef::Str(key))
    }

    pub(crate) fn find(&self, key: KeyRef<'_>) -> Option<&OwnedValue> {
        if self.entries.len() > FEW {
            return self.entries.get(&key);
        }
        let mut entries = self.entries.iter();
        entries.find(|(k, _)| k.as_ref() == key).map(|(_, v)| v)
    }

    pub(crate) fn entry_at(&self, index: usize) -> Option<(&MapKey, &OwnedValue)> {
        self.entries.get_index(index)
    }

    /// Sets the value of a key.
    pub fn insert(&mut self, key: impl Into<MapKey>, value: OwnedValue) {
        self.entries.insert(key.into(), value);
    }

    /// The entries in insertion order.
    pub fn iter(&self) -> impl Iterator<Item = (&MapKey, &OwnedValue)> {
        self.entries.iter()
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The map, borrowed.
    pub fn as_value(&self) -> Value<'_> {
        Value::Map(Map::Owned(self))
    }

    /// The value at the end of the steps of a fact path; absent if there is none.
    pub fn at(&self, steps: &[crate::FactStep]) -> Value<'_> {
        let Some((first, rest)) = steps.split_first() else {
            return self.as_value();
        };
        let found = self.get(first.name()).and_then(|value| value.at(rest));
        found.map_or(Value::Absent, OwnedValue::as_value)
    }
}

impl<K: Into<MapKey>> FromIterator<(K, OwnedValue)> for OwnedMap {
    fn from_iter<I: IntoIterator<Item = (K, OwnedValue)>>(entries: I) -> Self {
        Self {
            entries: entries.into_iter().map(|(k, v)| (k.into(), v)).collect(),
        }
    }
}

impl From<&str> for MapKey {
    fn from(text: &str) -> Self {
        MapKey::Str(text.into())
    }
}

impl From<SmolStr> for MapKey {
    fn from(text: SmolStr) -> Self {
        MapKey::Str(text)
    }
}

impl OwnedValue {
    /// Text.
    pub fn text(text: impl Into<SmolStr>) -> Self {
        OwnedValue::Str(text.into())
    }

    /// A list.
    pub fn list(elements: impl IntoIterator<Item = OwnedValue>) -> Self {
        OwnedValue::List(elements.into_iter().collect())
    }

    /// A map.
    pub fn map<K: Into<MapKey>>(entries: impl IntoIterator<Item = (K, OwnedValue)>) -> Self {
        OwnedValue::Map(Arc::new(entries.into_iter().collect()))
    }

    /// The map, where this is one.
    pub fn into_map(self) -> Option<Arc<OwnedMap>> {
        match self {
            OwnedValue::Map(map) => Some(map),
            _ => None,
        }
    }

    /// The value of a field, where this is a map that has it.
    pub fn field(&self, name: &str) -> Option<&OwnedValue> {
        match self {
            OwnedValue::Map(map) => map.get(name),
            _ => None,
        }
    }

    /// The value at the end of the steps of a fact path.
    pub fn at(&self, steps: &[crate::FactStep]) -> Option<&OwnedValue> {
        steps
            .iter()
            .try_fold(self, |value, step| value.field(step.name()))
    }

    /// The value, borrowed.
    pub fn as_value(&self) -> Value<'_> {
        match self {
            OwnedValue::Absent => Value::Absent,
            OwnedValue::Null => Value::Null,
            OwnedValue::Bool(b) => Value::Bool(*b),
            OwnedValue::Int(n) => Value::Int(*n),
            OwnedValue::Uint(n) => Value::Uint(*n),
            OwnedValue::Double(d) => Value::Double(*d),
            OwnedValue::Str(text) => Value::Str(text),
            OwnedValue::Bytes(bytes) => Value::Bytes(bytes),
            OwnedValue::Duration(nanos) => Value::Duration(*nanos),
            OwnedValue::Timestamp(at) => Value::Timestamp(*at),
            OwnedValue::Ip(ip) => Value::Ip(*ip),
            OwnedValue::Cidr(net) => Value::Cidr(*net),
            OwnedValue::Rate(rate) => Value::Rate(*rate),
            OwnedValue::Range(first, last) => Value::Range(*first, *last),
            OwnedValue::Type(name) => Value::Type(TypeName(name)),
            OwnedValue::List(elements) => Value::List(List::Owned(elements)),
            OwnedValue::Map(map) => map.as_value(),
            OwnedValue::Optional(inner) => {
                Value::Optional(inner.as_deref().map(crate::value::Inner::Owned))
            }
        }
    }
}

impl From<Value<'_>> for OwnedValue {
    /// Copies the value. A [`Value::Lookup`] cannot be copied and becomes an empty map.
    fn from(value: Value<'_>) -> Self {
        match value {
            Value::Absent => OwnedValue::Absent,
            Value::Null => OwnedValue::Null,
            Value::Bool(b) => OwnedValue::Bool(b),
            Value::Int(n) => OwnedValue::Int(n),
            Value::Uint(n) => OwnedValue::Uint(n),
            Value::Double(d) => OwnedValue::Double(d),
            Value::Str(text) => OwnedValue::text(text),
            Value::Bytes(bytes) => OwnedValue::Bytes(bytes.into()),
            Value::Duration(nanos) => OwnedValue::Duration(nanos),
            Value::Timestamp(at) => OwnedValue::Timestamp(at),
            Value::Ip(ip) => OwnedValue::Ip(ip),
            Value::Cidr(net) => OwnedValue::Cidr(net),
            Value::Rate(rate) => OwnedValue::Rate(rate),
            Value::Range(first, last) => OwnedValue::Range(first, last),
            Value::Type(TypeName(name)) => OwnedValue::Type(name.into()),
            Value::List(list) => OwnedValue::list(list.iter().map(OwnedValue::from)),
            Value::Map(map) => {
                let entry = |(k, v)| Some((MapKey::of(k)?, OwnedValue::from(v)));
                OwnedValue::Map(Arc::new(map.iter().filter_map(entry).collect()))
            }
            Value::Optional(inner) => {
                OwnedValue::Optional(inner.map(|i| Arc::new(OwnedValue::from(i.value()))))
            }
            Value::Lookup(_) => OwnedValue::Map(Arc::default()),
        }
    }
}

impl MapKey {
    /// The key that a value is, if it can be one.
    pub fn of(value: Value<'_>) -> Option<MapKey> {
        match value {
            Value::Bool(b) => Some(MapKey::Bool(b)),
            Value::Int(n) => Some(MapKey::Int(n)),
            Value::Uint(n) => Some(MapKey::Uint(n)),
            Value::Str(text) => Some(MapKey::Str(text.into())),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Small and large maps find the same, whatever the kind of the key.
    #[test]
    fn keys_are_found_in_maps_of_every_size() {
        for size in 0..3 * FEW {
            let keys = (0..size).map(|n| match n % 3 {
                0 => MapKey::from(format!("key {n}").as_str()),
                1 => MapKey::Int(i64::try_from(n).unwrap()),
                _ => MapKey::Uint(u64::try_from(n).unwrap()),
            });
            let keys: Vec<MapKey> = keys.collect();
            let values = (0..).map(OwnedValue::Int);
            let map: OwnedMap = keys.iter().cloned().zip(values).collect();
            for (key, at) in keys.iter().zip(0..) {
                assert_eq!(map.find(key.as_ref()), Some(&OwnedValue::Int(at)));
            }
            assert_eq!(map.get("key"), None);
            assert_eq!(map.find(KeyRef::Number(-1)), None);
            assert_eq!(map.find(KeyRef::Bool(true)), None);
        }
    }
}
