//! What an installation has beside the binary: completions of shells and the manual page.

use crate::args::Args;
use crate::exit;
use clap::CommandFactory;
use clap_complete::Shell;
use std::io::Write;
use std::path::Path;

/// Prints the completions of a shell.
pub(crate) fn completions(shell: Shell) -> u8 {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), "gateway", &mut script);
    print(&script)
}

/// Prints the page of `gateway`, or writes the pages of all commands.
pub(crate) fn man(folder: Option<&Path>) -> u8 {
    let Some(folder) = folder else {
        let mut page = Vec::new();
        return match clap_mangen::Man::new(Args::command()).render(&mut page) {
            Ok(()) => print(&page),
            Err(_) => exit::INTERNAL,
        };
    };
    let written = std::fs::create_dir_all(folder)
        .and_then(|()| clap_mangen::generate_to(Args::command(), folder));
    match written {
        Ok(()) => exit::FINE,
        Err(error) => {
            eprintln!("error: {} cannot be written: {error}", folder.display());
            exit::USAGE
        }
    }
}

/// A reader that leaves early has what it wanted.
fn print(text: &[u8]) -> u8 {
    let _ = std::io::stdout().write_all(text);
    exit::FINE
}
