//! From a schema to a type, references followed. Each schema is converted once, however often it
//! is referred to.

mod combine;
mod keyword;
mod list;
mod number;
mod object;
mod pattern;
mod text;
mod value;

use crate::reference::{self, Place};
use crate::{Document, Library, Version};
use gw_expr::Type;
use hashbrown::HashMap;
use serde_json::{Map, Value};
use std::sync::Arc;

/// A type, and what the schema says beyond it.
#[derive(Clone, PartialEq, Debug)]
pub struct Reading {
    /// The type; it takes every value that the schema takes, except that of alternatives a member
    /// that only some of them name has the type that these give it.
    pub ty: Type,
    /// Differences, in the order in which they came up.
    pub notes: Vec<Note>,
}

/// A difference between a schema and its type.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Note {
    /// The keyword that makes the difference.
    pub place: Place,
    /// What it is.
    pub kind: NoteKind,
}

/// The kinds of difference.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NoteKind {
    /// The part has no type here and reads as `json`; why, in a few words.
    Loose(&'static str),
    /// A constraint that values are not held against.
    Unchecked,
}

/// Why a schema gives no type.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Problem {
    /// A reference leads to nothing.
    Missing {
        /// The reference; the whole file where the policy itself names the schema.
        at: Place,
        /// Where it leads.
        target: Place,
    },
    /// A reference leads to a file that cannot be had; the [`Library`] has said why.
    Unopened,
    /// References lead only to each other.
    Circle {
        /// The places on the way.
        chain: Vec<Place>,
    },
    /// What a reference leads to is no schema.
    NoSchema(Place),
    /// Schemas contain each other too deeply.
    TooDeep(Place),
    /// The type would be too large.
    TooLarge(Place),
}

/// Most schemas inside each other.
const DEEPEST: usize = 64;

/// The most parts of a type, shared ones counted each time they occur: a type is written out in
/// artifacts.
const LARGEST: usize = 20_000;

/// The type of a schema. `version` is that of the OpenAPI description that leads to it; schemas of
/// JSON Schema are read as OpenAPI 3.1 has them.
///
/// # Errors
/// [`Problem`] where there is no such schema, or it has no end.
pub fn read(
    library: &mut dyn Library,
    place: &Place,
    version: Version,
) -> Result<Reading, Problem> {
    let mut converter = Converter {
        library,
        version,
        known: HashMap::new(),
        open: Vec::new(),
        size: 0,
        notes: Vec::new(),
    };
    let whole = Place {
        file: place.file,
        pointer: String::new(),
    };
    let place = converter.end_of(whole, place.clone())?;
    let ty = converter.referred(&place, &place)?;
    Ok(Reading {
        ty,
        notes: converter.notes,
    })
}

struct Converter<'l> {
    library: &'l mut dyn Library,
    version: Version,
    /// Schemas that were referred to, with the number of their parts.
    known: HashMap<Place, (Type, usize)>,
    /// Schemas that are being converted, the outermost first.
    open: Vec<Place>,
    /// Parts so far.
    size: usize,
    notes: Vec<Note>,
}

