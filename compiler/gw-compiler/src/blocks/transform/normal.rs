//! Paths that are written in changes of requests: in the form that the paths of requests have, since
//! they are sent as they are.

use super::Writer;
use crate::cx::Cx;
use gw_graph::{PathError, Text, normalize_path};
use gw_syntax::{Code, Diagnostic, Expr, Span};

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
                let rooted = sample.starts_with(VALUE).then_some("/").unwrap_or_default();
                normal(cx, &format!("{rooted}{sample}"), expr.span)?;
                Some(Text::Template(parts))
            }
            text @ (Text::Expr(_) | Text::Secret(_)) => Some(text),
        }
    }

    /// What a path begins with before it is replaced.
    pub(super) fn prefix(&self, cx: &mut Cx<'_, '_>, expr: &Expr) -> Option<String> {
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

fn normal(cx: &mut Cx<'_, '_>, text: &str, span: Span) -> Option<String> {
    let problem = match normalize_path(text) {
        Ok(path) => return Some(path.into_owned()),
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
