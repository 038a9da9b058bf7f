//! `gwc`: checks, formats, tests, explains and builds policies. Parses arguments and prints; what
//! is printed comes from the libraries.

mod args;
mod command;
mod evaluate;
mod exit;
mod input;
mod parallel;
mod play;
mod print;
mod reference;
mod render;
mod retries;
mod simulate;
mod suite;
mod trace;
mod write;

use clap::Parser;
use std::process::ExitCode;

/// Trees are many small pieces, of which the system's allocator makes a quarter of the work.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    match args::Args::try_parse() {
        Ok(args) => ExitCode::from(command::run(args.command)),
        Err(error) => {
            // A closed pipe is the reader's choice, not a failure.
            let _ = error.print();
            ExitCode::from(if error.use_stderr() {
                exit::USAGE
            } else {
                exit::FINE
            })
        }
    }
}
