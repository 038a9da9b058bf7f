//! One mistake, one finding: what only follows from a mistake that has its own finding is left
//! out. Works on findings and names; must not know any particular block.

use crate::load::Loaded;
use crate::resolve::{Kind, Program};
use gw_syntax::{Code, Diagnostic, FileId, Severity, Sources, Span};

/// Removes findings that would be gone if the others were mended.
pub(crate) fn suppress(
    program: &Program<'_>,
    loaded: &Loaded,
    sources: &Sources,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let causes = Causes::of(program, loaded, sources, diagnostics);
    diagnostics.retain(|d| !causes.explain(d));
}

/// What mistakes leave behind.
struct Causes<'c> {
    program: &'c Program<'c>,
    sources: &'c Sources,
    /// Places of statements that did not parse or are not known.
    unread: Vec<Span>,
    /// Names that an import would have brought.
    not_imported: Vec<String>,
    /// Files with an import of everything that failed.
    open_imports: Vec<FileId>,
    /// Texts without their end: of what they hold nothing is known.
    open_texts: Vec<Span>,
    /// Statements that a brace which closes too early has put outside of their block, in order.
    fallen: Vec<Span>,
}

impl<'c> Causes<'c> {
    fn of(
        program: &'c Program<'c>,
        loaded: &'c Loaded,
        sources: &'c Sources,
        found: &[Diagnostic],
    ) -> Self {
        let unread = found.iter().filter(|d| loses_a_statement(d));
        let failed: Vec<Span> = found
            .iter()
            .filter(|d| {
                matches!(
                    d.code,
                    Code::FileNotFound | Code::ImportCycle | Code::UnknownImport
                )
            })
            .map(Diagnostic::span)
            .collect();
        let mut causes = Self {
            program,
            sources,
            unread: unread.map(Diagnostic::span).collect(),
            not_imported: meant_imports(found),
            open_imports: Vec::new(),
            open_texts: found
                .iter()
                .filter(|d| is_open_text(d))
                .map(Diagnostic::span)
                .collect(),
            fallen: fallen(loaded, sources, found),
        };
        causes.note_imports(loaded, &failed);
        causes
    }

    fn note_imports(&mut self, loaded: &'c Loaded, failed: &[Span]) {
        let items = loaded.modules.iter().flat_map(|m| &m.file.items);
        let imports = items.filter(|s| s.head.ident().name == "import");
        for import in imports.filter(|s| failed.iter().any(|f| inside(*f, s.span))) {
            match &import.block {
                Some(block) => {
                    let names = block.statements.iter().flat_map(|s| {
                        let alias = s.parts.last().and_then(|p| match p {
                            gw_syntax::Part::Word(word) => Some(word),
                            _ => None,
                        });
                        [Some(s.head.ident()), alias]
                    });
                    self.not_imported
                        .extend(names.flatten().map(|i| i.name.to_string()));
                }
                None => self.open_imports.push(import.span.file),
            }
        }
    }

    /// Whether a finding only follows from another one.
    fn explain(&self, diagnostic: &Diagnostic) -> bool {
        let span = diagnostic.span();
        let in_open_text = self.open_texts.iter().any(|text| inside(span, *text));
        if in_open_text && !is_open_text(diagnostic) {
            return true;
        }
        if lacks_its_service(diagnostic) && self.has_fallen(span) {
            return true;
        }
        match diagnostic.code {
            Code::NoDecision | Code::NoAction | Code::MissingField | Code::BadTest => {
                self.item_is_incomplete(span)
            }
            Code::UnknownVariable => {
                let name = self.sources.text(span);
                self.is_failed_value(span.file, name) || self.is_lost(span.file, name)
            }
            Code::UnknownName | Code::UnknownType | Code::UnknownImport => {
                self.is_lost(span.file, self.sources.text(span))
                    && !self.not_imported_itself(diagnostic)
            }
            _ => false,
        }
    }

    fn has_fallen(&self, place: Span) -> bool {
        let before = |s: &Span| (s.file, s.end) < (place.file, place.start);
        let at = self.fallen.partition_point(before);
        self.fallen.get(at).is_some_and(|s| inside(place, *s))
    }

