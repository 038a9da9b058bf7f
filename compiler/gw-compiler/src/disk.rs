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
            "-" => bounded(std::io::stdin(), 0),
            _ => open(Path::new(path)).and_then(|(file, length)| bounded(file, length)),
        }
    }

    fn identity(&self, path: &str) -> String {
        Path::new(path)
            .canonicalize()
            .map_or_else(|_| path.to_owned(), |p| p.display().to_string())
    }
}

/// Opens what has an end, and says how long it is. It is looked at before, since opening a pipe may
/// wait for its other side.
fn open(path: &Path) -> Result<(File, u64), String> {
    let found = path.metadata().map_err(|e| reason(&e))?;
    if found.is_dir() {
        return Err("it is a directory".to_owned());
    }
    if !found.is_file() {
        return Err("it is a device, a pipe or a socket, and no regular file".to_owned());
    }
    let file = File::open(path).map_err(|e| reason(&e))?;
    Ok((file, found.len()))
}

/// The bytes of an input that is probably of this length: room is made once, and for no more.
fn bounded(input: impl Read, length: u64) -> Result<Vec<u8>, String> {
    let limit = MAX_SOURCE_BYTES as u64 + 1;
    let mut bytes = Vec::with_capacity(usize::try_from(length.min(limit)).unwrap_or(0));
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
