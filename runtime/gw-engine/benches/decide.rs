//! Deciding: look-ups by number of routes against matchit, whole decisions, a thousand rules.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "benches fail loudly"
)]

#[path = "../tests/support/mod.rs"]
mod support;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use gw_engine::{Exchange, Headers, Identity, Need, Progress};
use gw_expr::{
    FactId, FactPath, FactStep, FactTable, Ir, Operator, OwnedMap, OwnedValue, RecordType, Type,
};
use gw_graph::*;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;
use support::*;

/// Patterns as real APIs have them: a few parameters, literals after them.
fn pattern(n: usize) -> String {
    let (service, resource) = (n / 40, n % 40);
    match n % 4 {
        0 => format!("/api/v1/service{service}/resource{resource}"),
        1 => format!("/api/v1/service{service}/resource{resource}/{{id}}"),
        2 => format!("/api/v1/service{service}/resource{resource}/{{id}}/comments/{{comment}}"),
        _ => format!("/api/v1/service{service}/{{tenant}}/resource{resource}"),
    }
}

/// A path that the n-th pattern takes.
fn target(n: usize) -> String {
    pattern(n)
        .replace("{id}", "12345")
        .replace("{comment}", "678")
        .replace("{tenant}", "acme")
}

fn routes(count: usize) -> Vec<Route> {
    (0..count)
        .map(|n| {
            let mut matcher = matcher(path(&pattern(n)));
            matcher.methods = vec!["GET".into()].into();
            route(&n.to_string(), matcher)
        })
        .collect()
}

fn lookups(c: &mut Criterion) {
    for count in [1usize, 100, 10_000, 100_000] {
        let started = Instant::now();
        let graph = graph(routes(count));
        let built = started.elapsed();
        let engine = engine(graph);
        println!(
            "{count} routes: index {built:?}, loaded {:?}",
            started.elapsed()
        );
        let mut matchit = matchit::Router::new();
        for n in 0..count {
            matchit.insert(pattern(n), n).unwrap();
        }
        let empty = Empty::new();
        let mut group = c.benchmark_group(format!("route/{count}"));
        let (first, last) = (target(0), target(count - 1));
        for (name, path) in [("first", &first), ("last", &last)] {
            let head = get("api.example", path, &());
            group.bench_function(name, |b| {
                b.iter(|| engine.route(empty.world(), black_box(&head)))
            });
            group.bench_function(format!("{name}-matchit"), |b| {
                b.iter(|| matchit.at(black_box(path)).is_ok());
            });
        }
        let miss = "/api/v1/service1/nothing/here/at/all".to_owned();
        let head = get("api.example", &miss, &());
        group.bench_function("miss", |b| {
            b.iter(|| engine.route(empty.world(), black_box(&head)))
        });
        group.bench_function("miss-matchit", |b| {
            b.iter(|| matchit.at(black_box(&miss)).is_ok())
        });

        let shuffled: Vec<String> = (0..count.max(64))
            .map(|n| target(n.wrapping_mul(2_654_435_761) % count))
            .collect();
        let heads: Vec<_> = shuffled
            .iter()
            .map(|path| get("api.example", path, &()))
            .collect();
        let mut at = 0;
        group.bench_function("shuffled", |b| {
            b.iter(|| {
                at = (at + 1) % heads.len();
                engine.route(empty.world(), &heads[at])
            });
        });
        group.bench_function("shuffled-matchit", |b| {
            b.iter(|| {
                at = (at + 1) % shuffled.len();
                matchit.at(&shuffled[at]).is_ok()
            });
        });
        group.bench_function("decide", |b| {
            b.iter_batched(
                || (),
                |()| Exchange::begin(&engine, empty.world(), &head).advance(),
                BatchSize::SmallInput,
            );
        });
        group.finish();
    }
}

/// A thousand rules `role == "rN" && path.id == "N"`, of which the last one allows.
fn rbac(c: &mut Criterion) {
    let mut facts = FactTable::default();
    let claims = Type::record(RecordType::new(
        "",
        [("role", gw_expr::Field::new(Type::String))],
    ));
    let role = fact(&mut facts, "jwt", "role");
    let id = fact(&mut facts, "path", "id");
    let mut graph = Graph {
        facts,
        ..Graph::default()
    };
    let mut rules = Vec::new();
    for n in 0..1_000 {
        let when = Formula::All(vec![
            equals(&mut graph, role, &format!("r{n}")),
            equals(&mut graph, id, &n.to_string()),
        ]);
        let reason = Builtin::Allowed.reason();
        let origin = Origin::default();
        rules.push(Rule {
            name: "rbac".into(),
            effect: Effect::Allow,
            when,
            reason,
            origin,
        });
    }
    let origin = Origin::default();
    graph.rule_sets.push(RuleSet {
        name: "rbac".into(),
        rules,
        mode: Mode::Enforce,
        origin,
    });
    graph.authns.push(Authn {
        name: "idp".into(),
        kind: AuthnKind::Jwt(JwtAuthn {
            from: vec![CredentialSource::Bearer],
            issuers: vec![],
            audiences: vec![],
            algorithms: vec![JwtAlgorithm::ES256],
            leeway: std::time::Duration::ZERO,
            keys: KeySource::Inline("{}".to_owned()),
            claims,
        }),
        origin,
    });
    let mut protected = route("rbac", matcher(path("/x/{id}")));
    protected.access = Access::Protected {
        authn: Some(AuthnTree::One(AuthnId(0))),
        authorization: Authorization {
            sets: Few::from([RuleSetId(0)]),
            diagram: None,
        },
    };
    graph.routes.push(protected);
    let engine = engine(indexed(graph));
    let empty = Empty::new();
    let mut group = c.benchmark_group("rbac-1000");
    for n in [0, 999] {
        let role = [("role", OwnedValue::text(format!("r{n}")))];
        let claims = Arc::new(OwnedMap::from_iter(role).into());
        let path = format!("/x/{n}");
        let head = get("h", &path, &() as &dyn Headers);
        group.bench_function(format!("rule-{n}"), |b| {
            b.iter(|| {
                let mut exchange = Exchange::begin(&engine, empty.world(), &head);
                let Progress::Need(Need::Identity(authn)) = exchange.advance() else {
                    panic!()
                };
                let claims = Arc::clone(&claims);
                exchange.supply_identity(authn, Ok(Identity::Jwt { claims }));
                assert!(matches!(exchange.advance(), Progress::Respond(_)));
            });
        });
    }
    group.finish();
}

fn fact(facts: &mut FactTable, root: &str, field: &str) -> FactId {
    let path = FactPath::root(root).then(FactStep::Field(field.into()));
    facts.intern(path, &Type::String)
}

fn equals(graph: &mut Graph, fact: FactId, text: &str) -> Formula {
    let operands = vec![Ir::Fact(fact), Ir::Const(OwnedValue::text(text))];
    let expr = ExprId::from_index(graph.exprs.len());
    graph.exprs.push(Ir::Operation(Operator::Eq, operands));
    let atom = AtomId::from_index(graph.atoms.len());
    graph.atoms.push(Atom {
        expr,
        text: text.to_owned(),
        origin: Origin::default(),
    });
    Formula::Atom(atom)
}

criterion_group!(benches, lookups, rbac);
criterion_main!(benches);
