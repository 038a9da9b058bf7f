//! What stands at a place of the source: the statement that begins there and its documentation.

use gw_graph::Origin;
use gw_syntax::{Comment, FileId, Part, Source, Sources, Statement};
use std::collections::HashMap;

/// The source texts of a policy, with the whole statements that begin at a place: an origin may be
/// the head of a statement alone, or its name.
#[derive(Debug)]
pub(super) struct Written<'s> {
    sources: &'s Sources,
    file: String,
    entries: Vec<Entry>,
    by_place: HashMap<Place, usize>,
    services: HashMap<String, usize>,
}

/// File, line and column.
type Place = (u32, u32, u32);

/// A statement.
#[derive(Debug)]
struct Entry {
    start: u32,
    end: u32,
    /// The lines of `///` before it.
    doc: String,
}

impl<'s> Written<'s> {
    /// Finds every statement of the first `modules` texts; the others describe types.
    pub(super) fn of(sources: &'s Sources, modules: usize) -> Self {
        let mut written = Self {
            sources,
            file: String::new(),
            entries: Vec::new(),
            by_place: HashMap::new(),
            services: HashMap::new(),
        };
        for (id, source) in sources.iter().take(modules) {
            let (file, _) = gw_syntax::parse(id, &source.text);
            if id.0 == 0 {
                written.file = documentation(&file.edition_trivia.before);
            }
            let mut todo: Vec<&Statement> = file.items.iter().collect();
            while let Some(statement) = todo.pop() {
                written.add(id, source, statement);
                todo.extend(statement.block.iter().flat_map(|b| &b.statements));
            }
        }
        written
    }

    fn add(&mut self, id: FileId, source: &Source, statement: &Statement) {
        let number = self.entries.len();
        let mut begins = |offset: u32| {
            let at = source.line_col(offset);
            self.by_place.insert((id.0, at.line, at.column), number);
        };
        begins(statement.span.start);
        if let [Part::Word(name), ..] = statement.parts.as_slice() {
            // Some declarations are known by the place of their name.
            begins(name.span.start);
            if statement.head.ident().name == "service" {
                self.services.insert(name.name.to_string(), number);
            }
        }
        self.entries.push(Entry {
            start: statement.span.start,
            end: statement.span.end,
            doc: documentation(&statement.trivia.before),
        });
    }

    /// The documentation of the entry file.
    pub(super) fn file(&self) -> &str {
        &self.file
    }

    /// The documentation of a service; empty where there is none.
    pub(super) fn service(&self, name: &str) -> &str {
        let number = self.services.get(name).copied();
        let entry = number.and_then(|n| self.entries.get(n));
        entry.map_or("", |e| e.doc.as_str())
    }

    /// The documentation of what begins at a place; empty where there is none.
    pub(super) fn doc(&self, origin: Origin) -> &str {
        self.at(origin).map_or("", |e| e.doc.as_str())
    }

    /// The statement that begins at a place, or whose name does, its lines moved to the left as far as they go.
    pub(super) fn block(&self, origin: Origin) -> String {
        let source = self.sources.get(FileId(origin.file));
        let (Some(entry), Some(source)) = (self.at(origin), source) else {
            return String::new();
        };
        let range = entry.start as usize..entry.end as usize;
        let text = source.text.get(range).unwrap_or_default();
        let indent = source.line_col(entry.start).column.saturating_sub(1) as usize;
        let mut lines = text.lines();
        let mut out = lines.next().unwrap_or_default().to_owned();
        for line in lines {
            let spaces = line.len() - line.trim_start_matches(' ').len();
            out.push('\n');
            out.push_str(line.get(spaces.min(indent)..).unwrap_or(line));
        }
        out
    }

    fn at(&self, origin: Origin) -> Option<&Entry> {
        let place = (origin.file, origin.line, origin.column);
        self.entries.get(*self.by_place.get(&place)?)
    }
}

/// The lines of `///`, without their slashes.
fn documentation(comments: &[Comment]) -> String {
    let lines = comments.iter().filter_map(|c| c.text.strip_prefix("///"));
    let lines: Vec<&str> = lines.map(|l| l.strip_prefix(' ').unwrap_or(l)).collect();
    lines.join("\n").trim().to_owned()
}
