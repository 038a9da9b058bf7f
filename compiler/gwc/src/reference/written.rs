//! What stands at a place of the source.

use gw_graph::Origin;
use gw_syntax::{FileId, Part, Source, Sources, Statement};
use std::collections::HashMap;

/// The source texts of a policy, with the whole statements that begin at a place: an origin may be
/// the head of a statement alone.
#[derive(Debug)]
pub(super) struct Written<'s> {
    sources: &'s Sources,
    ends: HashMap<(u32, u32, u32), (u32, u32)>,
}

impl<'s> Written<'s> {
    /// Finds every statement of the first `modules` texts; the others describe types.
    pub(super) fn of(sources: &'s Sources, modules: usize) -> Self {
        let mut ends = HashMap::new();
        for (id, source) in sources.iter().take(modules) {
            let (file, _) = gw_syntax::parse(id, &source.text);
            let mut todo: Vec<&Statement> = file.items.iter().collect();
            while let Some(statement) = todo.pop() {
                let at = source.line_col(statement.span.start);
                let span = (statement.span.start, statement.span.end);
                ends.insert((id.0, at.line, at.column), span);
                if let [Part::Word(name), ..] = statement.parts.as_slice() {
                    // Some declarations are known by the place of their name.
                    let at = source.line_col(name.span.start);
                    ends.entry((id.0, at.line, at.column)).or_insert(span);
                }
                todo.extend(statement.block.iter().flat_map(|b| &b.statements));
            }
        }
        Self { sources, ends }
    }

    /// The statement that begins at a place, or whose name does, its lines moved to the left as far as they go.
    pub(super) fn block(&self, origin: Origin) -> String {
        let place = (origin.file, origin.line, origin.column);
        let Some((start, end)) = self.ends.get(&place) else {
            return String::new();
        };
        let Some(source) = self.sources.get(FileId(origin.file)) else {
            return String::new();
        };
        let text = slice(source, *start, *end);
        let indent = source.line_col(*start).column.saturating_sub(1) as usize;
        let mut lines = text.lines();
        let mut out = lines.next().unwrap_or_default().to_owned();
        for line in lines {
            let spaces = line.len() - line.trim_start_matches(' ').len();
            out.push('\n');
            out.push_str(line.get(spaces.min(indent)..).unwrap_or(line));
        }
        out
    }
}

fn slice(source: &Source, start: u32, end: u32) -> &str {
    let range = start as usize..end as usize;
    source.text.get(range).unwrap_or_default()
}
