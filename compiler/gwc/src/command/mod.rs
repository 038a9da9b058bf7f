//! One file per command.

mod build;
mod check;
mod doc;
mod explain;
mod fmt;
mod graph;
mod inspect;
mod lsp;
mod test;

pub(crate) use explain::page;

use crate::args::Command;
use crate::input::Refused;

/// Runs a command; the exit code.
pub(crate) fn run(command: Command) -> u8 {
    let outcome = match command {
        Command::Check(args) => check::run(&args),
        Command::Fmt(args) => fmt::run(&args),
        Command::Test(args) => test::run(&args),
        Command::Explain(args) => explain::run(args),
        Command::Graph(args) => graph::run(&args),
        Command::Build(args) => build::run(&args),
        Command::Inspect(args) => inspect::run(&args),
        Command::Doc(args) => Ok(doc::run(&args)),
        Command::Lsp(args) => lsp::run(&args),
    };
    outcome.unwrap_or_else(|Refused(code)| code)
}
