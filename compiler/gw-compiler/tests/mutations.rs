//! Slips of the pen: the shop's policy with one token left out or doubled. Whatever is left, the
//! compiler gives findings or a policy in which no guarded route has become an open one.

#![expect(
    clippy::disallowed_methods,
    reason = "the corpus is read from the disk"
)]

mod corpus;

use corpus::{Cases, folder};
use gw_compiler::Options;
use gw_graph::{Access, Graph};
use gw_syntax::Severity;
use std::ops::Range;

/// The words, texts, numbers and signs of a policy.
fn tokens(text: &str) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    let mut rest = text.char_indices().peekable();
    while let Some((start, c)) = rest.next() {
        if c.is_whitespace() {
            continue;
        }
        let mut end = start + c.len_utf8();
        let goes_on = |next: char| match c {
            '"' => true,
            _ => (c.is_alphanumeric() || c == '_') && (next.is_alphanumeric() || next == '_'),
        };
        while let Some((at, next)) = rest.next_if(|(_, next)| goes_on(*next)) {
            end = at + next.len_utf8();
            if c == '"' && next == '"' {
                break;
            }
        }
        out.push(start..end);
    }
    out
}

/// Routes that must never be reached without a token.
fn open_doors(graph: &Graph) -> Vec<String> {
    let guarded = ["shop.order_create", "shop.order_delete"];
    let routes = graph
        .routes
        .iter()
        .filter(|r| guarded.contains(&r.name.as_str()));
    let open = routes.filter(|r| match &r.access {
        Access::Public { .. } => true,
        Access::Protected {
            authn,
            authorization,
        } => authn.is_none() || authorization.sets.is_empty(),
    });
    open.map(|r| r.name.to_string()).collect()
}

fn hold(changed: &str) {
    let mut cases = Cases::default();
    cases
        .memory
        .insert("shop.gw".to_owned(), changed.as_bytes().to_vec());
    match gw_compiler::compile(&cases, "shop.gw", &Options::default()) {
        Ok(compiled) => {
            let open = open_doors(&compiled.graph);
            assert!(open.is_empty(), "{open:?} stand open in\n{changed}");
        }
        Err(failure) => {
            let errors = failure
                .diagnostics
                .iter()
                .filter(|d| d.severity == Severity::Error);
            let mut places = errors.map(|d| d.span());
            assert!(places.all(|s| s.end as usize <= changed.len()), "{changed}");
            assert!(
                failure.diagnostics.iter().all(|d| d.help.is_some()),
                "{changed}"
            );
        }
    }
}

fn shop() -> String {
    std::fs::read_to_string(folder("tests/cases/check/shop.gw")).unwrap_or_default()
}

#[test]
fn a_missing_token_opens_no_door() {
    let text = shop();
    let tokens = tokens(&text);
    assert!(tokens.len() > 400, "{}", tokens.len());
    for token in tokens {
        let mut changed = text.clone();
        changed.replace_range(token, "");
        hold(&changed);
    }
}

#[test]
fn a_doubled_token_opens_no_door() {
    let text = shop();
    for token in tokens(&text) {
        let mut changed = text.clone();
        let copy = format!(" {}", text.get(token.clone()).unwrap_or_default());
        changed.insert_str(token.end, &copy);
        hold(&changed);
    }
}

#[test]
fn a_missing_line_opens_no_door() {
    let text = shop();
    let lines: Vec<&str> = text.lines().collect();
    for (index, gone) in lines.iter().enumerate() {
        // Without its rules or its authentication a route is another route.
        if gone.trim_start().starts_with("deny") || gone.trim().is_empty() {
            continue;
        }
        let kept = lines.iter().enumerate().filter(|(i, _)| *i != index);
        let changed: Vec<&str> = kept.map(|(_, l)| *l).collect();
        hold(&(changed.join("\n") + "\n"));
    }
}
