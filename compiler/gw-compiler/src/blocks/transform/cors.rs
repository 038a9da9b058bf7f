//! Whether any site may read the answers of a route with the cookies of its visitors (Fetch
//! standard, CORS protocol and credentials; CWE-942). Looks at all that a route writes into its
//! responses, wherever it is written.

use crate::cx::Cx;
use gw_expr::{FactStep, Ir};
use gw_graph::{Edit, Text};
use gw_syntax::{Code, Diagnostic, Span};

const ORIGIN: &str = "access-control-allow-origin";
const CREDENTIALS: &str = "access-control-allow-credentials";

/// What stands in the two headers after the edits so far.
#[derive(Default)]
struct Written {
    /// Who may read, where that is anybody.
    origin: Option<(Span, Open)>,
    /// Where cookies are let in.
    credentials: Option<Span>,
}

/// How an origin lets anybody in.
#[derive(Clone, Copy)]
enum Open {
    /// `*`.
    Any,
    /// Whatever the client sent.
    Echoed,
}

/// Looks at the edits of a route's responses, in their order, each with its statement.
pub(crate) fn check<'e>(cx: &mut Cx<'_, '_>, edits: impl Iterator<Item = (Span, &'e Edit)>) {
    let mut written = Written::default();
    for (span, edit) in edits {
        written.note(cx, span, edit);
    }
    let (Some((place, open)), Some(with)) = (written.origin, written.credentials) else {
        return;
    };
    if cx.open_origins.insert(place) {
        cx.report(finding(open, place, with));
    } else {
        // Another route has the finding, as long as it is there.
        cx.doubt_recording();
    }
}

impl Written {
    fn note(&mut self, cx: &Cx<'_, '_>, span: Span, edit: &Edit) {
        match edit {
            Edit::SetHeader(name, value) | Edit::AddHeader(name, value) => {
                if name == ORIGIN {
                    self.origin = open(cx, value).map(|open| (span, open));
                } else if name == CREDENTIALS {
                    let lets_in = *value == Text::Constant("true".into());
                    self.credentials = lets_in.then_some(span);
                }
            }
            Edit::RemoveHeader(pattern) => {
                self.forget(|name| pattern.matches(name));
            }
            Edit::RenameHeader(from, to) => self.forget(|name| name == from || name == to),
            Edit::SetPath(_)
            | Edit::ReplacePrefix(..)
            | Edit::SetQuery(..)
            | Edit::RemoveQuery(_)
            | Edit::SetStatus(_) => {}
        }
    }

    fn forget(&mut self, is_gone: impl Fn(&str) -> bool) {
        if is_gone(ORIGIN) {
            self.origin = None;
        }
        if is_gone(CREDENTIALS) {
            self.credentials = None;
        }
    }
}

fn open(cx: &Cx<'_, '_>, value: &Text) -> Option<Open> {
    match value {
        Text::Constant(any) if any == "*" => Some(Open::Any),
        Text::Expr(id) => {
            let echoes = cx
                .graph
                .exprs
                .get(id.index())
                .is_some_and(|ir| is_origin(cx, ir));
            echoes.then_some(Open::Echoed)
        }
        Text::Constant(_) | Text::Template(_) | Text::Secret(_) => None,
    }
}

/// Whether an expression is the `Origin` that the client sent, whatever it is.
fn is_origin(cx: &Cx<'_, '_>, ir: &Ir) -> bool {
    if let Ir::Coalesce(sides) = ir {
        let [left, _] = sides.as_ref();
        return is_origin(cx, left);
    }
    let Ir::Fact(fact) = ir else {
        return false;
    };
    cx.graph.facts.path(*fact).is_some_and(|path| {
        path.dotted() == "request.headers"
            && matches!(path.steps.get(1), Some(FactStep::Key(key)) if key == "origin")
    })
}

fn finding(open: Open, place: Span, with: Span) -> Diagnostic {
    let (message, here, help) = match open {
        Open::Any => (
            "browsers refuse `*` together with credentials",
            "any origin",
            "name the origin, as `\"https://app.example\"`, or remove the credentials",
        ),
        Open::Echoed => (
            "every site may read these answers in the name of its visitors",
            "repeats whatever origin asks",
            "name the origin that may, as `\"https://app.example\"`",
        ),
    };
    Diagnostic::new(Code::OpenCors, place, message)
        .here(here)
        .because(with, "with credentials")
        .help(help)
}
