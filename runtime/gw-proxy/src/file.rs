//! Reads the files that a policy names: regular ones, of a bounded size. A device has no end, and a pipe
//! waits for its other side.

use std::fs::File;
use std::io::{Error, ErrorKind, Read, Result};
use std::path::Path;

/// Most bytes of certificates, keys, revocation lists and secrets.
const MOST: u64 = 64 << 20;

/// Most bytes of a table.
const MOST_OF_TABLE: u64 = 1 << 30;

/// The bytes of certificates, keys or revocation lists.
///
/// # Errors
/// Those of the system; one that says why where the file is not regular, or too large.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>> {
    bounded(path, MOST)
}

/// The same as text.
///
/// # Errors
/// As [`read`], and where it is not UTF-8.
pub(crate) fn read_text(path: &Path) -> Result<String> {
    text(bounded(path, MOST)?)
}

/// The text of a table.
///
/// # Errors
/// As [`read_text`].
pub(crate) fn read_table(path: &Path) -> Result<String> {
    text(bounded(path, MOST_OF_TABLE)?)
}

/// The bytes of any file of a policy, to see whether they are others than before.
///
/// # Errors
/// As [`read`].
pub(crate) fn read_any(path: &Path) -> Result<Vec<u8>> {
    bounded(path, MOST_OF_TABLE)
}

fn bounded(path: &Path, most: u64) -> Result<Vec<u8>> {
    let found = path.metadata()?;
    if found.is_dir() {
        return Err(refused("it is a directory".to_owned()));
    }
    if !found.is_file() {
        let what = "it is a device, a pipe or a socket, and no regular file";
        return Err(refused(what.to_owned()));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(found.len().min(most)).unwrap_or(0));
    // It may grow while it is read.
    File::open(path)?.take(most + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        return Err(refused(format!("it is larger than {} MiB", most >> 20)));
    }
    Ok(bytes)
}

fn text(bytes: Vec<u8>) -> Result<String> {
    String::from_utf8(bytes).map_err(|_| refused("it is not UTF-8".to_owned()))
}

fn refused(why: String) -> Error {
    Error::new(ErrorKind::InvalidData, why)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_has_an_end() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a");
        std::fs::write(&file, "text").unwrap();
        assert_eq!(read_text(&file).unwrap(), "text");
        std::fs::write(&file, b"\xFF").unwrap();
        assert!(read_text(&file).unwrap_err().to_string().contains("UTF-8"));
        let why = |path: &Path| read(path).unwrap_err().to_string();
        assert!(why(folder.path()).contains("directory"));
        assert!(why(Path::new("/dev/zero")).contains("device"));
    }

    #[test]
    fn stops_at_the_limit() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a");
        std::fs::write(&file, "12345").unwrap();
        assert!(bounded(&file, 5).is_ok());
        let why = bounded(&file, 4).unwrap_err().to_string();
        assert!(why.contains("larger than"), "{why}");
    }

    #[test]
    fn refuses_what_is_no_regular_file() {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("socket");
        let made = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        assert!(read(&socket).unwrap_err().to_string().contains("socket"));
        drop(made);
    }
}
