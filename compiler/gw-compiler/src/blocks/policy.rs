//! `policy`, `allow` and `deny`: who may do what.

mod lints;
mod unused;

pub(crate) use lints::{Written, warn_forgeable_key};
pub(crate) use unused::Anywhere;

use super::mode::{MODE, UNTIL, mode};
use crate::blocks::transform::plain;
use crate::cx::Cx;
use crate::env::Place;
use crate::fields::Fields;
use crate::resolve::{DeclId, header_span};
use crate::shape;
use crate::spec::{BlockSpec, Repeats, Shape, Words};
use gw_expr::{Checked, OwnedValue, Phase, Type};
use gw_graph::{Effect, Formula, Mode, Reason, Rule};
use gw_syntax::{Code, Diagnostic, Expr, Statement};
use smol_str::SmolStr;

/// `policy`
pub(crate) const SPEC: BlockSpec = BlockSpec {
    keyword: "policy",
    parents: &["file"],
    usage: "policy NAME[(PARAM: TYPE, …)] { allow when … deny when … reason \"…\" }",
    shape: Shape::of(Words::Signature).block(),
    doc: "A named set of rules for `use policy NAME`. Deny overrides; where there is an allow rule, one must match; a condition that fails denies in `deny` and does not allow in `allow`.",
    example: "policy writes {\n  deny when jwt.suspended ?? false reason \"account suspended\"\n  allow when Role.editor in jwt.roles\n}",
    fields: &[MODE, UNTIL],
    repeats: Repeats::Often,
};

/// `allow`
pub(crate) const ALLOW: BlockSpec = BlockSpec {
    keyword: "allow",
    parents: &["policy", "service", "route"],
    usage: "allow [when CONDITION]",
    shape: Shape::of(Words::Read).clauses(&["when", "reason"]),
    doc: "Lets a request pass if the condition is true and no deny rule applies. Without a condition everybody passes whom the authentication lets in.",
    example: "allow when Role.editor in jwt.roles && jwt.org == path.org",
    fields: &[],
    repeats: Repeats::Often,
};

/// `deny`
pub(crate) const DENY: BlockSpec = BlockSpec {
    keyword: "deny",
    parents: &["policy", "service", "route"],
    usage: "deny when CONDITION [reason \"TEXT\"]",
    shape: Shape::of(Words::Read).clauses(&["when", "reason"]),
    doc: "Refuses a request if the condition is true or fails with an error. The reason reaches the client, logs, metrics and tests.",
    example: "deny when !(source.ip in 10.0.0.0/8) reason \"internal only\"",
    fields: &[],
    repeats: Repeats::Often,
};

/// Name, mode and rules of a policy at a place; `None` when it is off or wrong.
pub(crate) fn rules(
    cx: &mut Cx<'_, '_>,
    id: DeclId,
    place: &Place,
    args: &[(SmolStr, Checked)],
) -> Option<(SmolStr, Mode, Vec<Rule>)> {
    let decl = cx.program.decl(id)?;
    let (name, module, statement) = (decl.name.name.clone(), decl.module, decl.statement);
    let fields = Fields::read(
        statement.block.as_deref(),
        header_span(statement),
        &SPEC,
        cx.diagnostics,
    );
    let mode = mode(cx, module, &fields)?;
    let inner = place.in_module(module);
    let (mut rules, mut written) = (Vec::new(), Written::default());
    for statement in &fields.nested {
        if let Some(rule) = rule_with(cx, statement, &name, &inner, args) {
            written.note(cx, statement.span, &rule);
            rules.push(rule);
        }
    }
    written.finish(cx);
    Some((name, mode, rules))
}

/// Reads a policy that nothing may use, so that a mistake is found before its first use; conditions are
/// typed at uses, and where there is none against what all places have in common.
pub(crate) fn check_shape(cx: &mut Cx<'_, '_>, id: DeclId, anywhere: &mut Anywhere) {
    let Some(decl) = cx.program.decl(id) else {
        return;
    };
    let (name, module, statement) = (decl.name.clone(), decl.module, decl.statement);
    let fields = Fields::read(
        statement.block.as_deref(),
        header_span(statement),
        &SPEC,
        cx.diagnostics,
    );
    let _ = mode(cx, module, &fields);
    if fields.nested.is_empty() {
        cx.report(
            Diagnostic::new(
                Code::NoDecision,
                name.span,
                format!("policy `{}` has no rules", name.name),
            )
            .here("decides nothing")
            .help("add `allow when …` or `deny when … reason \"…\"`"),
        );
    }
    if cx.program.is_used(id) {
        return;
    }
    let mut rules = Vec::new();
    for rule in &fields.nested {
        let effect = effect_of(rule);
        match wrong_rule(rule, effect) {
            Some(finding) => cx.report(finding),
            None => rules.push((*rule, effect)),
        }
        if let Some(expr) = clause(rule, "reason") {
            let _ = reason(cx, module, expr);
        }
    }
    anywhere.check(cx, (module, statement), &rules);
}

fn effect_of(rule: &Statement) -> Effect {
    match rule.head.ident().name.as_str() {
        "deny" => Effect::Deny,
        _ => Effect::Allow,
    }
}

