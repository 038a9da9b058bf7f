//! `to split`: backends that share the requests by weight.

use super::forward::backend;
use crate::blocks::policy::clause;
use crate::cx::Cx;
use crate::env::Place;
use crate::shape;
use crate::spec::{BlockSpec, Repeats, Shape, Words};
use gw_expr::{OwnedValue, Phase, Type};
use gw_graph::{BackendId, ExprId, Few, Forward, Share};
use gw_syntax::{Code, Diagnostic, Expr, ExprKind, Fix, Ident, Literal, Part, Span, Statement};
use hashbrown::HashMap;

/// `sticky` of `to split`
pub(crate) const SPLIT: BlockSpec = BlockSpec {
    keyword: "sticky",
    parents: &["to"],
    usage: "sticky by EXPRESSION",
    shape: Shape::of(Words::None).clauses(&["by"]),
    doc: "Keeps requests with equal values on the same backend of a split.",
    example: "sticky by jwt.sub",
    fields: &[],
    repeats: Repeats::Once,
};

/// Reads `to split`.
pub(super) fn lower(cx: &mut Cx<'_, '_>, statement: &Statement, place: &Place) -> Option<Forward> {
    let (mut shares, mut sticky, mut total, mut sound) = (Vec::new(), None, 0.0, true);
    let (mut stickies, mut named) = (None, Vec::new());
    for item in statement.block.iter().flat_map(|b| &b.statements) {
        let name = item.head.ident();
        if name.name == "sticky" && !matches!(item.parts.first(), Some(Part::Value(_))) {
            cx.diagnostics.extend(shape::of_block(item, &SPLIT));
            if let Some(first) = stickies.replace(item.span) {
                cx.report(sticky_twice(item.span, first));
            } else if clause(item, "by").is_none() {
                cx.report(sticky_by_nothing(item));
            }
            sticky = clause(item, "by").and_then(|e| key(cx, e, place));
            continue;
        }
        let usage = || format!("write `{} 5%`", name.name);
        cx.diagnostics
            .extend(shape::check(item, &Shape::of(Words::Read), usage));
        let Some(percent) = percent(cx, place.module, item) else {
            sound = false;
            continue;
        };
        total += percent;
        if percent == 0.0 {
            cx.report(no_share(item, name));
        }
        let backend = backend(cx, place.module, name)?;
        shares.push((backend, percent));
        named.push(item);
    }
    let repeated = repeated(cx, &shares, &named);
    sound &= repeated.is_empty();
    cx.diagnostics.extend(repeated);
    if !sound {
        return None;
    }
    if (total - 100.0).abs() > 1e-6 || shares.is_empty() {
        cx.report(
            Diagnostic::new(
                Code::BadWeights,
                statement.span,
                format!("the shares of this split add up to {total}%"),
            )
            .here("must add up to 100%")
            .help("change the percentages so that they add up to 100%"),
        );
        return None;
    }
    Some(Forward {
        split: exact_shares(&shares),
        sticky,
    })
}

/// What requests are told apart by.
fn key(cx: &mut Cx<'_, '_>, expr: &Expr, place: &Place) -> Option<ExprId> {
    let checked = cx.check_any(expr, &place.at(Phase::Forward))?;
    if checked.ir.facts().is_empty() {
        let help = "write what differs, such as `jwt.sub` or `source.ip`; without `sticky` requests are divided by weight";
        cx.report(constant_key(expr.span, help).here("they all go to one share"));
    }
    Some(cx.intern(checked.ir))
}

/// The finding for a key that tells no request from another.
pub(crate) fn constant_key(span: Span, help: &str) -> Diagnostic {
    let message = "this key is the same for every request";
    Diagnostic::new(Code::ConstantKey, span, message).help(help)
}

/// A finding for each backend that has several shares, at the last of them.
fn repeated(cx: &Cx<'_, '_>, shares: &[(BackendId, f64)], named: &[&Statement]) -> Vec<Diagnostic> {
    let mut seen: HashMap<BackendId, Repeated<'_>> = HashMap::new();
    let mut before: Option<&Statement> = None;
    for ((backend, percent), item) in shares.iter().zip(named) {
        let share = seen.entry(*backend).or_insert(Repeated {
            first: item,
            last: item,
            before,
            count: 0,
            sum: 0.0,
        });
        (share.last, share.before) = (item, before);
        share.count += 1;
        share.sum += percent;
        before = Some(item);
    }
    let repeated = seen.values().filter(|share| share.count > 1);
    repeated.map(|share| share.finding(cx)).collect()
}

