//! `gwc import`.

use crate::args::{Import, ImportFile, ImportFrom};
use crate::exit;
use crate::input::{Refused, usage};
use crate::print;
use crate::render::human;
use gw_compiler::{Disk, Files, Options};
use std::fs::OpenOptions;
use std::io::Write;

/// Makes a policy.
pub(crate) fn run(args: &Import) -> Result<u8, Refused> {
    match &args.from {
        ImportFrom::Openapi(args) => openapi(args),
    }
}

fn openapi(args: &ImportFile) -> Result<u8, Refused> {
    let file = &args.file;
    let bytes = Disk
        .read(file)
        .map_err(|why| usage(&format!("{file} cannot be read: {why}")))?;
    let text = String::from_utf8_lossy(&bytes);
    let import = match gw_openapi::import(&text, file) {
        Ok(import) => import,
        Err(why) => {
            print::err(&format!("error: {file}: {why}\n"));
            return Ok(exit::DOES_NOT_COMPILE);
        }
    };
    match &args.output {
        Some(path) => write(path, &import.policy)?,
        None => print::out(&import.policy),
    }
    for note in &import.notes {
        print::err(&format!("note: {note}\n"));
    }
    Ok(check(import.policy))
}

fn write(path: &str, policy: &str) -> Result<(), Refused> {
    let file = OpenOptions::new().write(true).create_new(true).open(path);
    file.and_then(|mut file| file.write_all(policy.as_bytes()))
        .map_err(|e| usage(&format!("{path} cannot be written: {e}")))
}

/// What an import gives is right; where it is not, its findings say so.
fn check(policy: String) -> u8 {
    match gw_compiler::compile(&Made(policy), "policy.gw", &Options::default()) {
        Ok(_) => exit::FINE,
        Err(failure) => {
            print::err(&human::render(&failure.sources, &failure.diagnostics));
            exit::DOES_NOT_COMPILE
        }
    }
}

/// The policy that was made.
struct Made(String);

impl Files for Made {
    fn read(&self, _: &str) -> Result<Vec<u8>, String> {
        Ok(self.0.clone().into_bytes())
    }
}
