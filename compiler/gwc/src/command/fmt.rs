//! `gwc fmt`.

use crate::args::Fmt;
use crate::exit;
use crate::input::{Refused, usage};
use crate::print;
use crate::render::human;
use crate::write;
use gw_compiler::{Disk, Files};
use gw_syntax::{FileId, Sources};

/// Formats files in place, or checks them.
pub(crate) fn run(args: &Fmt) -> Result<u8, Refused> {
    let mut worst = exit::FINE;
    for path in &args.files {
        worst = worst.max(one(args, path)?);
    }
    Ok(worst)
}

fn one(args: &Fmt, path: &str) -> Result<u8, Refused> {
    let bytes = Disk
        .read(path)
        .map_err(|why| usage(&format!("{path} cannot be read: {why}")))?;
    let mut sources = Sources::default();
    sources.add(path, String::from_utf8_lossy(&bytes));
    let text = match gw_syntax::decode(FileId(0), &bytes) {
        Ok(text) => text,
        Err(diagnostics) => {
            print::err(&human::render(&sources, &diagnostics));
            return Ok(exit::DOES_NOT_COMPILE);
        }
    };
    let formatted = match gw_syntax::format(text) {
        Ok(formatted) => formatted,
        Err(diagnostics) => {
            print::err(&human::render(&sources, &diagnostics));
            return Ok(exit::DOES_NOT_COMPILE);
        }
    };
    if args.check {
        if formatted == text {
            return Ok(exit::FINE);
        }
        print::out(&format!("{path} is not formatted\n"));
        return Ok(exit::FINDINGS);
    }
    if path == "-" {
        print::out(&formatted);
    } else if formatted != text {
        write::instead(path, &bytes, formatted.as_bytes())
            .map_err(|e| usage(&format!("{path} is not formatted: {e}")))?;
    }
    Ok(exit::FINE)
}
