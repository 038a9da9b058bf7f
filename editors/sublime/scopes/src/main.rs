//! Reads texts as a JSON array of strings, and prints for each the lines with their parts: the text
//! and the scopes from the outermost to the innermost. `gw-sublime-scopes FOLDER EXTENSION`.

use std::error::Error;
use syntect::easy::ScopeRegionIterator;
use syntect::parsing::{ParseState, ScopeStack, SyntaxReference, SyntaxSet, SyntaxSetBuilder};
use syntect::util::LinesWithEndings;

/// A part of a line with its scopes.
type Part = (String, Vec<String>);

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().ok_or("no folder of syntaxes is named")?;
    let extension = arguments.next().ok_or("no extension is named")?;
    let mut builder = SyntaxSetBuilder::new();
    builder.add_from_folder(folder, true)?;
    let syntaxes = builder.build();
    let found = syntaxes.find_syntax_by_extension(&extension);
    let syntax = found.ok_or_else(|| format!("no syntax is for `.{extension}`"))?;
    let texts: Vec<String> = serde_json::from_reader(std::io::stdin().lock())?;
    let read = texts.iter().map(|text| lines(text, syntax, &syntaxes));
    let read = read.collect::<Result<Vec<_>, _>>()?;
    serde_json::to_writer(std::io::stdout().lock(), &read)?;
    Ok(())
}

fn lines(
    text: &str,
    syntax: &SyntaxReference,
    syntaxes: &SyntaxSet,
) -> Result<Vec<Vec<Part>>, Box<dyn Error>> {
    let mut state = ParseState::new(syntax);
    let mut stack = ScopeStack::new();
    let mut out = Vec::new();
    for line in LinesWithEndings::from(text) {
        let operations = state.parse_line(line, syntaxes)?;
        let mut parts: Vec<Part> = Vec::new();
        for (part, operation) in ScopeRegionIterator::new(&operations, line) {
            stack.apply(operation)?;
            let scopes = stack.scopes.iter().map(|s| s.build_string());
            parts.push((part.trim_end_matches('\n').to_owned(), scopes.collect()));
        }
        parts.retain(|(part, _)| !part.is_empty());
        out.push(parts);
    }
    Ok(out)
}
