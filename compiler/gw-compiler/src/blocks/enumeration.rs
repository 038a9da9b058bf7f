//! `enum`: names that stand for themselves, with inheritance.

use crate::cx::Cx;
use crate::load::assigned;
use crate::resolve::DeclId;
use crate::shape;
use crate::spec::{BlockSpec, Repeats, Shape, Words};
use crate::suggest::nearest;
use gw_expr::{EnumType, Type, Variant};
use gw_syntax::{Code, Diagnostic, Ident, Part, Span, Statement};
use smol_str::SmolStr;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// `enum`
pub(crate) const SPEC: BlockSpec = BlockSpec {
    keyword: "enum",
    parents: &["file"],
    usage: "enum NAME { VARIANT, VARIANT inherits VARIANT, VARIANT } | enum NAME = openapi(\"FILE\").SCHEMA | enum NAME = json_schema(\"FILE\")[.SCHEMA]",
    shape: Shape::of(Words::Name)
        .assigned()
        .block_unless(|s| s.value.is_some()),
    doc: "A closed set of at most 1,024 names. A variant that inherits others counts as each of them on the right of `in`; equality stays exact. After `inherits`, names that are declared already go on with the list. After `=` a description lists the variants, as for a `schema`.",
    example: "enum Role { viewer, editor, admin inherits viewer, editor }",
    fields: &[],
    repeats: Repeats::Often,
};

/// The type of an enum declaration.
pub(crate) fn lower(cx: &mut Cx<'_, '_>, id: DeclId) -> Option<Type> {
    if let Some(known) = cx.types.get(&id) {
        return Some(known.clone());
    }
    let decl = cx.program.decl(id)?;
    let (name, statement) = (decl.name.clone(), decl.statement);
    if assigned(statement).is_some() {
        let ty = super::schema::described(cx, statement);
        cx.types.insert(id, ty.clone());
        return Some(ty);
    }
    let direct = variants(cx, statement);
    let parents: Parents<'_> = direct
        .iter()
        .map(|(n, p)| (n.as_str(), p.as_slice()))
        .collect();
    let variants = direct
        .iter()
        .map(|(variant, _)| Variant {
            name: variant.clone(),
            inherits: closure(variant, &parents),
        })
        .collect();
    let ty = Type::Enum(Arc::new(EnumType {
        name: name.name,
        variants,
        span: Some(name.span),
    }));
    cx.types.insert(id, ty.clone());
    Some(ty)
}

type Direct = Vec<(SmolStr, Vec<SmolStr>)>;
type Parents<'d> = HashMap<&'d str, &'d [SmolStr]>;

/// Most variants of an enum: each may inherit all before it.
const MOST: usize = 1_024;

/// Variants with what they inherit directly.
fn variants(cx: &mut Cx<'_, '_>, statement: &Statement) -> Direct {
    let mut out: Direct = Vec::new();
    let mut inheriting = false;
    for item in statement.block.iter().flat_map(|b| &b.statements) {
        let name = item.head.ident();
        cx.diagnostics.extend(unread(item));
        if out.len() == MOST {
            cx.report(too_many(name.span));
            break;
        }
        let known = out.iter().any(|(n, _)| *n == name.name);
        let parents = inherited(item);
        if known && inheriting && parents.is_empty() {
            if let Some((_, list)) = out.last_mut() {
                list.push(name.name.clone());
            }
            continue;
        }
        if known {
            cx.report(
                Diagnostic::new(
                    Code::DuplicateName,
                    name.span,
                    format!("variant `{}` is listed twice", name.name),
                )
                .here("listed again here")
                .help("keep one of them"),
            );
            continue;
        }
        inheriting = !parents.is_empty();
        for parent in &parents {
            check_parent(cx, parent, &out);
        }
        out.push((
            name.name.clone(),
            parents.into_iter().map(|p| p.name).collect(),
        ));
    }
    if out.is_empty() {
        cx.report(
            Diagnostic::new(
                Code::WrongShape,
                statement.span,
                "an enum needs at least one variant",
            )
            .here("no variants")
            .help("write `enum Role { viewer, editor }`"),
        );
    }
    out
}

/// The finding for what a variant does not have: it is a name, and perhaps others that it inherits.
fn unread(item: &Statement) -> Option<Diagnostic> {
    let inherits = matches!(item.parts.first(), Some(Part::Word(word)) if word.name == "inherits");
    let words = match inherits {
        true => Words::Read,
        false => Words::None,
    };
    shape::check(item, &Shape::of(words), || {
        "write a name, or `NAME inherits NAME, NAME`".to_owned()
    })
}

fn too_many(span: Span) -> Diagnostic {
    let message = format!("an enum has at most {MOST} variants");
    Diagnostic::new(Code::WrongShape, span, message)
        .here("one too many")
        .help("what is open-ended is a `string`; a `table` can say which ones there are")
}

fn inherited(item: &Statement) -> Vec<Ident> {
    let words = item.parts.iter().filter_map(|p| match p {
        Part::Word(w) => Some(w.clone()),
        Part::Methods(_) | Part::Path(_) | Part::Call { .. } | Part::Value(_) => None,
    });
    let words: Vec<Ident> = words.collect();
    match words.split_first() {
        Some((first, rest)) if first.name == "inherits" => rest.to_vec(),
        _ => Vec::new(),
    }
}

fn check_parent(cx: &mut Cx<'_, '_>, parent: &Ident, declared: &Direct) {
    if declared.iter().any(|(n, _)| *n == parent.name) {
        return;
    }
    let diagnostic = Diagnostic::new(
        Code::UnknownVariant,
        parent.span,
        format!("there is no variant `{}` before this one", parent.name),
    )
    .here("not declared above");
    let near = nearest(&parent.name, declared.iter().map(|(n, _)| n.as_str()));
    cx.report(match near {
        Some(near) => diagnostic.help(format!("did you mean `{near}`?")).fix(
            format!("write `{near}`"),
            parent.span,
            near,
        ),
        None => diagnostic.help("list a variant before those that inherit it"),
    });
}

/// Everything that a variant inherits, itself left out. Parents come first, so there is no circle.
fn closure(variant: &str, parents: &Parents<'_>) -> Vec<SmolStr> {
    let (mut out, mut seen) = (Vec::new(), HashSet::new());
    let mut todo: Vec<&str> = vec![variant];
    while let Some(name) = todo.pop() {
        for parent in parents.get(name).copied().unwrap_or_default() {
            if seen.insert(parent.as_str()) {
                out.push(parent.clone());
                todo.push(parent);
            }
        }
    }
    out
}
