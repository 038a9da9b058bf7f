//! The types of the language: CEL's, the gateway's own, and declared records and enums. Knows
//! what a type is; must not know how one is inferred or how its values are computed.

mod display;
mod named;
mod refined;

pub use refined::Refined;

use gw_syntax::Span;
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;
use std::sync::Arc;

/// The type of an expression. `Display` prints it as the author of a policy writes it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum Type {
    /// `json`: known at run time only; the one way to opt out of checking.
    Dyn,
    /// The type of `null`.
    Null,
    /// `true` or `false`.
    Bool,
    /// 64-bit signed integer.
    Int,
    /// 64-bit unsigned integer.
    Uint,
    /// IEEE 754 double.
    Double,
    /// Unicode text.
    String,
    /// Octets.
    Bytes,
    /// A span of time, in nanoseconds.
    Duration,
    /// A point in time between the years 1 and 9999.
    Timestamp,
    /// An IPv4 or IPv6 address.
    Ip,
    /// A network, such as `10.0.0.0/8`.
    Cidr,
    /// Events per period, such as `100/min`.
    Rate,
    /// A number of bytes, such as `64KiB`; an int at run time and usable as one.
    Size,
    /// `10%`; a double out of 100 at run time and usable as one.
    Percent,
    /// A set of consecutive ints: `1..=99`, or `2xx` for a class of status codes.
    Range,
    /// A value that is never formatted, logged or compared in variable time.
    Secret,
    /// The type of a type, such as `type(1)`.
    Type(Arc<Type>),
    /// `list<T>`.
    List(Arc<Type>),
    /// `map<K, V>`: CEL's map; reading a missing key is an error at run time.
    Map(Arc<Type>, Arc<Type>),
    /// A declared schema or a built-in object such as `request`.
    Record(Arc<RecordType>),
    /// A declared enum; its values are strings at run time.
    Enum(Arc<EnumType>),
    /// `T?`: a T, or absent.
    Optional(Arc<Type>),
    /// CEL's `optional_type(T)`, as made by `optional.of`.
    CelOptional(Arc<Type>),
    /// A view keyed by string whose `[k]` yields `T?`: headers, query parameters, tables.
    Lookup(Arc<Type>),
    /// A type with constraints, such as `string max 32` or `slug`. Its values are those of the
    /// base type and it behaves as the base type everywhere in expressions.
    Refined(Arc<Refined>),
    /// A type parameter of an overload, or a not yet known element type during checking.
    Param(u32),
    /// An opaque parametrised type declared by the embedder.
    Opaque(SmolStr, Arc<Vec<Type>>),
    /// The type of an expression that has a diagnostic already; suppresses follow-ons.
    Error,
}

/// A named set of fields.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct RecordType {
    /// As declared; empty for an anonymous `{ … }`.
    pub name: SmolStr,
    /// In the order of declaration.
    pub fields: IndexMap<SmolStr, Field>,
    /// Where it was declared, for second labels.
    #[serde(skip)]
    pub span: Option<Span>,
}

/// A field of a record.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Field {
    /// Its type, without the `?` of an optional field.
    pub ty: Type,
    /// `name?:`; reading it gives `T?`.
    pub optional: bool,
    /// The documentation comment, or empty.
    pub doc: SmolStr,
    /// Where it was declared, for second labels.
    #[serde(skip)]
    pub span: Option<Span>,
}

/// A declared enum, or the texts that a description lists. Equality of its values is exact; only `in` honours inheritance:
/// `Role.editor in roles` holds if the list has `editor` or a variant that inherits it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct EnumType {
    /// As declared; empty for texts without a name, which are compared with texts.
    pub name: SmolStr,
    /// In the order of declaration.
    pub variants: Vec<Variant>,
    /// Where it was declared, for second labels.
    #[serde(skip)]
    pub span: Option<Span>,
}

/// A variant of an enum.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Variant {
    /// Its name, which is also its value at run time.
    pub name: SmolStr,
    /// Every variant that it stands for besides itself: the transitive closure of `inherits`.
    pub inherits: Vec<SmolStr>,
}

