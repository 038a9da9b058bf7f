//! Paths in changes of requests. What is written is in the form that the paths of requests have, since
//! it is sent as it is, and what is set is not set again.

use super::Writer;
use crate::cx::Cx;
use gw_graph::{Edit, PathError, Text, normalize_path};
use gw_syntax::{Code, Diagnostic, Expr, Span};
use smol_str::SmolStr;

impl Writer<'_> {
    /// A path, or what one begins with, in normal form (RFC 3986 section 6.2.2).
    pub(crate) fn path(&self, cx: &mut Cx<'_, '_>, expr: &Expr) -> Option<Text> {
        match self.template(cx, expr)? {
            Text::Constant(text) => {
                // An empty one puts what follows at the root.
                normal(cx, &text, expr.span).map(Text::Constant)
            }
            Text::Template(parts) => {
                let sample: String = parts.iter().map(sample).collect();
                // What begins with a value may begin with a slash.
                let rooted = sample
                    .strip_prefix(VALUE)
                    .map(|rest| format!("/{VALUE}{rest}"));
                normal(cx, &rooted.unwrap_or(sample), expr.span)?;
                Some(Text::Template(parts))
            }
            text @ (Text::Expr(_) | Text::Secret(_)) => Some(text),
        }
    }

    /// What a path begins with before it is replaced.
    pub(super) fn prefix(&self, cx: &mut Cx<'_, '_>, expr: &Expr) -> Option<SmolStr> {
        let text = cx.text_of(self.module, expr)?;
        normal(cx, &text, expr.span)
    }
}

/// Stands for a value of which nothing is known.
const VALUE: &str = "x";

fn sample(part: &Text) -> &str {
    match part {
        Text::Constant(text) => text,
        Text::Expr(_) | Text::Template(_) | Text::Secret(_) => VALUE,
    }
}

fn normal(cx: &mut Cx<'_, '_>, text: &str, span: Span) -> Option<SmolStr> {
    let problem = match normalize_path(text) {
        Ok(path) => return Some(path.into()),
        Err(problem) => problem,
    };
    let found = Diagnostic::new(Code::BadPath, span, "no request has such a path")
        .here(problem.to_string());
    cx.report(match problem {
        PathError::Relative => found.help(format!("begin it with a slash: `/{text}`")),
        PathError::BadEscape => found.help("a percent sign itself is written `%25`"),
        PathError::Slash | PathError::DoubleSlash => {
            found.help("write one plain slash between two segments")
        }
        PathError::DotSegment => found.help("write the path that is meant, without `.` and `..`"),
        PathError::Control => found.help("leave the control character out"),
        PathError::Unencoded if text.contains('?') => {
            found.help("queries have changes of their own: `set query \"NAME\" = VALUE`")
        }
        PathError::Unencoded => {
            found.help("percent-encode it (RFC 3986 section 2.1): a blank is `%20`")
        }
    });
    None
}

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
