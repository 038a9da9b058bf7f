//! Holds the registry of codes against what an author sees: every code has a case, a page with
//! examples that compile as they claim, help, and fixes that mend.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot read its files has failed"
)]

mod corpus;

use corpus::{Cases, files, findings, folder, options};
use gw_syntax::{Code, Diagnostic, FileId, Severity};
use std::collections::{HashMap, HashSet};

/// What the examples of the pages may rely on; a page that declares one of these itself does
/// without.
const PRELUDE: &[&str] = &[
    "enum Role { viewer, editor, admin inherits viewer, editor }",
    "schema Claims { sub: string, tenant: string, roles: list<Role>, suspended?: bool }",
    "schema KeyMeta { owner: string, tenant: string }",
    "listener http { bind = \":8080\" }",
    "backend web { target = \"http://127.0.0.1:9000\" }",
    "table keys: map<hash, KeyMeta> { source = file(\"keys.ndjson\") }",
    "authn idp: jwt<Claims> { audience = \"shop\", algorithms = [RS256], keys = file(\"keys.json\") }",
    "authn partner: api_key<KeyMeta> { from = header(\"x-api-key\"), store = keys }",
    "route prelude GET /prelude { authn any_of [idp, partner]; allow; to web }",
];

fn page(code: Code) -> Option<String> {
    std::fs::read_to_string(folder("docs/diagnostics").join(format!("{code}.md"))).ok()
}

fn snapshots() -> Vec<(String, String)> {
    let paths = files("tests/cases/check", "snap").into_iter();
    paths
        .map(|p| {
            let name = p.file_stem().unwrap().to_string_lossy().into_owned();
            (name, std::fs::read_to_string(p).unwrap())
        })
        .collect()
}

#[test]
fn every_code_has_a_case_that_carries_its_number() {
    let snapshots = snapshots();
    let shown = |code: &Code| {
        let prefix = code.to_string().to_lowercase();
        let mut own = snapshots
            .iter()
            .filter(|(name, _)| name.starts_with(&prefix));
        own.any(|(_, text)| text.contains(&format!("[{code}]")))
    };
    let missing: Vec<_> = Code::ALL.iter().filter(|c| !shown(c)).collect();
    assert!(missing.is_empty(), "no case for {missing:?}");
}

#[test]
fn a_case_shows_the_code_that_it_is_named_after() {
    for (name, text) in snapshots().iter().filter(|(n, _)| n.starts_with("gw")) {
        let code = name.get(..6).unwrap_or("").to_uppercase();
        assert!(text.contains(&format!("[{code}]")), "{name}:\n{text}");
    }
}

#[test]
fn every_finding_of_the_corpus_says_what_to_type() {
    for (name, text) in snapshots() {
        let starts = ["error[GW", "warning[GW", "note[GW"];
        let begins = |line: &&str| starts.iter().any(|s| line.starts_with(s));
        let findings = text.lines().filter(begins).count();
        let helps = text
            .lines()
            .filter(|l| l.starts_with("   = help: "))
            .count();
        assert_eq!(findings, helps, "{name}:\n{text}");
    }
}

#[test]
fn messages_follow_the_style() {
    for (name, text) in snapshots() {
        for line in text.lines().filter(|l| l.contains("[GW")) {
            let message = line.split_once("]: ").map_or(line, |(_, m)| m);
            let first = message.chars().next().unwrap_or(' ');
            assert!(!first.is_uppercase(), "{name}: {message}");
            assert!(!message.ends_with('.'), "{name}: {message}");
        }
    }
}

#[test]
fn every_code_has_a_page_and_every_page_a_code() {
    for code in Code::ALL {
        let text = page(*code).unwrap_or_else(|| panic!("docs/diagnostics/{code}.md is missing"));
        let title = text.lines().next().unwrap_or("");
        assert_eq!(title, format!("# {code}: {}", code.title()));
        assert!(text.contains("\nSee also: "), "{code} has no `See also:`");
    }
    for path in files("docs/diagnostics", "md") {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        assert!(name.parse::<Code>().is_ok(), "{name}.md explains no code");
    }
}

#[test]
fn links_between_pages_lead_to_pages() {
    for code in Code::ALL {
        let text = page(*code).unwrap_or_default();
        for link in text.split("](").skip(1) {
            let target = link.split(')').next().unwrap_or("");
            let there = folder("docs/diagnostics").join(target).is_file();
            assert!(there, "{code}: {target}");
        }
    }
}

#[test]
fn wrong_examples_are_wrong_and_right_ones_right() {
    for code in Code::ALL {
        let text = page(*code).unwrap_or_default();
        let examples = examples(&text);
        let files = described(&text);
        let count = |kind: &str| examples.iter().filter(|(k, _)| k.starts_with(kind)).count();
        assert!(count("wrong") > 0 && count("right") > 0, "{code}");
        for (kind, example) in examples {
            let found = compile(&kind, &example, &files);
            let own = found.iter().any(|d| d.code == *code);
            if kind.starts_with("wrong") {
                assert!(own, "{code} is not found in\n{example}\n{found:#?}");
                let only = found.iter().all(|d| d.code == *code);
                assert!(only, "{code} is not alone in\n{example}\n{found:#?}");
            } else {
                let errors = found.iter().any(|d| d.severity == Severity::Error);
                assert!(!own && !errors, "{code}: not right:\n{example}\n{found:#?}");
            }
        }
    }
}

