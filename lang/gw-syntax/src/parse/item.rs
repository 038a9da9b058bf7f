//! Items of a file, one pest run each: an error costs a statement or at most its item.

use super::build::Builder;
use super::grammar::{Grammar, Rule};
use super::scan::{Item, MAX_FINDINGS, Scan};
use super::sparse::Unread;
use super::{direct, edition, message, recover};
use crate::{Comment, Diagnostic, File, FileId, Statement};
use pest::Parser;
use pest::iterators::Pairs;

/// Errors looked for in one item before the rest of it is given up.
const MAX_ERRORS_PER_ITEM: usize = 20;

/// Stack for one pest run over the deepest nesting that the scanner lets through.
const DEEP_STACK_BYTES: usize = 16 << 20;

/// Texts nested no deeper than this are parsed on the caller's stack: a level takes up to 17 KB
/// of it, measured without optimisation.
pub(super) const SHALLOW: usize = 30;

/// The boxed error of the generated parser.
pub(super) type GrammarError = Box<pest::error::Error<Rule>>;

/// What a tree is built from besides the scanned text.
#[derive(Clone, Copy)]
pub(super) struct Input<'i> {
    pub(super) source: &'i str,
    /// All comments of the source, in order.
    pub(super) comments: &'i [Comment],
    pub(super) unread: Option<Unread>,
}

/// Builds the tree of a scanned file.
pub(super) fn build_file(id: FileId, scan: Scan, input: Input<'_>) -> (File, Vec<Diagnostic>) {
    let Scan {
        text: mut masked,
        items,
        mut diagnostics,
        ..
    } = scan;
    let mut file = File {
        id,
        // An item is one statement, unless its braces do not fit.
        items: Vec::with_capacity(items.len()),
        ..File::default()
    };
    let mut next_comment = 0;
    for item in items.iter().filter(|i| i.sound) {
        if diagnostics.len() >= MAX_FINDINGS {
            break;
        }
        let mut builder = Builder::new(id, item.start).with_source(input.source, input.comments);
        builder.next_comment = next_comment;
        builder.unread = input.unread;
        file.items
            .extend(build_item(&mut masked, *item, &mut builder));
        next_comment = builder.next_comment;
        diagnostics.append(&mut builder.diagnostics);
    }
    let comments = input.comments;
    file.tail = comments.get(next_comment..).unwrap_or_default().to_vec();
    edition::take(&mut file, &mut diagnostics);
    (file, diagnostics)
}

/// Builds the statements of an item. Each bad statement gives a finding and is blanked, until the
/// rest of the item parses.
fn build_item(masked: &mut String, item: Item, builder: &mut Builder<'_>) -> Vec<Statement> {
    for _ in 0..MAX_ERRORS_PER_ITEM {
        let text = masked.get(item.start..item.end).unwrap_or_default();
        let error = match with_stack(item.nesting, || try_item(text, builder)) {
            Ok(statements) => return statements,
            Err(error) => error,
        };
        let bad = recover::bad_statement(text, message::position(&error, text));
        let finding = message::explain(&error, text, builder);
        builder.report(finding);
        if !recover::blank_out(masked, item.start + bad.start..item.start + bad.end) {
            break;
        }
    }
    Vec::new()
}

/// The statements of an item that has no errors.
pub(super) fn try_item(
    text: &str,
    builder: &mut Builder<'_>,
) -> Result<Vec<Statement>, GrammarError> {
    match direct::items(text, builder) {
        Some(statements) => Ok(statements),
        None => item_by_grammar(text, builder),
    }
}

/// The statements of an item as the grammar reads them.
pub(super) fn item_by_grammar(
    text: &str,
    builder: &mut Builder<'_>,
) -> Result<Vec<Statement>, GrammarError> {
    let pairs = pest_parse(Rule::items, text)?;
    let inner = pairs.into_iter().next().map(|p| p.into_inner());
    let statements = inner
        .into_iter()
        .flatten()
        .filter(|p| p.as_rule() == Rule::statement);
    Ok(statements.map(|pair| builder.statement(pair)).collect())
}

/// Runs the grammar.
pub(super) fn pest_parse(rule: Rule, text: &str) -> Result<Pairs<'_, Rule>, GrammarError> {
    Grammar::parse(rule, text).map_err(Box::new)
}

/// Runs `work`, which recurses with the `nesting` of its text, on a stack that is large enough.
pub(super) fn with_stack<T>(nesting: usize, work: impl FnOnce() -> T) -> T {
    if nesting <= SHALLOW {
        return work();
    }
    stacker::maybe_grow(DEEP_STACK_BYTES / 2, DEEP_STACK_BYTES, work)
}
