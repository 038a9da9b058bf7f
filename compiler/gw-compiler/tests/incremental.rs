//! A check that recalls routes finds what a check from nothing finds, after any edits.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "tests read the project's policies"
)]

#[path = "corpus/mod.rs"]
mod corpus;

use gw_compiler::{Disk, Files, Memo, Options};
use gw_syntax::Diagnostic;
use proptest::prelude::*;
use proptest::sample::Index;
use std::fmt::Write;
use std::path::PathBuf;
use std::sync::LazyLock;

/// A policy whose entry file is in memory.
struct Edited<'t> {
    path: &'t str,
    text: &'t str,
}

impl Files for Edited<'_> {
    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        match path == self.path {
            true => Ok(self.text.as_bytes().to_vec()),
            false => Disk.read(path),
        }
    }
}

/// The policies of the project, and one in which routes share a lot.
static POLICIES: LazyLock<Vec<(String, String)>> = LazyLock::new(|| {
    let folders = ["examples", "tests/cases/check"];
    let paths = folders.iter().flat_map(|f| corpus::files(f, "gw"));
    let read = |p: PathBuf| Some((p.display().to_string(), std::fs::read_to_string(&p).ok()?));
    let mut policies: Vec<_> = paths
        .filter_map(read)
        .filter(|(_, t)| t.len() < 20_000)
        .collect();
    assert!(policies.len() > 100, "only {} policies", policies.len());
    // Often enough to be met in every run.
    policies.extend((0..policies.len() / 4).map(|_| ("shared.gw".to_owned(), shared())));
    policies
});

fn shared() -> String {
    let mut text = String::from(
        "gw 1\n\
         enum Role { viewer, admin inherits viewer }\n\
         schema Claims { sub: string, org: slug, roles: list<Role> }\n\
         listener http { bind = \"127.0.0.1:8080\" }\n\
         backend web { target = \"http://127.0.0.1:9000\" }\n\
         backend other { target = \"http://127.0.0.1:9001\" }\n\
         authn idp: jwt<Claims> { issuer = \"https://i\", audience = \"shop\", algorithms = [RS256], keys = file(\"k\") }\n\
         let local = source.ip in 10.0.0.0/8\n\
         let near = local\n\
         policy p { allow when Role.viewer in jwt.roles }\n\
         policy q(least: int) { deny when size(jwt.roles) < least reason \"few\" }\n\
         limit per_org: gcra { key = jwt.org, rate = 10/s }\n\
         service s on \"a.example\" prefix /s {\n  authn idp\n  use policy p\n",
    );
    for i in 0..6 {
        writeln!(text, "  route r{i} GET /r{i}/{{id:int}} {{ to web }}").unwrap();
        writeln!(
            text,
            "  route w{i} POST /r{i} {{ deny when near; use limit per_org; to other }}"
        )
        .unwrap();
        writeln!(text, "  route p{i} /p{i} {{ public \"it is\"; to web }}").unwrap();
    }
    text.push_str("}\nservice t on \"b.example\" {\n  deny when jwt?.org == \"x\"\n");
    for i in 0..4 {
        writeln!(
            text,
            "  route r{i} /r{i}/ {{ authn idp; use policy q(least = {i}); allow; to web }}"
        )
        .unwrap();
        writeln!(text, "  route x{i} /r{i} {{ public \"it is\"; to web }}").unwrap();
    }
    text.push_str("}\nroute top /top { authn idp; use policy p; to web }\n");
    text.push_str("route peek /peek { public \"look\"; request { set header \"x-ip\" = \"{source.ip}\" }; to web }\n");
    text.push_str("test \"t\" { request GET https://a.example/s/r1/2; expect status 401 }\n");
    text
}

const TYPED: &[&str] = &[
    "",
    "",
    "a",
    "1",
    " ",
    "\n",
    "\"",
    "{",
    "}",
    ";",
    "/",
    "// c\n",
    "/**",
    "jwt.org",
    "source.ip",
    "near",
    " when request.headers[\"x\"] == \"1\"",
    " when near",
    "public \"x\"; ",
    "authn idp; ",
    "use policy p; ",
    "allow; ",
    "deny when jwt.org == \"x\"; ",
    "to other; ",
    "override authz because \"so\"; ",
    "priority = 1; ",
    "\n  route n /n { public \"n\"; to web }\n",
    "GET",
    "r1",
    "idp",
    "é",
    "(",
    "[",
    "lint allow unused_name reason \"r\"\n",
];

/// One edit: where, how much is removed, and what is typed.
type Edit = (Index, usize, Index);

