//! From source to graph: load → resolve → check and lower → verify → optimise. Each stage's output
//! is its own type. Reads files only through [`Files`]; must not know sockets or how a graph is
//! run.

mod blocks;
pub mod cost;
mod cx;
mod diagram;
mod disk;
mod env;
mod fields;
mod follow_on;
pub mod index;
mod load;
mod mutate;
mod options;
pub mod registry;
mod resolve;
mod scope;
pub mod spec;
mod suggest;
mod verify;

pub use blocks::test::{
    BackendFailure, BodyValue, Expectation, Expected, Given, GivenTime, GivenTls, HeaderValue,
    Message, MockBackend, MockOutcome, Test, TestRequest, TestStep,
};
pub use disk::Disk;
pub use load::Files;
pub use mutate::{Hint, Mutant};
pub use options::{BadAssignment, Options};

use cx::Cx;
use gw_graph::Graph;
use gw_syntax::{Diagnostic, Severity, Sources};

/// A policy that compiles.
#[derive(Debug)]
pub struct Compiled {
    /// What the engine runs.
    pub graph: Graph,
    /// Its `test` blocks.
    pub tests: Vec<Test>,
    /// Its source texts.
    pub sources: Sources,
    /// Warnings and advice, sorted by place.
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

/// Compiles the policy whose entry file is `entry`.
///
/// # Errors
/// [`Failure`] with every finding, when at least one is an error.
pub fn compile(
    files: &dyn Files,
    entry: &str,
    options: &Options,
) -> Result<Compiled, Box<Failure>> {
    run(files, entry, options, None)
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
    let compiled = run(files, entry, options, Some(&mut changes))?;
    let mutants = mutate::mutants(&compiled.graph, &compiled.sources, changes);
    Ok((compiled, mutants))
}

fn run(
    files: &dyn Files,
    entry: &str,
    options: &Options,
    changes: Option<&mut Vec<mutate::Change>>,
) -> Result<Compiled, Box<Failure>> {
    let mut sources = Sources::default();
    let mut diagnostics = Vec::new();
    let loaded = load::load(files, entry, &mut sources, &mut diagnostics);
    let mut graph = Graph::default();
    let mut tests = Vec::new();
    if !loaded.modules.is_empty() {
        let program = resolve::resolve(&loaded, &mut diagnostics);
        let mut cx = Cx::new(&program, &loaded, &sources, options, &mut diagnostics);
        cx.changes = changes;
        blocks::lower_all(&mut cx);
        tests = blocks::test::lower_all(&mut cx);
        let spans;
        (graph, spans) = cx.finish();
        if !has_errors(&diagnostics) {
            verify::verify(&program, &graph, &spans, &mut diagnostics);
            let (index, conflicts) = index::build(&graph.routes);
            graph.index = index;
            verify::conflicts(&graph, &spans, &conflicts, &mut diagnostics);
        }
        follow_on::suppress(&program, &loaded, &sources, &mut diagnostics);
    }
    diagnostics.sort_by_key(|d| (d.span().file, d.span().start, d.code));
    diagnostics.dedup();
    if has_errors(&diagnostics) {
        return Err(Box::new(Failure {
            sources,
            diagnostics,
        }));
    }
    Ok(Compiled {
        graph,
        tests,
        sources,
        diagnostics,
    })
}

fn has_errors(diagnostics: &[Diagnostic]) -> bool {
    diagnostics.iter().any(|d| d.severity == Severity::Error)
}
