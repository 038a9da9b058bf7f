//! `limit`: how often.

use super::mode::{MODE, UNTIL, mode};
use crate::cx::Cx;
use crate::env::Place;
use crate::fields::Fields;
use crate::resolve::{DeclId, header_span};
use crate::spec::{BlockSpec, FieldSpec, Repeats, Shape, Words};
use gw_expr::{Checked, Env, OwnedValue, Phase, Type};
use gw_graph::{Algorithm, ExprId, Limit, LimitId, Rate, RateSource};
use gw_syntax::{Code, Diagnostic, Expr};
use smol_str::SmolStr;
use std::rc::Rc;
use std::time::Duration;

/// `limit`
pub(crate) const SPEC: BlockSpec = BlockSpec {
    keyword: "limit",
    parents: &["file"],
    usage: "limit NAME[(PARAM: TYPE, …)] { key = EXPRESSION, rate = RATE, algorithm = gcra, burst = N }",
    shape: Shape::of(Words::Signature).block(),
    doc: "A limit for `use limit NAME`. Requests with equal keys count together; without a key all do. Refused requests do not count.",
    example: "limit per_client { key = source.ip, rate = 100/min, burst = 20 }",
    fields: &[
        FieldSpec::optional(
            "key",
            "expression",
            "what counts together: a user, a key, an address, a list of these",
        ),
        FieldSpec::optional(
            "rate",
            "rate expression",
            "requests per period (all but concurrency)",
        ),
        FieldSpec::optional(
            "algorithm",
            "gcra | token_bucket | leaky_bucket | fixed_window | sliding_window | concurrency",
            "how requests are counted",
        )
        .default("gcra"),
        FieldSpec::optional(
            "burst",
            "int",
            "requests that may come at once on top of the steady rate (gcra and buckets)",
        )
        .default("the rate's count"),
        FieldSpec::optional(
            "max",
            "int",
            "most requests under way at once (concurrency)",
        ),
        FieldSpec::optional(
            "max_wait",
            "duration",
            "longest time in the queue (leaky_bucket)",
        )
        .default("1s"),
        FieldSpec::optional("max_keys", "int", "most keys that are remembered").default("100000"),
        MODE,
        UNTIL,
    ],
    repeats: Repeats::Often,
};

const ALGORITHMS: &[(&str, Algorithm)] = &[
    ("gcra", Algorithm::Gcra),
    ("token_bucket", Algorithm::TokenBucket),
    ("leaky_bucket", Algorithm::LeakyBucket),
    ("fixed_window", Algorithm::FixedWindow),
    ("sliding_window", Algorithm::SlidingWindow),
    ("concurrency", Algorithm::Concurrency),
];

/// The limit of a declaration at a place, with arguments; `None` when it is off or wrong.
pub(crate) fn lower(
    cx: &mut Cx<'_, '_>,
    id: DeclId,
    place: &Place,
    args: &[(SmolStr, Checked)],
) -> Option<LimitId> {
    let decl = cx.program.decl(id)?;
    let (name, module, statement) = (decl.name.name.clone(), decl.module, decl.statement);
    let header = header_span(statement);
    let fields = Fields::read(statement.block.as_deref(), header, &SPEC, cx.diagnostics);
    if statement.value.is_some() && statement.block.is_none() {
        // A rate where a block belongs has a finding: nothing is said of what the block lacks.
        return None;
    }
    let mode = mode(cx, module, &fields)?;
    let env = cx.env_with(&place.in_module(module).at(Phase::Limit), args);
    let algorithm = match fields.expr("algorithm") {
        Some(expr) => cx.word_of(expr, "algorithm", ALGORITHMS)?,
        None => Algorithm::Gcra,
    };
    let key = match fields.expr("key") {
        Some(expr) => Some(key(cx, expr, &env)?),
        None => None,
    };
    let rate = match fields.expr("rate") {
        Some(expr) => Some(rate(cx, expr, &env)?),
        None => None,
    };
    check_fields(cx, &fields, algorithm)?;
    let default_burst = match &rate {
        Some(RateSource::Fixed(rate)) => rate.count,
        Some(RateSource::Expr(_)) | None => 1,
    };
    let limit = Limit {
        name: instance_name(cx, &name, args),
        algorithm,
        key,
        rate: rate.unwrap_or(RateSource::Fixed(Rate {
            count: 1,
            period: Duration::from_secs(1),
        })),
        burst: cx
            .whole(module, &fields, "burst", 0..=1_000_000_000)
            .unwrap_or(default_burst),
        concurrency: cx
            .whole(module, &fields, "max", 1..=1_000_000_000)
            .unwrap_or(1),
        max_wait: cx
            .duration(module, &fields, "max_wait")
            .unwrap_or(Duration::from_secs(1)),
        max_keys: cx
            .whole(module, &fields, "max_keys", 1..=100_000_000)
            .and_then(|n| u32::try_from(n).ok())
            .unwrap_or(100_000),
        mode,
        origin: cx.origin(header),
    };
    Some(cx.limit(limit))
}

