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
    } else {
        print::out(&registry::reference());
    }
    exit::FINE
}
