//! Findings about paths that are changed, and then set as if they had not been.

use crate::cx::Cx;
use gw_graph::Edit;
use gw_syntax::{Code, Diagnostic, Span};

/// Looks at the changes of requests that one scope makes, each with its statement, in their order;
/// `sent_to` is the path of `to`, which comes last. What a service says and a route says otherwise is
/// no mistake.
pub(crate) fn check_paths(cx: &mut Cx<'_, '_>, edits: &[(Span, Edit)], sent_to: Option<Span>) {
    let mut set = sent_to;
    for (span, edit) in edits.iter().rev() {
        match (edit, set) {
            (Edit::SetPath(_) | Edit::ReplacePrefix(..), Some(later)) => {
                cx.report(overwritten(*span, later));
            }
            (Edit::SetPath(_), None) => set = Some(*span),
            (Edit::ReplacePrefix(..), None)
            | (
                Edit::SetHeader(..)
                | Edit::AddHeader(..)
                | Edit::RemoveHeader(_)
                | Edit::RenameHeader(..)
                | Edit::SetQuery(..)
                | Edit::RemoveQuery(_)
                | Edit::SetStatus(_),
                _,
            ) => {}
        }
    }
}

fn overwritten(span: Span, later: Span) -> Diagnostic {
    Diagnostic::new(
        Code::IdlePath,
        span,
        "this change of the path has no effect",
    )
    .here("replaced before the request is sent")
    .because(later, "the whole path is set here")
    .help("keep the one that you mean: of several, the last holds")
}
