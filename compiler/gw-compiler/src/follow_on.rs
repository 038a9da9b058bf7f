//! One mistake, one finding: what only follows from a mistake that has its own finding is left
//! out. Works on findings and names; must not know any particular block.

mod bare;
mod cover;

use crate::load::Loaded;
use crate::resolve::{Kind, Program};
use bare::Bare;
use cover::Cover;
use gw_syntax::{Code, Diagnostic, FileId, Severity, Sources, Span};
use hashbrown::HashSet;

/// Removes findings that would be gone if the others were mended.
pub(crate) fn suppress(
    program: &Program<'_>,
    loaded: &Loaded,
    sources: &Sources,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let mut causes = Causes::of(program, loaded, sources, diagnostics);
    causes.bare = bare::find(program, diagnostics);
    bare::offer_brace(&causes.bare, diagnostics);
    diagnostics.retain(|d| !causes.explain(d));
}

/// Removes what a `let` has wrong with it wherever it is used, but for its first use. Findings are in
/// the order of their places.
pub(crate) fn say_once(diagnostics: &mut Vec<Diagnostic>) {
    diagnostics.dedup_by(|second, first| {
        is_same_everywhere(first.code)
            && (first.code, first.span()) == (second.code, second.span())
            && first.message == second.message
    });
}

/// Whether a finding is about the text of an expression alone, and not about the place where it is
/// used.
pub(crate) fn is_same_everywhere(code: Code) -> bool {
    matches!(
        code,
        Code::UnknownVariable
            | Code::UnknownFunction
            | Code::UnknownVariant
            | Code::BadRegex
            | Code::BadCidr
            | Code::BadConstant
            | Code::BadTimeZone
            | Code::EmptyRange
            | Code::HostBits
    )
}

/// What mistakes leave behind, so that a finding is looked up and not searched for: there may be as
/// many findings as lines.
struct Causes<'c> {
    program: &'c Program<'c>,
    sources: &'c Sources,
    /// Items that lost a statement: one that did not parse or is not known.
    incomplete: Cover,
    /// Those statements.
    lost: Cover,
    /// What the lines of files with such a statement declare, as far as their words tell.
    unread: HashSet<&'c str>,
    /// Declarations with a value, by file.
    valued: HashSet<(FileId, &'c str)>,
    /// Names that an import would have brought.
    not_imported: HashSet<String>,
    /// Files with an import of everything that failed.
    open_imports: HashSet<FileId>,
    /// Texts without their end: of what they hold nothing is known.
    open_texts: Cover,
    /// Statements that a brace which closes too early has put outside of their block.
    fallen: Cover,
    /// Headers whose brace is missing.
    bare: Bare,
}

impl<'c> Causes<'c> {
    fn of(
        program: &'c Program<'c>,
        loaded: &'c Loaded,
        sources: &'c Sources,
        found: &[Diagnostic],
    ) -> Self {
        let spans = |of: fn(&Diagnostic) -> bool| {
            let found = found.iter().filter(move |d| of(d));
            found.map(Diagnostic::span).collect::<Vec<Span>>()
        };
        let unread = spans(loses_a_statement);
        let mut causes = Self {
            program,
            sources,
            incomplete: incomplete(program, &unread),
            unread: declared_by_lines(sources, &unread),
            lost: Cover::of(unread),
            valued: valued(program),
            not_imported: meant_imports(found),
            open_imports: HashSet::new(),
            open_texts: Cover::of(spans(is_open_text)),
            fallen: fallen(loaded, sources, &spans(is_stray)),
            bare: Bare::default(),
        };
        causes.note_imports(loaded, &Cover::of(spans(is_failed_import)));
        causes
    }

