//! What a scope — a service or a route — contributes to a route's pipeline: rules, limits, edits.
//! Lowered once for each kind of place. Must not know routing.

use crate::blocks::{action, limit, policy, reuse, transform};
use crate::cx::Cx;
use crate::env::Place;
use crate::resolve::DeclId;
use gw_expr::Checked;
use gw_graph::{Edit, LimitId, Mode, Rule, RuleSet, RuleSetId, StepOrigin};
use gw_syntax::{Severity, Span, Statement};
use smol_str::SmolStr;
use std::rc::Rc;

/// What a scope contributes.
#[derive(Debug, Default)]
pub(crate) struct Parts {
    /// Rules that bind, then rules that are only logged.
    pub(crate) rule_sets: Vec<RuleSetId>,
    /// Whether an enforced allow rule is among them.
    pub(crate) has_allow: bool,
    /// Whether a rule is missing because it has a finding of its own.
    pub(crate) broken: bool,
    /// Whether an enforced allow rule has no condition.
    pub(crate) allows_all: bool,
    /// The enforced set when it holds deny rules only that need no identity; public routes keep it.
    pub(crate) denies: Option<RuleSetId>,
    /// Limits in textual order.
    pub(crate) limits: Vec<LimitId>,
    /// Changes of the request, each with its statement.
    pub(crate) request: Vec<(Span, Edit)>,
    /// Changes of the response, each with its statement.
    pub(crate) response: Vec<(Span, Edit)>,
    /// Lines of `gwc explain route`.
    pub(crate) steps: Vec<StepOrigin>,
}

/// A scope under way.
pub(crate) struct Draft<'p> {
    /// `service shop`, `route order_create`.
    pub(crate) name: SmolStr,
    /// Where it is used.
    pub(crate) place: &'p Place,
    /// Enforced rules in textual order.
    pub(crate) rules: Vec<Rule>,
    /// Rule sets in shadow mode.
    pub(crate) shadow: Vec<RuleSet>,
    /// What is finished.
    pub(crate) parts: Parts,
}

/// Lowers the statements of a scope at a place.
pub(crate) fn lower(
    cx: &mut Cx<'_, '_>,
    name: &SmolStr,
    statements: &[&Statement],
    place: &Place,
    header: Span,
) -> Rc<Parts> {
    let mut draft = Draft {
        name: name.clone(),
        place,
        rules: Vec::new(),
        shadow: Vec::new(),
        parts: Parts::default(),
    };
    let mut written = policy::Written::default();
    for statement in statements {
        match statement.head.ident().name.as_str() {
            "allow" | "deny" => {
                let rule_name = SmolStr::new(name.rsplit(' ').next().unwrap_or(name));
                match policy::rule(cx, statement, &rule_name, place) {
                    Some(rule) => {
                        draft.step(cx, "authz", statement.span, name);
                        written.note(cx, statement.span, &rule);
                        draft.rules.push(rule);
                    }
                    None => {
                        cx.fail_closed(statement.span);
                        draft.parts.broken = true;
                    }
                }
            }
            "use" => {
                let before = cx.diagnostics.len();
                reuse::lower(cx, statement, &mut draft);
                let mut new = cx.diagnostics.iter().skip(before);
                draft.parts.broken |= new.any(|d| d.severity == Severity::Error);
            }
            "request" => {
                draft.step(cx, "request", statement.span, name);
                let edits = transform::edits(cx, statement, &transform::REQUEST, place, &[]);
                draft.parts.request.extend(edits);
            }
            "response" => {
                draft.step(cx, "response", statement.span, name);
                let edits = transform::edits(cx, statement, &transform::RESPONSE, place, &[]);
                draft.parts.response.extend(edits);
            }
            _ => {}
        }
    }
    written.finish(cx);
    let sent_to = statements.iter().find_map(|s| action::path_of(s));
    transform::check_paths(cx, &draft.parts.request, sent_to);
    Rc::new(draft.finish(cx, header))
}

