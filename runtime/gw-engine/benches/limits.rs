//! Limits per key at 100,000 keys, against governor.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "benches fail loudly"
)]

#[path = "../tests/support/mod.rs"]
mod support;

use criterion::{Criterion, criterion_group, criterion_main};
use governor::{Quota, RateLimiter};
use gw_engine::{Exchange, Progress};
use gw_expr::{FactPath, FactStep, FactTable, Ir, Type};
use gw_graph::*;
use std::hint::black_box;
use std::num::NonZeroU32;
use std::time::Duration;
use support::*;

const KEYS: usize = 100_000;

fn limits(c: &mut Criterion) {
    let mut group = c.benchmark_group("limits-100k-keys");
    let keys: Vec<String> = (0..KEYS)
        .map(|n| format!("user-{}", n.wrapping_mul(2_654_435_761) % KEYS))
        .collect();
    let quota = Quota::per_second(NonZeroU32::new(1_000_000).unwrap());
    let governor = RateLimiter::keyed(quota);
    let mut at = 0;
    group.bench_function("governor", |b| {
        b.iter(|| {
            at = (at + 1) % KEYS;
            governor.check_key(black_box(&keys[at])).is_ok()
        });
    });
    for algorithm in [None, Some(Algorithm::Gcra), Some(Algorithm::SlidingWindow)] {
        let engine = engine(limited(algorithm));
        let empty = Empty::new();
        let headers: Vec<_> = keys.iter().map(|key| vec![("x-user", key)]).collect();
        let name = algorithm.map_or("exchange-without-limit".to_owned(), |a| format!("{a:?}"));
        group.bench_function(format!("exchange-{name}"), |b| {
            b.iter(|| {
                at = (at + 1) % KEYS;
                let head = get("h", "/x", &headers[at]);
                let mut exchange = Exchange::begin(&engine, empty.world(), &head);
                assert!(matches!(exchange.advance(), Progress::Respond(_)));
            });
        });
    }
    group.finish();
}

fn limited(algorithm: Option<Algorithm>) -> Graph {
    let mut facts = FactTable::default();
    let path = FactPath::root("request")
        .then(FactStep::Field("headers".into()))
        .then(FactStep::Key("x-user".into()));
    let user = facts.intern(path, &Type::String);
    let mut graph = Graph {
        facts,
        exprs: vec![Ir::Fact(user)],
        ..Graph::default()
    };
    let mut route = route("x", matcher(path_of("/x")));
    if let Some(algorithm) = algorithm {
        graph.limits.push(Limit {
            name: "bench".into(),
            algorithm,
            key: Some(ExprId(0)),
            rate: RateSource::Fixed(Rate {
                count: 1_000_000,
                period: Duration::from_secs(1),
            }),
            burst: 1_000_000,
            concurrency: 0,
            max_wait: Duration::ZERO,
            max_keys: 200_000,
            mode: Mode::Enforce,
            origin: Origin::default(),
        });
        route.limits.push(LimitId(0));
    }
    graph.routes.push(route);
    indexed(graph)
}

fn path_of(text: &str) -> Vec<Segment> {
    support::path(text)
}

criterion_group!(benches, limits);
criterion_main!(benches);