fn apply(text: &str, (at, length, typed): &Edit) -> String {
    let floor = |mut at: usize| {
        at = at.min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let start = floor(at.index(text.len() + 1));
    // Half of the edits remove nothing, and some a line or more.
    let removed = match length {
        0..8 => 0,
        8..14 => length - 7,
        _ => (length - 13) * 10,
    };
    let end = floor(start + removed).max(start);
    let mut new = text.to_owned();
    new.replace_range(start..end, TYPED[typed.index(TYPED.len())]);
    new
}

fn agree(path: &str, text: &str, options: &Options, memo: &mut Memo) -> Vec<Diagnostic> {
    let files = Edited { path, text };
    let (_, whole) = corpus::findings(&files, path, options);
    let found = gw_compiler::check(&files, path, options, memo);
    assert_eq!(found.diagnostics, whole, "{path}\n{text}");
    whole
}

proptest! {
    // A case is some fifteen checks and as many compilations.
    #![proptest_config(ProptestConfig {
        cases: ProptestConfig::default().cases / 4,
        ..ProptestConfig::default()
    })]

    #[test]
    fn any_edits(
        policy in any::<Index>(),
        edits in prop::collection::vec((any::<Index>(), 0..20usize, any::<Index>()), 1..10),
        undone in prop::collection::vec(any::<bool>(), 10),
    ) {
        let (path, source) = &POLICIES[policy.index(POLICIES.len())];
        let options = corpus::options(source);
        let mut memo = Memo::default();
        let mut text = source.clone();
        agree(path, &text, &options, &mut memo);
        for (edit, undone) in edits.iter().zip(undone) {
            let before = text.clone();
            text = apply(&text, edit);
            agree(path, &text, &options, &mut memo);
            if undone {
                text = before;
                agree(path, &text, &options, &mut memo);
            }
        }
    }
}

#[test]
fn what_routes_share_is_found_whoever_asks_for_it() {
    let options = Options::default();
    let path = "shared.gw";
    let text = shared();
    let steps = [
        // The last user of a name goes, and another comes.
        ("deny when near; ", ""),
        ("use limit per_org; ", ""),
        (
            "route top /top { authn idp; use policy p; to web }",
            "route top /top { public \"t\"; to web }",
        ),
        // The route that is first in its service asks for something else.
        (
            "route r0 GET /r0/{id:int} { to web }",
            "route r0 GET /r0/{id:int} { public \"r\"; to other }",
        ),
        // A pair that differs in a slash becomes one, and two routes overlap.
        ("route x0 /r0 {", "route x0 /other {"),
        ("route r1 GET /r1/{id:int}", "route r1 GET /r2/{id:int}"),
        // What reads the client's address goes.
        ("\"{source.ip}\"", "\"x\""),
        // A mistake that others depend on.
        ("org: slug", "orgs: slug"),
    ];
    let mut memo = Memo::default();
    let mut text_now = text.clone();
    let mut seen = vec![agree(path, &text_now, &options, &mut memo)];
    for (from, to) in steps {
        assert!(text.contains(from), "{from}");
        text_now = text_now.replace(from, to);
        seen.push(agree(path, &text_now, &options, &mut memo));
        agree(path, &text.replace(from, to), &options, &mut memo);
        agree(path, &text_now, &options, &mut memo);
    }
    seen.dedup();
    assert!(
        seen.len() > 5,
        "the steps change what is found: {}",
        seen.len()
    );
}

/// A policy beside the description of its claims.
struct Described<'t> {
    description: &'t str,
}

impl Files for Described<'_> {
    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        let text = match path.ends_with(".json") {
            true => self.description,
            false => {
                "gw 1\nlistener http { bind = \":8080\" }\nbackend web { target = echo() }\n\
                 schema Claims = json_schema(\"./claims.json\")\n\
                 authn idp: jwt<Claims> { issuer = \"i\", audience = \"a\", algorithms = [RS256], keys = file(\"k\") }\n\
                 route home GET / { authn idp; allow when jwt.level > 2; to web }\n"
            }
        };
        Ok(text.as_bytes().to_vec())
    }
}

#[test]
fn routes_are_checked_again_when_a_description_changes() {
    let claims = |level: &str| {
        format!(
            "{{\"type\":\"object\",\"required\":[\"level\"],\"properties\":{{\"level\":{{\"type\":\"{level}\"}}}}}}"
        )
    };
    let (path, options, mut memo) = ("policy.gw", Options::default(), Memo::default());
    for (level, findings) in [("integer", 0), ("string", 1), ("integer", 0)] {
        let description = claims(level);
        let files = Described {
            description: &description,
        };
        let (_, whole) = corpus::findings(&files, path, &options);
        assert_eq!(whole.len(), findings, "{whole:#?}");
        let found = gw_compiler::check(&files, path, &options, &mut memo);
        assert_eq!(found.diagnostics, whole);
    }
}
