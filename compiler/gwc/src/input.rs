//! From arguments to a compiled policy.

use crate::args::{Params, Policy};
use crate::exit;
use crate::print;
use crate::render;
use gw_compiler::{Compiled, Disk, Failure, Mutant, Options};

/// Why there is no compiled policy, as an exit code; the reason was printed.
pub(crate) struct Refused(pub(crate) u8);

/// Parameters of `--set` and `--vars`; `--set` wins.
fn options(params: &Params) -> Result<Options, Refused> {
    let mut options = Options::default();
    if let Some(path) = &params.vars {
        let text = read(path)?;
        options
            .read_vars(&text)
            .map_err(|e| usage(&format!("{path}: {e}")))?;
    }
    for assignment in &params.set {
        options
            .set(assignment)
            .map_err(|e| usage(&format!("--set: {e}")))?;
    }
    Ok(options)
}

/// Compiles, whatever the outcome.
pub(crate) fn compile(policy: &Policy) -> Result<Result<Compiled, Box<Failure>>, Refused> {
    let options = options(&policy.params)?;
    Ok(gw_compiler::compile(&Disk, &policy.file, &options))
}

/// Compiles, or prints the findings.
pub(crate) fn compiled(policy: &Policy) -> Result<Compiled, Refused> {
    compile(policy)?.map_err(refuse)
}

/// The same with every small change of the policy.
pub(crate) fn compiled_mutants(policy: &Policy) -> Result<(Compiled, Vec<Mutant>), Refused> {
    let options = options(&policy.params)?;
    gw_compiler::compile_mutants(&Disk, &policy.file, &options).map_err(refuse)
}

fn refuse(failure: Box<Failure>) -> Refused {
    let Failure {
        sources,
        diagnostics,
    } = *failure;
    print::err(&render::human::render(&sources, &diagnostics));
    Refused(exit::DOES_NOT_COMPILE)
}

/// Reads a text file named on the command line.
pub(crate) fn read(path: &str) -> Result<String, Refused> {
    std::fs::read_to_string(path).map_err(|e| usage(&format!("{path} cannot be read: {e}")))
}

/// Says what is wrong with the command line.
pub(crate) fn usage(message: &str) -> Refused {
    print::err(&format!("error: {message}\n"));
    Refused(exit::USAGE)
}
