//! Conditionals, operators and selectors.

use super::token::is_name_start;
use super::{Direct, GiveUp, Read};
use crate::parse::build::Built;
use crate::parse::chain::Link;
use crate::parse::grammar::Rule;
use crate::{Access, BinaryOp, UnaryOp};

impl Direct<'_, '_, '_> {
    /// `expr`.
    pub(super) fn expr(&mut self) -> Read<Built> {
        let first = self.chain()?;
        if !self.conditional_mark() {
            return Ok(first);
        }
        let mut chains = vec![first];
        loop {
            self.gap();
            chains.push(self.chain()?);
            self.gap();
            if !self.eat(b':') {
                return Err(GiveUp);
            }
            self.gap();
            chains.push(self.chain()?);
            if !self.conditional_mark() {
                return self.builder.fold_conditional(chains).ok_or(GiveUp);
            }
        }
    }

    /// Goes past a `?` of a conditional, if one follows.
    fn conditional_mark(&mut self) -> bool {
        let before = self.at;
        self.gap();
        if self.peek() == Some(b'?') && self.peek_at(self.at + 1) != Some(b'?') {
            self.at += 1;
            return true;
        }
        self.at = before;
        false
    }

    fn chain(&mut self) -> Read<Built> {
        let first = self.unary()?;
        let mut links: Vec<Link> = Vec::new();
        while let Some((op, length)) = self.operator() {
            let start = self.at;
            self.at += length;
            let span = self.span(start);
            self.gap();
            links.push((op, span, self.unary()?));
        }
        Ok(if links.is_empty() {
            first
        } else {
            self.builder.fold_chain(first, links)
        })
    }

    /// Goes to an operator, if one follows: which, and its length.
    fn operator(&mut self) -> Option<(BinaryOp, usize)> {
        let before = self.at;
        self.blank();
        let word = self.text.get(self.at..self.name_end(self.at));
        if word == Some("in") {
            return Some((BinaryOp::In, 2));
        }
        self.gap();
        let found = infix(self.peek(), self.peek_at(self.at + 1));
        if found.is_none() {
            self.at = before;
        }
        found
    }

    fn unary(&mut self) -> Read<Built> {
        let start = self.at;
        let findings = self.builder.diagnostics.len();
        self.plain_unary().or_else(|GiveUp| {
            self.builder.diagnostics.truncate(findings);
            self.grammar(Rule::unary, start, |b, pair| b.unary(pair))
        })
    }

    /// `unary` without a minus, which may belong to a number.
    fn plain_unary(&mut self) -> Read<Built> {
        let mut prefixes = Vec::new();
        while self.peek() == Some(b'!') {
            self.at += 1;
            prefixes.push(self.builder.place(self.at - 1, self.at));
            self.gap();
        }
        if self.peek() == Some(b'-') {
            return Err(GiveUp);
        }
        let mut value = self.primary()?;
        loop {
            let before = self.at;
            self.blank();
            if self.peek() == Some(b'[') {
                value = self.index(value)?;
                continue;
            }
            self.gap();
            let after = |n: usize| self.peek_at(self.at + n);
            value = match (self.peek(), after(1)) {
                (Some(b'?'), Some(b'.')) if !after(2).is_some_and(|b| b.is_ascii_digit()) => {
                    self.selector(value, Access::Safe)?
                }
                (Some(b'.'), _) => self.selector(value, Access::Plain)?,
                _ => {
                    self.at = before;
                    break;
                }
            };
        }
        let negated = prefixes.into_iter().rev();
        Ok(negated.fold(value, |operand, place| {
            self.builder.prefix(operand, UnaryOp::Not, place)
        }))
    }

    /// `selector`, which begins here; CEL's optional and quoted ones are left to the grammar.
    fn selector(&mut self, base: Built, access: Access) -> Read<Built> {
        let start = self.at;
        self.at += match access {
            Access::Safe => 2,
            Access::Plain | Access::Optional => 1,
        };
        let dot = self.span(start);
        self.blank();
        if !self.peek().is_some_and(is_name_start) {
            return Err(GiveUp);
        }
        let field = self.ident();
        let before = self.at;
        self.blank();
        if self.peek() != Some(b'(') {
            self.at = before;
            let span = base.expr.span.to(self.span(start));
            return Ok(self.builder.select(base, field, access, span));
        }
        self.builder.check_method_access(access, dot);
        let arguments = self.arguments()?;
        let span = base.expr.span.to(self.span(start));
        Ok(self.builder.method(base, field, arguments, span))
    }

    /// `index`, which begins here; CEL's optional one is left to the grammar.
    fn index(&mut self, base: Built) -> Read<Built> {
        let start = self.at;
        self.at += 1;
        self.gap();
        let index = self.expr()?;
        self.gap();
        if !self.eat(b']') {
            return Err(GiveUp);
        }
        let span = base.expr.span.to(self.span(start));
        Ok(self.builder.indexed(base, index, Access::Plain, span))
    }
}

/// `infix`.
fn infix(first: Option<u8>, second: Option<u8>) -> Option<(BinaryOp, usize)> {
    Some(match (first?, second) {
        (b'|', Some(b'|')) => (BinaryOp::Or, 2),
        (b'&', Some(b'&')) => (BinaryOp::And, 2),
        (b'?', Some(b'?')) => (BinaryOp::Coalesce, 2),
        (b'=', Some(b'=')) => (BinaryOp::Eq, 2),
        (b'!', Some(b'=')) => (BinaryOp::Ne, 2),
        (b'<', Some(b'=')) => (BinaryOp::Le, 2),
        (b'<', _) => (BinaryOp::Lt, 1),
        (b'>', Some(b'=')) => (BinaryOp::Ge, 2),
        (b'>', _) => (BinaryOp::Gt, 1),
        (b'+', _) => (BinaryOp::Add, 1),
        (b'-', _) => (BinaryOp::Sub, 1),
        (b'*', _) => (BinaryOp::Mul, 1),
        (b'/', _) => (BinaryOp::Div, 1),
        (b'%', _) => (BinaryOp::Rem, 1),
        _ => return None,
    })
}
