//! From an entry file to all parsed modules. Reads through [`Files`]; must not know what the
//! declarations mean.

use crate::described::Described;
use crate::unread::{ROUTES, Reading};
use gw_schema::{Document, SyntaxError};
use gw_syntax::{Code, Diagnostic, FileId, Ident, Part, Sources, Span, Statement, StatementValue};
use hashbrown::HashMap;
use std::sync::Arc;

/// Where source texts come from. The command line reads the disk, tests read memory.
pub trait Files {
    /// The bytes of a file, or why they cannot be had, in a few words.
    fn read(&self, path: &str) -> Result<Vec<u8>, String>;

    /// One name for all spellings of a path, so that a cycle through a symlink is seen.
    fn identity(&self, path: &str) -> String {
        path.to_owned()
    }

    /// The tree of a file that was parsed before, its places in the file `id`. Whoever has none is
    /// asked for the text.
    fn tree(&self, _id: FileId, _path: &str) -> Option<Tree> {
        None
    }

    /// What the text of a description at a path says. Whoever is asked often remembers.
    ///
    /// # Errors
    /// [`SyntaxError`] where the text is neither YAML nor JSON.
    fn document(&self, _path: &str, text: &str) -> Result<Arc<Document>, SyntaxError> {
        Document::read(text).map(Arc::new)
    }
}

/// A file that was parsed before.
#[derive(Clone, Debug)]
pub struct Tree {
    /// The text.
    pub text: Arc<str>,
    /// What [`gw_syntax::parse`] made of it.
    pub file: Arc<gw_syntax::File>,
    /// What it found.
    pub findings: Arc<[Diagnostic]>,
}

/// A parsed file with its imports resolved.
#[derive(Debug)]
pub(crate) struct Module {
    /// Its path as diagnostics print it.
    pub path: String,
    /// Its tree.
    pub file: Arc<gw_syntax::File>,
    /// Its imports in source order.
    pub imports: Vec<Import>,
}

/// One `import` statement.
#[derive(Debug)]
pub(crate) struct Import {
    /// The imported module, an index into [`Loaded::modules`].
    pub module: usize,
    /// The names, or `None` for everything.
    pub names: Option<Vec<ImportedName>>,
    /// The statement.
    pub span: Span,
}

/// `Claims as C` in the braces of an import.
#[derive(Debug)]
pub(crate) struct ImportedName {
    /// The name in the imported file.
    pub name: Ident,
    /// The name in this file.
    pub alias: Ident,
}

/// Every module of a policy; the entry file first.
#[derive(Debug, Default)]
pub(crate) struct Loaded {
    /// Modules in the order of first import.
    pub modules: Vec<Module>,
    /// The types that other files describe.
    pub described: Described,
}

/// Loads the entry file and all that it imports. Findings are collected, never fatal: a module
/// that cannot be read is left out.
pub(crate) fn load(
    files: &dyn Files,
    (entry, reading): (&str, Reading),
    sources: &mut Sources,
    diagnostics: &mut Vec<Diagnostic>,
) -> Loaded {
    let mut loader = Loader {
        files,
        reading,
        sources,
        diagnostics,
        known: HashMap::new(),
        stack: Vec::new(),
        slots: Vec::new(),
    };
    loader.module(entry, None);
    Loaded {
        modules: loader.slots.into_iter().flatten().collect(),
        described: Described::default(),
    }
}

/// Most files that import each other in a row.
const DEEPEST: usize = 64;

fn too_deep(span: Span) -> Diagnostic {
    Diagnostic::new(
        Code::NestingTooDeep,
        span,
        format!("imports go deeper than {DEEPEST} files"),
    )
    .here("too deep from here on")
    .help("import the file from one that stands further up")
}

/// GW0107 for a file that another one names.
pub(crate) fn unreadable(path: &str, why: &str, span: Span) -> Diagnostic {
    no_file(path, why, span)
        .help("check the spelling; paths are relative to the file that names them")
}

