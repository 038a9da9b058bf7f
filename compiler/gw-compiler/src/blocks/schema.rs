//! `schema`, and the meaning of written types.

mod refine;

use crate::cx::Cx;
use crate::described::not_described;
use crate::load::assigned;
use crate::resolve::{DeclId, Hint, Kind};
use crate::shape;
use crate::spec::{BlockSpec, Repeats, Shape, Words};
use gw_expr::{Field, RecordType, Type};
use gw_syntax::{Code, Diagnostic, Ident, Span, Statement, StatementValue, TypeExpr, TypeKind};
use indexmap::IndexMap;
use smol_str::SmolStr;
use std::sync::Arc;

/// `schema`
pub(crate) const SPEC: BlockSpec = BlockSpec {
    keyword: "schema",
    parents: &["file"],
    usage: "schema NAME { FIELD: TYPE, FIELD?: TYPE } | schema NAME = openapi(\"FILE\").SCHEMA | schema NAME = json_schema(\"FILE\")[.SCHEMA]",
    shape: Shape::of(Words::Name)
        .assigned()
        .block_unless(|s| s.value.is_some()),
    doc: "A record type: of token claims, key metadata, bodies. `?` marks fields that may be absent. Types take constraints: `int 1..=99`, `string max 32`, `string matches \"[a-z]+\"`, `list<T> max 50`. After `=` a description says what the fields are: a schema under `components` of an OpenAPI file (3.0, 3.1), a file in JSON Schema, or one of its `$defs`.",
    example: "schema Claims { sub: string, org: slug, suspended?: bool }",
    fields: &[],
    repeats: Repeats::Often,
};

/// The type of a schema declaration.
pub(crate) fn lower(cx: &mut Cx<'_, '_>, id: DeclId) -> Option<Type> {
    if let Some(known) = cx.types.get(&id) {
        return Some(known.clone());
    }
    let decl = cx.program.decl(id)?;
    let (name, module, statement) = (decl.name.clone(), decl.module, decl.statement);
    if cx.lowered.insert(id, None).is_some() {
        cx.report(circle(&name));
        return None;
    }
    let deeper = cx.envs.enter_schema();
    let ty = if deeper > DEEPEST {
        cx.report(too_deep(&name));
        Type::Error
    } else if assigned(statement).is_some() {
        described(cx, statement)
    } else {
        record(cx, module, statement, &name)
    };
    cx.envs.leave_schema();
    cx.types.insert(id, ty.clone());
    Some(ty)
}

/// The type of a declaration that another file describes; unknown where it has a finding.
pub(super) fn described(cx: &mut Cx<'_, '_>, statement: &Statement) -> Type {
    if let Some(diagnostic) = not_described(statement) {
        cx.report(diagnostic);
        return Type::Error;
    }
    cx.described.of(statement.span).unwrap_or(Type::Error)
}

/// Most schemas inside each other.
const DEEPEST: usize = 64;

fn too_deep(name: &Ident) -> Diagnostic {
    Diagnostic::new(
        Code::NestingTooDeep,
        name.span,
        format!("more than {DEEPEST} schemas contain each other"),
    )
    .here("too deep from here on")
    .help("use `json` for the inner part")
}

fn record(cx: &mut Cx<'_, '_>, module: usize, statement: &Statement, name: &Ident) -> Type {
    let mut fields = IndexMap::new();
    for item in statement.block.iter().flat_map(|b| &b.statements) {
        if let Some((name, field)) = field(cx, module, item) {
            if fields.contains_key(&name) {
                cx.report(
                    Diagnostic::new(
                        Code::DuplicateField,
                        item.head.ident().span,
                        format!("field `{name}` is listed twice"),
                    )
                    .here("listed again here")
                    .help("keep one of them"),
                );
            }
            fields.insert(name, field);
        }
    }
    Type::Record(Arc::new(RecordType {
        name: name.name.clone(),
        fields,
        span: Some(name.span),
    }))
}

fn circle(name: &Ident) -> Diagnostic {
    Diagnostic::new(
        Code::RecursiveDeclaration,
        name.span,
        format!("schema `{}` contains itself", name.name),
    )
    .here("refers to itself")
    .help("types are finite: use `json` for the recursive part")
}

fn field(cx: &mut Cx<'_, '_>, module: usize, item: &Statement) -> Option<(SmolStr, Field)> {
    let name = item.head.ident();
    let shape = Shape::of(Words::None).typed();
    let unread = shape::check(item, &shape, || format!("write `{}: TYPE`", name.name));
    if let Some(finding) = unread.filter(|_| item.value.is_some()) {
        cx.report(finding);
        return None;
    }
    let Some(StatementValue::Type(written)) = &item.value else {
        cx.report(
            Diagnostic::new(
                Code::WrongShape,
                item.span,
                format!("field `{}` has no type", name.name),
            )
            .here("no type")
            .help(format!("write `{}: string`", name.name)),
        );
        return None;
    };
    let ty = resolve(cx, module, written)?;
    let doc: Vec<&str> = item
        .trivia
        .before
        .iter()
        .filter_map(|c| c.text.strip_prefix("///"))
        .map(str::trim)
        .collect();
    let optional = item.optional || ty.may_be_absent();
    let field = Field {
        ty: ty.present().clone(),
        optional,
        doc: doc.join(" ").into(),
        span: Some(name.span),
    };
    Some((name.name.clone(), field))
}

