//! Compiled against naive: generated policies are written as `.gw`, compiled and run by the engine,
//! and decided a second time from the model itself: a linear scan in the documented order of
//! precedence, rules one after the other, conditions evaluated by the `cel` crate. Route, verdict,
//! reason and rule must be the same.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    unreachable_pub,
    missing_docs,
    reason = "tests fail by panicking"
)]

#[path = "model.rs"]
mod model;
#[path = "naive.rs"]
mod naive;

use gw_compiler::{Files, Options};
use gw_engine::{
    AuthnFailure, Claims, Engine, Exchange, Identity, Need, Progress, RequestHead, State,
    TableData, Tables, UnixNanos, World,
};
use gw_graph::{AuthnId, AuthnKind, ListenerId};
use model::{Policy, Request, policies, requests};
use proptest::prelude::*;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

/// One policy in memory.
struct Memory(String);

impl Files for Memory {
    fn read(&self, _: &str) -> Result<Vec<u8>, String> {
        Ok(self.0.clone().into_bytes())
    }
}

/// What a request came to: route, and status, reason and rule of the decision.
#[derive(Debug, PartialEq, Eq)]
pub struct Verdict {
    route: Option<String>,
    status: u16,
    reason: String,
    rule: Option<String>,
}

fn compiled(policy: &Policy) -> Option<Engine> {
    let text = policy.to_string();
    match gw_compiler::compile(&Memory(text.clone()), "policy.gw", &Options::default()) {
        Ok(compiled) => Some(Engine::load(Arc::new(compiled.graph)).unwrap()),
        Err(failure) => {
            // Routes that can never match are errors, and a generated policy may have them.
            let codes: Vec<String> = failure
                .diagnostics
                .iter()
                .filter(|d| d.severity == gw_syntax::Severity::Error)
                .map(|d| d.code.to_string())
                .collect();
            let expected = codes
                .iter()
                .all(|c| matches!(c.as_str(), "GW0301" | "GW0302"));
            assert!(expected, "{text}\n{:#?}", failure.diagnostics);
            None
        }
    }
}

/// The claims of tokens that were seen before, as a gateway keeps them.
type Seen = HashMap<(AuthnId, String), Arc<Claims>>;

fn decide(engine: &Engine, seen: &mut Seen, request: &Request) -> Verdict {
    let state = State::new(7);
    let tables = Tables::new(vec![Arc::new(TableData::default())]);
    let source: IpAddr = request.source.parse().unwrap();
    let head = RequestHead {
        listener: ListenerId(0),
        method: &request.method,
        scheme: "http",
        host: &request.host,
        port: None,
        path: &request.path,
        query: &request.query,
        headers: &request.headers,
        source_ip: source,
        peer_ip: source,
        peer_port: 1,
        protocol: "HTTP/1.1",
        tls: None,
        id: "id",
        time: UnixNanos(1_893_456_000_000_000_000),
        random: 0,
    };
    let world = World {
        state: &state,
        tables: &tables,
    };
    let mut exchange = Exchange::begin(engine, world, &head);
    let status = loop {
        match exchange.advance() {
            Progress::Need(Need::Identity(id)) => {
                let AuthnKind::Jwt(jwt) = &engine.graph().authns[id.index()].kind else {
                    panic!("only tokens")
                };
                let outcome = match &request.claims {
                    Some(json) => {
                        let verify = || {
                            let claims = gw_expr::conform(&jwt.claims, json).unwrap();
                            let claims = Arc::unwrap_or_clone(claims.into_map().unwrap());
                            Arc::new(Claims::kept_for(engine, claims))
                        };
                        let known = seen.entry((id, json.to_string())).or_insert_with(verify);
                        let claims = Arc::clone(known);
                        Ok(Identity::Jwt { claims })
                    }
                    None => Err(AuthnFailure::Absent),
                };
                exchange.supply_identity(id, outcome);
            }
            Progress::Need(Need::Wait(_)) => panic!("no queues here"),
            Progress::Forward(_) => break 200,
            Progress::Respond(own) => break own.status,
            Progress::Refuse(refusal) => break refusal.status,
        }
    };
    let decision = exchange.decision();
    Verdict {
        route: exchange.route().map(|r| r.name.to_string()),
        status,
        reason: decision.reason.text.to_string(),
        rule: decision.rule.as_ref().map(ToString::to_string),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, max_global_rejects: 100_000, ..ProptestConfig::default() })]

    #[test]
    fn compiled_is_naive(policy in policies(), requests in prop::collection::vec(requests(), 24)) {
        let engine = compiled(&policy);
        prop_assume!(engine.is_some());
        let engine = engine.unwrap();
        let mut seen = Seen::new();
        for request in &requests {
            let expected = naive::decide(&policy, request);
            let found = decide(&engine, &mut seen, request);
            prop_assert_eq!(&found, &expected, "\n{}\n{:#?}", policy, request);
        }
    }
}
