//! One file per command.

mod build;
mod check;
mod completions;
mod doc;
mod eval;
pub(crate) mod explain;
mod fmt;
pub(crate) mod graph;
mod import;
mod init;
mod inspect;
mod lsp;
mod man;
mod play;
pub(crate) mod test;

pub(crate) use explain::page;

use crate::args::Command;
use crate::input::Refused;

/// Runs a command; the exit code.
pub(crate) fn run(command: Command) -> u8 {
    let outcome = match command {
        Command::Init(args) => init::run(&args),
        Command::Import(args) => import::run(&args),
        Command::Check(args) => check::run(&args),
        Command::Fmt(args) => fmt::run(&args),
        Command::Test(args) => test::run(&args),
        Command::Explain(args) => explain::run(args),
        Command::Eval(args) => eval::run(&args),
        Command::Graph(args) => graph::run(&args),
        Command::Build(args) => build::run(&args),
        Command::Inspect(args) => inspect::run(&args),
        Command::Doc(args) => doc::run(&args),
        Command::Play(args) => play::run(&args),
        Command::Lsp(args) => lsp::run(&args),
        Command::Completions(args) => Ok(completions::run(&args)),
        Command::Man(args) => man::run(&args),
    };
    outcome.unwrap_or_else(|Refused(code)| code)
}
