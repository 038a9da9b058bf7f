//! Which declaration a name stands for in a file: its own, or one that an import brings. The same
//! rules as the compiler's, over files that need not compile.

use crate::snapshot::{Snapshot, View};
use gw_compiler::Kind;
use gw_syntax::{Ident, Part, Span, Statement};
use smol_str::SmolStr;
use std::collections::HashMap;

/// A declaration.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Definition {
    /// The file that holds it.
    pub(crate) path: SmolStr,
    pub(crate) kind: Kind,
    pub(crate) name: SmolStr,
    /// The service that a route belongs to.
    pub(crate) service: Option<SmolStr>,
    /// The name.
    pub(crate) span: Span,
    /// The whole statement.
    pub(crate) whole: Span,
}

impl Definition {
    /// The name by which tests, logs and `gwc explain` know it: `shop.order_create`.
    pub(crate) fn full_name(&self) -> String {
        match &self.service {
            Some(service) => format!("{service}.{}", self.name),
            None => self.name.to_string(),
        }
    }

    /// Whether expressions and headers may name it.
    fn is_visible(&self) -> bool {
        self.service.is_none()
    }

    /// Its statement.
    pub(crate) fn statement<'v>(&self, view: &'v View) -> Option<&'v Statement> {
        let item = around(&view.file().items, self.whole)?;
        let nested = || around(&item.block.as_ref()?.statements, self.whole);
        let found = if item.span == self.whole {
            Some(item)
        } else {
            nested()
        };
        found.filter(|s| s.span == self.whole)
    }
}

/// The statement around a place, of statements in the order of the source.
fn around(statements: &[Statement], place: Span) -> Option<&Statement> {
    let at = statements.partition_point(|s| s.span.end < place.end);
    let statement = statements.get(at)?;
    (statement.span.start <= place.start).then_some(statement)
}

/// An import.
pub(crate) struct Import<'v> {
    /// The path of the imported file.
    pub(crate) path: String,
    pub(crate) statement: &'v Statement,
}

/// What a file declares, routes of services included.
#[derive(Debug)]
pub(crate) struct Definitions {
    list: Vec<Definition>,
    named: HashMap<SmolStr, Vec<usize>>,
}

impl Definitions {
    pub(crate) fn of(view: &View) -> Self {
        let list = definitions(view);
        let mut named: HashMap<SmolStr, Vec<usize>> = HashMap::with_capacity(list.len());
        for (at, definition) in list.iter().enumerate() {
            named.entry(definition.name.clone()).or_default().push(at);
        }
        Self { list, named }
    }

    /// In the order of the source.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Definition> {
        self.list.iter()
    }

    /// Those with a name, in the order of the source.
    pub(crate) fn named(&self, name: &str) -> impl Iterator<Item = &Definition> {
        let places = self.named.get(name).into_iter().flatten();
        places.filter_map(|at| self.list.get(*at))
    }
}

fn definitions(view: &View) -> Vec<Definition> {
    let mut out = Vec::new();
    for item in &view.file().items {
        let Some(definition) = definition(view, item, None) else {
            continue;
        };
        let service = (definition.kind == Kind::Service).then(|| definition.name.clone());
        out.push(definition);
        if service.is_some() {
            let inner = item.block.iter().flat_map(|b| &b.statements);
            let routes = inner.filter(|s| s.head.ident().name == "route");
            out.extend(routes.filter_map(|r| self::definition(view, r, service.clone())));
        }
    }
    out
}

fn definition(view: &View, s: &Statement, service: Option<SmolStr>) -> Option<Definition> {
    let keyword = s.head.ident();
    let kind = Kind::ALL
        .into_iter()
        .find(|k| k.keyword() == keyword.name)?;
    let name = declared_name(s)?;
    Some(Definition {
        path: SmolStr::new(&*view.path),
        kind,
        name: name.name.clone(),
        service,
        span: name.span,
        whole: s.span,
    })
}

/// The name of a declaration.
pub(crate) fn declared_name(s: &Statement) -> Option<&Ident> {
    match s.parts.first()? {
        Part::Word(name) => Some(name),
        Part::Call(call) => Some(&call.name),
        Part::Methods(_) | Part::Path(_) | Part::Value(_) => None,
    }
}

/// The imports of a file.
pub(crate) fn imports(view: &View) -> impl Iterator<Item = Import<'_>> {
    view.import_statements().filter_map(|statement| {
        let Some(Part::Value(path)) = statement.parts.first() else {
            return None;
        };
        Some(Import {
            path: gw_compiler::join(&view.path, path.as_text()?),
            statement,
        })
    })
}

/// The name and the alias, which may be the same, of an entry between an import's braces.
pub(crate) fn imported_name(s: &Statement) -> (&Ident, &Ident) {
    let name = s.head.ident();
    match s.parts.as_slice() {
        [Part::Word(word), Part::Word(alias)] if word.name == "as" => (name, alias),
        _ => (name, name),
    }
}

impl Snapshot {
    /// The declaration that a name stands for in a file.
    pub(crate) fn resolve(&self, view: &View, name: &str, kinds: &[Kind]) -> Option<Definition> {
        let fits = |d: &&Definition| d.is_visible() && kinds.contains(&d.kind);
        if let Some(own) = view.definitions().named(name).find(fits) {
            return Some(own.clone());
        }
        imports(view).find_map(|import| {
            let wanted = wanted(&import, name)?;
            let from = self.view(&import.path)?;
            from.definitions().named(&wanted).find(fits).cloned()
        })
    }

    /// Every declaration that a file sees, by the name that it has there.
    pub(crate) fn visible(&self, view: &View) -> Vec<(SmolStr, Definition)> {
        let own = view.definitions().iter();
        let mut out: Vec<_> = own.map(|d| (d.name.clone(), d.clone())).collect();
        for import in imports(view) {
            let Some(from) = self.view(&import.path) else {
                continue;
            };
            for definition in from.definitions().iter().filter(|d| d.is_visible()) {
                for name in names_of(&import, &definition.name) {
                    out.push((name, definition.clone()));
                }
            }
        }
        out
    }
}

/// The name in the imported file that an import binds to `name` here.
fn wanted(import: &Import<'_>, name: &str) -> Option<SmolStr> {
    match &import.statement.block {
        None => Some(name.into()),
        Some(block) => {
            let mut entries = block.statements.iter().map(imported_name);
            entries
                .find(|(_, alias)| alias.name == name)
                .map(|(original, _)| original.name.clone())
        }
    }
}

/// The names that an import gives to the declaration `name` of its file.
fn names_of(import: &Import<'_>, name: &SmolStr) -> Vec<SmolStr> {
    match &import.statement.block {
        None => vec![name.clone()],
        Some(block) => {
            let entries = block.statements.iter().map(imported_name);
            let own = entries.filter(|(original, _)| original.name == *name);
            own.map(|(_, alias)| alias.name.clone()).collect()
        }
    }
}
