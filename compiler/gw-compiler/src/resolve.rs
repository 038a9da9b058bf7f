//! From modules to declarations: which name stands for which statement, in which file. Must not
//! know the types of anything.

mod kind;
mod unknown;

pub use kind::Kind;
pub(crate) use unknown::Hint;
use unknown::Hints;

use crate::env::OBJECTS;
use crate::load::{Import, Loaded, Module};
use crate::registry;
use crate::shape;
use crate::suggest::{listed, nearest};
use gw_syntax::{Code, Diagnostic, Head, Ident, Part, Span, Statement, StatementValue};
use hashbrown::HashMap;
use indexmap::IndexMap;
use smol_str::SmolStr;
use std::cell::RefCell;

/// A declaration, an index into [`Program::decls`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub(crate) struct DeclId(pub usize);

/// A named declaration.
#[derive(Debug)]
pub(crate) struct Decl<'l> {
    /// What it declares.
    pub kind: Kind,
    /// Its name.
    pub name: Ident,
    /// The module that holds it.
    pub module: usize,
    /// The whole statement.
    pub statement: &'l Statement,
}

/// A policy with its names resolved.
#[derive(Debug)]
pub(crate) struct Program<'l> {
    /// All declarations, module by module in source order.
    pub decls: Vec<Decl<'l>>,
    /// The `test` statements of the entry file and of everything it imports whole.
    pub tests: Vec<(usize, &'l Statement)>,
    /// Their `limits` statements.
    pub settings: Vec<(usize, &'l Statement)>,
    scopes: Vec<Scope>,
    used: Vec<std::cell::Cell<bool>>,
    /// Every use in order, where somebody wants to know.
    uses: RefCell<Option<Vec<DeclId>>>,
    whole: Vec<bool>,
    picked: Vec<bool>,
    hints: Hints,
    /// What the entry file imports by name.
    named_imports: Vec<(Ident, DeclId)>,
}

/// The names that one module sees.
#[derive(Debug, Default)]
struct Scope {
    names: IndexMap<(u8, SmolStr), DeclId, foldhash::fast::RandomState>,
}

/// Resolves the names of all modules.
pub(crate) fn resolve<'l>(loaded: &'l Loaded, diagnostics: &mut Vec<Diagnostic>) -> Program<'l> {
    let mut program = Program {
        decls: Vec::new(),
        tests: Vec::new(),
        settings: Vec::new(),
        scopes: Vec::new(),
        used: Vec::new(),
        uses: RefCell::default(),
        whole: vec![false; loaded.modules.len()],
        hints: Hints::default(),
        picked: Vec::new(),
        named_imports: Vec::new(),
    };
    for (index, module) in loaded.modules.iter().enumerate() {
        let scope = program.declare(index, module, diagnostics);
        program.scopes.push(scope);
    }
    program.used = program
        .decls
        .iter()
        .map(|_| std::cell::Cell::new(false))
        .collect();
    program.picked = vec![false; program.decls.len()];
    program.include(0, loaded);
    for (index, module) in loaded.modules.iter().enumerate() {
        for import in &module.imports {
            program.import(index, import, diagnostics);
        }
    }
    for (index, module) in loaded.modules.iter().enumerate() {
        if program.whole.get(index).copied().unwrap_or(false) {
            let named = |word| {
                let items = module.file.items.iter();
                items.filter(move |s| s.head.ident().name == word)
            };
            program.tests.extend(named("test").map(|t| (index, t)));
            program.settings.extend(named("limits").map(|s| (index, s)));
        }
    }
    program
}

impl<'l> Program<'l> {
    /// The declaration that `name` stands for in a module, of any kind but services and routes.
    pub(crate) fn lookup(&self, module: usize, name: &str) -> Option<DeclId> {
        let id = self.peek(module, name)?;
        self.mark_used(id);
        Some(id)
    }

    /// The same without counting as a use.
    pub(crate) fn peek(&self, module: usize, name: &str) -> Option<DeclId> {
        self.scopes
            .get(module)?
            .names
            .get(&(0, SmolStr::new(name)))
            .copied()
    }