/// The blocks of a page that are marked `gw wrong` or `gw right`, with their marks.
fn examples(page: &str) -> Vec<(String, String)> {
    let mut out = Vec::new();
    let mut rest = page;
    while let Some((_, after)) = rest.split_once("```gw ") {
        let (mark, body) = after.split_once('\n').unwrap_or((after, ""));
        let (example, next) = body.split_once("\n```").unwrap_or((body, ""));
        out.push((mark.trim().to_owned(), example.to_owned()));
        rest = next;
    }
    out
}

/// The other files of a page: a fence such as `yaml api.yaml` names one and holds it.
fn described(page: &str) -> HashMap<String, Vec<u8>> {
    let mut files = HashMap::new();
    for fence in ["```yaml ", "```json "] {
        for part in page.split(fence).skip(1) {
            let (name, body) = part.split_once('\n').unwrap_or((part, ""));
            let text = body.split("```").next().unwrap_or("");
            files.insert(name.trim().to_owned(), text.as_bytes().to_vec());
        }
    }
    files
}

/// Findings of an example. One that begins with an edition line, or is marked `file`, is a whole
/// policy; others stand among the declarations of the prelude, whose own warnings do not count.
fn compile(mark: &str, example: &str, files: &HashMap<String, Vec<u8>>) -> Vec<Diagnostic> {
    let whole = example.starts_with("gw ") || mark.ends_with("file");
    let text = if whole {
        example.to_owned()
    } else {
        let taken = |item: &&&str| {
            let mut words = item.split([' ', ':']);
            let head = (words.next(), words.next());
            example.lines().filter(|l| !l.starts_with(' ')).any(|line| {
                let mut words = line.split_whitespace();
                let name = |w: Option<&str>| w.map(|w| w.trim_end_matches(':').to_owned());
                (words.next(), name(words.next())) == (head.0, head.1.map(str::to_owned))
            })
        };
        let items: Vec<&str> = PRELUDE.iter().filter(|i| !taken(i)).copied().collect();
        format!("gw 1\n{}\n\n{example}\n", items.join("\n"))
    };
    let mut memory = files.clone();
    memory.insert("policy.gw".to_owned(), expand(&text));
    let shared = b"gw 1\n\nlet office = [192.0.2.0/24]\n";
    memory.insert("shared.gw".to_owned(), shared.to_vec());
    let cases = Cases { memory };
    let (sources, mut found) = findings(&cases, "policy.gw", &options(example));
    let prelude = if whole {
        0
    } else {
        text.len() - example.len() - 1
    };
    found.retain(|d| {
        let start = d.span().start as usize;
        let in_prelude = d.span().file == FileId(0) && start < prelude && start > 0;
        d.severity == Severity::Error || !in_prelude
    });
    // Examples are about one thing: declarations that they only make are not used.
    let about_use = found.iter().all(|d| d.code == Code::UnusedName);
    found.retain(|d| {
        d.code != Code::UnusedName || about_use && sources.text(d.span()) == "office_only"
    });
    found
}

/// Writes out what a page cannot hold.
fn expand(text: &str) -> Vec<u8> {
    let parentheses = format!("{}true{}", "(".repeat(300), ")".repeat(300));
    let rules: Vec<String> = (0..70)
        .map(|n| {
            format!("allow when request.headers[\"x-group\"] == \"g{n}\" && request.query[\"team\"] == \"t{n}\"")
        })
        .collect();
    let text = text
        .replace("<U+202E>", "\u{202e}")
        .replace("<300 parentheses>", &parentheses)
        .replace("<70 rules>", &rules.join("\n"));
    let mut bytes = Vec::new();
    for (index, part) in text.split("<FC>").enumerate() {
        if index > 0 {
            bytes.push(0xFC);
        }
        bytes.extend_from_slice(part.as_bytes());
    }
    bytes
}

#[test]
fn fixes_mend_and_do_no_harm() {
    let mut tried = 0;
    for path in files("tests/cases/check", "gw") {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let text = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
        let (_, before) = findings(&Cases::default(), &name, &options(&text));
        for diagnostic in &before {
            let Some(fix) = &diagnostic.fix else { continue };
            let mut fixed = text.clone();
            let mut edits = fix.edits.clone();
            edits.sort_by_key(|(span, _)| std::cmp::Reverse(span.start));
            for (span, replacement) in &edits {
                fixed.replace_range(span.start as usize..span.end as usize, replacement);
            }
            let mut cases = Cases::default();
            cases
                .memory
                .insert(name.clone(), fixed.clone().into_bytes());
            let (_, after) = findings(&cases, &name, &options(&fixed));
            let keys = |list: &[Diagnostic]| -> HashSet<(Code, String)> {
                list.iter().map(|d| (d.code, d.message.clone())).collect()
            };
            let (old, new) = (keys(&before), keys(&after));
            let gone = !new.contains(&(diagnostic.code, diagnostic.message.clone()));
            assert!(gone, "{name}: {} stays in\n{fixed}", diagnostic.message);
            let added: Vec<_> = new.difference(&old).collect();
            assert!(added.is_empty(), "{name}: {added:?} in\n{fixed}");
            tried += 1;
        }
    }
    assert!(tried >= 20, "only {tried} fixes were tried");
}
