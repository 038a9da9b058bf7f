//! The decide path alone, for counting. `decide compile FOLDER` writes the scenarios' policies as
//! artifacts, `decide run FOLDER SCENARIO COUNT` decides so many requests and does nothing else: the
//! difference of two counts is the cost of decisions without that of starting.
//! `tests/bench/instructions.py` compares it with a budget. `decide time` measures time instead.
//!
//! A decision is all that a request asks of the engine: the decision itself, the permits, the
//! RateLimit fields and the edits of the response.

#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a measurement fails by panicking"
)]

mod scenario;

use gw_engine::{
    Claims, Engine, Exchange, Identity, Need, Progress, RequestHead, State, Tables, UnixNanos,
    World,
};
use gw_graph::{Graph, ListenerId};
use scenario::{Request, SCENARIOS, Scenario};
use std::fs;
use std::hint::black_box;
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

/// 2030-01-01T00:00:00Z in nanoseconds: when the first request arrives.
const START: i64 = 1_893_456_000_000_000_000;
/// Between two requests, in nanoseconds.
const APART: i64 = 10_000;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["compile", folder] => SCENARIOS.iter().for_each(|one| compile(one, folder)),
        ["run", folder, name, count] => {
            let scenario = SCENARIOS.iter().find(|scenario| scenario.name == *name);
            let Some((scenario, count)) = scenario.zip(count.parse().ok()) else {
                return usage();
            };
            let artifact = fs::read(artifact(scenario, folder)).expect("the artifact is readable");
            let graph = gw_graph::decode(&artifact).expect("the artifact is whole");
            Bench::new(scenario, graph).decide(count);
        }
        ["time"] => SCENARIOS.iter().for_each(time),
        _ => return usage(),
    }
    ExitCode::SUCCESS
}

fn usage() -> ExitCode {
    let names: Vec<&str> = SCENARIOS.iter().map(|scenario| scenario.name).collect();
    eprintln!("usage: decide compile FOLDER | run FOLDER SCENARIO COUNT | time");
    eprintln!("scenarios: {}", names.join(", "));
    ExitCode::from(2)
}

fn artifact(scenario: &Scenario, folder: &str) -> PathBuf {
    Path::new(folder).join(format!("{}.gwb", scenario.name))
}

fn compile(scenario: &Scenario, folder: &str) {
    let bytes = gw_graph::encode(&scenario.graph());
    fs::write(artifact(scenario, folder), bytes).expect("the folder is writable");
}

/// Prints the median time of a decision.
fn time(scenario: &Scenario) {
    const ROUNDS: usize = 15;
    const COUNT: u32 = 100_000;
    let mut bench = Bench::new(scenario, scenario.graph());
    let mut round = || {
        let began = Instant::now();
        bench.decide(COUNT);
        began.elapsed().as_secs_f64() * 1e9 / f64::from(COUNT)
    };
    round();
    let mut times: Vec<f64> = (0..ROUNDS).map(|_| round()).collect();
    times.sort_by(f64::total_cmp);
    let best = times.first().copied().unwrap_or_default();
    let median = times.get(ROUNDS / 2).copied().unwrap_or_default();
    println!("{:<8} {median:6.0} ns, at best {best:.0}", scenario.name);
}

/// A scenario that is ready to run.
struct Bench {
    engine: Engine,
    state: State,
    tables: Tables,
    requests: Vec<Request>,
    response: Vec<(&'static str, &'static str)>,
    claims: Arc<Claims>,
    now: i64,
}

impl Bench {
    fn new(scenario: &Scenario, graph: Graph) -> Self {
        let engine = Engine::load(Arc::new(graph)).expect("the graph loads");
        Self {
            claims: Arc::new(Claims::kept_for(&engine, scenario::claims())),
            engine,
            state: State::new(7),
            tables: Tables::default(),
            requests: (scenario.requests)(),
            response: scenario::response(),
            now: START,
        }
    }

    fn decide(&mut self, count: u32) {
        let mut requests = self.requests.iter().cycle();
        for _ in 0..count {
            self.now += APART;
            if let Some(request) = requests.next() {
                self.one(request);
            }
        }
    }

    #[inline(never)]
    fn one(&self, request: &Request) {
        let head = self.head(request);
        let world = World {
            state: &self.state,
            tables: &self.tables,
        };
        let mut exchange = Exchange::begin(&self.engine, world, black_box(&head));
        let plan = loop {
            match exchange.advance() {
                Progress::Need(Need::Identity(authn)) => {
                    let claims = Arc::clone(&self.claims);
                    exchange.supply_identity(authn, Ok(Identity::Jwt { claims }));
                }
                Progress::Forward(plan) => break plan,
                other => panic!("not forwarded but {other:?}"),
            }
        };
        black_box(&plan);
        let permits = exchange.permits();
        black_box(exchange.limit_headers());
        let edits = exchange.respond(200, &self.response);
        black_box(edits.expect("the response is edited"));
        black_box(permits);
    }

    fn head<'r>(&self, request: &'r Request) -> RequestHead<'r> {
        let client = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
        RequestHead {
            listener: ListenerId(0),
            method: "GET",
            scheme: "http",
            host: "h0.t.test",
            port: None,
            path: &request.path,
            query: "x=1",
            headers: &request.headers,
            source_ip: client,
            peer_ip: client,
            peer_port: 50_000,
            protocol: "HTTP/1.1",
            tls: None,
            id: "00000000-0000-7000-8000-000000000000",
            time: UnixNanos(self.now),
            random: 0,
        }
    }
}
