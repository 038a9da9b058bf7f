//! Types as they are needed for reading: constraints gathered, patterns compiled.

use crate::{CompileError, Refined, Type};
use regex_automata::meta::Regex;
use smol_str::SmolStr;

/// What a value must look like.
#[derive(Debug)]
pub(super) struct Shape {
    pub(super) kind: Kind,
    pub(super) limits: Vec<Limits>,
    /// As the author writes the type, for messages.
    pub(super) name: String,
}

#[derive(Debug)]
pub(super) enum Kind {
    Any,
    Null,
    Bool,
    Int,
    Uint,
    Double,
    Text,
    Bytes,
    Duration,
    Timestamp,
    Ip,
    Cidr,
    List(Box<Shape>),
    /// Keys are texts.
    Map(Box<Shape>),
    Record(Vec<Member>),
    Enum(Vec<SmolStr>),
    Optional(Box<Shape>),
    /// A type that JSON and text have no form for.
    Never,
}

/// A field of a record.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) name: SmolStr,
    pub(super) optional: bool,
    pub(super) shape: Shape,
}

/// Constraints of one refinement.
#[derive(Debug)]
pub(super) struct Limits {
    pub(super) min: Option<i64>,
    pub(super) max: Option<i64>,
    pub(super) pattern: Option<Box<Regex>>,
}

pub(super) fn compile(ty: &Type) -> Result<Shape, CompileError> {
    let name = ty.to_string();
    let plain = |kind| {
        Ok(Shape {
            kind,
            limits: Vec::new(),
            name: name.clone(),
        })
    };
    match ty {
        Type::Refined(refined) => {
            let mut shape = compile(&refined.base)?;
            shape.limits.push(limits(refined)?);
            Ok(Shape { name, ..shape })
        }
        Type::Dyn | Type::Param(_) => plain(Kind::Any),
        Type::Null => plain(Kind::Null),
        Type::Bool => plain(Kind::Bool),
        Type::Int | Type::Size => plain(Kind::Int),
        Type::Uint => plain(Kind::Uint),
        Type::Double | Type::Percent => plain(Kind::Double),
        Type::String => plain(Kind::Text),
        Type::Bytes => plain(Kind::Bytes),
        Type::Duration => plain(Kind::Duration),
        Type::Timestamp => plain(Kind::Timestamp),
        Type::Ip => plain(Kind::Ip),
        Type::Cidr => plain(Kind::Cidr),
        Type::List(element) => plain(Kind::List(Box::new(compile(element)?))),
        Type::Map(_, value) | Type::Lookup(value) => plain(Kind::Map(Box::new(compile(value)?))),
        Type::Record(record) => {
            let member = |(name, field): (&SmolStr, &crate::Field)| {
                let optional = field.optional || field.ty.may_be_absent();
                let shape = compile(field.ty.present())?;
                Ok(Member {
                    name: name.clone(),
                    optional,
                    shape,
                })
            };
            plain(Kind::Record(
                record.fields.iter().map(member).collect::<Result<_, _>>()?,
            ))
        }
        Type::Enum(of) => plain(Kind::Enum(
            of.variants.iter().map(|v| v.name.clone()).collect(),
        )),
        Type::Optional(inner) => plain(Kind::Optional(Box::new(compile(inner)?))),
        Type::Rate
        | Type::Range
        | Type::Secret
        | Type::Type(_)
        | Type::CelOptional(_)
        | Type::Opaque(..)
        | Type::Error => plain(Kind::Never),
    }
}

fn limits(refined: &Refined) -> Result<Limits, CompileError> {
    let pattern = refined.pattern.as_ref().map(|pattern| {
        crate::regex::compile(&format!("^(?:{pattern})$"))
            .map(Box::new)
            .map_err(|e| CompileError::Regex {
                pattern: pattern.to_string(),
                reason: e.to_string(),
            })
    });
    Ok(Limits {
        min: refined.min,
        max: refined.max,
        pattern: pattern.transpose()?,
    })
}

impl Limits {
    /// Whether a number, or the size of a text or collection, is within bounds.
    pub(super) fn admits(&self, number: i128) -> bool {
        self.min.is_none_or(|min| number >= i128::from(min))
            && self.max.is_none_or(|max| number <= i128::from(max))
    }

    /// Whether a text is within bounds and matches.
    pub(super) fn admits_text(&self, text: &str) -> bool {
        let sized = (self.min.is_none() && self.max.is_none()) || {
            let length = text.chars().count();
            self.admits(length as i128)
        };
        sized
            && self
                .pattern
                .as_ref()
                .is_none_or(|pattern| pattern.is_match(text))
    }
}

impl Shape {
    /// Whether a value fulfils all constraints.
    pub(super) fn admits(&self, value: &crate::OwnedValue) -> bool {
        use crate::OwnedValue::{Bytes, Double, Int, List, Map, Str, Uint};
        self.limits.iter().all(|limits| match value {
            Int(n) => limits.admits(i128::from(*n)),
            Uint(n) => limits.admits(i128::from(*n)),
            #[expect(clippy::cast_precision_loss, reason = "bounds are written as ints")]
            Double(d) => {
                limits.min.is_none_or(|min| *d >= min as f64)
                    && limits.max.is_none_or(|max| *d <= max as f64)
            }
            Str(text) => limits.admits_text(text),
            Bytes(bytes) => limits.admits(bytes.len() as i128),
            List(list) => limits.admits(list.len() as i128),
            Map(map) => limits.admits(map.len() as i128),
            _ => true,
        })
    }
}
