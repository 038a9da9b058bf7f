//! The entries of schemas and enums, and of those that a description declares inside them: fields
//! with their types and constraints, variants with what they stand for.

use super::written::Written;
use super::{Declaration, FieldEntry, Members};
use gw_compiler::Compiled;
use gw_expr::{EnumType, Field, RecordType, Refined, Type};
use gw_graph::Origin;
use gw_syntax::{Sources, Span};

/// Every type that the policy declares.
pub(super) fn all(compiled: &Compiled, written: &Written<'_>) -> Vec<Declaration> {
    let mut types: Vec<&Type> = compiled.types.iter().collect();
    compiled.types.iter().for_each(|ty| inside(ty, &mut types));
    let entry = |(name, summary, span, members): Parts<'_>| {
        let place = origin(&compiled.sources, span.unwrap_or_default());
        Declaration {
            name: name.to_owned(),
            summary: summary.to_owned(),
            doc: written.doc(place).to_owned(),
            members: Some(members),
            source: written.block(place),
        }
    };
    types.into_iter().filter_map(parts).map(entry).collect()
}

/// Adds the types with a name that one contains, each once.
fn inside<'t>(ty: &'t Type, types: &mut Vec<&'t Type>) {
    ty.each_part(&mut |part: &'t Type| {
        let name = name(part);
        let is_known = name.is_some() && types.iter().any(|t| self::name(t) == name);
        if !is_known {
            types.extend(name.map(|_| part));
            inside(part, types);
        }
    });
}

fn name(ty: &Type) -> Option<&str> {
    parts(ty).map(|(name, ..)| name).filter(|n| !n.is_empty())
}

/// Name, summary, place and members of a type.
type Parts<'t> = (&'t str, &'static str, Option<Span>, Members);

fn parts(ty: &Type) -> Option<Parts<'_>> {
    if let Type::Record(record) = ty {
        return Some((&record.name, "a record", record.span, fields(record)));
    }
    let Type::Enum(of) = ty else {
        return None;
    };
    Some((&of.name, "one of a few texts", of.span, variants(of)))
}

fn fields(record: &RecordType) -> Members {
    let fields = record.fields.iter();
    let entry = |(name, field): (&_, &Field)| {
        let (ty, constraints) = split(&field.ty);
        let presence = if field.optional {
            "may be absent"
        } else {
            "required"
        };
        let constraints = constraints.into_iter().map(|c| format!(", {c}"));
        FieldEntry {
            name: ToString::to_string(name),
            ty,
            constraints: presence.to_owned() + &constraints.collect::<String>(),
            doc: field.doc.to_string(),
        }
    };
    Members::Fields(fields.map(entry).collect())
}

fn variants(of: &EnumType) -> Members {
    let variants = of.variants.iter();
    let entry = |v: &gw_expr::Variant| (v.name.to_string(), v.inherits.join(", "));
    Members::Variants(variants.map(entry).collect())
}

/// A type without its own constraints, and these in words. A type like `slug` is one by its name.
fn split(ty: &Type) -> (String, Vec<String>) {
    let Type::Refined(refined) = ty else {
        return (ty.to_string(), Vec::new());
    };
    if !refined.name.is_empty() {
        return (ty.to_string(), Vec::new());
    }
    let (base, mut constraints) = split(&refined.base);
    constraints.extend(bounds(refined));
    let pattern = refined.pattern.iter();
    constraints.extend(pattern.map(|p| format!("matches `{p}`")));
    (base, constraints)
}

fn bounds(refined: &Refined) -> Option<String> {
    let unit = match refined.base.base() {
        Type::String => " characters",
        Type::Bytes => " bytes",
        Type::List(_) => " elements",
        Type::Map(..) => " entries",
        _ => "",
    };
    match (refined.min, refined.max) {
        (Some(min), Some(max)) if min == max => Some(format!("exactly {min}{unit}")),
        (Some(min), Some(max)) => Some(format!("{min} to {max}{unit}")),
        (Some(min), None) => Some(format!("at least {min}{unit}")),
        (None, Some(max)) => Some(format!("at most {max}{unit}")),
        (None, None) => None,
    }
}

fn origin(sources: &Sources, span: Span) -> Origin {
    let Some(source) = sources.get(span.file) else {
        return Origin::default();
    };
    let (start, end) = (source.line_col(span.start), source.line_col(span.end));
    Origin {
        file: span.file.0,
        line: start.line,
        column: start.column,
        end_line: end.line,
        end_column: end.column,
    }
}