    fn note_imports(&mut self, loaded: &'c Loaded, failed: &Cover) {
        let items = loaded.modules.iter().flat_map(|m| &m.file.items);
        let imports = items.filter(|s| s.head.ident().name == "import");
        for import in imports.filter(|s| failed.begins_in(s.span)) {
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
                None => {
                    self.open_imports.insert(import.span.file);
                }
            }
        }
    }

    /// Whether a finding only follows from another one.
    fn explain(&self, diagnostic: &Diagnostic) -> bool {
        let span = diagnostic.span();
        if self.open_texts.holds(span) && !is_open_text(diagnostic) {
            return true;
        }
        if self.bare.explains(diagnostic) || self.is_method_behind_comma(diagnostic) {
            return true;
        }
        if lacks_its_service(diagnostic) && self.fallen.holds(span) {
            return true;
        }
        match diagnostic.code {
            Code::NoDecision | Code::NoAction | Code::MissingField | Code::BadTest => {
                self.incomplete.holds(span)
            }
            // A block seems empty where its statements did not parse.
            Code::IdleBraces => self.lost.begins_in(span),
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

    /// `GET,POST`: the header that ends at the comma says so itself.
    fn is_method_behind_comma(&self, diagnostic: &Diagnostic) -> bool {
        let span = diagnostic.span();
        let source = self.sources.get(span.file);
        let before = source.and_then(|s| s.text.get(..span.start as usize));
        matches!(diagnostic.code, Code::UnknownBlock)
            && crate::blocks::route::is_method(self.sources.text(span))
            && before.is_some_and(|text| text.trim_end().ends_with(','))
    }

    /// The finding about the import is the cause, not a consequence.
    fn not_imported_itself(&self, diagnostic: &Diagnostic) -> bool {
        diagnostic.code == Code::UnknownImport
            && !self.is_unread(self.sources.text(diagnostic.span()))
    }

    /// Whether a declaration has that name, but no value because of its own finding.
    fn is_failed_value(&self, file: FileId, name: &str) -> bool {
        let program = self.program;
        let outer = || program.peek(0, name).and_then(|id| program.decl(id));
        self.valued.contains(&(file, name)) || outer().is_some_and(|d| has_value(d.kind))
    }

    /// Whether a declaration of that name was lost with a statement or an import.
    fn is_lost(&self, file: FileId, name: &str) -> bool {
        self.not_imported.contains(name)
            || self.open_imports.contains(&file)
            || self.is_unread(name)
    }

    /// Whether a line begins as a declaration of that name would, in a file that has a statement
    /// that could not be read.
    fn is_unread(&self, name: &str) -> bool {
        self.unread.contains(name)
    }
}

/// The top-level items that lost a statement.
fn incomplete(program: &Program<'_>, unread: &[Span]) -> Cover {
    let unread = Cover::of(unread.to_vec());
    let statements = program.decls.iter().map(|d| d.statement.span);
    let tests = program.tests.iter().map(|(_, s)| s.span);
    let items = statements.chain(tests);
    Cover::of(items.filter(|item| unread.begins_in(*item)).collect())
}

/// The second words of all lines of files that have such a statement.
fn declared_by_lines<'c>(sources: &'c Sources, unread: &[Span]) -> HashSet<&'c str> {
    let files: HashSet<FileId> = unread.iter().map(|span| span.file).collect();
    let broken = sources.iter().filter(|(id, _)| files.contains(id));
    let lines = broken.flat_map(|(_, source)| source.text.lines());
    let ident = |c: char| c.is_alphanumeric() || c == '_';
    let names = lines.map(|line| {
        let second = line.split_whitespace().nth(1).unwrap_or("");
        second.split(|c| !ident(c)).next().unwrap_or("")
    });
    names.collect()
}

fn valued<'c>(program: &'c Program<'_>) -> HashSet<(FileId, &'c str)> {
    let decls = program.decls.iter().filter(|d| has_value(d.kind));
    decls
        .map(|d| (d.name.span.file, d.name.name.as_str()))
        .collect()
}

fn has_value(kind: Kind) -> bool {
    matches!(kind, Kind::Param | Kind::Let | Kind::Enum | Kind::Table)
}

/// The names that misspelt imports were probably meant to bring.
fn meant_imports(found: &[Diagnostic]) -> HashSet<String> {
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
        Code::UnknownBlock
            | Code::MisplacedBlock
            | Code::WrongShape
            | Code::MissingBlock
            | Code::UnknownField
    );
    diagnostic.severity == Severity::Error && (syntax || unknown)
}

fn is_failed_import(diagnostic: &Diagnostic) -> bool {
    matches!(
        diagnostic.code,
        Code::FileNotFound | Code::ImportCycle | Code::UnknownImport
    )
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

fn is_stray(diagnostic: &Diagnostic) -> bool {
    diagnostic.code == Code::UnexpectedClose
}

/// The top-level statements that are indented, in files where a bracket closes nothing: what they
/// stood in was closed before.
fn fallen(loaded: &Loaded, sources: &Sources, strays: &[Span]) -> Cover {
    let files: HashSet<FileId> = strays.iter().map(|span| span.file).collect();
    let indented = |span: &Span| {
        let source = sources.get(span.file);
        source.is_some_and(|s| s.line_col(span.start).column > 1)
    };
    let modules = loaded.modules.iter();
    let broken = modules.filter(|m| files.contains(&m.file.id));
    let items = broken.flat_map(|m| &m.file.items).map(|s| s.span);
    Cover::of(items.filter(indented).collect())
}
