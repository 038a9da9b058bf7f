//! The one place of the compiler that reads files: for the binaries. The rest of the library goes
//! through [`crate::Files`].

#![expect(
    clippy::disallowed_methods,
    reason = "this file is the door to the disk"
)]

use crate::Files;
use gw_syntax::MAX_SOURCE_BYTES;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Files of the disk; `-` is standard input.
#[derive(Clone, Copy, Debug, Default)]
pub struct Disk;

impl Files for Disk {
    /// At most one byte more than a source may have: whoever reads them finds that there are too
    /// many.
    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        match path {
            "-" => bounded(std::io::stdin()),
            _ => bounded(open(Path::new(path))?),
        }
    }

    fn identity(&self, path: &str) -> String {
        Path::new(path)
            .canonicalize()
            .map_or_else(|_| path.to_owned(), |p| p.display().to_string())
    }
}

/// Opens what has an end. It is looked at before, since opening a pipe may wait for its other side.
fn open(path: &Path) -> Result<File, String> {
    let kind = path.metadata().map_err(|e| reason(&e))?.file_type();
    if kind.is_dir() {
        return Err("it is a directory".to_owned());
    }
    if !kind.is_file() {
        return Err("it is a device, a pipe or a socket, and no regular file".to_owned());
    }
    File::open(path).map_err(|e| reason(&e))
}

fn bounded(input: impl Read) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let limit = MAX_SOURCE_BYTES as u64 + 1;
    let read = input.take(limit).read_to_end(&mut bytes);
    read.map(|_| bytes).map_err(|e| reason(&e))
}

fn reason(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string(),
    }
}