/// GW0107 for the file that the whole begins with.
fn no_entry(path: &str, why: &str, span: Span) -> Diagnostic {
    no_file(path, why, span)
        .help("check the spelling; `-` as the name of the file reads standard input")
}

fn no_file(path: &str, why: &str, span: Span) -> Diagnostic {
    let message = format!("`{path}` cannot be read: {why}");
    Diagnostic::new(Code::FileNotFound, span, message).here("needed here")
}

/// The bytes of a file that another one names; standard input is not one of them.
pub(crate) fn read_named(files: &dyn Files, path: &str) -> Result<Vec<u8>, String> {
    match path {
        "-" => Err("standard input is no file of a policy".to_owned()),
        _ => files.read(path),
    }
}

struct Loader<'l> {
    files: &'l dyn Files,
    reading: Reading,
    sources: &'l mut Sources,
    diagnostics: &'l mut Vec<Diagnostic>,
    known: HashMap<String, Option<usize>>,
    stack: Vec<(String, String)>,
    slots: Vec<Option<Module>>,
}

impl Loader<'_> {
    /// The index of the module at `path`; `None` where it cannot be used.
    fn module(&mut self, path: &str, from: Option<Span>) -> Option<usize> {
        let identity = self.files.identity(path);
        if let Some(at) = self.stack.iter().position(|(i, _)| *i == identity) {
            self.report_cycle(at, path, from);
            return None;
        }
        if let Some(known) = self.known.get(&identity) {
            return *known;
        }
        if self.stack.len() >= DEEPEST {
            self.diagnostics.push(too_deep(from.unwrap_or_default()));
            return None;
        }
        let index = self.tree(path, from).map(|tree| {
            let index = self.slots.len();
            self.slots.push(None);
            self.stack.push((identity.clone(), path.to_owned()));
            let module = self.module_of(path, tree);
            self.stack.pop();
            if let Some(slot) = self.slots.get_mut(index) {
                *slot = Some(module);
            }
            index
        });
        self.known.insert(identity, index);
        index
    }

    fn tree(&mut self, path: &str, from: Option<Span>) -> Option<Tree> {
        let id = FileId(u32::try_from(self.sources.iter().count()).unwrap_or(u32::MAX));
        self.files.tree(id, path).or_else(|| {
            let bytes = self.read(path, from)?;
            let sparse = || {
                let text = std::str::from_utf8(&bytes).ok()?;
                gw_syntax::parse_sparsely(id, text, ROUTES)
            };
            let entry = self.stack.is_empty() && self.reading == Reading::Sparse;
            let (file, findings) = match entry.then(sparse).flatten() {
                Some(file) => (file, Vec::new()),
                None => gw_syntax::parse_bytes(id, &bytes),
            };
            Some(Tree {
                text: text_of(bytes),
                file: Arc::new(file),
                findings: findings.into(),
            })
        })
    }

    fn read(&mut self, path: &str, from: Option<Span>) -> Option<Vec<u8>> {
        let read = match from {
            Some(_) => read_named(self.files, path),
            None => self.files.read(path),
        };
        let why = match read {
            Ok(bytes) => return Some(bytes),
            Err(why) => why,
        };
        self.diagnostics.push(match from {
            Some(span) => unreadable(path, &why, span),
            None => no_entry(path, &why, Span::new(self.sources.add(path, ""), 0, 0)),
        });
        None
    }

    fn module_of(&mut self, path: &str, tree: Tree) -> Module {
        let Tree {
            text,
            file,
            findings,
        } = tree;
        self.sources.add(path, text);
        self.diagnostics.extend(findings.iter().cloned());
        let imports = file
            .items
            .iter()
            .filter(|s| s.head.ident().name == "import")
            .filter_map(|s| self.import(path, s))
            .collect();
        Module {
            path: path.to_owned(),
            file,
            imports,
        }
    }

    fn import(&mut self, from: &str, statement: &Statement) -> Option<Import> {
        let Some(Part::Value(path)) = statement.parts.first() else {
            self.diagnostics.push(wrong_import(statement.span));
            return None;
        };
        let Some(text) = path.as_text() else {
            self.diagnostics.push(wrong_import(path.span));
            return None;
        };
        if text.contains("://") {
            let message = format!("`{text}` is not a file: imports never cross the network");
            self.diagnostics.push(
                Diagnostic::new(Code::FileNotFound, path.span, message)
                    .help("copy the file into the repository, so that builds are reproducible"),
            );
            return None;
        }
        let module = self.module(&join(from, text), Some(path.span))?;
        let names = statement.block.as_ref().map(|block| {
            block
                .statements
                .iter()
                .filter_map(|s| self.imported_name(s))
                .collect()
        });
        Some(Import {
            module,
            names,
            span: statement.span,
        })
    }

    fn imported_name(&mut self, statement: &Statement) -> Option<ImportedName> {
        let name = statement.head.ident().clone();
        let plain = statement.value.is_none() && statement.clauses.is_empty();
        match statement.parts.as_slice() {
            [] if plain => Some(ImportedName {
                alias: name.clone(),
                name,
            }),
            [Part::Word(word), Part::Word(alias)] if plain && word.name == "as" => {
                Some(ImportedName {
                    name,
                    alias: alias.clone(),
                })
            }
            _ => {
                self.diagnostics.push(wrong_import(statement.span));
                None
            }
        }
    }

    fn report_cycle(&mut self, at: usize, path: &str, from: Option<Span>) {
        let names = self
            .stack
            .iter()
            .skip(at)
            .map(|(_, p)| p.as_str())
            .chain([path]);
        let chain = names.collect::<Vec<_>>().join("` → `");
        self.diagnostics.push(
            Diagnostic::new(
                Code::ImportCycle,
                from.unwrap_or_default(),
                format!("imports form a cycle: `{chain}`"),
            )
            .here("leads back to a file that is being imported")
            .help("move what both files need into a third one that both import"),
        );
    }
}

