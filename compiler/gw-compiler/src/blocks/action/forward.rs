//! `to`: a backend, or several that share the requests (`split.rs`).

use super::split;
use crate::blocks::transform::Writer;
use crate::cx::Cx;
use crate::env::Place;
use crate::fields::Fields;
use crate::load::assigned;
use crate::resolve::Kind;
use crate::spec::{BlockSpec, FieldSpec, Repeats, Shape, Words};
use gw_expr::Phase;
use gw_graph::{BackendId, Edit, Few, Forward, Share};
use gw_syntax::{Code, Diagnostic, Ident, Part, Span, Statement};

/// `to`
pub(crate) const TO: BlockSpec = BlockSpec {
    keyword: "to",
    parents: &["route"],
    usage: "to BACKEND [{ path = \"/TEMPLATE\" }] | to split { BACKEND N%, BACKEND N%, sticky by EXPRESSION }",
    shape: Shape::of(Words::Some)
        .any_value()
        .maybe_block()
        .idle_if_empty(),
    doc: "Sends the request to a backend, or divides requests among several by weight. `sticky by` keeps equal values on the same backend.",
    example: "to split { orders 95%, orders_next 5%, sticky by jwt.sub }",
    fields: &[FieldSpec::optional(
        "path",
        "template",
        "the path that the backend sees, as `\"/p/{path.id}\"`",
    )],
    // A second one is GW0308, which says more than that a field is set twice.
    repeats: Repeats::Often,
};

/// Reads `to`; edits that belong to it are added to the request's.
pub(super) fn lower(
    cx: &mut Cx<'_, '_>,
    statement: &Statement,
    place: &Place,
    edits: &mut Vec<Edit>,
) -> Option<Forward> {
    match statement.parts.as_slice() {
        [Part::Word(word)] if word.name == "split" => split::lower(cx, statement, place),
        [Part::Word(_)] if statement.value.is_some() => {
            cx.report(no_address(statement));
            None
        }
        [Part::Value(expr)] if let Some(text) = expr.as_text() => {
            let named = cx.program.peek(place.module, text);
            let named = named.and_then(|id| cx.program.decl(id));
            cx.report(match named.is_some_and(|d| d.kind == Kind::Backend) {
                true => Diagnostic::new(
                    Code::WrongShape,
                    expr.span,
                    format!("the name `{text}` is written without quotes"),
                )
                .here("a text, where a name is read")
                .help(format!("write `to {text}`"))
                .fix("remove the quotes", expr.span, text),
                false => no_address(statement),
            });
            None
        }
        [Part::Word(name)] => {
            let header = statement.head.ident().span;
            let fields = Fields::read(statement.block.as_deref(), header, &TO, cx.diagnostics);
            if let Some(path) = fields.expr("path") {
                let env = cx.env(&place.at(Phase::Request));
                let writer = Writer {
                    module: place.module,
                    env: &env,
                    response: false,
                };
                edits.push(Edit::SetPath(writer.path(cx, path)?));
            }
            let backend = backend(cx, place.module, name)?;
            Some(Forward {
                split: Few::from([Share {
                    backend,
                    weight: 10_000,
                }]),
                sticky: None,
            })
        }
        _ => {
            let diagnostic =
                Diagnostic::new(Code::WrongShape, statement.span, "`to` names a backend");
            cx.report(if statement.value.is_some() {
                diagnostic
                    .here("its name follows without `:` or `=`")
                    .help("write `to NAME`")
                    .maybe_fix(crate::blocks::access::without_sign(statement))
            } else {
                diagnostic
                    .here("not the name of a backend")
                    .help(format!("write `{}`", TO.usage))
            });
            None
        }
    }
}

/// Where `to` sets the path that the backend sees.
pub(crate) fn path_of(statement: &Statement) -> Option<Span> {
    let block = statement.block.as_deref();
    let is_to = statement.head.ident().name == TO.keyword;
    let inner = block.filter(|_| is_to)?.statements.iter();
    let mut set = inner.filter(|s| s.head.ident().name == "path" && assigned(s).is_some());
    set.next().map(|s| s.span)
}

fn no_address(statement: &Statement) -> Diagnostic {
    let message = "`to` names a backend, and no address";
    Diagnostic::new(Code::WrongShape, statement.span, message)
        .here("not the name of a backend")
        .help("declare `backend api { target = \"http://10.0.0.1:8080\" }`, and write `to api`")
}

/// The backend of a name.
pub(super) fn backend(cx: &mut Cx<'_, '_>, module: usize, name: &Ident) -> Option<BackendId> {
    match cx.program.expect(module, name, Kind::Backend) {
        Ok(id) => crate::blocks::backend::lower(cx, id),
        Err(diagnostic) => {
            cx.report(*diagnostic);
            None
        }
    }
}
