//! `to`, `respond` and `redirect`: what a route does in the end.

mod forward;
pub(crate) mod location;
mod redirect;
mod respond;
mod split;

pub(crate) use forward::{TO, path_of};
pub(crate) use redirect::REDIRECT;
pub(crate) use respond::{HEADER, RESPOND, headers};
pub(crate) use split::{SPLIT, constant_key};

use super::transform::bad_status;
use crate::cx::Cx;
use crate::env::Place;
use gw_expr::{OwnedValue, Type};
use gw_graph::{Action, Edit, Segment};
use gw_syntax::{Code, Diagnostic, Expr, Ident, Statement};

/// Reads an action of a route with that path; edits that belong to it are added to the request's.
pub(crate) fn lower(
    cx: &mut Cx<'_, '_>,
    statement: &Statement,
    (place, path): (&Place, &[Segment]),
    edits: &mut Vec<Edit>,
) -> Option<Action> {
    match statement.head.ident().name.as_str() {
        "to" => forward::lower(cx, statement, place, edits).map(Action::Forward),
        "respond" => respond::lower(cx, statement, place).map(|r| Action::Respond(Box::new(r))),
        _ => redirect::lower(cx, statement, place, path),
    }
}

/// The status that an expression is, if it is in that range.
fn status_of(
    cx: &mut Cx<'_, '_>,
    module: usize,
    expr: &Expr,
    range: std::ops::RangeInclusive<i64>,
) -> Option<u16> {
    match cx.constant(module, expr, &Type::Int)? {
        OwnedValue::Int(n) if range.contains(&n) => u16::try_from(n).ok(),
        _ => {
            cx.report(bad_status(expr));
            None
        }
    }
}

/// The finding for a route without an action.
pub(crate) fn no_action(name: &Ident) -> Diagnostic {
    Diagnostic::new(
        Code::NoAction,
        name.span,
        format!("route `{}` does nothing", name.name),
    )
    .here("no `to`, `respond` or `redirect`")
    .help("add `to BACKEND`, `respond 200 \"…\"` or `redirect \"…\"`")
}