    /// The declaration of one kind that `ident` stands for, or a diagnostic with what was
    /// probably meant.
    pub(crate) fn expect(
        &self,
        module: usize,
        ident: &Ident,
        kind: Kind,
    ) -> Result<DeclId, Box<Diagnostic>> {
        let keyword = kind.keyword();
        let Some(id) = self.lookup(module, &ident.name) else {
            return Err(Box::new(self.unknown(module, ident, kind)));
        };
        match self.decl(id) {
            Some(decl) if decl.kind == kind => Ok(id),
            Some(decl) => Err(Box::new(
                Diagnostic::new(
                    Code::UnknownName,
                    ident.span,
                    format!(
                        "`{}` is a {}, not a {keyword}",
                        ident.name,
                        decl.kind.keyword()
                    ),
                )
                .here(format!("a {keyword} is needed here"))
                .because(decl.name.span, "declared here")
                .help(format!("name a {keyword}, or declare one")),
            )),
            None => Err(Box::new(Diagnostic::new(
                Code::UnknownName,
                ident.span,
                "unknown name",
            ))),
        }
    }

    /// The names of one kind that a module sees.
    pub(crate) fn names(&self, module: usize, kind: Kind) -> Vec<SmolStr> {
        self.visible(module)
            .filter(|(_, id)| self.is(*id, kind))
            .map(|(n, _)| n.clone())
            .collect()
    }

    /// All names that a module sees, services and routes left out.
    pub(crate) fn visible(&self, module: usize) -> impl Iterator<Item = (&SmolStr, DeclId)> {
        let scope = self.scopes.get(module);
        scope
            .into_iter()
            .flat_map(|s| &s.names)
            .filter(|((s, _), _)| *s == 0)
            .map(|((_, n), id)| (n, *id))
    }

