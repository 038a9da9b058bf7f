//! Mutants of a policy: which there are, that they are what they say, and that they can run.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

use gw_compiler::{Files, Hint, Mutant, Options};
use gw_graph::{Access, Formula, Graph};

/// One policy in memory.
struct Memory(&'static str);

impl Files for Memory {
    fn read(&self, _: &str) -> Result<Vec<u8>, String> {
        Ok(self.0.as_bytes().to_vec())
    }
}

const POLICY: &str = r#"gw 1
schema Claims { sub: string, org: string, level: int, admin?: bool }
listener http { bind = ":8080" }
backend web { target = "http://127.0.0.1:9000" }
authn idp: jwt<Claims> { audience = "shop", algorithms = [RS256], keys = file("keys.json") }
policy shared {
  deny when jwt.sub == "blocked" reason "account blocked"
  allow when jwt.org == path.org && jwt.level > 2
}
limit slow { key = jwt.sub, rate = 10/min, burst = 3 }
service s prefix /{org} {
  authn idp
  use policy shared
  route a GET /a { use limit slow; to web }
  route b GET /b { allow when jwt.admin ?? false; to web }
  route c GET /c when request.headers["x-beta"] == "1" { to web }
  route d GET /c { to web }
}
"#;

fn mutants(policy: &'static str) -> (Graph, Vec<Mutant>) {
    let made = gw_compiler::compile_mutants(&Memory(policy), "policy.gw", &Options::default());
    let (compiled, mutants) = made.unwrap_or_else(|f| panic!("{:#?}", f.diagnostics));
    (compiled.graph, mutants)
}

#[test]
fn every_part_of_a_policy_is_changed() {
    let (_, mutants) = mutants(POLICY);
    let texts: Vec<String> = mutants
        .iter()
        .map(|m| {
            format!(
                "{}:{} {} => {}",
                m.origin.line, m.origin.column, m.was, m.now
            )
        })
        .collect();
    let expected = [
        "7:3 deny when jwt.sub == \"blocked\" reason \"account blocked\" => (removed)",
        "7:13 jwt.sub == \"blocked\" => jwt.sub != \"blocked\"",
        "7:24 \"blocked\" => \"blocked~\"",
        "8:3 allow when jwt.org == path.org && jwt.level > 2 => (removed)",
        "8:3 allow when jwt.org == path.org && jwt.level > 2 => allow",
        "8:14 jwt.org == path.org => jwt.org != path.org",
        "8:14 jwt.org == path.org && jwt.level > 2 => jwt.org == path.org || jwt.level > 2",
        "8:14 jwt.org == path.org && jwt.level > 2 => jwt.org == path.org",
        "8:14 jwt.org == path.org && jwt.level > 2 => jwt.level > 2",
        "8:37 jwt.level > 2 => jwt.level >= 2",
        "8:37 jwt.level > 2 => jwt.level < 2",
        "8:49 2 => 3",
        "10:1 limit slow => limit slow with twice its rate and burst",
        "10:1 limit slow => (not used)",
        "12:3 authn idp => (removed)",
        "15:20 allow when jwt.admin ?? false => (removed)",
        "15:20 allow when jwt.admin ?? false => allow",
        "15:31 jwt.admin ?? false => !(jwt.admin ?? false)",
        "15:44 false => true",
        "16:23 request.headers[\"x-beta\"] == \"1\" => request.headers[\"x-beta\"] != \"1\"",
        "16:52 \"1\" => \"1~\"",
    ];
    assert_eq!(texts, expected);
}

#[test]
fn a_mutant_is_a_sound_graph_that_differs() {
    let (graph, mutants) = mutants(POLICY);
    for mutant in &mutants {
        let changed = mutant.apply(&graph).unwrap();
        assert!(changed.validate().is_ok(), "{mutant:?}");
        assert_ne!(changed, graph, "{mutant:?}");
        assert!(!mutant.routes.is_empty(), "{mutant:?}");
    }
    let authn = mutants.iter().find(|m| m.hint == Hint::Anonymous).unwrap();
    let open = |route: &gw_graph::Route| match &route.access {
        Access::Protected { authn, .. } => authn.is_none(),
        Access::Public { .. } => false,
    };
    assert!(authn.apply(&graph).unwrap().routes.iter().all(open));
}

/// A formula with what its atoms evaluate.
fn shown(graph: &Graph, formula: &Formula) -> String {
    let all = |list: &[Formula]| -> Vec<String> { list.iter().map(|f| shown(graph, f)).collect() };
    match formula {
        Formula::Constant(value) => value.to_string(),
        Formula::Atom(atom) => format!("{:?}", graph.expr(graph.atoms[atom.index()].expr)),
        Formula::Not(inner) => format!("not {}", shown(graph, inner)),
        Formula::All(list) => format!("all {:?}", all(list)),
        Formula::Any(list) => format!("any {:?}", all(list)),
    }
}

#[test]
fn the_policy_itself_stays_as_it_is_compiled() {
    let options = Options::default();
    let plain = gw_compiler::compile(&Memory(POLICY), "policy.gw", &options).unwrap();
    let (graph, _) = mutants(POLICY);
    assert_eq!(plain.graph.index, graph.index);
    assert_eq!(plain.graph.limits.len(), graph.limits.len());
    let rules = |graph: &Graph| -> Vec<String> {
        let rules = graph.rule_sets.iter().flat_map(|s| &s.rules);
        rules.map(|r| shown(graph, &r.when)).collect()
    };
    // Atoms have other numbers, since changed conditions have atoms too.
    assert_eq!(rules(&plain.graph), rules(&graph));
}
