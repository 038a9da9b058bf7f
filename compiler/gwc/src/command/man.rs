//! `gwc man`.

use crate::args::{Args, Man};
use crate::exit;
use crate::input::{Refused, usage};
use crate::print;
use clap::CommandFactory;

/// Prints the page of `gwc`, or writes the pages of all commands.
pub(crate) fn run(args: &Man) -> Result<u8, Refused> {
    let Some(folder) = &args.dir else {
        let mut page = Vec::new();
        clap_mangen::Man::new(Args::command())
            .render(&mut page)
            .map_err(|e| usage(&format!("the page cannot be drawn: {e}")))?;
        print::out(&String::from_utf8_lossy(&page));
        return Ok(exit::FINE);
    };
    std::fs::create_dir_all(folder)
        .and_then(|()| clap_mangen::generate_to(Args::command(), folder))
        .map_err(|e| usage(&format!("{folder} cannot be written: {e}")))?;
    Ok(exit::FINE)
}
