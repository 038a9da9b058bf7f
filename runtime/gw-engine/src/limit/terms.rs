//! What a limit says, made ready when the graph is loaded. Must not know who asks.

use super::{Allowance, Label};
use gw_graph::{ExprId, Limit, Rate, RateSource};
use std::time::Duration;

/// The terms of one limit.
#[derive(Debug)]
pub(crate) struct Terms {
    pub(crate) label: Label,
    /// The rate, where it depends on the request.
    pub(crate) computed: Option<ExprId>,
    allowance: Allowance,
}

impl Terms {
    pub(crate) fn of(limit: &Limit) -> Self {
        let (rate, computed) = match limit.rate {
            RateSource::Fixed(rate) => (rate, None),
            RateSource::Expr(expr) => (UNKNOWN, Some(expr)),
        };
        let allowance = Allowance {
            algorithm: limit.algorithm,
            rate,
            burst: limit.burst,
            concurrency: limit.concurrency,
            max_wait: limit.max_wait,
        };
        let fixed = computed.is_none().then_some(&allowance);
        Self {
            label: Label::new(&limit.name, fixed),
            computed,
            allowance,
        }
    }

    /// What it allows; `rate` is that of this request, where it is computed.
    pub(crate) fn allowance(&self, rate: Option<Rate>) -> Allowance {
        Allowance {
            rate: rate.unwrap_or(self.allowance.rate),
            ..self.allowance
        }
    }
}

/// Allows next to nothing, should it ever be used.
const UNKNOWN: Rate = Rate {
    count: 0,
    period: Duration::MAX,
};
