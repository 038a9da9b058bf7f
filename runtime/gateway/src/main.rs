//! `gateway`: compiles or loads a policy and serves it; asks a running gateway how it is.

mod args;
mod compiler;
mod exit;
mod install;
mod policy;
mod probe;
mod render;
mod run;

use args::{Args, Command};
use clap::Parser;
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => {
            // A closed pipe is the reader's choice, not a failure.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() {
                exit::USAGE
            } else {
                exit::FINE
            });
        }
    };
    let ended = std::panic::catch_unwind(|| match args.command {
        Command::Run(run) => run::run(run),
        Command::Compile(compile) => compiler::answer(&compile),
        Command::Status(probe) => probe::status(probe.admin),
        Command::Healthcheck(probe) => probe::healthcheck(probe.admin),
        Command::Completions(completions) => install::completions(completions.shell),
        Command::Man(man) => install::man(man.dir.as_deref()),
    });
    ExitCode::from(ended.unwrap_or(exit::INTERNAL))
}
