//! Written types and path patterns. Purely syntactic.

use crate::{Expr, ExprKind, Ident, MapEntry, Span};
use smol_str::SmolStr;

/// A type as written: `string`, `list<Role>`, `{ sku: string }`, each with refinements and `?`.
#[derive(Clone, Debug)]
pub struct TypeExpr {
    /// What it is.
    pub kind: TypeKind,
    /// `T?`.
    pub optional: bool,
    /// `max 50`, `min 1`, `matches "…"`, and `1..=99` under the word `range`.
    pub refinements: Vec<Refinement>,
    /// The whole type.
    pub span: Span,
}

/// The kinds of written type.
#[derive(Clone, Debug)]
pub enum TypeKind {
    /// `name` or `name<args>`.
    Named(Ident, Vec<TypeExpr>),
    /// `{ name: type, name?: type }`.
    Record(Vec<RecordField>),
}

/// A field of a written record type.
#[derive(Clone, Debug)]
pub struct RecordField {
    /// The name.
    pub name: Ident,
    /// `name?:`.
    pub optional: bool,
    /// Its type.
    pub ty: TypeExpr,
}

/// A constraint on a type.
#[derive(Clone, Debug)]
pub struct Refinement {
    /// `max`, `min`, `matches`, `range`.
    pub word: Ident,
    /// Its constant.
    pub value: Expr,
}

impl TypeExpr {
    /// The expression that this type would be where a value was expected after a colon: a bare
    /// name is a name, `{ city: x }` is a map of names.
    pub fn to_expr(&self) -> Option<Expr> {
        if self.optional || !self.refinements.is_empty() {
            return None;
        }
        let kind = match &self.kind {
            TypeKind::Named(name, args) if args.is_empty() => name_expr(name).kind,
            TypeKind::Named(..) => return None,
            TypeKind::Record(fields) => ExprKind::Map(
                fields
                    .iter()
                    .map(RecordField::to_entry)
                    .collect::<Option<_>>()?,
            ),
        };
        Some(Expr {
            kind,
            span: self.span,
        })
    }
}

impl RecordField {
    fn to_entry(&self) -> Option<MapEntry> {
        if self.optional {
            return None;
        }
        Some(MapEntry {
            key: name_expr(&self.name),
            value: self.ty.to_expr()?,
            optional: false,
        })
    }
}

fn name_expr(name: &Ident) -> Expr {
    let kind = ExprKind::Name {
        name: name.name.clone(),
        rooted: false,
    };
    Expr {
        kind,
        span: name.span,
    }
}

/// A path literal: `/v1/{org:slug}/orders/*`, `/files/{rest:**}`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PathPattern {
    /// As written.
    pub text: SmolStr,
    /// The segments between the slashes; `/` alone has none.
    pub segments: Vec<PathSegment>,
    /// Ends with a slash that is not the whole path.
    pub trailing_slash: bool,
    /// The text after `?`, as requests in tests have it: `GET /orders?lang=en`. A route has none.
    pub query: Option<Ident>,
    /// Its place.
    pub span: Span,
}

/// One segment of a path literal.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PathSegment {
    /// What it matches.
    pub kind: PathSegmentKind,
    /// Its place.
    pub span: Span,
}

/// What a path segment matches.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PathSegmentKind {
    /// Exactly this text.
    Exact(SmolStr),
    /// `{name}`, `{name:type}`, `{name:regex}`, `{name:**}`.
    Param {
        /// The parameter.
        name: Ident,
        /// The text after the colon: a type name, `**`, or a regular expression.
        constraint: Option<Ident>,
    },
    /// `*`: any one segment.
    Any,
    /// `**`: any number of segments; last only.
    Rest,
}
