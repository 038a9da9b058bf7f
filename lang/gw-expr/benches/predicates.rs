//! The eight predicates compiled, against the reference interpreter `cel` 0.15.
//! `cargo bench -p gw-expr --bench predicates`
#![expect(clippy::unwrap_used, reason = "a benchmark fails by panicking")]
#![expect(unreachable_pub, reason = "the shared file is a module of each target")]

#[path = "../tests/common/predicates.rs"]
mod predicates;

use criterion::{Criterion, criterion_group, criterion_main};
use predicates::{PREDICATES, Prepared, prepare};
use std::collections::HashMap;
use std::hint::black_box;

fn context() -> cel::Context<'static, 'static> {
    let mut context = cel::Context::default();
    let text = |t: &str| cel::Value::from(t);
    let headers: HashMap<&str, &str> = HashMap::from([("x-tenant", "acme"), ("accept", "*/*")]);
    let request: HashMap<&str, cel::Value> = HashMap::from([
        ("method", text("POST")),
        ("path", text("/v1/acme/orders")),
        ("headers", cel::Value::from(headers)),
    ]);
    let roles: Vec<cel::Value> = ["viewer", "editor", "billing"].map(text).into();
    let jwt: HashMap<&str, cel::Value> = HashMap::from([
        ("org", text("acme")),
        ("plan", text("enterprise")),
        ("level", cel::Value::Int(4)),
        ("roles", cel::Value::from(roles)),
    ]);
    context.add_variable_from_value("request", request);
    context.add_variable_from_value("jwt", jwt);
    context
}

fn bench(criterion: &mut Criterion) {
    let context = context();
    for (name, text, reference) in PREDICATES {
        let mut group = criterion.benchmark_group(*name);
        let Prepared { program, slots } = prepare(text);
        group.bench_function("compiled", |bencher| {
            bencher.iter(|| black_box(&program).eval_bool(black_box(&slots)));
        });
        if let Some(reference) = reference {
            let program = cel::Program::compile(reference).unwrap();
            group.bench_function("cel 0.15", |bencher| {
                bencher.iter(|| black_box(&program).execute(black_box(&context)));
            });
        }
        group.bench_function("check and compile", |bencher| {
            bencher.iter(|| prepare(black_box(text)));
        });
        group.finish();
    }
}

criterion_group!(benches, bench);
criterion_main!(benches);
