//! `table`: records by key, from a file of JSON lines.

use crate::cx::Cx;
use crate::fields::Fields;
use crate::resolve::{DeclId, header_span};
use crate::shape;
use crate::spec::{BlockSpec, FieldSpec, Repeats, Shape, Words};
use gw_expr::Type;
use gw_graph::{Table, TableId};
use gw_syntax::{Code, Diagnostic, Expr, ExprKind, Ident, TypeExpr, TypeKind};

/// `table`
pub(crate) const SPEC: BlockSpec = BlockSpec {
    keyword: "table",
    parents: &["file"],
    usage: "table NAME: map<hash | string, SCHEMA> { source = file(\"PATH\") }",
    shape: Shape::of(Words::Name).typed().block(),
    doc: "Records by key, one JSON object a line. With `hash` the field `hash` holds the SHA-256 of a secret key as hex; with `string` the field `key` holds the key itself. The other fields are the record. A line has at most 64 KiB.",
    example: "table keys: map<hash, KeyMeta> { source = file(\"./keys.ndjson\"), reload = watch }",
    fields: &[
        FieldSpec::required(
            "source",
            "file(\"PATH\")",
            "the file, relative to the policy",
        ),
        FieldSpec::optional(
            "reload",
            "watch | never",
            "whether changes of the file are taken over while running",
        )
        .default("watch"),
    ],
    repeats: Repeats::Often,
};

/// The type of a table's records; JSON where the declaration is wrong.
pub(crate) fn value_type(cx: &mut Cx<'_, '_>, id: DeclId) -> Type {
    let value = match lower(cx, id) {
        Some(table) => cx.graph.tables.get(table.index()).map(|t| t.value.clone()),
        None => None,
    };
    value.unwrap_or(Type::Error)
}

/// The table of a declaration.
pub(crate) fn lower(cx: &mut Cx<'_, '_>, id: DeclId) -> Option<TableId> {
    if let Some(done) = cx.lowered.get(&id) {
        return done.map(TableId);
    }
    cx.lowered.insert(id, None);
    let decl = cx.program.decl(id)?;
    let (name, module, statement) = (decl.name.clone(), decl.module, decl.statement);
    let header = header_span(statement);
    let fields = Fields::read(statement.block.as_deref(), header, &SPEC, cx.diagnostics);
    let (hashed, value) = match statement.named_type() {
        Some((map, args)) if map.name == "map" => entry_types(cx, module, map, args)?,
        _ => {
            cx.report(
                Diagnostic::new(
                    Code::WrongShape,
                    header,
                    format!("table `{}` has no type", name.name),
                )
                .here("the type is missing")
                .help(format!(
                    "write `table {}: map<string, SCHEMA> {{ … }}`",
                    name.name
                )),
            );
            return None;
        }
    };
    let source = file_of(cx, module, &fields, "source")?;
    let watch = cx
        .word(&fields, "reload", &[("watch", true), ("never", false)])
        .unwrap_or(true);
    let origin = cx.origin(name.span);
    let table = TableId::from_index(cx.graph.tables.len());
    cx.graph.tables.push(Table {
        name: name.name,
        source,
        hashed,
        value,
        watch,
        origin,
    });
    cx.lowered.insert(id, Some(table.0));
    Some(table)
}

fn entry_types(
    cx: &mut Cx<'_, '_>,
    module: usize,
    map: &Ident,
    args: &[TypeExpr],
) -> Option<(bool, Type)> {
    let [key, value] = args else {
        cx.report(
            Diagnostic::new(Code::UnknownType, map.span, "`map` needs its two types")
                .here("incomplete type")
                .help("write `map<hash, SCHEMA>` or `map<string, SCHEMA>`"),
        );
        return None;
    };
    let hashed = match &key.kind {
        TypeKind::Named(word, _) if word.name == "hash" => true,
        TypeKind::Named(word, _) if word.name == "string" => false,
        TypeKind::Named(..) | TypeKind::Record(_) => {
            cx.report(
                Diagnostic::new(
                    Code::UnknownType,
                    key.span,
                    "a table's key is `hash` or `string`",
                )
                .here("not a key type")
                .help("use `hash` for secret keys, `string` for anything public"),
            );
            return None;
        }
    };
    Some((hashed, super::schema::resolve(cx, module, value)?))
}

/// The path of a `file("…")` field; a plain text will do.
pub(crate) fn file_of(
    cx: &mut Cx<'_, '_>,
    module: usize,
    fields: &Fields<'_>,
    name: &str,
) -> Option<String> {
    let expr = fields.expr(name)?;
    path_of(cx, module, expr)
}

/// The path of `file("…")` or a plain text, relative to the entry file's folder.
pub(crate) fn path_of(cx: &mut Cx<'_, '_>, module: usize, expr: &Expr) -> Option<String> {
    let text = match &expr.kind {
        ExprKind::Call {
            name: word, args, ..
        } if word.name == "file" => match args.first() {
            Some(path) => {
                cx.diagnostics.extend(shape::arguments("file", args, 1));
                cx.text_of(module, path)
            }
            None => {
                cx.report(
                    Diagnostic::new(Code::WrongArguments, expr.span, "`file` names no path")
                        .here("a path is missing")
                        .help("write `file(\"PATH\")`"),
                );
                None
            }
        },
        _ => cx.text_of(module, expr),
    }?;
    Some(cx.path_from(module, &text))
}
