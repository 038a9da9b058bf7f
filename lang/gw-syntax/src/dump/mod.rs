//! The tree as compact s-expressions without places: two sources with the same dump mean the
//! same. For tests and for tools that show the tree. Must not know what a name means.

mod expr;

use crate::{
    Arg, Block, Clause, File, Head, Ident, Part, RecordField, Statement, StatementValue, TypeExpr,
    TypeKind,
};
pub use expr::dump_expr;

/// The dump of a file: one line per statement, blocks indented.
pub fn dump(file: &File) -> String {
    let mut out = String::new();
    if let Some((number, _)) = file.edition {
        out.push_str(&format!("(gw {number})\n"));
    }
    file.items
        .iter()
        .for_each(|item| statement(item, 0, &mut out));
    out
}

fn statement(statement: &Statement, indent: usize, out: &mut String) {
    out.push_str(&"  ".repeat(indent));
    out.push('(');
    out.push_str(&head(&statement.head));
    if statement.optional {
        out.push('?');
    }
    for part in &statement.parts {
        out.push(' ');
        out.push_str(&part_text(part));
    }
    if let Some(value) = &statement.value {
        out.push_str(&value_text(value));
    }
    out.push_str(&clauses(&statement.clauses));
    match &statement.block {
        Some(body) => block(body, indent, out),
        None => out.push_str(")\n"),
    }
}

fn block(block: &Block, indent: usize, out: &mut String) {
    out.push_str(" {");
    if block.statements.is_empty() {
        out.push_str("})\n");
        return;
    }
    out.push('\n');
    block
        .statements
        .iter()
        .for_each(|s| statement(s, indent + 1, out));
    out.push_str(&"  ".repeat(indent));
    out.push_str("})\n");
}

fn head(head: &Head) -> String {
    match head {
        Head::Name(ident) => ident.name.to_string(),
        Head::Text(ident) => format!("{:?}", ident.name),
    }
}

fn part_text(part: &Part) -> String {
    match part {
        Part::Word(ident) => ident.name.to_string(),
        Part::Methods(list) => list
            .iter()
            .map(|m| m.name.as_str())
            .collect::<Vec<_>>()
            .join("|"),
        Part::Path(path) => format!("<{}>", path.text),
        Part::Call(call) => {
            let args: Vec<String> = call.args.iter().map(arg).collect();
            format!("{}({})", call.name.name, args.join(", "))
        }
        Part::Value(expr) => dump_expr(expr),
    }
}

fn arg(arg: &Arg) -> String {
    let name = arg.name.as_ref().map_or("", |n| n.name.as_str());
    format!("{name}{}", value_text(&arg.value))
}

fn value_text(value: &StatementValue) -> String {
    match value {
        StatementValue::Expr(expr) => format!(" = {}", dump_expr(expr)),
        StatementValue::Type(ty) => format!(" : {}", type_text(ty)),
        StatementValue::Annotation(expr) => format!(" :: {}", dump_expr(expr)),
        StatementValue::TypedExpr(ty, expr) => {
            format!(" : {} = {}", type_text(ty), dump_expr(expr))
        }
    }
}

/// Clauses as ` @word expr`.
pub(super) fn clauses(clauses: &[Clause]) -> String {
    clauses
        .iter()
        .map(|c| format!(" @{} {}", c.word.name, dump_expr(&c.expr)))
        .collect()
}

fn type_text(ty: &TypeExpr) -> String {
    let mut text = match &ty.kind {
        TypeKind::Named(name, args) => named_type(name, args),
        TypeKind::Record(fields) => {
            let fields: Vec<String> = fields.iter().map(record_field).collect();
            format!("{{{}}}", fields.join(", "))
        }
    };
    if ty.optional {
        text.push('?');
    }
    for refinement in &ty.refinements {
        text.push_str(&format!(
            " {} {}",
            refinement.word.name,
            dump_expr(&refinement.value)
        ));
    }
    text
}

fn named_type(name: &Ident, args: &[TypeExpr]) -> String {
    if args.is_empty() {
        return name.name.to_string();
    }
    let args: Vec<String> = args.iter().map(type_text).collect();
    format!("{}<{}>", name.name, args.join(", "))
}

fn record_field(field: &RecordField) -> String {
    let mark = if field.optional { "?" } else { "" };
    format!("{}{mark}: {}", field.name.name, type_text(&field.ty))
}