impl Field {
    /// A required field without documentation.
    pub fn new(ty: Type) -> Self {
        Self {
            ty,
            optional: false,
            doc: SmolStr::default(),
            span: None,
        }
    }

    /// A field that may be absent.
    pub fn optional(ty: Type) -> Self {
        Self {
            optional: true,
            ..Self::new(ty)
        }
    }

    /// Adds documentation.
    #[must_use]
    pub fn doc(mut self, doc: impl Into<SmolStr>) -> Self {
        self.doc = doc.into();
        self
    }

    /// The type of reading the field: `T`, or `T?` if it is optional.
    pub fn read_type(&self) -> Type {
        if self.optional {
            self.ty.clone().or_absent()
        } else {
            self.ty.clone()
        }
    }
}

impl RecordType {
    /// A record without a place in a source, for built-in objects.
    pub fn new<N: Into<SmolStr>>(
        name: impl Into<SmolStr>,
        fields: impl IntoIterator<Item = (N, Field)>,
    ) -> Self {
        let fields = fields.into_iter().map(|(n, f)| (n.into(), f)).collect();
        Self {
            name: name.into(),
            fields,
            span: None,
        }
    }
}

impl EnumType {
    /// The variant with that name.
    pub fn variant(&self, name: &str) -> Option<&Variant> {
        self.variants.iter().find(|v| v.name == name)
    }

    /// The names that count as `name` on the right of `in`: itself and all that inherit it.
    pub fn holders(&self, name: &str) -> Vec<SmolStr> {
        let counts = |v: &&Variant| v.name == name || v.inherits.iter().any(|i| i == name);
        self.variants
            .iter()
            .filter(counts)
            .map(|v| v.name.clone())
            .collect()
    }
}

impl Type {
    /// `list<element>`.
    pub fn list(element: Type) -> Type {
        Type::List(Arc::new(element))
    }

    /// `map<key, value>`.
    pub fn map(key: Type, value: Type) -> Type {
        Type::Map(Arc::new(key), Arc::new(value))
    }

    /// A record type.
    pub fn record(record: RecordType) -> Type {
        Type::Record(Arc::new(record))
    }

    /// A string-keyed view whose `[k]` yields `value?`.
    pub fn lookup(value: Type) -> Type {
        Type::Lookup(Arc::new(value))
    }

    /// `T?`; `T??` is `T?`.
    #[must_use]
    pub fn or_absent(self) -> Type {
        match self {
            Type::Optional(_) | Type::Error => self,
            other => Type::Optional(Arc::new(other)),
        }
    }

    /// Whether the type is `T?`.
    pub fn may_be_absent(&self) -> bool {
        matches!(self, Type::Optional(_))
    }

    /// `T` of `T?`; other types are returned as they are.
    #[must_use]
    pub fn present(&self) -> &Type {
        match self {
            Type::Optional(inner) => inner.present(),
            other => other,
        }
    }

    /// The type without its constraints: `string` of `string max 32`.
    #[must_use]
    pub fn base(&self) -> &Type {
        match self {
            Type::Refined(refined) => refined.base.base(),
            other => other,
        }
    }

    /// Calls `each` with the types that this one is made of, not with what those are made of.
    pub fn each_part<'t>(&'t self, each: &mut impl FnMut(&'t Type)) {
        match self {
            Type::Type(of)
            | Type::List(of)
            | Type::Optional(of)
            | Type::CelOptional(of)
            | Type::Lookup(of) => each(of),
            Type::Map(key, value) => [key, value].into_iter().for_each(|of| each(of)),
            Type::Record(record) => record.fields.values().for_each(|f| each(&f.ty)),
            Type::Refined(refined) => each(&refined.base),
            Type::Opaque(_, params) => params.iter().for_each(each),
            Type::Dyn
            | Type::Null
            | Type::Bool
            | Type::Int
            | Type::Uint
            | Type::Double
            | Type::String
            | Type::Bytes
            | Type::Duration
            | Type::Timestamp
            | Type::Ip
            | Type::Cidr
            | Type::Rate
            | Type::Size
            | Type::Percent
            | Type::Range
            | Type::Secret
            | Type::Enum(_)
            | Type::Param(_)
            | Type::Error => {}
        }
    }
}
