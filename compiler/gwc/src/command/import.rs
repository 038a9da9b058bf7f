//! `gwc import`.

use crate::args::{Import, ImportFile, ImportFrom};
use crate::exit;
use crate::input::{Refused, usage};
use crate::print;
use crate::render::human;
use gw_compiler::{Disk, Files, Options, join};
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
    let name = from_policy(file, args.output.as_deref());
    let import = match gw_openapi::import(&text, &name) {
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
    Ok(check(Made {
        policy: import.policy,
        path: args
            .output
            .clone()
            .unwrap_or_else(|| "policy.gw".to_owned()),
    }))
}

/// How the policy at `output`, or one in the working folder, names the file of a description.
fn from_policy(file: &str, output: Option<&str>) -> String {
    let folder = output.and_then(|o| o.rsplit_once('/')).map(|(f, _)| f);
    let Some(folder) = folder.filter(|_| file != "-" && !file.starts_with('/')) else {
        return file.to_owned();
    };
    if folder.starts_with('/') {
        let here = std::env::current_dir().map(|here| here.join(file));
        return here.map_or_else(|_| file.to_owned(), |path| path.display().to_string());
    }
    // Both without `.` and `..` in their middle.
    let (file, folder) = (join("", file), join("", folder));
    let (mut to, mut from) = (file.split('/').peekable(), folder.split('/').peekable());
    while to.peek().is_some() && to.peek() == from.peek() && to.peek() != Some(&"..") {
        to.next();
        from.next();
    }
    let ups = from.filter(|part| !part.is_empty()).map(|_| "..");
    ups.chain(to).collect::<Vec<_>>().join("/")
}

fn write(path: &str, policy: &str) -> Result<(), Refused> {
    let file = OpenOptions::new().write(true).create_new(true).open(path);
    file.and_then(|mut file| file.write_all(policy.as_bytes()))
        .map_err(|e| usage(&format!("{path} cannot be written: {e}")))
}

/// What an import gives is right; where it is not, its findings say so.
fn check(made: Made) -> u8 {
    match gw_compiler::compile(&made, &made.path, &Options::default()) {
        Ok(_) => exit::FINE,
        Err(failure) => {
            print::err(&human::render(&failure.sources, &failure.diagnostics));
            exit::DOES_NOT_COMPILE
        }
    }
}

/// The policy that was made, beside the files of the disk.
struct Made {
    policy: String,
    path: String,
}

impl Files for Made {
    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        match path == self.path {
            true => Ok(self.policy.clone().into_bytes()),
            false => Disk.read(path),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::from_policy;

    #[test]
    fn the_policy_names_the_file_from_its_own_folder() {
        for (file, output, expected) in [
            ("api.yaml", None, "api.yaml"),
            ("api.yaml", Some("policy.gw"), "api.yaml"),
            ("./api/api.yaml", Some("api/policy.gw"), "api.yaml"),
            (
                "api/v1/api.yaml",
                Some("gw/policy.gw"),
                "../api/v1/api.yaml",
            ),
            ("../api.yaml", Some("gw/policy.gw"), "../../api.yaml"),
            ("/api.yaml", Some("gw/policy.gw"), "/api.yaml"),
            ("-", Some("gw/policy.gw"), "-"),
        ] {
            assert_eq!(from_policy(file, output), expected, "{file} {output:?}");
        }
    }
}
