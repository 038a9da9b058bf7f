//! Findings about rules that are right but probably not meant: said twice, without effect, with a
//! pattern that matches anywhere, or about what the client writes itself.

use crate::cx::Cx;
use gw_expr::{FactPath, FactStep, Ir};
use gw_graph::{Effect, Formula, Rule};
use gw_syntax::{Code, Diagnostic, Expr, ExprKind, Span, UnaryOp};

/// The rules of one block, for findings about two of them.
#[derive(Default)]
pub(crate) struct Written {
    rules: Vec<(Span, Effect, Formula)>,
}

impl Written {
    /// Takes a rule; a finding where the block says the same already.
    pub(crate) fn note(&mut self, cx: &mut Cx<'_, '_>, span: Span, rule: &Rule) {
        // That it is never true has been said.
        if rule.when == Formula::Constant(false) {
            return;
        }
        let same = |(_, effect, when): &&(Span, Effect, Formula)| {
            (*effect, when) == (rule.effect, &rule.when)
        };
        match self.rules.iter().find(same) {
            Some((first, ..)) => cx.report(said_twice(span, *first)),
            None => self.rules.push((span, rule.effect, rule.when.clone())),
        }
    }

    /// A finding where one rule lets everybody pass and others have conditions.
    pub(crate) fn finish(self, cx: &mut Cx<'_, '_>) {
        let allows = || self.rules.iter().filter(|(_, e, _)| *e == Effect::Allow);
        let everybody = allows().find(|(_, _, when)| *when == Formula::Constant(true));
        let conditional = allows().find(|(_, _, when)| !matches!(when, Formula::Constant(_)));
        if let (Some((open, ..)), Some((idle, ..))) = (everybody, conditional) {
            cx.report(needless(*idle, *open));
        }
    }
}

fn said_twice(span: Span, first: Span) -> Diagnostic {
    Diagnostic::new(Code::RepeatedRule, span, "this rule is written twice")
        .here("says the same again")
        .because(first, "said here already")
        .help("remove one of them, or mend the one that was meant to differ")
}

fn needless(idle: Span, open: Span) -> Diagnostic {
    Diagnostic::new(
        Code::NeedlessRule,
        idle,
        "this rule makes no difference: another one lets everybody pass",
    )
    .here("never decides")
    .because(open, "allows without a condition")
    .help("remove the `allow` without a condition, or this rule")
}

/// A pattern without anchors matches anywhere: `evil.example/corp.example` passes for
/// `corp.example` (CWE-777). Only where more matches let more requests through.
pub(crate) fn warn_unanchored(cx: &mut Cx<'_, '_>, effect: Effect, when: &Expr) {
    let mut found = Vec::new();
    patterns(when, effect == Effect::Allow, &mut found);
    for literal in found {
        if let Some(pattern) = literal.as_text()
            && !has_anchor(pattern)
        {
            cx.report(unanchored(literal.span));
        }
    }
}

/// The patterns of `matches` whose success lets a request through.
fn patterns<'e>(expr: &'e Expr, opens: bool, found: &mut Vec<&'e Expr>) {
    match &expr.kind {
        ExprKind::Unary(UnaryOp::Not, inner) => patterns(inner, !opens, found),
        ExprKind::Binary(op, _, a, b) if is_logic(*op) => {
            patterns(a, opens, found);
            patterns(b, opens, found);
        }
        ExprKind::Method { name, args, .. } if name.name == "matches" && opens => {
            found.extend(args.first());
        }
        ExprKind::Call { name, args, .. } if name.name == "matches" && opens => {
            found.extend(args.get(1));
        }
        _ => {}
    }
}

fn is_logic(op: gw_syntax::BinaryOp) -> bool {
    matches!(op, gw_syntax::BinaryOp::And | gw_syntax::BinaryOp::Or)
}

/// Whether every match begins at the start or ends at the end.
fn has_anchor(pattern: &str) -> bool {
    use regex_syntax::hir::Look;
    let Ok(hir) = regex_syntax::parse(pattern) else {
        return true;
    };
    let looks = hir.properties();
    looks.look_set_prefix().contains(Look::Start) || looks.look_set_suffix().contains(Look::End)
}

fn unanchored(span: Span) -> Diagnostic {
    Diagnostic::new(
        Code::UnanchoredRegex,
        span,
        "this pattern lets pass whatever holds a match somewhere",
    )
    .here("no `^` and no `$` that every match needs")
    .help("write `^(?:…)$` for the whole text, or `contains(…)` if any place is meant")
}

/// Headers that proxies write and that any client can write too.
const FORGEABLE: &[&str] = &[
    "forwarded",
    "x-forwarded-for",
    "x-real-ip",
    "x-client-ip",
    "true-client-ip",
    "cf-connecting-ip",
];

/// A finding where a condition believes what the client says about its own address.
pub(crate) fn warn_forgeable(cx: &mut Cx<'_, '_>, span: Span, formula: &Formula) {
    let mut atoms = Vec::new();
    crate::scope::collect_atoms(formula, &mut atoms);
    let exprs = atoms.iter().filter_map(|a| cx.graph.atoms.get(a.index()));
    let exprs = exprs.filter_map(|a| cx.graph.exprs.get(a.expr.index()));
    let header = exprs.filter_map(|ir| forgeable(cx, ir)).next();
    if let Some(header) = header {
        cx.report(self_written(span, &header));
    }
}

/// The same about what a limit counts by.
pub(crate) fn warn_forgeable_key(cx: &mut Cx<'_, '_>, span: Span, key: &Ir) {
    if let Some(header) = forgeable(cx, key) {
        cx.report(self_written(span, &header));
    }
}

fn forgeable(cx: &Cx<'_, '_>, ir: &Ir) -> Option<String> {
    let facts = ir.facts().into_iter();
    let mut paths = facts.filter_map(|f| cx.graph.facts.path(f));
    paths.find_map(header_of)
}

fn header_of(path: &FactPath) -> Option<String> {
    let Some(FactStep::Key(name)) = path.steps.get(1) else {
        return None;
    };
    let known = path.dotted() == "request.headers" && FORGEABLE.contains(&name.as_str());
    known.then(|| name.to_string())
}

fn self_written(span: Span, header: &str) -> Diagnostic {
    let message = format!("any client can write `{header}` itself");
    Diagnostic::new(Code::ForgeableHeader, span, message)
        .here("believes what the client says about its address")
        .help("read `source.ip`; the `trusted_proxies` of the listener say whose headers count")
}
