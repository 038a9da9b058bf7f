//! `like`: what a backend takes over from another.

use super::{SPEC, retry};
use crate::cx::Cx;
use crate::fields::Fields;
use crate::resolve::{DeclId, Kind, header_span};
use crate::shape;
use crate::spec::BlockSpec;
use gw_syntax::{Code, Diagnostic, Part, Statement};

/// A backend's own fields and those of the backend that it is like, nearest first.
pub(super) type Layers<'s> = Vec<(usize, Fields<'s>)>;

/// Whether the declaration takes over another's settings.
pub(super) fn likes(cx: &Cx<'_, '_>, id: DeclId) -> bool {
    cx.program
        .decl(id)
        .is_some_and(|d| d.statement.parts.len() > 1)
}

/// The layers of a declaration; `seen` becomes the declarations that they are of.
pub(super) fn layers<'l>(cx: &mut Cx<'_, 'l>, id: DeclId, seen: &mut Vec<DeclId>) -> Layers<'l> {
    let Some(decl) = cx.program.decl(id) else {
        return Vec::new();
    };
    let (name, module, statement) = (decl.name.clone(), decl.module, decl.statement);
    let header = header_span(statement);
    let fields = Fields::read_partly(statement.block.as_deref(), header, &SPEC, cx.diagnostics);
    let mut out = vec![(module, fields)];
    seen.push(id);
    let parent = match statement.parts.as_slice() {
        [_, Part::Word(like), Part::Word(parent)] if like.name == "like" => parent.clone(),
        [_] => return out,
        _ => {
            cx.report(
                Diagnostic::new(
                    Code::WrongShape,
                    header,
                    format!("the header of backend `{}` is wrong", name.name),
                )
                .here("not `backend NAME` or `backend NAME like NAME`")
                .help(format!("write `{}`", SPEC.usage)),
            );
            return out;
        }
    };
    match cx.program.expect(module, &parent, Kind::Backend) {
        Ok(_) if seen.len() >= LONGEST_CHAIN => cx.report(
            Diagnostic::new(
                Code::NestingTooDeep,
                parent.span,
                format!("more than {LONGEST_CHAIN} backends are like each other in a row"),
            )
            .here("too far from the settings")
            .help("be like a backend that states its own settings"),
        ),
        // One finding a circle: that of its first declaration.
        Ok(next) if seen.contains(&next) && seen.iter().min() != seen.first() => {}
        Ok(next) if seen.contains(&next) => cx.report(
            Diagnostic::new(Code::RecursiveDeclaration, parent.span, circle(cx, seen))
                .here("leads back to where it began")
                .help("let one of them state its own settings"),
        ),
        Ok(next) => out.extend(layers(cx, next, seen)),
        Err(diagnostic) => cx.report(*diagnostic),
    }
    out
}

/// Most backends from one to the next by `like`.
const LONGEST_CHAIN: usize = 32;

/// `backends `a` and `b` are like each other`.
fn circle(cx: &Cx<'_, '_>, seen: &[DeclId]) -> String {
    let names: Vec<&str> = seen
        .iter()
        .filter_map(|id| cx.program.decl(*id).map(|d| d.name.name.as_str()))
        .collect();
    match names.as_slice() {
        [one] => format!("backend `{one}` is like itself"),
        all => format!("backends `{}` are like each other", all.join("`, `")),
    }
}

/// The nearest layer that sets a field, with its module.
pub(super) fn layered<'f, 's>(
    layers: &'f Layers<'s>,
    name: &str,
) -> Option<(usize, &'f Fields<'s>)> {
    layers
        .iter()
        .find(|(_, f)| f.expr(name).is_some())
        .map(|(m, f)| (*m, f))
}

/// The nested block of the nearest layer that has it, read against its description.
pub(super) fn nested<'s>(
    cx: &mut Cx<'_, '_>,
    layers: &Layers<'s>,
    spec: &BlockSpec,
) -> Option<(usize, Fields<'s>)> {
    let (module, statement): (usize, &'s Statement) = layers
        .iter()
        .find_map(|(m, f)| f.one(spec.keyword).map(|s| (*m, s)))?;
    // In a backend that is like another, an empty block brings back the defaults.
    let empty = statement
        .block
        .as_deref()
        .filter(|b| b.statements.is_empty());
    if let ([_], Some(block)) = (layers.as_slice(), empty)
        && spec.keyword != retry::SPEC.keyword
    {
        cx.report(shape::idle_block(statement, block, spec));
    }
    let fields = Fields::read(
        statement.block.as_deref(),
        statement.head.ident().span,
        spec,
        cx.diagnostics,
    );
    Some((module, fields))
}
