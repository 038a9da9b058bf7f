//! The canonical form of a file: no options, one blank line at most, comments kept, lines of at
//! most 100 columns where that is possible. Formatting twice changes nothing, and the tree means
//! the same. Must not know what a block means.

mod doc;
mod expr;
mod statement;
mod types;

use crate::parse::{comments, parse_with_comments};
use crate::{Comment, Diagnostic, File, FileId, Severity, Span};
use doc::{Doc, Page};

/// The canonical form of a file.
///
/// # Errors
/// The findings of the parser, if there is an error among them: a text that does not parse is
/// left alone.
pub fn format(text: &str) -> Result<String, Vec<Diagnostic>> {
    let (file, comments, diagnostics) = parse_with_comments(FileId(0), text);
    if diagnostics.iter().any(|d| d.severity == Severity::Error) {
        return Err(diagnostics);
    }
    Ok(page(text, &comments, &file))
}

/// The canonical form of a file whose tree is there already, and has no finding that is an error.
pub fn format_tree(text: &str, file: &File) -> String {
    page(text, &comments(text), file)
}

fn page(source: &str, comments: &[Comment], file: &File) -> String {
    let mut page = Page::default();
    Printer { source, comments }.file(file, &mut page);
    let mut out = page.finish();
    // Only indentation can stand at the end of a line here: that of empty lines.
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

/// Makes documents from trees.
struct Printer<'a> {
    source: &'a str,
    /// Every comment of the source, in order.
    comments: &'a [Comment],
}

impl<'a> Printer<'a> {
    /// The source under a range.
    fn raw(&self, span: Span) -> &'a str {
        self.source
            .get(span.start as usize..span.end as usize)
            .unwrap_or("")
    }

    /// Whether a comment stands inside a range.
    fn has_comment(&self, start: u32, end: u32) -> bool {
        let next = self.comments.partition_point(|c| c.span.start < start);
        self.comments.get(next).is_some_and(|c| c.span.start < end)
    }
}

/// Joins documents by a separator.
fn join<'t>(docs: impl IntoIterator<Item = Doc<'t>>, separator: &[Doc<'t>]) -> Vec<Doc<'t>> {
    let mut out = Vec::new();
    for doc in docs {
        if !out.is_empty() {
            out.extend_from_slice(separator);
        }
        out.push(doc);
    }
    out
}

/// `open item, item close`: on one line, or an item on each line with a comma behind it.
fn enclosed<'t>(
    open: &'static str,
    items: Vec<Doc<'t>>,
    close: &'static str,
    inner: Doc<'t>,
) -> Doc<'t> {
    if items.is_empty() {
        return Doc::text(format!("{open}{close}"));
    }
    let mut body = vec![inner.clone()];
    body.extend(join(items, &[Doc::text(","), Doc::Line]));
    body.push(Doc::IfBroken(","));
    Doc::Group(vec![
        Doc::text(open),
        Doc::Indent(body),
        inner,
        Doc::text(close),
    ])
}
