//! `gwc doc`: the reference of the language, and word lists for editors.

use crate::args::Doc;
use crate::exit;
use crate::print;
use gw_compiler::registry;
use gw_syntax::Code;

/// Prints the reference.
pub(crate) fn run(args: &Doc) -> u8 {
    if args.keywords {
        let codes: Vec<_> = Code::ALL
            .iter()
            .map(|c| serde_json::json!({ "code": c.to_string(), "title": c.title() }))
            .collect();
        let words = serde_json::json!({
            "keywords": registry::keywords(),
            "fields": registry::field_names(),
            "codes": codes,
        });
        print::out(
            &serde_json::to_string_pretty(&words)
                .map(|t| t + "\n")
                .unwrap_or_default(),
        );
    } else if args.lints {
        print::out(&lints());
    } else {
        print::out(&registry::reference());
    }
    exit::FINE
}

/// `GW0112  unused_name  a declaration is never used`, a line for each.
fn lints() -> String {
    let all = Code::ALL.iter().filter(|c| c.is_lint());
    let width = all.clone().map(|c| c.name().len()).max().unwrap_or(0);
    all.map(|c| format!("{c}  {:width$}  {}\n", c.name(), c.title()))
        .collect()
}
