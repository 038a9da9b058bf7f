//! `redirect`: another place that the client is sent to.

use super::{location, status_of};
use crate::blocks::transform::{Writer, plain};
use crate::cx::Cx;
use crate::env::Place;
use crate::spec::{BlockSpec, Repeats, Shape, Words};
use gw_expr::Phase;
use gw_graph::{Action, Segment};
use gw_syntax::{Code, Diagnostic, Part, Statement};

/// `redirect`
pub(crate) const REDIRECT: BlockSpec = BlockSpec {
    keyword: "redirect",
    parents: &["route"],
    usage: "redirect [301 | 302 | 303 | 307 | 308] \"TEMPLATE\"",
    shape: Shape::of(Words::Some),
    doc: "Sends the client elsewhere; 302 unless a status is written.",
    example: "redirect 308 \"https://new.example/{path.rest}\"",
    fields: &[],
    repeats: Repeats::Often,
};

/// Reads `redirect` of a route with that path.
pub(super) fn lower(
    cx: &mut Cx<'_, '_>,
    statement: &Statement,
    place: &Place,
    path: &[Segment],
) -> Option<Action> {
    let (status, location) = match statement.parts.as_slice() {
        [Part::Value(location)] => (302, location),
        [Part::Value(status), Part::Value(location)] => {
            let code = status_of(cx, place.module, status, 300..=308)?;
            if !matches!(code, 301 | 302 | 303 | 307 | 308) {
                cx.report(
                    Diagnostic::new(
                        Code::BadStatus,
                        status.span,
                        format!("{code} is not a redirection to a location"),
                    )
                    .here("not a redirect status")
                    .help("write 301, 302, 303, 307 or 308"),
                );
                return None;
            }
            (code, location)
        }
        _ => {
            cx.report(
                Diagnostic::new(
                    Code::WrongShape,
                    statement.span,
                    "this `redirect` has no target",
                )
                .here("where to?")
                .help(format!("write `{}`", REDIRECT.usage)),
            );
            return None;
        }
    };
    let env = cx.env(&place.at(Phase::Request));
    let writer = Writer {
        module: place.module,
        env: &env,
        response: true,
    };
    let text = writer.template(cx, location)?;
    plain::check_line_breaks(cx, &text, location.span);
    location::check(cx, &text, location.span, path);
    Some(Action::Redirect {
        status,
        location: Box::new(text),
    })
}
