//! From source to graph: load → resolve → check and lower → verify → optimise. Each stage's output
//! is its own type. Reads files only through [`Files`]; must not know sockets or how a graph is
//! run.

pub mod analysis;
mod blocks;
pub mod cost;
mod cx;
mod described;
mod diagram;
mod disk;
mod env;
mod fields;
mod follow_on;
mod host;
pub mod index;
mod lint;
mod load;
mod mutate;
mod options;
mod recall;
pub mod registry;
mod resolve;
mod scope;
mod shape;
pub mod spec;
mod suggest;
mod unique;
mod unread;
mod verify;

pub use blocks::authn::certificate;
pub use blocks::test::{
    BackendFailure, BodyValue, Expectation, Expected, Given, GivenTime, GivenTls, HeaderValue,
    Message, MockBackend, MockOutcome, Test, TestRequest, TestStep,
};
pub use described::{Description, described_schemas, description};
pub use disk::Disk;
pub use env::OBJECTS;
pub use gw_schema::{Document, SyntaxError};
pub use lint::{BadLint, Level, Levels};
pub use load::{Files, Tree, join};
pub use mutate::{Hint, Mutant};
pub use options::{BadAssignment, Options};
pub use recall::Memo;
pub use resolve::Kind;

use analysis::Environments;
use cx::Cx;
use gw_expr::Type;
use gw_graph::Graph;
use gw_syntax::{Diagnostic, Severity, Sources};
use recall::Recall;
use unread::{Again, Reading};

/// A policy that compiles.
#[derive(Debug)]
pub struct Compiled {
    /// What the engine runs.
    pub graph: Graph,
    /// Its `test` blocks.
    pub tests: Vec<Test>,
    /// The types of its `schema` and `enum` declarations, in the order of the source; empty where
    /// nothing was kept that only explanations take.
    pub types: Vec<Type>,
    /// Its source texts.
    pub sources: Sources,
    /// Warnings and advice, sorted by place; as errors those that [`Options::lints`] denies.
    pub diagnostics: Vec<Diagnostic>,
}

/// A policy that does not compile.
#[derive(Debug)]
pub struct Failure {
    /// The source texts that could be read.
    pub sources: Sources,
    /// Everything that was found, sorted by place; at least one is an error.
    pub diagnostics: Vec<Diagnostic>,
}

/// The sentences for which the gateway itself refuses or fails, as tests expect them.
pub fn reasons() -> impl Iterator<Item = &'static str> {
    gw_graph::Builtin::ALL.iter().map(|reason| reason.text())
}

/// Compiles the policy whose entry file is `entry`.
///
/// # Errors
/// [`Failure`] with every finding, when at least one is an error.
pub fn compile(
    files: &dyn Files,
    entry: &str,
    options: &Options,
) -> Result<Compiled, Box<Failure>> {
    finished(run(files, entry, options, Notes::None))
}

/// The same without what only running and explaining a policy take: the index of the routes, the
/// nodes of their diagrams, and the lines of their pipelines. Finds the same, sooner and in less memory.
///
/// # Errors
/// As [`compile`].
pub fn survey(files: &dyn Files, entry: &str, options: &Options) -> Result<Compiled, Box<Failure>> {
    finished(run(files, entry, options, Notes::Survey))
}

/// The same with every small change of the policy that its tests should notice, in the order of
/// the source.
///
/// # Errors
/// As [`compile`].
pub fn compile_mutants(
    files: &dyn Files,
    entry: &str,
    options: &Options,
) -> Result<(Compiled, Vec<Mutant>), Box<Failure>> {
    let mut changes = Vec::new();
    let compiled = finished(run(files, entry, options, Notes::Changes(&mut changes)))?;
    let mutants = mutate::mutants(&compiled.graph, &compiled.sources, changes);
    Ok((compiled, mutants))
}

/// A policy that was only checked.
#[derive(Debug)]
pub struct Checked {
    /// The source texts that could be read.
    pub sources: Sources,
    /// Everything that was found, sorted by place.
    pub diagnostics: Vec<Diagnostic>,
}

/// Finds what [`compile`] finds, and lowers only the routes that have changed since the check
/// that left `memo`.
pub fn check(files: &dyn Files, entry: &str, options: &Options, memo: &mut Memo) -> Checked {
    let mut outcome = run(files, entry, options, Notes::Memo(memo));
    if outcome.incomplete {
        memo.clear();
        outcome = run(files, entry, options, Notes::Memo(memo));
    }
    Checked {
        sources: outcome.sources,
        diagnostics: outcome.diagnostics,
    }
}

fn finished(outcome: Outcome) -> Result<Compiled, Box<Failure>> {
    let Outcome {
        graph,
        tests,
        types,
        sources,
        diagnostics,
        failed,
        ..
    } = outcome;
    if failed {
        return Err(Box::new(Failure {
            sources,
            diagnostics,
        }));
    }
    Ok(Compiled {
        graph,
        tests,
        types,
        sources,
        diagnostics,
    })
}

