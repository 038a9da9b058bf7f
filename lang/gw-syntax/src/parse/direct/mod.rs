//! Builds the tree straight from the text where its shape is plain, in one pass and without pairs.
//! pest remembers every rule that it tries, which costs ten times as much as the tree itself.
//!
//! The grammar stays the definition: a rule means here what it means in `src/grammar`, and what is
//! written in a rarer way is left to it, rule by rule at the same place (a parsing expression
//! grammar looks at nothing but the text that follows, so the rest of the item can be built here
//! again). Where nothing fits the whole item goes to the grammar, which also finds every error.
//! A property test holds both to the same trees. Must not know what is wrong with a text.

mod expr;
mod primary;
mod statement;
#[cfg(test)]
mod tests;
mod token;
mod unread;

use super::build::{Builder, Built};
use super::grammar::{Pair, Rule};
use super::item::pest_parse;
use crate::{Span, Statement};

/// The grammar has to read the whole item.
struct GiveUp;

type Read<T> = Result<T, GiveUp>;

/// A place in a scanned text.
struct Direct<'d, 'a, 't> {
    builder: &'d mut Builder<'a>,
    text: &'t str,
    bytes: &'t [u8],
    at: usize,
}

/// Reads `items`; `None` where the grammar has to.
pub(super) fn items(text: &str, builder: &mut Builder<'_>) -> Option<Vec<Statement>> {
    attempt(text, builder, |direct| direct.statements(None, ""))
}

/// Reads `expression`; `None` where the grammar has to.
pub(super) fn expression(text: &str, builder: &mut Builder<'_>) -> Option<Built> {
    attempt(text, builder, |direct| direct.expression())
}

/// Reads a whole text, or leaves the builder as it was.
fn attempt<T>(
    text: &str,
    builder: &mut Builder<'_>,
    read: impl FnOnce(&mut Direct<'_, '_, '_>) -> Read<T>,
) -> Option<T> {
    let (comment, findings) = (builder.next_comment, builder.diagnostics.len());
    let mut direct = Direct {
        builder: &mut *builder,
        text,
        bytes: text.as_bytes(),
        at: 0,
    };
    let whole = read(&mut direct).ok().filter(|_| direct.at == text.len());
    if whole.is_none() {
        builder.next_comment = comment;
        builder.diagnostics.truncate(findings);
    }
    whole
}

impl Direct<'_, '_, '_> {
    /// `expression`, but for its end.
    fn expression(&mut self) -> Read<Built> {
        self.gap();
        let built = self.expr()?;
        self.gap();
        Ok(built)
    }

    /// Lets the grammar read a rule from `start` on.
    fn grammar<T>(
        &mut self,
        rule: Rule,
        start: usize,
        build: impl FnOnce(&mut Builder<'_>, Pair<'_>) -> T,
    ) -> Read<T> {
        let rest = self.text.get(start..).ok_or(GiveUp)?;
        let pairs = pest_parse(rule, rest).map_err(|_| GiveUp)?;
        let pair = pairs.into_iter().next().ok_or(GiveUp)?;
        self.at = start + pair.as_span().end();
        let base = self.builder.base;
        self.builder.base = base + start;
        let built = build(self.builder, pair);
        self.builder.base = base;
        Ok(built)
    }

    /// From `start` to where we are.
    fn span(&self, start: usize) -> Span {
        self.builder.place(start, self.at)
    }
}
