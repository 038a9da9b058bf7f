//! Documentation comments, `///`, by the place of what they document.

use gw_graph::Origin;
use gw_syntax::{Comment, Part, Sources, Statement};
use std::collections::HashMap;

/// The documentation comments of a policy.
#[derive(Debug)]
pub(super) struct Comments {
    file: String,
    by_place: HashMap<(u32, u32, u32), String>,
    services: HashMap<String, String>,
}

impl Comments {
    /// Gathers those of the first `modules` texts; the others describe types.
    pub(super) fn of(sources: &Sources, modules: usize) -> Self {
        let mut comments = Self {
            file: String::new(),
            by_place: HashMap::new(),
            services: HashMap::new(),
        };
        for (id, source) in sources.iter().take(modules) {
            let (file, _) = gw_syntax::parse(id, &source.text);
            if id.0 == 0 {
                comments.file = text(&file.edition_trivia.before);
            }
            let mut todo: Vec<&Statement> = file.items.iter().collect();
            while let Some(statement) = todo.pop() {
                let doc = text(&statement.trivia.before);
                if !doc.is_empty() {
                    let mut place = |offset: u32| {
                        let at = source.line_col(offset);
                        let place = (id.0, at.line, at.column);
                        comments.by_place.insert(place, doc.clone());
                    };
                    place(statement.span.start);
                    if let [Part::Word(name), ..] = statement.parts.as_slice() {
                        // Some declarations are known by the place of their name.
                        place(name.span.start);
                        if statement.head.ident().name == "service" {
                            comments.services.insert(name.name.to_string(), doc);
                        }
                    }
                }
                todo.extend(statement.block.iter().flat_map(|b| &b.statements));
            }
        }
        comments
    }

    /// The documentation of the entry file.
    pub(super) fn file(&self) -> &str {
        &self.file
    }

    /// The documentation of a service; empty where there is none.
    pub(super) fn service(&self, name: &str) -> &str {
        self.services.get(name).map_or("", String::as_str)
    }

    /// The documentation of what begins at a place; empty where there is none.
    pub(super) fn at(&self, origin: Origin) -> &str {
        let place = (origin.file, origin.line, origin.column);
        self.by_place.get(&place).map_or("", String::as_str)
    }
}

/// The lines of `///`, without their slashes.
fn text(comments: &[Comment]) -> String {
    let lines = comments.iter().filter_map(|c| c.text.strip_prefix("///"));
    let lines: Vec<&str> = lines.map(|l| l.strip_prefix(' ').unwrap_or(l)).collect();
    lines.join("\n").trim().to_owned()
}
