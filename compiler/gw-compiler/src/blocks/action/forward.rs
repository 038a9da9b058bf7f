//! `to`: a backend, or several that share the requests.

use crate::blocks::policy::clause;
use crate::blocks::transform::Writer;
use crate::cx::Cx;
use crate::env::Place;
use crate::fields::Fields;
use crate::resolve::Kind;
use crate::shape;
use crate::spec::{BlockSpec, FieldSpec, Repeats, Shape, Words};
use gw_expr::{OwnedValue, Phase, Type};
use gw_graph::{BackendId, Edit, Few, Forward, Share};
use gw_syntax::{Code, Diagnostic, ExprKind, Ident, Literal, Part, Span, Statement};

/// `to`
pub(crate) const TO: BlockSpec = BlockSpec {
    keyword: "to",
    parents: &["route"],
    usage: "to BACKEND [{ path = \"/TEMPLATE\" }] | to split { BACKEND N%, BACKEND N%, sticky by EXPRESSION }",
    shape: Shape::of(Words::Some)
        .any_value()
        .maybe_block()
        .idle_if_empty(),
    doc: "Sends the request to a backend, or divides requests among several by weight. `sticky by` keeps equal values on the same backend.",
    example: "to split { orders 95%, orders_next 5%, sticky by jwt.sub }",
    fields: &[FieldSpec::optional(
        "path",
        "template",
        "the path that the backend sees, as `\"/p/{path.id}\"`",
    )],
    // A second one is GW0308, which says more than that a field is set twice.
    repeats: Repeats::Often,
};

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

/// Reads `to`; edits that belong to it are added to the request's.
pub(super) fn lower(
    cx: &mut Cx<'_, '_>,
    statement: &Statement,
    place: &Place,
    edits: &mut Vec<Edit>,
) -> Option<Forward> {
    match statement.parts.as_slice() {
        [Part::Word(word)] if word.name == "split" => split(cx, statement, place),
        [Part::Word(_)] if statement.value.is_some() => {
            cx.report(no_address(statement));
            None
        }
        [Part::Value(expr)] if let Some(text) = expr.as_text() => {
            let named = cx.program.peek(place.module, text);
            let named = named.and_then(|id| cx.program.decl(id));
            cx.report(match named.is_some_and(|d| d.kind == Kind::Backend) {
                true => Diagnostic::new(
                    Code::WrongShape,
                    expr.span,
                    format!("the name `{text}` is written without quotes"),
                )
                .here("a text, where a name is read")
                .help(format!("write `to {text}`"))
                .fix("remove the quotes", expr.span, text),
                false => no_address(statement),
            });
            None
        }
        [Part::Word(name)] => {
            let header = statement.head.ident().span;
            let fields = Fields::read(statement.block.as_deref(), header, &TO, cx.diagnostics);
            if let Some(path) = fields.expr("path") {
                let env = cx.env(&place.at(Phase::Request));
                let writer = Writer {
                    module: place.module,
                    env: &env,
                    response: false,
                };
                edits.push(Edit::SetPath(writer.path(cx, path)?));
            }
            let backend = backend(cx, place.module, name)?;
            Some(Forward {
                split: Few::from([Share {
                    backend,
                    weight: 10_000,
                }]),
                sticky: None,
            })
        }
        _ => {
            let diagnostic =
                Diagnostic::new(Code::WrongShape, statement.span, "`to` names a backend");
            cx.report(if statement.value.is_some() {
                diagnostic
                    .here("its name follows without `:` or `=`")
                    .help("write `to NAME`")
                    .maybe_fix(crate::blocks::access::without_sign(statement))
            } else {
                diagnostic
                    .here("not the name of a backend")
                    .help(format!("write `{}`", TO.usage))
            });
            None
        }
    }
}

fn no_address(statement: &Statement) -> Diagnostic {
    let message = "`to` names a backend, and no address";
    Diagnostic::new(Code::WrongShape, statement.span, message)
        .here("not the name of a backend")
        .help("declare `backend api { target = \"http://10.0.0.1:8080\" }`, and write `to api`")
}

fn backend(cx: &mut Cx<'_, '_>, module: usize, name: &Ident) -> Option<BackendId> {
    match cx.program.expect(module, name, Kind::Backend) {
        Ok(id) => crate::blocks::backend::lower(cx, id),
        Err(diagnostic) => {
            cx.report(*diagnostic);
            None
        }
    }
}

fn split(cx: &mut Cx<'_, '_>, statement: &Statement, place: &Place) -> Option<Forward> {
    let (mut shares, mut sticky, mut total, mut sound) = (Vec::new(), None, 0.0, true);
    let mut stickies = None;
    for item in statement.block.iter().flat_map(|b| &b.statements) {
        let name = item.head.ident();
        if name.name == "sticky" && !matches!(item.parts.first(), Some(Part::Value(_))) {
            cx.diagnostics.extend(shape::of_block(item, &SPLIT));
            if let Some(first) = stickies.replace(item.span) {
                cx.report(sticky_twice(item.span, first));
            } else if clause(item, "by").is_none() {
                cx.report(sticky_by_nothing(item));
            }
            sticky = clause(item, "by").and_then(|e| cx.check_any(e, &place.at(Phase::Forward)));
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
    }
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
    let sticky = sticky.map(|c| cx.intern(c.ir));
    Some(Forward {
        split: exact_shares(&shares),
        sticky,
    })
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
