//! The functions of `docs/language/expressions.md` are those of the registry. With `GW_UPDATE`
//! set, the page is written anew.

#![allow(
    clippy::disallowed_methods,
    reason = "tests read data and generated files"
)]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use gw_expr::{Declaration, Function};
use std::fmt::Write;
use std::path::Path;

const MARK: &str = "--test page -->\n";

fn functions() -> String {
    let mut page = String::from("\n| function | meaning |\n|---|---|\n");
    let mut declarations: Vec<&Declaration> = Function::all().map(Function::declaration).collect();
    declarations.sort_by_key(|d| d.name);
    for declaration in declarations {
        let signatures: Vec<_> = declaration
            .signatures
            .iter()
            .map(|s| format!("`{}`", s.replace('|', "\\|")))
            .collect();
        let fails = if declaration.may_fail {
            " May fail."
        } else {
            ""
        };
        let doc = declaration.doc.replace('|', "\\|");
        writeln!(page, "| {} | {doc}{fails} |", signatures.join("<br>")).unwrap();
    }
    page
}

#[test]
fn the_page_lists_the_functions() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/language/expressions.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let (written, listed) = page.split_once(MARK).unwrap();
    let expected = functions();
    if std::env::var_os("GW_UPDATE").is_some() {
        std::fs::write(&path, format!("{written}{MARK}{expected}")).unwrap();
        return;
    }
    assert!(
        listed == expected,
        "run GW_UPDATE=1 cargo test -p gw-expr --test page"
    );
}
