//! `limits`: what the policy as a whole may not exceed.

use crate::cx::Cx;
use crate::fields::Fields;
use crate::spec::{BlockSpec, FieldSpec, Repeats, Shape, Words};
use gw_expr::{Checked, Estimate, FactPath, grouped};
use gw_syntax::{Code, Diagnostic, Span};

/// `limits`
pub(crate) const SPEC: BlockSpec = BlockSpec {
    keyword: "limits",
    parents: &["file"],
    usage: "limits { predicate_cost = STEPS }",
    shape: Shape::of(Words::None).block().idle_if_empty(),
    doc: "What the policy as a whole may not exceed; its own file's and those of files imported whole count, the lowest holds.",
    example: "limits { predicate_cost = 10000 }",
    fields: &[FieldSpec::optional(
        "predicate_cost",
        "int",
        "the most steps that one expression may take for the largest inputs; `gwc explain route` shows what each takes",
    )],
    repeats: Repeats::Once,
};

/// The most steps of an expression, and where that is written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Budget {
    steps: u64,
    span: Span,
}

/// Reads the blocks of all files that are part of the policy.
pub(crate) fn lower_all(cx: &mut Cx<'_, '_>) {
    let mut seen: Vec<(usize, Span)> = Vec::new();
    for (module, statement) in cx.program.settings.clone() {
        let header = statement.head.ident().span;
        if let Some((_, first)) = seen.iter().find(|(of, _)| *of == module) {
            let diagnostic = Diagnostic::new(Code::DuplicateField, header, "`limits` is set twice");
            let diagnostic = diagnostic
                .here("set again here")
                .because(*first, "first set here");
            cx.report(diagnostic.help("keep one of them"));
            continue;
        }
        seen.push((module, header));
        let fields = Fields::read(statement.block.as_deref(), header, &SPEC, cx.diagnostics);
        let steps = cx.whole(module, &fields, "predicate_cost", 1..=i64::MAX);
        let span = fields.expr("predicate_cost").map_or(header, |e| e.span);
        let lower = |known: &Budget| steps.is_some_and(|steps| steps < known.steps);
        if let Some(steps) = steps
            && cx.budget.as_ref().is_none_or(lower)
        {
            cx.budget = Some(Budget { steps, span });
        }
    }
}

/// GW0606 for an expression that may take more steps than the policy allows.
pub(crate) fn check(cx: &mut Cx<'_, '_>, checked: &Checked) {
    let Some(budget) = cx.budget else {
        return;
    };
    let estimate = crate::cost::estimate(&cx.graph, &checked.ir);
    if estimate.steps > budget.steps {
        let diagnostic = over_budget(&estimate, checked.span, budget);
        cx.report(diagnostic);
    }
}

fn over_budget(estimate: &Estimate, at: Span, budget: Budget) -> Diagnostic {
    let message = format!(
        "this may take {} steps, {} are allowed",
        steps(estimate.steps),
        grouped(budget.steps)
    );
    let diagnostic = Diagnostic::new(Code::OverCost, at, message);
    let diagnostic = match &estimate.dearest {
        Some(part) => diagnostic.here(format!("{} of them: {}", steps(part.steps), part.text)),
        None => diagnostic.here("too costly"),
    };
    let fact = estimate
        .dearest
        .as_ref()
        .and_then(|part| part.fact.as_ref());
    diagnostic
        .because(budget.span, "the limit")
        .help(cheaper(fact))
}

/// A number of steps, or that there is no end to them.
fn steps(steps: u64) -> String {
    match steps {
        u64::MAX => "more than any number of".to_owned(),
        steps => grouped(steps),
    }
}

/// How to make an expression cheaper whose cost comes from the size of a fact.
fn cheaper(fact: Option<&FactPath>) -> String {
    let Some(fact) = fact else {
        return "split it into several rules, or shorten its constants".to_owned();
    };
    match fact.root.as_str() {
        "jwt" | "key" => format!(
            "bound `{fact}` where its schema declares it: `list<…> max 50`, `string max 64`"
        ),
        "path" => {
            format!("give `{fact}` a type with a bound in the route's path, as `{{id:slug}}`")
        }
        "request" => format!(
            "compare `{fact}` with `==` or `startsWith`, or lower `max_head` of the listener"
        ),
        "response" => format!("compare `{fact}` with `==` or `startsWith`"),
        _ => format!("bound `{fact}` where its type is declared, as `string max 64`"),
    }
}