    /// A declaration.
    pub(crate) fn decl(&self, id: DeclId) -> Option<&Decl<'l>> {
        self.decls.get(id.0)
    }

    /// Counts as a use; whether it had one before.
    pub(crate) fn mark_used(&self, id: DeclId) -> bool {
        if let Some(uses) = self.uses.borrow_mut().as_mut() {
            uses.push(id);
        }
        self.used.get(id.0).is_some_and(|used| used.replace(true))
    }

    /// Whether something uses a declaration.
    pub(crate) fn is_used(&self, id: DeclId) -> bool {
        self.used.get(id.0).is_some_and(std::cell::Cell::get)
    }

    /// Notes uses from here on.
    pub(crate) fn note_uses(&self) {
        *self.uses.borrow_mut() = Some(Vec::new());
    }

    /// How many uses were noted.
    pub(crate) fn uses(&self) -> usize {
        self.uses.borrow().as_ref().map_or(0, Vec::len)
    }

    /// The uses that were noted after the first `from`.
    pub(crate) fn uses_since(&self, from: usize) -> Vec<DeclId> {
        let uses = self.uses.borrow();
        let since = uses.as_ref().and_then(|u| u.get(from..));
        since.unwrap_or_default().to_vec()
    }

    /// Forgets the uses that were noted, and goes on noting.
    pub(crate) fn forget_uses(&self) {
        if let Some(uses) = self.uses.borrow_mut().as_mut() {
            uses.clear();
        }
    }

    /// The declarations of one kind that are part of the policy: those of the entry file, of files
    /// imported whole, and those imported by name.
    pub(crate) fn included(&self, kind: Kind) -> impl Iterator<Item = (DeclId, &Decl<'l>)> {
        let all = self.decls.iter().enumerate().map(|(i, d)| (DeclId(i), d));
        all.filter(move |(id, decl)| {
            decl.kind == kind
                && (self.whole.get(decl.module).copied().unwrap_or(false)
                    || self.picked.get(id.0).copied().unwrap_or(false))
        })
    }

    /// Declarations of the entry file that nothing uses.
    pub(crate) fn unused(&self) -> impl Iterator<Item = &Decl<'l>> {
        self.decls
            .iter()
            .zip(&self.used)
            .filter(|(d, used)| d.module == 0 && !used.get() && !d.name.name.starts_with('_'))
            .map(|(d, _)| d)
    }

    /// Names that the entry file imports in braces and that nothing uses.
    pub(crate) fn unused_imports(&self) -> impl Iterator<Item = &Ident> {
        let used = |id: DeclId| self.used.get(id.0).is_none_or(std::cell::Cell::get);
        self.named_imports
            .iter()
            .filter(move |(_, id)| !used(*id))
            .map(|(name, _)| name)
    }

    fn is(&self, id: DeclId, kind: Kind) -> bool {
        self.decl(id).is_some_and(|d| d.kind == kind)
    }

    /// Marks a module and all that it imports whole as part of the policy.
    fn include(&mut self, index: usize, loaded: &Loaded) {
        match self.whole.get_mut(index) {
            Some(whole) if !*whole => *whole = true,
            Some(_) | None => return,
        }
        let imports = loaded
            .modules
            .get(index)
            .map(|m| m.imports.as_slice())
            .unwrap_or_default();
        for import in imports.iter().filter(|i| i.names.is_none()) {
            self.include(import.module, loaded);
        }
    }

    fn declare(
        &mut self,
        index: usize,
        module: &'l Module,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Scope {
        let items = &module.file.items;
        let mut scope = Scope::default();
        scope.names.reserve(items.len());
        self.decls.reserve(items.len());
        for statement in items {
            let word = statement.head.ident();
            let kind = Kind::ALL.into_iter().find(|k| k.keyword() == word.name);
            let named = matches!(statement.head, Head::Name(_));
            diagnostics.extend(unread(statement).filter(|_| named));
            let Some(kind) = kind.filter(|_| named) else {
                if !matches!(word.name.as_str(), "import" | "limits" | "lint" | "test") {
                    diagnostics.push(registry::unknown_statement(statement, "file"));
                }
                continue;
            };
            let Some(name) = declared_name(statement) else {
                diagnostics.push(
                    Diagnostic::new(
                        Code::WrongShape,
                        word.span,
                        format!("this {} has no name", word.name),
                    )
                    .here("a name is missing after this word")
                    .help(format!("write `{}`", registry::usage(kind.keyword()))),
                );
                continue;
            };
            let id = DeclId(self.decls.len());
            if let Some(first) = scope.names.get(&(kind.space(), name.name.clone())) {
                diagnostics.push(self.duplicate(&name, *first));
                continue;
            }
            diagnostics.extend(hides_object(kind, &name));
            scope.names.insert((kind.space(), name.name.clone()), id);
            self.decls.push(Decl {
                kind,
                name,
                module: index,
                statement,
            });
        }
        scope
    }

    fn duplicate(&self, name: &Ident, first: DeclId) -> Diagnostic {
        let message = format!("`{}` is declared twice", name.name);
        let diagnostic =
            Diagnostic::new(Code::DuplicateName, name.span, message).here("declared again here");
        let first = self.decl(first).map(|d| d.name.span);
        first
            .map_or(diagnostic.clone(), |span| {
                diagnostic.because(span, "first declared here")
            })
            .help("give one of them another name")
    }

    /// The finding for an import of a name that this file has already.
    fn taken(&self, name: &Ident, first: DeclId) -> Diagnostic {
        let message = format!("`{}` is imported, and declared already", name.name);
        let diagnostic =
            Diagnostic::new(Code::DuplicateName, name.span, message).here("imported here");
        let first = self.decl(first).map(|d| d.name.span);
        first
            .map_or(diagnostic.clone(), |span| {
                diagnostic.because(span, "declared here")
            })
            .help(format!(
                "import it under another name: `{{ {} as other }}`",
                name.name
            ))
    }

    fn import(&mut self, into: usize, import: &Import, diagnostics: &mut Vec<Diagnostic>) {
        let Some(from) = self.scopes.get(import.module) else {
            return;
        };
        let own = |id: &DeclId| self.decl(*id).is_some_and(|d| d.module == import.module);
        let offered: HashMap<(u8, SmolStr), DeclId> = from
            .names
            .iter()
            .filter(|(_, id)| own(id))
            .map(|(k, id)| (k.clone(), *id))
            .collect();
        let mut found: Vec<(u8, Ident, DeclId)> = Vec::new();
        match &import.names {
            None => found.extend(offered.iter().filter_map(|((space, _), id)| {
                let name = self.decl(*id)?.name.name.clone();
                Some((
                    *space,
                    Ident {
                        name,
                        span: import.span,
                    },
                    *id,
                ))
            })),
            Some(names) => {
                for name in names {
                    let at = [0u8, 1, 2].iter().find_map(|s| {
                        offered
                            .get(&(*s, name.name.name.clone()))
                            .map(|id| (*s, *id))
                    });
                    match at {
                        Some((space, id)) => {
                            if let Some(decl) = self.decl(id)
                                && decl.name.name != name.alias.name
                            {
                                diagnostics.extend(hides_object(decl.kind, &name.alias));
                            }
                            found.push((space, name.alias.clone(), id));
                            if into == 0 {
                                self.named_imports.push((name.name.clone(), id));
                            }
                            if let Some(picked) = self.picked.get_mut(id.0) {
                                *picked = true;
                            }
                        }
                        None => diagnostics.push(unknown_import(&name.name, &offered)),
                    }
                }
            }
        }
        found.sort_by_key(|(_, _, id)| *id);
        for (space, name, id) in found {
            let known = self
                .scopes
                .get(into)
                .and_then(|s| s.names.get(&(space, name.name.clone())))
                .copied();
            match known {
                Some(first) if first != id => diagnostics.push(self.taken(&name, first)),
                Some(_) => {}
                None => {
                    if let Some(scope) = self.scopes.get_mut(into) {
                        scope.names.insert((space, name.name), id);
                    }
                }
            }
        }
    }
}

