//! `gwc build`.

use crate::args::Build;
use crate::exit;
use crate::input::{self, Refused, usage};
use crate::print;
use crate::render::human;
use crate::write;

/// Compiles to an artifact.
pub(crate) fn run(args: &Build) -> Result<u8, Refused> {
    let compiled = input::compiled(&args.policy)?;
    print::err(&human::render(&compiled.sources, &compiled.diagnostics));
    let bytes = gw_graph::encode(&compiled.graph);
    write::whole(&args.output, &bytes)
        .map_err(|e| usage(&format!("{} cannot be written: {e}", args.output)))?;
    let id = gw_graph::policy_id(&compiled.graph);
    print::out(&format!(
        "{}: policy {id}, {} bytes\n",
        args.output,
        bytes.len()
    ));
    Ok(exit::FINE)
}