/// The shares of one backend in a split.
struct Repeated<'s> {
    first: &'s Statement,
    last: &'s Statement,
    /// The share before the last, of whichever backend.
    before: Option<&'s Statement>,
    count: usize,
    sum: f64,
}

impl Repeated<'_> {
    fn finding(&self, cx: &Cx<'_, '_>) -> Diagnostic {
        let name = &self.first.head.ident().name;
        // What a sum of decimal fractions has too much is cut off.
        let sum = (self.sum * 1e6).round() / 1e6;
        let count = match self.count {
            2 => "two".to_owned(),
            count => count.to_string(),
        };
        let message = format!("`{name}` has {count} shares in this split");
        let found = Diagnostic::new(Code::DuplicateField, self.last.span, message)
            .here("another share of it")
            .because(self.first.span, "its first share");
        match sum <= 100.0 {
            true => found
                .help(format!("write one share with the sum, `{name} {sum}%`"))
                .maybe_fix(self.joined(cx, sum)),
            false => found.help("keep one of them, or name the backend that was meant"),
        }
    }

    /// The change that makes one share of two, where nothing but a comma stands before the second.
    fn joined(&self, cx: &Cx<'_, '_>, sum: f64) -> Option<Fix> {
        let (first, before) = (self.first.span, self.before?.span);
        let gone = Span::new(first.file, before.end as usize, self.last.span.end as usize);
        let between = Span::new(
            first.file,
            before.end as usize,
            self.last.span.start as usize,
        );
        let separates = |c: char| c.is_whitespace() || matches!(c, ',' | ';');
        let plain = cx.sources.text(between).chars().all(separates);
        let share = self.first.parts.first()?.span();
        (plain && self.count == 2).then(|| Fix {
            title: "join the shares".to_owned(),
            edits: vec![(share, format!("{sum}%")), (gone, String::new())],
        })
    }
}

fn sticky_by_nothing(item: &Statement) -> Diagnostic {
    Diagnostic::new(Code::WrongShape, item.span, "`sticky` does not say by what")
        .here("`by` is missing")
        .help(format!("write `{}`", SPLIT.example))
}

fn sticky_twice(second: Span, first: Span) -> Diagnostic {
    Diagnostic::new(Code::DuplicateField, second, "`sticky` is set twice")
        .here("set again here")
        .because(first, "first set here")
        .help("keep one of them")
}

fn no_share(item: &Statement, name: &Ident) -> Diagnostic {
    let message = format!("`{}` never gets a request here", name.name);
    Diagnostic::new(Code::ZeroShare, item.span, message)
        .here("a share of zero")
        .help("give it a share, as `1%`, or remove it from the split")
}

/// Shares as parts of 10,000 that add up exactly: what rounding leaves goes to the largest.
fn exact_shares(shares: &[(BackendId, f64)]) -> Few<Share> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 0 and 10,000"
    )]
    let round = |percent: f64| (percent * 100.0).round().clamp(0.0, 10_000.0) as u32;
    let mut out: Few<Share> = shares
        .iter()
        .map(|(backend, p)| Share {
            backend: *backend,
            weight: round(*p),
        })
        .collect();
    let sum: u32 = out.iter().map(|s| s.weight).sum();
    if let Some(largest) = out.iter_mut().max_by_key(|s| s.weight) {
        largest.weight = (largest.weight + 10_000).saturating_sub(sum);
    }
    out
}

fn percent(cx: &mut Cx<'_, '_>, module: usize, item: &Statement) -> Option<f64> {
    let value = match item.parts.as_slice() {
        // A bare number could be a weight or a share: only `N%` says which.
        [Part::Value(expr)]
            if matches!(
                expr.kind,
                ExprKind::Literal(Literal::Int(_) | Literal::Double(_))
            ) =>
        {
            None
        }
        [Part::Value(expr)] => cx.constant(module, expr, &Type::Percent),
        _ => None,
    };
    match value {
        Some(OwnedValue::Double(p)) if (0.0..=100.0).contains(&p) => Some(p),
        _ => {
            cx.report(
                Diagnostic::new(
                    Code::BadWeights,
                    item.span,
                    format!("the share of `{}` is missing", item.head.ident().name),
                )
                .here("not `BACKEND N%`")
                .help(format!("write `{} 5%`", item.head.ident().name)),
            );
            None
        }
    }
}