/// The finding for what a declaration does not read. A route is read when its turn comes.
fn unread(statement: &Statement) -> Option<Diagnostic> {
    let spec = registry::find(&statement.head.ident().name, "file")?;
    match spec.keyword {
        "route" | "lint" => None,
        _ => shape::of_block(statement, spec),
    }
}

/// The finding for a name that expressions would read in place of a built-in object.
fn hides_object(kind: Kind, name: &Ident) -> Option<Diagnostic> {
    let hides = Kind::VALUES.contains(&kind) && OBJECTS.contains(&name.name.as_str());
    hides.then(|| {
        let message = format!("`{}` is the name of a built-in object", name.name);
        Diagnostic::new(Code::DuplicateName, name.span, message)
            .here("hides the built-in object")
            .help("give it another name")
    })
}

/// The first line of a keyword's example.
fn example(keyword: &str) -> &'static str {
    let spec = registry::find(keyword, "file");
    spec.and_then(|s| s.example.lines().next())
        .unwrap_or_default()
}

fn unknown_import(name: &Ident, offered: &HashMap<(u8, SmolStr), DeclId>) -> Diagnostic {
    let mut names: Vec<&str> = offered.keys().map(|(_, n)| n.as_str()).collect();
    names.sort_unstable();
    let diagnostic = Diagnostic::new(
        Code::UnknownImport,
        name.span,
        format!("the imported file has no `{}`", name.name),
    )
    .here("not declared there");
    match nearest(&name.name, names.iter().copied()) {
        Some(near) => diagnostic.help(format!("did you mean `{near}`?")).fix(
            format!("write `{near}`"),
            name.span,
            near,
        ),
        None if names.is_empty() => diagnostic.help("that file declares nothing"),
        None => diagnostic.help(format!("it declares {}", listed(names))),
    }
}

/// The name of a declaration: its first word, `name(params)`, or for `param x: T` and
/// `let x = …` too.
pub(crate) fn declared_name(statement: &Statement) -> Option<Ident> {
    match statement.parts.first()? {
        Part::Word(name) => Some(name.clone()),
        Part::Call(call) => Some(call.name.clone()),
        Part::Methods(_) | Part::Path(_) | Part::Value(_) => None,
    }
}

/// The typed parameters of `policy p(x: T)` and their kin.
pub(crate) fn parameters(
    statement: &Statement,
) -> impl Iterator<Item = (&Ident, &gw_syntax::TypeExpr)> {
    let args = match statement.parts.first() {
        Some(Part::Call(call)) => call.args.as_slice(),
        Some(Part::Word(_) | Part::Methods(_) | Part::Path(_) | Part::Value(_)) | None => &[],
    };
    args.iter().filter_map(|a| match (&a.name, &a.value) {
        (Some(name), StatementValue::Type(ty) | StatementValue::TypedExpr(ty, _)) => {
            Some((name, &**ty))
        }
        _ => None,
    })
}

/// The place of a declaration's header, for second labels.
pub(crate) fn header_span(statement: &Statement) -> Span {
    statement
        .parts
        .last()
        .map_or(statement.head.ident().span, |p| {
            statement.head.ident().span.to(p.span())
        })
}
