//! From arguments to a compiled policy.

use crate::args::{Params, Policy};
use crate::exit;
use crate::print;
use crate::render;
use gw_compiler::{Compiled, Disk, Failure, Mutant, Options};

/// Why there is no compiled policy, as an exit code; the reason was printed.
pub(crate) struct Refused(pub(crate) u8);

/// Parameters of `--set` and `--vars`; `--set` wins.
pub(crate) fn options(params: &Params) -> Result<Options, Refused> {
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
    compile(policy)?.map_err(|failure| refuse(&failure))
}

/// The same with every small change of the policy.
pub(crate) fn compiled_mutants(policy: &Policy) -> Result<(Compiled, Vec<Mutant>), Refused> {
    let options = options(&policy.params)?;
    gw_compiler::compile_mutants(&Disk, &policy.file, &options).map_err(|failure| refuse(&failure))
}

/// Prints why a policy does not compile.
fn refuse(failure: &Failure) -> Refused {
    print::err(&render::human::render(
        &failure.sources,
        &failure.diagnostics,
    ));
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