fn wrong_import(span: Span) -> Diagnostic {
    Diagnostic::new(
        Code::WrongShape,
        span,
        "an import names a file, and optionally what it takes from it",
    )
    .here("not an import")
    .help("write `import \"./auth.gw\" { strict, Claims as C }`")
}

/// `name` relative to the folder of `from`, with `.` and `..` resolved by text.
pub fn join(from: &str, name: &str) -> String {
    if name.starts_with('/') {
        return name.to_owned();
    }
    let folder = from.rsplit_once('/').map_or("", |(folder, _)| folder);
    let absolute = from.starts_with('/');
    let mut parts: Vec<&str> = folder
        .split('/')
        .filter(|p| !p.is_empty() && *p != ".")
        .collect();
    for part in name.split('/').filter(|p| !p.is_empty() && *p != ".") {
        if part == ".." && parts.last().is_some_and(|p| *p != "..") {
            parts.pop();
        } else {
            parts.push(part);
        }
    }
    format!("{}{}", if absolute { "/" } else { "" }, parts.join("/"))
}

/// The bytes of a file as text, whatever they are.
fn text_of(bytes: Vec<u8>) -> Arc<str> {
    match String::from_utf8(bytes) {
        Ok(text) => text.into(),
        Err(error) => String::from_utf8_lossy(error.as_bytes()).into(),
    }
}

/// The expression after `=`, where there is one.
pub(crate) fn assigned(statement: &Statement) -> Option<&gw_syntax::Expr> {
    match &statement.value {
        Some(StatementValue::Expr(expr)) => Some(expr),
        Some(StatementValue::TypedExpr(_, expr)) => Some(expr),
        Some(StatementValue::Type(_) | StatementValue::Annotation(_)) | None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::join;

    #[test]
    fn joins_by_text() {
        assert_eq!(join("a/b.gw", "./c.gw"), "a/c.gw");
        assert_eq!(join("a/b.gw", "../c.gw"), "c.gw");
        assert_eq!(join("b.gw", "../c.gw"), "../c.gw");
        assert_eq!(join("/a/b.gw", "../../c.gw"), "/../c.gw");
        assert_eq!(join("a/b.gw", "/x/c.gw"), "/x/c.gw");
    }
}
