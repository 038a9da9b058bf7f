//! Embeds the pages of docs/diagnostics, so that `gwc explain CODE` works without them.

use std::fmt::Write;
use std::path::Path;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = Path::new(&std::env::var("CARGO_MANIFEST_DIR")?).join("../../docs/diagnostics");
    println!("cargo:rerun-if-changed={}", folder.display());
    let mut pages: Vec<_> = std::fs::read_dir(&folder)?
        .filter_map(|entry| entry.ok().map(|e| e.path()))
        .filter(|path| path.extension().is_some_and(|e| e == "md"))
        .collect();
    pages.sort();
    let mut code =
        String::from("/// Pages by code.\npub(crate) const PAGES: &[(&str, &str)] = &[\n");
    for page in pages {
        let name = page
            .file_stem()
            .and_then(|n| n.to_str())
            .unwrap_or_default();
        writeln!(
            code,
            "    ({name:?}, include_str!({:?})),",
            page.canonicalize()?.display().to_string()
        )?;
    }
    code.push_str("];\n");
    let out = std::env::var("OUT_DIR")?;
    std::fs::write(Path::new(&out).join("pages.rs"), code)?;
    Ok(())
}