/// Reads a limit that nothing uses.
pub(crate) fn check_shape(cx: &mut Cx<'_, '_>, id: DeclId) {
    let Some(decl) = cx.program.decl(id) else {
        return;
    };
    let statement = decl.statement;
    Fields::read(
        statement.block.as_deref(),
        header_span(statement),
        &SPEC,
        cx.diagnostics,
    );
}

/// The name with its arguments as written, as `per_plan(base = 60/min)`: the key of the limit's
/// state across reloads.
fn instance_name(cx: &Cx<'_, '_>, name: &str, args: &[(SmolStr, Checked)]) -> SmolStr {
    if args.is_empty() {
        return name.into();
    }
    let texts: Vec<String> = args
        .iter()
        .map(|(n, v)| format!("{n} = {}", cx.excerpt(v.span)))
        .collect();
    format!("{name}({})", texts.join(", ")).into()
}

fn key(cx: &mut Cx<'_, '_>, expr: &Expr, env: &Rc<Env>) -> Option<ExprId> {
    let checked = cx.check_any_in(expr, env)?;
    if checked.ty.may_be_absent() {
        cx.report(
            Diagnostic::new(Code::LimitKeyAbsent, expr.span, "this key may be absent")
                .here(format!("has type {}", checked.ty))
                .help("say what counts then: `… ?? string(source.ip)`"),
        );
        return None;
    }
    if matches!(checked.ir, gw_expr::Ir::Const(_)) {
        cx.report(
            Diagnostic::new(
                Code::BadLimit,
                expr.span,
                "this key is the same for every request",
            )
            .here("a constant")
            .help("write what differs, such as `source.ip` without quotes; leave `key` out if all requests count together"),
        );
        return None;
    }
    super::policy::warn_forgeable_key(cx, expr.span, &checked.ir);
    Some(cx.intern(checked.ir))
}

fn rate(cx: &mut Cx<'_, '_>, expr: &Expr, env: &Rc<Env>) -> Option<RateSource> {
    let checked = cx.check_in(expr, env, &Type::Rate)?;
    if !checked.ir.facts().is_empty() {
        return Some(RateSource::Expr(cx.intern(checked.ir)));
    }
    let OwnedValue::Rate(rate) = cx.evaluate(&checked)? else {
        return None;
    };
    let fixed = Rate::from(rate);
    if fixed.count == 0 {
        cx.report(
            Diagnostic::new(
                Code::BadLimit,
                expr.span,
                "a rate of zero refuses everything",
            )
            .here("no request would pass")
            .help("use `deny when true reason \"…\"` to close a route"),
        );
        return None;
    }
    Some(RateSource::Fixed(fixed))
}

/// Fields that the algorithm needs or has no use for.
fn check_fields(cx: &mut Cx<'_, '_>, fields: &Fields<'_>, algorithm: Algorithm) -> Option<()> {
    let concurrency = algorithm == Algorithm::Concurrency;
    let needed = if concurrency { "max" } else { "rate" };
    if fields.expr(needed).is_none() {
        cx.report(
            Diagnostic::new(
                Code::BadLimit,
                fields.span,
                format!("this limit has no `{needed}`"),
            )
            .here(format!("`{needed}` is missing"))
            .help(if concurrency {
                "add `max = 10`"
            } else {
                "add `rate = 100/min`"
            }),
        );
        return None;
    }
    let window = matches!(algorithm, Algorithm::FixedWindow | Algorithm::SlidingWindow);
    let useless = [
        ("rate", concurrency),
        ("max", !concurrency),
        ("burst", concurrency || window),
        ("max_wait", algorithm != Algorithm::LeakyBucket),
    ];
    for (name, _) in useless
        .iter()
        .filter(|(name, useless)| *useless && fields.expr(name).is_some())
    {
        let span = fields.expr(name).map_or(fields.span, |e| e.span);
        cx.report(
            Diagnostic::new(
                Code::BadLimit,
                span,
                format!("this algorithm has no use for `{name}`"),
            )
            .here("has no effect")
            .help(format!("remove `{name}`, or choose another algorithm")),
        );
    }
    Some(())
}
