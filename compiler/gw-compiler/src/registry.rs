//! Every block there is, and what follows from their descriptions alone: usage lines, findings
//! about unknown words, keyword lists, reference text. A new block adds one line here.

use crate::blocks::*;
use crate::spec::{BlockSpec, FieldSpec, Presence};
use crate::suggest::{foreign, nearest};
use foldhash::fast::FixedState;
use gw_syntax::{Code, Diagnostic, Statement};
use hashbrown::HashMap;
use std::sync::LazyLock;

/// All blocks and statements, in the order of the reference text.
pub const ALL: &[&BlockSpec] = &[
    &import::SPEC,
    &limits::SPEC,
    &param::SPEC,
    &secret::SPEC,
    &enumeration::SPEC,
    &schema::SPEC,
    &binding::SPEC,
    &table::SPEC,
    &listener::SPEC,
    &listener::TLS,
    &listener::CERTIFICATE,
    &listener::CLIENT,
    &listener::HTTP,
    &authn::SPEC,
    &backend::SPEC,
    &backend::TIMEOUT,
    &backend::retry::SPEC,
    &backend::EJECTION,
    &backend::TLS,
    &policy::SPEC,
    &policy::ALLOW,
    &policy::DENY,
    &limit::SPEC,
    &transform::SPEC,
    &transform::REQUEST,
    &transform::RESPONSE,
    &transform::SET,
    &transform::ADD,
    &transform::REMOVE,
    &transform::RENAME,
    &transform::REPLACE,
    &service::SPEC,
    &route::SPEC,
    &route::WHEN,
    &access::AUTHN,
    &access::PUBLIC,
    &access::OVERRIDE,
    &reuse::USE,
    &action::TO,
    &action::SPLIT,
    &action::RESPOND,
    &action::HEADER,
    &action::REDIRECT,
    &lint::SPEC,
    &test::SPEC,
    &test::ROW,
    &test::GIVEN,
    &test::WHEN,
    &test::THEN,
];

/// The block that `keyword` means inside `parent`.
pub fn find(keyword: &str, parent: &str) -> Option<&'static BlockSpec> {
    let named = BY_KEYWORD.get(keyword)?;
    let mut named = named.iter().copied();
    named.find(|s| s.parents.contains(&parent))
}

/// Every statement of a policy is looked up, most of them twice.
static BY_KEYWORD: LazyLock<HashMap<&str, Vec<&BlockSpec>, FixedState>> = LazyLock::new(|| {
    let mut specs: HashMap<_, Vec<_>, FixedState> = HashMap::default();
    for spec in ALL {
        specs.entry(spec.keyword).or_default().push(*spec);
    }
    specs
});

/// The blocks that may stand inside `parent`.
pub fn allowed(parent: &str) -> impl Iterator<Item = &'static BlockSpec> {
    ALL.iter()
        .copied()
        .filter(move |s| s.parents.contains(&parent))
}

/// The usage line of a keyword; the keyword itself where there is none.
pub fn usage(keyword: &str) -> &'static str {
    ALL.iter()
        .find(|s| s.keyword == keyword)
        .map_or("", |s| s.usage)
}

/// The finding for a statement that `parent` cannot hold: a typo, a block of another place, or
/// something the language does not have.
pub fn unknown_statement(statement: &Statement, parent: &str) -> Diagnostic {
    let word = statement.head.ident();
    let place = if parent == "file" {
        "the top level".to_owned()
    } else {
        format!("`{parent}`")
    };
    if let Some(spec) = ALL.iter().find(|s| s.keyword == word.name) {
        return Diagnostic::new(
            Code::MisplacedBlock,
            word.span,
            match parent {
                "file" => format!("`{}` cannot stand at {place}", word.name),
                _ => format!("`{}` cannot stand in {place}", word.name),
            },
        )
        .here("not allowed here")
        .help(format!("it belongs {}", places(spec.parents)));
    }
    let words: Vec<&str> = allowed(parent).map(|s| s.keyword).collect();
    let diagnostic = Diagnostic::new(
        Code::UnknownBlock,
        word.span,
        format!("{place} has no statement `{}`", word.name),
    )
    .here("unknown word");
    match nearest(&word.name, words.iter().copied()) {
        Some(near) => diagnostic.help(format!("did you mean `{near}`?")).fix(
            format!("write `{near}`"),
            word.span,
            near,
        ),
        None if foreign(&word.name, parent).is_some() => {
            diagnostic.help(foreign(&word.name, parent).unwrap_or_default())
        }
        None => diagnostic.help(format!("here can stand: `{}`", words.join("`, `"))),
    }
}

/// `in a `policy`, a `service` or a `route``, `at the top level`.
fn places(parents: &[&str]) -> String {
    let all: Vec<String> = parents
        .iter()
        .map(|p| match *p {
            "file" => "at the top level".to_owned(),
            p => format!("in a `{p}`"),
        })
        .collect();
    match all.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => all.concat(),
    }
}

/// Every keyword, field name and fixed word of the language, sorted, for the editors.
pub fn keywords() -> Vec<&'static str> {
    let mut words: Vec<&str> = ALL.iter().map(|s| s.keyword).collect();
    words.sort_unstable();
    words.dedup();
    words
}

/// Every field name, sorted, for the editors.
pub fn field_names() -> Vec<&'static str> {
    let mut names: Vec<&str> = ALL.iter().flat_map(|s| s.fields).map(|f| f.name).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// The language reference as Markdown, from the descriptions alone.
pub fn reference() -> String {
    let mut text = String::from(
        "# Blocks and statements\n\nGenerated from the descriptions in `compiler/gw-compiler/src/blocks`; do not edit by hand.\n",
    );
    for spec in ALL {
        let parents: Vec<_> = spec
            .parents
            .iter()
            .map(|p| {
                if *p == "file" {
                    "the top level".to_owned()
                } else {
                    format!("`{p}`")
                }
            })
            .collect();
        text.push_str(&format!(
            "\n## `{}` in {}\n\n",
            spec.keyword,
            parents.join(", ")
        ));
        text.push_str(&format!("`{}`\n\n{}\n", spec.usage, spec.doc));
        if !spec.fields.is_empty() {
            text.push_str("\n| field | takes | default | meaning |\n|---|---|---|---|\n");
            spec.fields
                .iter()
                .for_each(|f| text.push_str(&field_row(f)));
        }
        text.push_str(&format!("\n```gw\n{}\n```\n", spec.example));
    }
    text
}

fn field_row(field: &FieldSpec) -> String {
    let default = match field.presence {
        Presence::Required => "required".to_owned(),
        Presence::Default("") => String::new(),
        Presence::Default(text) => format!("`{text}`"),
    };
    format!(
        "| `{}` | {} | {default} | {} |\n",
        field.name,
        field.takes.replace('|', "\\|"),
        field.doc
    )
}
