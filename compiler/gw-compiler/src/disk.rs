//! The one place of the compiler that reads files: for the binaries. The rest of the library goes
//! through [`crate::Files`].

#![expect(
    clippy::disallowed_methods,
    reason = "this file is the door to the disk"
)]

use crate::Files;
use std::io::Read;
use std::path::Path;

/// Files of the disk; `-` is standard input.
#[derive(Clone, Copy, Debug, Default)]
pub struct Disk;

impl Files for Disk {
    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        if path == "-" {
            let mut bytes = Vec::new();
            let limit = gw_syntax::MAX_SOURCE_BYTES as u64 + 1;
            std::io::stdin()
                .take(limit)
                .read_to_end(&mut bytes)
                .map_err(|e| reason(&e))?;
            return Ok(bytes);
        }
        if Path::new(path).is_dir() {
            return Err("it is a directory".to_owned());
        }
        std::fs::read(path).map_err(|e| reason(&e))
    }

    fn identity(&self, path: &str) -> String {
        Path::new(path)
            .canonicalize()
            .map_or_else(|_| path.to_owned(), |p| p.display().to_string())
    }
}

fn reason(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string(),
    }
}