/// The meaning of a written type.
pub(crate) fn resolve(cx: &mut Cx<'_, '_>, module: usize, written: &TypeExpr) -> Option<Type> {
    let base = match &written.kind {
        TypeKind::Named(name, args) => named(cx, module, name, args, written.span)?,
        TypeKind::Record(fields) => {
            let mut out = IndexMap::new();
            for f in fields {
                let ty = resolve(cx, module, &f.ty)?;
                let optional = f.optional || ty.may_be_absent();
                let field = Field {
                    optional,
                    span: Some(f.name.span),
                    ..Field::new(ty.present().clone())
                };
                out.insert(f.name.name.clone(), field);
            }
            Type::record(RecordType {
                name: SmolStr::default(),
                fields: out,
                span: Some(written.span),
            })
        }
    };
    let refined = refine::refine(cx, module, base, &written.refinements)?;
    Some(if written.optional {
        refined.or_absent()
    } else {
        refined
    })
}

fn named(
    cx: &mut Cx<'_, '_>,
    module: usize,
    name: &Ident,
    args: &[TypeExpr],
    span: Span,
) -> Option<Type> {
    match (name.name.as_str(), args) {
        ("list", [element]) => return Some(Type::list(resolve(cx, module, element)?)),
        ("map", [key, value]) => {
            return Some(Type::map(
                resolve(cx, module, key)?,
                resolve(cx, module, value)?,
            ));
        }
        (word @ ("list" | "map"), _) => {
            let usage = if word == "list" {
                "list<string>"
            } else {
                "map<string, int>"
            };
            cx.report(
                Diagnostic::new(
                    Code::UnknownType,
                    span,
                    format!("`{word}` needs its element types"),
                )
                .here("incomplete type")
                .help(format!("write `{usage}`")),
            );
            return None;
        }
        _ => {}
    }
    if args.is_empty()
        && let Some(ty) = Type::named(&name.name)
    {
        return Some(ty);
    }
    let declared = cx.program.lookup(module, &name.name);
    let kind = declared.and_then(|id| cx.program.decl(id).map(|d| (id, d.kind)));
    match kind {
        Some((id, Kind::Schema)) => lower(cx, id),
        Some((id, Kind::Enum)) => super::enumeration::lower(cx, id),
        _ => {
            cx.report(unknown(cx, module, name));
            None
        }
    }
}

fn unknown(cx: &Cx<'_, '_>, module: usize, name: &Ident) -> Diagnostic {
    let names = || {
        let kinds = [Kind::Schema, Kind::Enum].into_iter();
        let declared = kinds.flat_map(|k| cx.program.names(module, k));
        let built_in = Type::NAMES.iter().chain(&["list", "map"]);
        declared.chain(built_in.map(SmolStr::new)).collect()
    };
    let diagnostic = Diagnostic::new(
        Code::UnknownType,
        name.span,
        format!("there is no type `{}`", name.name),
    )
    .here("unknown type");
    match cx.program.hint((module, "type"), &name.name, names) {
        Hint::Near(near) => diagnostic.help(format!("did you mean `{near}`?")).fix(
            format!("write `{near}`"),
            name.span,
            near,
        ),
        Hint::Among(_) | Hint::Nothing => match elsewhere(&name.name) {
            Some(here) => diagnostic.help(format!("write `{here}`")).fix(
                format!("write `{here}`"),
                name.span,
                here,
            ),
            None => diagnostic.help(format!("declare it with `schema {} {{ … }}`", name.name)),
        },
    }
}

/// What a type of another language is called here.
pub(super) fn elsewhere(name: &str) -> Option<&'static str> {
    Some(match name.to_ascii_lowercase().as_str() {
        "str" | "text" | "varchar" | "char" => "string",
        "integer" | "number" | "long" | "i64" | "int64" | "i32" | "int32" => "int",
        "u64" | "uint64" | "unsigned" => "uint",
        "float" | "f64" | "decimal" | "float64" => "double",
        "boolean" => "bool",
        "object" | "any" | "struct" | "dict" => "json",
        "array" | "string_list" | "strings" | "slice" | "set" => "list<string>",
        "datetime" | "date" | "time" => "timestamp",
        "address" | "ipaddr" | "inet" => "ip",
        "network" | "subnet" => "cidr",
        _ => return None,
    })
}
