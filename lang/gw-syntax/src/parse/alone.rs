//! Parses one statement by itself, which gives what the whole text would give there as long as the
//! statement ends in its block: a parsing expression grammar looks at nothing but what follows.

use super::build::Builder;
use super::item::{SHALLOW, try_item};
use super::scan::{self, Dialect};
use crate::{FileId, Span, Statement};
use std::ops::Range;

/// A statement that was parsed by itself, without its comments.
pub(super) struct Alone {
    pub(super) statement: Statement,
    /// How many comments stand in it.
    pub(super) comments: usize,
}

/// The one statement that a range of a source is, `depth` blocks deep; `None` where it has a finding
/// or does not end in its block.
pub(super) fn alone(
    file: FileId,
    source: &str,
    range: Range<usize>,
    depth: usize,
) -> Option<Alone> {
    let text = source.get(range.clone())?;
    let scan = scan::scan(file, text, Dialect::Policy);
    let [item] = scan.items.as_slice() else {
        return None;
    };
    let whole = item.sound && item.start == 0 && item.end == text.len();
    if !whole || !scan.diagnostics.is_empty() || item.nesting + depth > SHALLOW {
        return None;
    }
    let mut builder = Builder::new(file, range.start).with_source(source, &[]);
    let mut statements = try_item(&scan.text, &mut builder).ok()?;
    let statement = statements.pop()?;
    let span = Span::new(file, range.start, range.end);
    let one = statements.is_empty() && statement.span == span && builder.diagnostics.is_empty();
    let ends_in_block = |s: &Statement| s.block.as_ref().is_some_and(|b| b.span.end == span.end);
    (one && ends_in_block(&statement)).then_some(Alone {
        statement,
        comments: scan.comments.len(),
    })
}
