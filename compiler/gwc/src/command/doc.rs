//! `gwc doc`: the reference of a policy or of the language, and word lists for editors.

use crate::args::{Doc, DocFormat, Policy};
use crate::exit;
use crate::input::{self, Refused};
use crate::print;
use crate::reference::{Reference, html, markdown};
use crate::render::human;
use gw_compiler::registry;
use gw_syntax::Code;

/// Prints a reference.
pub(crate) fn run(args: &Doc) -> Result<u8, Refused> {
    if args.keywords {
        print::out(&keywords());
    } else if args.lints {
        print::out(&lints());
    } else if args.language {
        print::out(&registry::reference());
    } else {
        let compiled = input::compiled(&Policy::from(&args.policy))?;
        print::err(&human::render(&compiled.sources, &compiled.diagnostics));
        let reference = Reference::of(&compiled);
        print::out(&match args.format {
            DocFormat::Markdown => markdown::render(&reference),
            DocFormat::Html => html::render(&reference),
        });
    }
    Ok(exit::FINE)
}

fn keywords() -> String {
    let codes: Vec<_> = Code::ALL
        .iter()
        .map(|c| serde_json::json!({ "code": c.to_string(), "title": c.title() }))
        .collect();
    let words = serde_json::json!({
        "keywords": registry::keywords(),
        "fields": registry::field_names(),
        "codes": codes,
    });
    serde_json::to_string_pretty(&words)
        .map(|text| text + "\n")
        .unwrap_or_default()
}

/// `GW0112  unused_name  a declaration is never used`, a line for each.
fn lints() -> String {
    let all = Code::ALL.iter().filter(|c| c.is_lint());
    let width = all.clone().map(|c| c.name().len()).max().unwrap_or(0);
    all.map(|c| format!("{c}  {:width$}  {}\n", c.name(), c.title()))
        .collect()
}