    /// The finding about the import is the cause, not a consequence.
    fn not_imported_itself(&self, diagnostic: &Diagnostic) -> bool {
        diagnostic.code == Code::UnknownImport
            && !self.is_unread(self.sources.text(diagnostic.span()))
    }

    /// Whether the top-level item around a place lost a statement.
    fn item_is_incomplete(&self, place: Span) -> bool {
        let statements = self.program.decls.iter().map(|d| d.statement.span);
        let tests = self.program.tests.iter().map(|(_, s)| s.span);
        statements
            .chain(tests)
            .filter(|item| inside(place, *item))
            .any(|item| self.unread.iter().any(|u| inside(*u, item)))
    }

    /// Whether a declaration has that name, but no value because of its own finding.
    fn is_failed_value(&self, file: FileId, name: &str) -> bool {
        let valued =
            |kind: Kind| matches!(kind, Kind::Param | Kind::Let | Kind::Enum | Kind::Table);
        let mut decls = self.program.decls.iter();
        let own = decls.any(|d| d.name.name == name && valued(d.kind) && d.name.span.file == file);
        own || self
            .program
            .peek(0, name)
            .and_then(|id| self.program.decl(id))
            .is_some_and(|d| valued(d.kind))
    }

    /// Whether a declaration of that name was lost with a statement or an import.
    fn is_lost(&self, file: FileId, name: &str) -> bool {
        self.not_imported.iter().any(|n| n == name)
            || self.open_imports.contains(&file)
            || self.is_unread(name)
    }

    /// Whether a line begins as a declaration of that name would, in a file that has a statement
    /// that could not be read.
    fn is_unread(&self, name: &str) -> bool {
        let files = self
            .sources
            .iter()
            .filter(|(id, _)| self.unread.iter().any(|u| u.file == *id));
        let mut lines = files.flat_map(|(_, source)| source.text.lines());
        lines.any(|line| {
            let second = line.split_whitespace().nth(1).unwrap_or("");
            let ident = |c: char| c.is_alphanumeric() || c == '_';
            second.split(|c| !ident(c)).next() == Some(name)
        })
    }
}

/// The names that misspelt imports were probably meant to bring.
fn meant_imports(found: &[Diagnostic]) -> Vec<String> {
    let imports = found.iter().filter(|d| d.code == Code::UnknownImport);
    let edits = imports
        .filter_map(|d| d.fix.as_ref())
        .flat_map(|f| &f.edits);
    edits.map(|(_, name)| name.clone()).collect()
}

fn loses_a_statement(diagnostic: &Diagnostic) -> bool {
    let syntax = diagnostic.code.number() < 100;
    let unknown = matches!(
        diagnostic.code,
        Code::UnknownBlock | Code::MisplacedBlock | Code::WrongShape | Code::UnknownField
    );
    diagnostic.severity == Severity::Error && (syntax || unknown)
}

fn inside(inner: Span, outer: Span) -> bool {
    inner.file == outer.file && outer.start <= inner.start && inner.start < outer.end
}

/// Whether a route outside of a service would have this finding, and inside perhaps not.
fn lacks_its_service(diagnostic: &Diagnostic) -> bool {
    matches!(
        diagnostic.code,
        Code::NoIdentity | Code::NoDecision | Code::OpenToAll | Code::IdleOverride
    )
}

fn is_open_text(diagnostic: &Diagnostic) -> bool {
    diagnostic.code == Code::UnclosedString
}

/// The top-level statements that are indented, in files where a bracket closes nothing: what they
/// stood in was closed before.
fn fallen(loaded: &Loaded, sources: &Sources, found: &[Diagnostic]) -> Vec<Span> {
    let strays = found.iter().filter(|d| d.code == Code::UnexpectedClose);
    let files: Vec<FileId> = strays.map(|d| d.span().file).collect();
    let indented = |span: &Span| {
        let source = sources.get(span.file);
        source.is_some_and(|s| s.line_col(span.start).column > 1)
    };
    let modules = loaded.modules.iter();
    let items = modules
        .filter(|m| files.contains(&m.file.id))
        .flat_map(|m| &m.file.items);
    let mut fallen: Vec<Span> = items.map(|s| s.span).filter(indented).collect();
    fallen.sort_unstable_by_key(|s| (s.file, s.start));
    fallen
}