impl Draft<'_> {
    /// Notes a line of the effective pipeline.
    pub(crate) fn step(&mut self, cx: &Cx<'_, '_>, phase: &str, span: Span, scope: &str) {
        if cx.checks_only {
            return;
        }
        let (text, origin) = (cx.excerpt(span), cx.origin(span));
        self.parts.steps.push(StepOrigin {
            phase: phase.into(),
            text,
            scope: scope.into(),
            origin,
        });
    }

    /// Adds what `use policy` brings.
    pub(crate) fn add_policy(
        &mut self,
        cx: &mut Cx<'_, '_>,
        id: DeclId,
        args: &[(SmolStr, Checked)],
        span: Span,
    ) {
        let Some((name, mode, rules)) = policy::rules(cx, id, self.place, args) else {
            return;
        };
        self.step(cx, "authz", span, &self.name.clone());
        match mode {
            Mode::Enforce => self.rules.extend(rules),
            Mode::Shadow => {
                let origin = cx.origin(span);
                self.shadow.push(RuleSet {
                    name,
                    rules,
                    mode,
                    origin,
                });
            }
        }
    }

    /// Adds what `use limit` brings.
    pub(crate) fn add_limit(
        &mut self,
        cx: &mut Cx<'_, '_>,
        id: DeclId,
        args: &[(SmolStr, Checked)],
        span: Span,
    ) {
        if let Some(limit) = limit::lower(cx, id, self.place, args) {
            self.step(cx, "limit", span, &self.name.clone());
            self.parts.limits.push(limit);
        }
    }

    fn finish(mut self, cx: &mut Cx<'_, '_>, header: Span) -> Parts {
        if !self.rules.is_empty() {
            let allows: Vec<&Rule> = self
                .rules
                .iter()
                .filter(|r| r.effect == gw_graph::Effect::Allow)
                .collect();
            self.parts.has_allow = !allows.is_empty();
            self.parts.allows_all = allows
                .iter()
                .any(|r| r.when == gw_graph::Formula::Constant(true));
            let own = SmolStr::new(self.name.rsplit(' ').next().unwrap_or(&self.name));
            let name = match allows.as_slice() {
                [first, rest @ ..] if rest.iter().all(|r| r.name == first.name) => {
                    first.name.clone()
                }
                _ => own,
            };
            let denies_only = allows.is_empty();
            // Most scopes have one rule, and a list that grows has room for four.
            self.rules.shrink_to_fit();
            let set = RuleSet {
                name,
                rules: std::mem::take(&mut self.rules),
                mode: Mode::Enforce,
                origin: cx.origin(header),
            };
            let anonymous = denies_only && !reads_identity(cx, &set);
            let id = cx.rule_set(set);
            self.parts.denies = anonymous.then_some(id);
            self.parts.rule_sets.push(id);
        }
        for set in std::mem::take(&mut self.shadow) {
            let id = cx.rule_set(set);
            self.parts.rule_sets.push(id);
        }
        self.parts
    }
}

/// Whether a rule of the set reads who is calling.
fn reads_identity(cx: &Cx<'_, '_>, set: &RuleSet) -> bool {
    let mut atoms = Vec::new();
    set.rules
        .iter()
        .for_each(|r| collect_atoms(&r.when, &mut atoms));
    let exprs = atoms.iter().filter_map(|a| cx.graph.atoms.get(a.index()));
    let facts = exprs
        .filter_map(|a| cx.graph.exprs.get(a.expr.index()))
        .flat_map(gw_expr::Ir::facts);
    facts
        .filter_map(|f| cx.graph.facts.path(f))
        .any(|p| matches!(p.root.as_str(), "jwt" | "key" | "certificate" | "principal"))
}

/// Every atom of a formula.
pub(crate) fn collect_atoms(formula: &gw_graph::Formula, out: &mut Vec<gw_graph::AtomId>) {
    match formula {
        gw_graph::Formula::Constant(_) => {}
        gw_graph::Formula::Atom(id) => out.push(*id),
        gw_graph::Formula::Not(inner) => collect_atoms(inner, out),
        gw_graph::Formula::All(list) | gw_graph::Formula::Any(list) => {
            list.iter().for_each(|f| collect_atoms(f, out));
        }
    }
}