/// The finding for a rule that has not the shape of one.
fn wrong_rule(rule: &Statement, effect: Effect) -> Option<Diagnostic> {
    let when = clause(rule, "when");
    let spec = match effect {
        Effect::Deny => &DENY,
        Effect::Allow => &ALLOW,
    };
    let usage = || format!("write `{}`", spec.usage);
    if when.is_some() {
        let shape = Shape {
            words: Words::None,
            ..spec.shape
        };
        return shape::check(rule, &shape, usage);
    }
    let bare = rule.parts.is_empty() && effect == Effect::Allow;
    (!bare).then(|| {
        let message = format!("this `{}` has no condition", spec.keyword);
        Diagnostic::new(Code::WrongShape, rule.span, message)
            .here("`when` is missing")
            .help(usage())
    })
}

/// One rule of a service or route.
pub(crate) fn rule(
    cx: &mut Cx<'_, '_>,
    statement: &Statement,
    name: &SmolStr,
    place: &Place,
) -> Option<Rule> {
    rule_with(cx, statement, name, place, &[])
}

fn rule_with(
    cx: &mut Cx<'_, '_>,
    statement: &Statement,
    name: &SmolStr,
    place: &Place,
    args: &[(SmolStr, Checked)],
) -> Option<Rule> {
    let effect = effect_of(statement);
    let place = place.at(Phase::Authz);
    if let Some(finding) = wrong_rule(statement, effect) {
        cx.report(finding);
        return None;
    }
    let when = clause(statement, "when");
    let condition = match when {
        Some(expr) => condition(cx, expr, &place, args)?,
        None => Formula::Constant(true),
    };
    let reason = match clause(statement, "reason") {
        Some(expr) => reason(cx, place.module, expr)?,
        None => Reason::new(if effect == Effect::Deny {
            "denied by rule"
        } else {
            "allowed"
        }),
    };
    warn_constant(cx, statement, effect, &condition);
    if let Some(when) = when {
        lints::warn_unanchored(cx, effect, when);
        lints::warn_forgeable(cx, when.span, &condition);
    }
    let rule = Rule {
        name: name.clone(),
        effect,
        when: condition,
        reason,
        origin: cx.origin(statement.span),
    };
    if let Some(when) = when.filter(|_| cx.changes.is_some()) {
        let env = cx.env_with(&place, args);
        crate::mutate::change_condition(cx, when, &env, &rule);
    }
    Some(rule)
}

fn condition(
    cx: &mut Cx<'_, '_>,
    expr: &Expr,
    place: &Place,
    args: &[(SmolStr, Checked)],
) -> Option<Formula> {
    if args.is_empty() {
        return cx.condition(expr, place).map(simplify);
    }
    let env = cx.env_with(place, args);
    let checked = cx.check_in(expr, &env, &Type::Bool)?;
    Some(simplify(cx.formula(&checked)))
}

fn reason(cx: &mut Cx<'_, '_>, module: usize, expr: &Expr) -> Option<Reason> {
    plain::warn_fixed_braces(cx, expr);
    match cx.constant(module, expr, &Type::String)? {
        OwnedValue::Str(text) if text.chars().any(char::is_alphanumeric) => {
            Some(Reason::new(&text))
        }
        _ => {
            cx.report(
                Diagnostic::new(Code::EmptyWhy, expr.span, "this reason says nothing")
                    .here("no words")
                    .help("say in a few words why, as in `reason \"account suspended\"`"),
            );
            None
        }
    }
}

fn warn_constant(cx: &mut Cx<'_, '_>, statement: &Statement, effect: Effect, when: &Formula) {
    let span = clause(statement, "when").map_or(statement.span, |e| e.span);
    if *when == Formula::Constant(false) {
        let (code, what) = match effect {
            Effect::Allow => (Code::NeverAllows, "this rule can never allow"),
            Effect::Deny => (Code::NeverFires, "this rule can never deny"),
        };
        cx.report(
            Diagnostic::new(code, span, what)
                .here("always false")
                .help("remove the rule, or mend its condition"),
        );
    }
    if *when == Formula::Constant(true)
        && effect == Effect::Allow
        && clause(statement, "when").is_some()
    {
        cx.report(
            Diagnostic::new(Code::AlwaysAllows, span, "this rule allows everything")
                .here("always true")
                .help(
                    "write `allow` without a condition if you mean everybody who is authenticated",
                ),
        );
    }
}

/// The expression of a clause.
pub(crate) fn clause<'s>(statement: &'s Statement, word: &str) -> Option<&'s Expr> {
    statement
        .clauses
        .iter()
        .find(|c| c.word.name == word)
        .map(|c| &c.expr)
}

/// Removes constants: `true && x` is x, `false && x` is false, also where x may fail.
pub(crate) fn simplify(formula: Formula) -> Formula {
    match formula {
        Formula::Not(inner) => match simplify(*inner) {
            Formula::Constant(b) => Formula::Constant(!b),
            other => Formula::Not(Box::new(other)),
        },
        Formula::All(list) => junction(list, false),
        Formula::Any(list) => junction(list, true),
        Formula::Constant(_) | Formula::Atom(_) => formula,
    }
}

fn junction(list: Vec<Formula>, absorbing: bool) -> Formula {
    let mut out = Vec::new();
    for item in list.into_iter().map(simplify) {
        match item {
            Formula::Constant(b) if b == absorbing => return Formula::Constant(absorbing),
            Formula::Constant(_) => {}
            Formula::All(inner) if !absorbing => out.extend(inner),
            Formula::Any(inner) if absorbing => out.extend(inner),
            other => out.push(other),
        }
    }
    match (out.len(), absorbing) {
        (0, _) => Formula::Constant(!absorbing),
        (1, _) => out.pop().unwrap_or(Formula::Constant(!absorbing)),
        (_, false) => Formula::All(out),
        (_, true) => Formula::Any(out),
    }
}
