//! What is decided: policies as text and the requests that they forward. `full` is what the policy
//! of `tests/bench/peers/gateway/full.gw.t` asks, the others are its parts.

use gw_compiler::{Files, Options};
use gw_expr::{OwnedMap, OwnedValue};
use gw_graph::Graph;
use std::fmt::Write;

/// How many routes the scenarios with many have, and how many keys those with a limit.
const MANY: usize = 1_000;

/// A policy with requests that it forwards.
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    policy: fn() -> String,
    pub(crate) requests: fn() -> Vec<Request>,
}

/// A request.
pub(crate) struct Request {
    pub(crate) path: String,
    pub(crate) headers: Vec<(&'static str, String)>,
}

/// The header section of the backend's responses.
pub(crate) fn response() -> Vec<(&'static str, &'static str)> {
    vec![
        ("content-type", "text/plain"),
        ("content-length", "1024"),
        ("cache-control", "public, max-age=3600"),
        ("server", "tiny"),
        ("x-request-cost", "1"),
        ("etag", "\"abc-1024\""),
    ]
}

/// In the order in which they are reported.
pub(crate) const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "public",
        policy: || one_route("public \"benchmark\"", ""),
        requests: || vec![request("/api/x", 0)],
    },
    Scenario {
        name: "routes",
        policy: || many_routes("", "public \"benchmark\""),
        requests: spread,
    },
    Scenario {
        name: "jwt",
        policy: || one_route(&format!("authn issuer; {RULE}"), ISSUER),
        requests: || vec![request("/api/x", 0)],
    },
    Scenario {
        name: "limit",
        policy: || one_route("public \"benchmark\"; use limit per_key", LIMIT),
        requests: || (0..MANY).map(|n| request("/api/x", mixed(n))).collect(),
    },
    Scenario {
        name: "edits",
        policy: || one_route(&format!("public \"benchmark\"\n{}", edits("/old")), ""),
        requests: || vec![request("/old/items/42", 0)],
    },
    Scenario {
        name: "full",
        policy: || {
            let scope = format!("authn issuer; use limit per_key; {RULE}");
            many_routes(&format!("{ISSUER}\n{LIMIT}"), &scope)
        },
        requests: spread,
    },
];

const RULE: &str = "allow when jwt.role == \"admin\"";

const ISSUER: &str = "schema Claims { role: string }\n\
    authn issuer: jwt<Claims> { issuer = \"https://issuer.test\", audience = \"gw\"\n\
    algorithms = [RS256], keys = file(\"rs256.jwks\") }";

const LIMIT: &str = "limit per_key { key = request.headers[\"x-api-key\"] ?? \"\"\n\
    rate = 1000000/s, burst = 10000 }";

const SHARED: &str = "gw 1\nlistener plain { bind = \"127.0.0.1:8080\" }\n\
    backend be { target = \"http://127.0.0.1:9000\" }\n";

/// A path rewrite and eight header edits.
fn edits(prefix: &str) -> String {
    format!(
        "request {{\n\
         set header \"x-orig-path\" = request.path\n\
         replace prefix \"{prefix}\" = \"/new\"\n\
         set header \"x-tenant\" = \"acme\"\n\
         set header \"x-env\" = \"prod\"\n\
         remove header [\"authorization\", \"x-debug\"]\n\
         }}\n\
         response {{\n\
         remove header \"x-request-cost\"\n\
         set header \"x-gateway\" = \"g1\"\n\
         set header \"x-frame-options\" = \"DENY\"\n\
         }}"
    )
}

fn one_route(body: &str, declared: &str) -> String {
    format!("{SHARED}{declared}\nroute all /** {{ {body}\nto be }}\n")
}

/// A thousand routes of one host. Without declarations they only forward.
fn many_routes(declared: &str, scope: &str) -> String {
    let mut policy = format!("{SHARED}{declared}\nservice s on \"h0.t.test\" {{\n");
    for n in 0..MANY {
        let prefix = format!("/svc{n:05}");
        let edits = if declared.is_empty() {
            String::new()
        } else {
            edits(&prefix)
        };
        // Writing to a string cannot fail.
        let _ = writeln!(
            policy,
            "route r{n} {prefix}/** {{ {scope}\n{edits}\nto be }}"
        );
    }
    policy.push_str("}\n");
    policy
}

/// Requests to all of the thousand routes with a thousand keys, in no order.
fn spread() -> Vec<Request> {
    let one = |n| request(&format!("/svc{:05}/items/42", mixed(n)), mixed(n + 7));
    (0..MANY).map(one).collect()
}

fn mixed(n: usize) -> usize {
    n.wrapping_mul(2_654_435_761) % MANY
}

fn request(path: &str, key: usize) -> Request {
    let headers = [
        ("host", "h0.t.test".to_owned()),
        ("user-agent", "Mozilla/5.0 (X11; Linux x86_64)".to_owned()),
        ("accept", "*/*".to_owned()),
        ("accept-encoding", "gzip, br".to_owned()),
        ("authorization", format!("Bearer {}", "t".repeat(600))),
        ("x-api-key", format!("key-{key}")),
        ("x-debug", "1".to_owned()),
    ];
    Request {
        path: path.to_owned(),
        headers: headers.into(),
    }
}

/// What the token says.
pub(crate) fn claims() -> OwnedMap {
    OwnedMap::from_iter([("role", OwnedValue::text("admin"))])
}

/// One policy in memory.
struct Memory(String);

impl Files for Memory {
    fn read(&self, _: &str) -> Result<Vec<u8>, String> {
        Ok(self.0.clone().into_bytes())
    }
}

impl Scenario {
    /// The compiled policy.
    pub(crate) fn graph(&self) -> Graph {
        let files = Memory((self.policy)());
        match gw_compiler::compile(&files, "policy.gw", &Options::default()) {
            Ok(compiled) => compiled.graph,
            Err(failure) => panic!("{}: {:#?}", self.name, failure.diagnostics.first()),
        }
    }
}
