//! Operators: from the grammar's flat list to a tree by precedence. CEL's table (langdef.md,
//! "Syntax"), with `??` between comparisons and sums.

use super::build::{Builder, Built};
use crate::{BinaryOp, ExprKind, Span};

/// The levels from the tightest to the loosest; operators of one level group to the left.
const LEVELS: &[&[BinaryOp]] = &[
    &[BinaryOp::Mul, BinaryOp::Div, BinaryOp::Rem],
    &[BinaryOp::Add, BinaryOp::Sub],
    &[BinaryOp::Coalesce],
    &[
        BinaryOp::Eq,
        BinaryOp::Ne,
        BinaryOp::Lt,
        BinaryOp::Le,
        BinaryOp::Gt,
        BinaryOp::Ge,
        BinaryOp::In,
    ],
    &[BinaryOp::And],
    &[BinaryOp::Or],
];

/// Runs of one logical operator longer than this become balanced trees: they mean the same (both
/// operators are associative), and thousands of alternatives stay shallow.
const LONG_RUN: usize = 32;

/// An operator, its place, and the operand on its right.
pub(super) type Link = (BinaryOp, Span, Built);

impl BinaryOp {
    /// The operator that is written so.
    pub(crate) fn from_symbol(symbol: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|op| op.symbol() == symbol)
    }

    /// How loosely it binds: 0 for `*`, 5 for `||`.
    pub(crate) fn level(self) -> usize {
        LEVELS
            .iter()
            .position(|ops| ops.contains(&self))
            .unwrap_or(0)
    }
}

impl Builder<'_> {
    /// Folds `first op operand op operand …` by precedence.
    pub(super) fn fold_chain(&mut self, first: Built, rest: Vec<Link>) -> Built {
        let (mut first, mut rest) = (first, rest);
        for level in LEVELS {
            if rest.is_empty() {
                break;
            }
            (first, rest) = self.fold_level(level, first, rest);
        }
        first
    }

    fn fold_level(
        &mut self,
        level: &[BinaryOp],
        first: Built,
        links: Vec<Link>,
    ) -> (Built, Vec<Link>) {
        let mut head = first;
        let mut out: Vec<Link> = Vec::new();
        let mut run: Vec<Link> = Vec::new();
        for link in links {
            if level.contains(&link.0) {
                run.push(link);
                continue;
            }
            self.close_run(&mut head, &mut out, std::mem::take(&mut run));
            out.push(link);
        }
        self.close_run(&mut head, &mut out, run);
        (head, out)
    }

    /// Joins a run of operators of one level with the operand before it, which is the last of
    /// `out`, or `head`.
    fn close_run(&mut self, head: &mut Built, out: &mut [Link], run: Vec<Link>) {
        if run.is_empty() {
            return;
        }
        let slot = out.last_mut().map_or(head, |link| &mut link.2);
        let placeholder = self.invalid(slot.expr.span);
        let first = std::mem::replace(slot, placeholder);
        let logical = run
            .iter()
            .all(|l| matches!(l.0, BinaryOp::And | BinaryOp::Or));
        *slot = if logical && run.len() > LONG_RUN {
            self.balance(first, run)
        } else {
            run.into_iter()
                .fold(first, |left, link| self.join(left, link))
        };
    }

    /// Joins neighbours pairwise until one is left.
    fn balance(&mut self, first: Built, run: Vec<Link>) -> Built {
        let (mut first, mut run) = (first, run);
        while !run.is_empty() {
            let mut links = run.into_iter();
            if let Some(link) = links.next() {
                first = self.join(first, link);
            }
            run = Vec::new();
            while let Some((op, span, left)) = links.next() {
                let joined = match links.next() {
                    Some(link) => self.join(left, link),
                    None => left,
                };
                run.push((op, span, joined));
            }
        }
        first
    }

    fn join(&mut self, left: Built, (op, place, right): Link) -> Built {
        let span = left.expr.span.to(right.expr.span);
        let depth = left.depth.max(right.depth);
        let kind = ExprKind::Binary(op, place, Box::new(left.expr), Box::new(right.expr));
        self.node(kind, span, depth)
    }
}
