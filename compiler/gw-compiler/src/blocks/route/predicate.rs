//! The condition of a route: what the index can decide, and what is left.

use crate::blocks::policy::simplify;
use crate::cx::Cx;
use crate::env::Place;
use gw_expr::{
    Checked, FactPath, FactStep, FactTable, Ir, ListElement, Operator, OwnedValue, Type,
};
use gw_graph::{Few, Formula, Matcher};
use gw_syntax::{Code, Diagnostic, Expr};
use ipnet::IpNet;
use smol_str::SmolStr;

/// Adds a condition to the matcher of a route. Conjuncts that compare a header or query parameter
/// with a constant, or the client's address with networks, become dimensions of the index.
pub(super) fn add(
    cx: &mut Cx<'_, '_>,
    route: &SmolStr,
    expr: &Expr,
    place: &Place,
    matcher: &mut Matcher,
) {
    let before = cx.diagnostics.len();
    let Some(checked) = cx.check(expr, place, &Type::Bool) else {
        explain_order(cx, before);
        return;
    };
    let text = cx.excerpt(checked.span);
    let without = cx.changes.is_some().then(|| matcher.clone());
    if !narrow(cx, checked, &text, matcher) {
        cx.report(
            Diagnostic::new(
                Code::RouteUnreachable,
                expr.span,
                "this condition is never true",
            )
            .here("the route can never match")
            .help("remove the route, or mend its condition"),
        );
        return;
    }
    if let Some(without) = without {
        let env = cx.env(place);
        crate::mutate::change_matcher(cx, expr, &env, (route, matcher), |cx, checked, now| {
            let mut changed = without.clone();
            narrow(cx, checked, now, &mut changed).then_some(changed)
        });
    }
}

/// Makes a matcher take only what fits a condition too; false if that is nothing. `text` is how
/// explanations show the condition.
fn narrow(cx: &mut Cx<'_, '_>, checked: Checked, text: &str, matcher: &mut Matcher) -> bool {
    let conjuncts = match &checked.ir {
        Ir::And(list) => list.clone(),
        other => vec![other.clone()],
    };
    let mut rest = Vec::new();
    for conjunct in conjuncts {
        if !take(&cx.graph.facts, &conjunct, matcher) {
            rest.push(conjunct);
        }
    }
    if rest.is_empty() {
        return true;
    }
    let ir = if rest.len() == 1 {
        rest.pop().unwrap_or(Ir::And(Vec::new()))
    } else {
        Ir::And(rest)
    };
    let formula = simplify(cx.formula_as(&Checked { ir, ..checked }, text));
    if formula == Formula::Constant(false) {
        return false;
    }
    matcher.when = (formula != Formula::Constant(true)).then(|| Box::new(formula));
    true
}

/// Findings about identity say that routes are chosen before anybody is authenticated.
fn explain_order(cx: &mut Cx<'_, '_>, before: usize) {
    let new = cx.diagnostics.iter_mut().skip(before);
    for diagnostic in new.filter(|d| d.code == Code::NoIdentity) {
        *diagnostic = diagnostic
            .clone()
            .here("routes are chosen before anybody is authenticated")
            .help("choose the route by path, method, header or query, and decide about the caller with `allow when …`");
    }
}

/// Whether the index decides this conjunct.
fn take(facts: &FactTable, conjunct: &Ir, matcher: &mut Matcher) -> bool {
    let Ir::Operation(operator, operands) = conjunct else {
        return false;
    };
    let [left, right] = operands.as_slice() else {
        return false;
    };
    match operator {
        Operator::Eq => equals(facts, left, right, matcher) || equals(facts, right, left, matcher),
        Operator::In => within(facts, left, right, matcher),
        _ => false,
    }
}

fn equals(facts: &FactTable, fact: &Ir, constant: &Ir, matcher: &mut Matcher) -> bool {
    let (Some(path), Ir::Const(OwnedValue::Str(text))) = (path(facts, fact), constant) else {
        return false;
    };
    match (path.root.as_str(), path.steps.as_slice()) {
        ("request", [FactStep::Field(field), FactStep::Key(key)]) => match field.as_str() {
            "headers" => push(&mut matcher.headers, key, text),
            "query" => push(&mut matcher.query, key, text),
            _ => false,
        },
        _ => false,
    }
}

/// One value for each name; a second one for the same name stays a condition.
fn push(list: &mut Few<(SmolStr, String)>, key: &SmolStr, text: &str) -> bool {
    if list.iter().any(|(k, _)| k == key) {
        return false;
    }
    list.push((key.clone(), text.to_owned()));
    true
}

fn within(facts: &FactTable, left: &Ir, right: &Ir, matcher: &mut Matcher) -> bool {
    let is_source = path(facts, left).is_some_and(|p| {
        p.root == "source" && matches!(p.steps.as_slice(), [FactStep::Field(f)] if f == "ip")
    });
    if !is_source || !matcher.sources.is_empty() {
        return false;
    }
    let Some(networks) = networks(right) else {
        return false;
    };
    matcher.sources = networks;
    true
}

fn networks(ir: &Ir) -> Option<Few<IpNet>> {
    let one = |value: &OwnedValue| match value {
        OwnedValue::Cidr(net) => Some(*net),
        OwnedValue::Ip(ip) => Some(IpNet::from(*ip)),
        _ => None,
    };
    match ir {
        Ir::Const(OwnedValue::List(list)) => list
            .iter()
            .map(one)
            .collect::<Option<Few<_>>>()
            .filter(|l| !l.is_empty()),
        Ir::Const(value) => one(value).map(|n| [n].into_iter().collect()),
        Ir::List(elements) => {
            let constants = elements
                .iter()
                .map(|ListElement { value, .. }| value.constant().and_then(one));
            constants
                .collect::<Option<Few<_>>>()
                .filter(|l| !l.is_empty())
        }
        _ => None,
    }
}

fn path<'f>(facts: &'f FactTable, ir: &Ir) -> Option<&'f FactPath> {
    match ir {
        Ir::Fact(id) => facts.path(*id),
        _ => None,
    }
}
