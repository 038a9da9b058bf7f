//! One expression by itself: its type, what it costs at most, and its value for variables that are
//! given as JSON. Must not know how that is printed.

mod infer;
mod world;
mod written;

use gw_compiler::analysis::{Analysis, analyse};
use gw_compiler::{Disk, Files, Options, cost};
use gw_expr::{Env, Estimate, EvalError, FactTable, OwnedValue, Phase, Program, Variable};
use gw_graph::Graph;
use gw_syntax::{Diagnostic, Severity, Sources};
use serde_json::{Map, Value};
use std::sync::Arc;
use world::World;

/// What an expression may refer to besides the language's own objects.
#[derive(Debug, Default)]
pub(crate) struct Given {
    /// Variables with their values.
    pub(crate) values: Map<String, Value>,
    /// Written types of variables, as `("ids", "list<int>")`.
    pub(crate) types: Vec<(String, String)>,
}

/// An expression that was checked and run.
#[derive(Debug)]
pub(crate) struct Evaluation {
    /// Its type.
    pub(crate) ty: String,
    /// What it costs at most, for the largest request that a listener lets in by default.
    pub(crate) cost: Estimate,
    /// Its value, or why it has none.
    pub(crate) value: Result<OwnedValue, EvalError>,
    /// What it reads without a value having been given, as `jwt.org`.
    pub(crate) missing: Vec<String>,
}

/// Why there is no evaluation.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// Findings about the expression, a written type, or the policy.
    Findings(Sources, Vec<Diagnostic>),
    /// A value that does not fit its variable, in words.
    Value(String),
}

/// The names of a policy, or the language's own alone.
pub(crate) fn names(policy: Option<&str>, options: &Options) -> Result<Names, Refusal> {
    let (files, entry): (&dyn Files, &str) = match policy {
        Some(path) => (&Disk, path),
        None => (&Nothing, "-"),
    };
    let Analysis {
        sources,
        diagnostics,
        modules,
        environments,
    } = analyse(files, entry, options);
    let wrong = diagnostics.iter().any(|d| d.severity == Severity::Error);
    if policy.is_some() && wrong {
        return Err(Refusal::Findings(sources, diagnostics));
    }
    let file = modules.first().map(|(_, file)| *file).unwrap_or_default();
    let env = environments.general(file, Phase::Response);
    Ok(Names {
        env: env.map(|env| Env::clone(env)).unwrap_or_default(),
        sources,
    })
}

/// What an expression may refer to.
#[derive(Debug)]
pub(crate) struct Names {
    env: Env,
    sources: Sources,
}

/// A policy without declarations.
struct Nothing;

impl Files for Nothing {
    fn read(&self, _: &str) -> Result<Vec<u8>, String> {
        Ok(b"gw 1\n".to_vec())
    }
}

/// Checks and runs an expression.
pub(crate) fn evaluate(text: &str, names: Names, given: &Given) -> Result<Evaluation, Refusal> {
    let Names {
        mut env,
        mut sources,
    } = names;
    declare(&mut env, given)?;
    let file = sources.add("expression", text);
    let env = env.with_sources(Arc::new(sources.clone()));
    let mut found = Vec::new();
    let checked = match gw_syntax::parse_expr(file, text, 0) {
        Ok(expr) => {
            let mut facts = FactTable::default();
            let checked = gw_expr::check(&expr, &env, &mut facts, &mut found);
            Some((checked, facts))
        }
        Err(findings) => {
            found = findings;
            None
        }
    };
    let wrong = found.iter().any(|d| d.severity == Severity::Error);
    let Some((checked, facts)) = checked.filter(|_| !wrong) else {
        return Err(Refusal::Findings(sources, found));
    };
    let program = Program::compile(&checked.ir).map_err(|e| Refusal::Value(e.to_string()))?;
    let world = World::of(&facts, &env, &given.values).map_err(Refusal::Value)?;
    let value = program.eval_owned(&world);
    let missing = world.missing;
    let graph = Graph {
        facts,
        ..Graph::default()
    };
    Ok(Evaluation {
        ty: checked.ty.to_string(),
        cost: cost::estimate(&graph, &checked.ir),
        value,
        missing,
    })
}

/// Declares what is given: by its written type, else by what its value looks like. What the
/// language or the policy declares keeps its type.
fn declare(env: &mut Env, given: &Given) -> Result<(), Refusal> {
    for (name, written) in &given.types {
        let mut sources = Sources::default();
        let file = sources.add(format!("type of {name}"), written.as_str());
        let ty = written::resolve(file, written)
            .map_err(|findings| Refusal::Findings(sources, findings))?;
        env.declare(name.as_str(), Variable::new(ty));
    }
    for (name, value) in &given.values {
        let written = given.types.iter().any(|(n, _)| n == name);
        // Which parameters a path has is a route's affair.
        if !written && (name == "path" || !env.knows(name)) {
            env.declare(name.as_str(), Variable::new(infer::of(value)));
        }
    }
    Ok(())
}
