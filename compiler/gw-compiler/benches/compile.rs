//! Compile time and artifact size for 1,000, 10,000 and 100,000 routes, from text to artifact.
//!
//! `cargo bench -p gw-compiler --bench compile`

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    missing_docs,
    reason = "a benchmark fails by panicking; criterion's macros document nothing"
)]

use criterion::{Criterion, criterion_group, criterion_main};
use gw_compiler::{Files, Options};
use std::fmt::Write;
use std::time::Duration;

/// One policy in memory.
struct Memory(String);

impl Files for Memory {
    fn read(&self, _: &str) -> Result<Vec<u8>, String> {
        Ok(self.0.clone().into_bytes())
    }
}

/// A policy with four kinds of routes: typed parameters, a rest, rules of their own, edits.
fn policy(routes: usize) -> String {
    let mut text = String::from(
        "gw 1\nenum Role { viewer, admin inherits viewer }\n\
         schema Claims { sub: string, org: slug, roles: list<Role> }\n\
         listener http { bind = \":8080\" }\nbackend web { target = \"http://127.0.0.1:9000\" }\n\
         authn idp: jwt<Claims> { issuer = \"https://i\", audience = \"shop\", algorithms = [RS256], keys = file(\"k\") }\n\
         policy p { allow when Role.viewer in jwt.roles }\n\
         service s on \"api.example\" {\n  authn idp\n  use policy p\n",
    );
    for i in 0..routes {
        let path = format!("/svc{i:06}");
        match i % 4 {
            0 => writeln!(text, "  route r{i} GET {path}/items/{{id:int}} {{ to web }}"),
            1 => writeln!(text, "  route r{i} GET|POST {path}/** {{ to web }}"),
            2 => writeln!(
                text,
                "  route r{i} POST {path}/{{name:slug}} {{ allow when path.name == jwt.org; to web }}"
            ),
            _ => writeln!(
                text,
                "  route r{i} DELETE {path} {{ allow when Role.admin in jwt.roles; request {{ set header \"x-tenant\" = jwt.org }}; to web }}"
            ),
        }
        .unwrap();
    }
    text.push_str("}\n");
    text
}

fn compile(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("compile");
    group
        .sample_size(10)
        .measurement_time(Duration::from_secs(20));
    for routes in [1_000, 10_000, 100_000] {
        let files = Memory(policy(routes));
        let run = || match gw_compiler::compile(&files, "policy.gw", &Options::default()) {
            Ok(compiled) => gw_graph::encode(&compiled.graph),
            Err(failure) => panic!("{:#?}", failure.diagnostics.first()),
        };
        let bytes = run().len();
        println!(
            "{routes} routes: {} bytes of source, {bytes} bytes of artifact",
            files.0.len()
        );
        group.bench_function(format!("{routes} routes"), |b| b.iter(run));
    }
    group.finish();
}

criterion_group!(benches, compile);
criterion_main!(benches);