/// What a compilation keeps besides its outcome.
enum Notes<'n> {
    /// Nothing.
    None,
    /// Nothing, not even what running and explaining take.
    Survey,
    /// What each expression may refer to.
    Environments,
    /// What could be changed, for mutants.
    Changes(&'n mut Vec<mutate::Change>),
    /// What came of routes, for the next check; recalled ones have no place in a graph.
    Memo(&'n mut Memo),
}

/// Everything that a compilation gives, whether the policy is right or not.
struct Outcome {
    graph: Graph,
    tests: Vec<Test>,
    types: Vec<Type>,
    sources: Sources,
    diagnostics: Vec<Diagnostic>,
    /// Whether the policy does not compile, whatever the levels of its warnings.
    failed: bool,
    environments: Environments,
    /// Whether a recalled route was needed as a whole.
    incomplete: bool,
    /// How many statements nobody could read by themselves.
    unread: usize,
    /// The paths of the modules, with their files.
    modules: Vec<(String, gw_syntax::FileId)>,
}

fn run(files: &dyn Files, entry: &str, options: &Options, mut notes: Notes<'_>) -> Outcome {
    if matches!(notes, Notes::Memo(_)) {
        return run_as(Reading::Whole, (files, entry), options, notes);
    }
    let outcome = run_as(Reading::Sparse, (files, entry), options, notes.again());
    if outcome.unread == 0 {
        return outcome;
    }
    let files = Again::new(files, entry, &outcome.sources);
    run_as(Reading::Whole, (&files, entry), options, notes.again())
}

impl Notes<'_> {
    /// The same for another try.
    fn again(&mut self) -> Notes<'_> {
        match self {
            Notes::None => Notes::None,
            Notes::Survey => Notes::Survey,
            Notes::Environments => Notes::Environments,
            Notes::Changes(changes) => {
                changes.clear();
                Notes::Changes(changes)
            }
            Notes::Memo(memo) => Notes::Memo(memo),
        }
    }
}

fn run_as(
    reading: Reading,
    (files, entry): (&dyn Files, &str),
    options: &Options,
    notes: Notes<'_>,
) -> Outcome {
    let mut sources = Sources::default();
    let mut diagnostics = Vec::new();
    let mut loaded = load::load(files, (entry, reading), &mut sources, &mut diagnostics);
    loaded.described = described::load(files, &loaded, &mut sources, &mut diagnostics);
    let mut graph = Graph::default();
    let mut tests = Vec::new();
    let mut types = Vec::new();
    let mut environments = Environments::default();
    let mut incomplete = false;
    let mut unread = 0;
    if !loaded.modules.is_empty() {
        let (mut memo, notes) = match notes {
            Notes::Memo(memo) => (Some(memo), Notes::None),
            notes => (None, notes),
        };
        let mut recall = memo
            .as_deref_mut()
            .and_then(|memo| Recall::new(memo, &loaded, (&sources, options), &diagnostics));
        let surveys = matches!(notes, Notes::Survey | Notes::Environments);
        let checks_only = recall.is_some() || surveys;
        let program = resolve::resolve(&loaded, &mut diagnostics);
        if let Some(recall) = &mut recall {
            recall.number(&program);
        }
        let mut cx = Cx::new(&program, &loaded, &sources, options, &mut diagnostics);
        match notes {
            Notes::None | Notes::Survey | Notes::Memo(_) => {}
            Notes::Environments => cx.note_environments(),
            Notes::Changes(changes) => cx.changes = Some(changes),
        }
        cx.recall = recall;
        cx.checks_only = checks_only;
        blocks::lower_all(&mut cx);
        tests = blocks::test::lower_all(&mut cx);
        types = cx.declared_types();
        if cx.notes_environments() {
            environments = analysis::environments(&mut cx, loaded.modules.len());
        }
        unread = cx.unread;
        let mut recalled = cx.recall.take().map(Recall::finish).unwrap_or_default();
        let spans;
        (graph, spans) = cx.finish();
        if !has_errors(&diagnostics) {
            let known = (&spans, &mut recalled);
            verify::verify(&program, &graph, known, &mut diagnostics);
            let conflicts = match checks_only {
                true => index::conflicts(&graph.routes),
                false => index(&mut graph),
            };
            verify::conflicts(&graph, &spans, &conflicts, &mut diagnostics);
        }
        incomplete = recalled.lacks();
        if let Some(memo) = memo {
            memo.take_back(&mut graph.routes, &recalled);
        }
        follow_on::suppress(&program, &loaded, &sources, &mut diagnostics);
    }
    diagnostics.sort_by_key(|d| (d.span().file, d.span().start, d.code));
    diagnostics.dedup();
    follow_on::say_once(&mut diagnostics);
    let stated = lint::stated(&loaded, &sources, &mut diagnostics);
    let others = stated.apply(&mut diagnostics);
    let failed = has_errors(&diagnostics);
    options.lints.apply(&mut diagnostics, others);
    let modules = loaded.modules.into_iter().map(|m| (m.path, m.file.id));
    Outcome {
        graph,
        tests,
        types,
        sources,
        diagnostics,
        failed,
        environments,
        incomplete,
        unread,
        modules: modules.collect(),
    }
}

/// Gives a graph its index; what contradicts itself in it.
fn index(graph: &mut Graph) -> Vec<index::Conflict> {
    let (index, conflicts) = index::build(&graph.routes);
    graph.index = index;
    conflicts
}

fn has_errors(diagnostics: &[Diagnostic]) -> bool {
    diagnostics.iter().any(|d| d.severity == Severity::Error)
}
