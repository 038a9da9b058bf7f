//! The pest parser made from `src/grammar`. Everything else in `parse` works on its pairs.

// pest_derive documents rules from grammar comments only where they use `///`.
#![allow(missing_docs, reason = "generated code")]

use pest_derive::Parser;

#[derive(Parser)]
#[grammar = "grammar/expr.pest"]
#[grammar = "grammar/block.pest"]
pub(crate) struct Grammar;

/// A pair of this grammar.
pub(crate) type Pair<'i> = pest::iterators::Pair<'i, Rule>;
