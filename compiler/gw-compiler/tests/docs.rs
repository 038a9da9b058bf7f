//! Code blocks of the documentation are tests: a `gw` block that begins with its edition compiles,
//! one marked `gw wrong` does not, and a fragment parses.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests read the documentation and fail by panicking"
)]

use gw_compiler::{Files, Options};
use gw_syntax::FileId;

/// One policy in memory.
struct Memory(String);

impl Files for Memory {
    fn read(&self, _: &str) -> Result<Vec<u8>, String> {
        Ok(self.0.clone().into_bytes())
    }
}

/// The `gw` blocks of a page: the rest of the fence line, the line number, the text.
fn blocks(text: &str) -> Vec<(String, usize, String)> {
    let mut out = Vec::new();
    let mut open: Option<(String, usize, String)> = None;
    for (number, line) in (1..).zip(text.lines()) {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(info)) if info == "gw" || info.starts_with("gw ") => {
                open = Some((info.to_owned(), number, String::new()));
            }
            (Some(_), Some(_)) => out.extend(open.take()),
            (Some((_, _, body)), None) => {
                body.push_str(line);
                body.push('\n');
            }
            (None, _) => {}
        }
    }
    out
}

#[test]
fn blocks_of_the_documentation_hold() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    let mut count = 0;
    for page in [
        "README.md",
        "docs/language/README.md",
        "docs/operations.md",
        "DESIGN.md",
    ] {
        let text = std::fs::read_to_string(format!("{root}/{page}")).unwrap();
        for (info, line, body) in blocks(&text) {
            count += 1;
            if !body.starts_with("gw 1") {
                let (_, findings) = gw_syntax::parse(FileId(0), &format!("gw 1\n{body}"));
                assert!(findings.is_empty(), "{page}:{line}: {findings:#?}");
                continue;
            }
            let outcome = gw_compiler::compile(&Memory(body), "page.gw", &Options::default());
            match outcome {
                Ok(_) => assert!(info != "gw wrong", "{page}:{line} compiles"),
                Err(failure) => {
                    assert!(
                        info == "gw wrong",
                        "{page}:{line}: {:#?}",
                        failure.diagnostics
                    );
                }
            }
        }
    }
    assert!(count > 4, "{count} blocks were found");
}