impl Converter<'_> {
    fn note(&mut self, place: Place, kind: NoteKind) {
        self.notes.push(Note { place, kind });
    }

    /// Notes a constraint that is not checked.
    fn unchecked(&mut self, at: &Place, keyword: &str) {
        self.note(at.child(keyword), NoteKind::Unchecked);
    }

    /// Notes those of some constraints that are there and ask for something.
    fn unchecked_of(&mut self, at: &Place, schema: &Map<String, Value>, keywords: &[&str]) {
        for keyword in keywords {
            let asks = |value: &Value| !matches!(value, Value::Bool(false) | Value::Null);
            if schema.get(*keyword).is_some_and(asks) {
                self.unchecked(at, keyword);
            }
        }
    }

    /// The type of a part that has none.
    fn loose(&mut self, place: Place, why: &'static str) -> Type {
        self.note(place, NoteKind::Loose(why));
        Type::Dyn
    }

    fn document(&self, at: &Place) -> Option<Arc<Document>> {
        self.library.document(at.file)
    }

    /// The type of a schema where it stands.
    fn schema(&mut self, at: &Place) -> Result<Type, Problem> {
        self.size += 1;
        if self.size > LARGEST {
            return Err(Problem::TooLarge(at.clone()));
        }
        let document = self.document(at);
        match document.as_ref().and_then(|d| d.at(&at.pointer)) {
            // `false` takes nothing: no value has the type of a part that must not be there.
            Some(Value::Bool(false)) => {
                self.note(at.clone(), NoteKind::Unchecked);
                Ok(Type::Dyn)
            }
            Some(Value::Bool(true)) => Ok(Type::Dyn),
            Some(Value::Object(schema)) => self.parts(at, schema),
            Some(Value::Null | Value::Number(_) | Value::String(_) | Value::Array(_)) | None => {
                Err(Problem::NoSchema(at.clone()))
            }
        }
    }

    /// What a reference at `at` leads to, or the end of a chain of references.
    fn target(&mut self, at: &Place, reference: &str) -> Result<Place, Problem> {
        let at = at.child("$ref");
        let (file, pointer) = reference::split(reference);
        let file = match file {
            "" => at.file,
            file => self.library.open(&at, file).ok_or(Problem::Unopened)?,
        };
        self.end_of(at, Place { file, pointer })
    }

    /// Follows a schema that is nothing but a reference.
    fn end_of(&mut self, from: Place, target: Place) -> Result<Place, Problem> {
        let (mut at, mut target) = (from, target);
        let mut chain: Vec<Place> = Vec::new();
        loop {
            let document = self.document(&target);
            let Some(value) = document.as_ref().and_then(|d| d.at(&target.pointer)) else {
                return Err(Problem::Missing { at, target });
            };
            let only = value.as_object().and_then(|s| self.only_reference(s));
            let Some(reference) = only else {
                return Ok(target);
            };
            if let Some(start) = chain.iter().position(|p| *p == target) {
                let chain = chain.split_off(start);
                return Err(Problem::Circle { chain });
            }
            chain.push(target.clone());
            at = target.child("$ref");
            let (file, pointer) = reference::split(reference);
            let file = match file {
                "" => at.file,
                file => self.library.open(&at, file).ok_or(Problem::Unopened)?,
            };
            target = Place { file, pointer };
        }
    }

    /// The reference of a schema that says nothing else. In OpenAPI 3.0 that is every schema with
    /// a reference (Reference Object: additional properties are ignored).
    fn only_reference<'s>(&self, schema: &'s Map<String, Value>) -> Option<&'s str> {
        let reference = schema.get("$ref")?.as_str()?;
        let alone = self.version == Version::V3_0 || !keyword::says_something(schema);
        alone.then_some(reference)
    }

    /// The type of a schema that is referred to from `from`, under its name.
    fn referred(&mut self, from: &Place, target: &Place) -> Result<Type, Problem> {
        if let Some((ty, size)) = self.known.get(target) {
            self.size += size;
            return match self.size > LARGEST {
                true => Err(Problem::TooLarge(from.clone())),
                false => Ok(ty.clone()),
            };
        }
        if self.open.contains(target) {
            return Ok(self.loose(from.clone(), "it contains itself"));
        }
        if self.open.len() >= DEEPEST {
            return Err(Problem::TooDeep(from.clone()));
        }
        let before = self.size;
        self.open.push(target.clone());
        let ty = self.schema(target);
        self.open.pop();
        let ty = self.named(ty?, target);
        let size = self.size - before;
        self.known.insert(target.clone(), (ty.clone(), size));
        Ok(ty)
    }

    /// Gives a record the name of its component, and an enum the name that the policy gives it.
    fn named(&self, ty: Type, place: &Place) -> Type {
        let declared = self.library.declared(place);
        match ty {
            Type::Optional(inner) => self.named(Type::clone(&inner), place).or_absent(),
            Type::Record(record) if record.name.is_empty() => {
                let mut record = (*record).clone();
                match declared {
                    Some(name) => (record.name, record.span) = (name.name, Some(name.span)),
                    None if place.is_component() => record.name = place.name().into(),
                    None => {}
                }
                Type::record(record)
            }
            Type::Enum(of) if of.name.is_empty() => match declared {
                Some(name) => {
                    let mut of = (*of).clone();
                    (of.name, of.span) = (name.name, Some(name.span));
                    Type::Enum(Arc::new(of))
                }
                None => Type::Enum(of),
            },
            other => other,
        }
    }
}
