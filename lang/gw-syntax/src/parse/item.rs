//! Items of a file, one pest run each: an error costs a statement or at most its item.

use super::build::Builder;
use super::grammar::{Grammar, Rule};
use super::scan::{Item, MAX_FINDINGS, Scan};
use super::{edition, message, recover};
use crate::{Diagnostic, File, FileId, Statement};
use pest::Parser;
use pest::iterators::Pairs;

/// Errors looked for in one item before the rest of it is given up.
const MAX_ERRORS_PER_ITEM: usize = 20;

/// Stack for one pest run over the deepest nesting that the scanner lets through.
const DEEP_STACK_BYTES: usize = 32 << 20;

/// Texts with fewer brackets than this are parsed on the caller's stack.
const SHALLOW_BRACKETS: usize = 12;

/// The boxed error of the generated parser.
pub(super) type GrammarError = Box<pest::error::Error<Rule>>;

/// Builds the tree of a scanned file.
pub(super) fn build_file(id: FileId, source: &str, scan: Scan) -> (File, Vec<Diagnostic>) {
    let Scan {
        text: mut masked,
        items,
        comments,
        mut diagnostics,
    } = scan;
    let mut file = File {
        id,
        ..File::default()
    };
    let mut next_comment = 0;
    for item in items.iter().filter(|i| i.sound) {
        if diagnostics.len() >= MAX_FINDINGS {
            break;
        }
        diagnostics.extend(recover_item(id, &mut masked, *item));
        let mut builder = Builder::new(id, item.start).with_source(source, &comments);
        builder.next_comment = next_comment;
        file.items.extend(build_item(&masked, *item, &mut builder));
        next_comment = builder.next_comment;
        diagnostics.append(&mut builder.diagnostics);
    }
    file.tail = comments.get(next_comment..).unwrap_or_default().to_vec();
    edition::take(&mut file, &mut diagnostics);
    (file, diagnostics)
}

/// Finds the errors of an item, blanking each bad statement, until the rest of it parses.
fn recover_item(id: FileId, masked: &mut String, item: Item) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    while findings.len() < MAX_ERRORS_PER_ITEM {
        let Some(text) = masked.get(item.start..item.end) else {
            break;
        };
        let error = match with_stack(text, || pest_parse(Rule::items, text).map(|_| ())) {
            Ok(()) => break,
            Err(error) => error,
        };
        let at = message::position(&error);
        let bad = recover::bad_statement(text, at);
        findings.push(message::explain(&error, text, id, item.start));
        let (start, end) = (item.start + bad.start, item.start + bad.end);
        if !recover::blank_out(masked, start..end) {
            break;
        }
    }
    findings
}

fn build_item(masked: &str, item: Item, builder: &mut Builder<'_>) -> Vec<Statement> {
    let text = masked.get(item.start..item.end).unwrap_or_default();
    with_stack(text, || {
        let Ok(pairs) = pest_parse(Rule::items, text) else {
            return Vec::new();
        };
        let inner = pairs.into_iter().next().map(|p| p.into_inner());
        let statements = inner
            .into_iter()
            .flatten()
            .filter(|p| p.as_rule() == Rule::statement);
        statements
            .filter_map(|pair| builder.statement(pair))
            .collect()
    })
}

/// Runs the grammar.
pub(super) fn pest_parse(rule: Rule, text: &str) -> Result<Pairs<'_, Rule>, GrammarError> {
    Grammar::parse(rule, text).map_err(Box::new)
}

/// Runs `work`, which recurses with the nesting of `text`, on a stack that is large enough.
pub(super) fn with_stack<T>(text: &str, work: impl FnOnce() -> T) -> T {
    let brackets = text.bytes().filter(|b| matches!(b, b'(' | b'[' | b'{'));
    if brackets.take(SHALLOW_BRACKETS).count() < SHALLOW_BRACKETS {
        return work();
    }
    stacker::maybe_grow(DEEP_STACK_BYTES, DEEP_STACK_BYTES * 2, work)
}
