//! `let`: a name for an expression, typed anew where it is used.

use crate::cx::Cx;
use crate::env::names_in;
use crate::load::assigned;
use crate::resolve::{DeclId, Kind};
use crate::spec::{BlockSpec, Repeats};
use gw_syntax::{Code, Diagnostic, Ident};
use std::collections::HashSet;

/// `let`
pub(crate) const SPEC: BlockSpec = BlockSpec {
    keyword: "let",
    parents: &["file"],
    usage: "let NAME = EXPRESSION",
    doc: "Names an expression. It is checked where it is used, evaluated only when it is needed, and at most once per request.",
    example: "let same_org = jwt.org == path.org",
    fields: &[],
    repeats: Repeats::Often,
};

/// Whether a `let` leads back to itself.
pub(crate) fn is_recursive(cx: &Cx<'_, '_>, id: DeclId) -> bool {
    reaches(cx, id, id)
}

/// Whether the expression of `from` leads to `to`.
fn reaches(cx: &Cx<'_, '_>, from: DeclId, to: DeclId) -> bool {
    let mut seen = HashSet::new();
    let mut todo = references(cx, from);
    while let Some(next) = todo.pop() {
        if next == to {
            return true;
        }
        if seen.insert(next) {
            todo.extend(references(cx, next));
        }
    }
    false
}

/// A finding for a `let` that leads back to itself or has no expression.
pub(crate) fn check_circle(cx: &mut Cx<'_, '_>, id: DeclId) {
    let Some(decl) = cx.program.decl(id) else {
        return;
    };
    let (name, statement) = (decl.name.clone(), decl.statement);
    super::param::check_name(cx, &name);
    if assigned(statement).is_none() {
        cx.report(
            Diagnostic::new(
                Code::WrongShape,
                statement.span,
                format!("`let {}` has no expression", name.name),
            )
            .here("nothing after the name")
            .help(format!("write `let {} = …`", name.name)),
        );
    } else if is_recursive(cx, id) {
        report_circle(cx, id, &name);
    }
}

/// One finding a circle: at its first `let`, with the others as further places.
fn report_circle(cx: &mut Cx<'_, '_>, id: DeclId, name: &Ident) {
    let is_let = |i: &usize| {
        let decl = cx.program.decl(DeclId(*i));
        decl.is_some_and(|d| d.kind == Kind::Let)
    };
    let members = (0..cx.program.decls.len()).filter(is_let).map(DeclId);
    let circle: Vec<DeclId> = members
        .filter(|other| *other != id && reaches(cx, id, *other) && reaches(cx, *other, id))
        .collect();
    if circle.iter().any(|other| *other < id) {
        return;
    }
    let mut diagnostic = Diagnostic::new(
        Code::RecursiveDeclaration,
        name.span,
        format!("`{}` is defined by itself", name.name),
    )
    .here("leads back to itself")
    .help("the language has no recursion: write the expression out");
    for decl in circle.iter().filter_map(|other| cx.program.decl(*other)) {
        diagnostic = diagnostic.because(decl.name.span, "through this one");
    }
    cx.report(diagnostic);
}

fn references(cx: &Cx<'_, '_>, id: DeclId) -> Vec<DeclId> {
    let Some(decl) = cx.program.decl(id).filter(|d| d.kind == Kind::Let) else {
        return Vec::new();
    };
    let names = assigned(decl.statement).map(names_in).unwrap_or_default();
    names
        .iter()
        .filter_map(|n| cx.program.peek(decl.module, n))
        .collect()
}
