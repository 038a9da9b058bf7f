//! `gwc completions`.

use crate::args::{Args, Completions};
use crate::exit;
use crate::print;
use clap::CommandFactory;

/// Prints the completions of a shell.
pub(crate) fn run(args: &Completions) -> u8 {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Args::command(), "gwc", &mut script);
    print::out(&String::from_utf8_lossy(&script));
    exit::FINE
}
