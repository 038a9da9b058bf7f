//! `balance`: which endpoint takes the next request.

use super::layers::{Layers, layered};
use crate::blocks::action::constant_key;
use crate::cx::Cx;
use crate::env::Place;
use crate::shape;
use gw_expr::Phase;
use gw_graph::Balance;
use gw_syntax::ExprKind;

/// The way that the nearest layer states; in turn without one.
pub(super) fn lower(cx: &mut Cx<'_, '_>, layers: &Layers<'_>) -> Balance {
    let Some((module, fields)) = layered(layers, "balance") else {
        return Balance::RoundRobin;
    };
    let Some(expr) = fields.expr("balance") else {
        return Balance::RoundRobin;
    };
    if let ExprKind::Call { name, args, .. } = &expr.kind
        && let ("hash", Some(key)) = (name.name.as_str(), args.first())
    {
        cx.diagnostics.extend(shape::arguments("hash", args, 1));
        let place = Place::constant(module).at(Phase::Forward);
        let Some(checked) = cx.check_any(key, &place) else {
            return Balance::RoundRobin;
        };
        if checked.ir.facts().is_empty() {
            let help = "write what differs, such as `source.ip` or `request.path`, or choose `round_robin`";
            cx.report(constant_key(key.span, help).here("they all go to one target"));
        }
        return Balance::Hash(cx.intern(checked.ir));
    }
    let words = [
        ("round_robin", Balance::RoundRobin),
        ("least_request", Balance::LeastRequest),
        ("random_of_two", Balance::RandomOfTwo),
    ];
    cx.word_of(expr, "balance", &words)
        .unwrap_or(Balance::RoundRobin)
}
