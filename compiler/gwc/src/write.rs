//! Writing files in one step: readers see the old text or the new one, never a part.

use std::fs::{self, Metadata};
use std::io::{Error, ErrorKind, Write};
use std::path::Path;

/// Writes a file, new or in the place of what is there. A link stays one, and the file keeps its
/// permissions; what is no regular file is written to as it is.
pub(crate) fn whole(path: &str, bytes: &[u8]) -> std::io::Result<()> {
    match fs::metadata(path) {
        Ok(known) if known.is_file() => exchange(path, bytes, Some(&known)),
        Ok(_) => fs::write(path, bytes),
        Err(e) if e.kind() == ErrorKind::NotFound => exchange(path, bytes, None),
        Err(e) => Err(e),
    }
}

/// The same, for a file that was read before.
///
/// # Errors
/// Where the file holds something else by now: what was changed meanwhile is not overwritten.
pub(crate) fn instead(path: &str, old: &[u8], new: &[u8]) -> std::io::Result<()> {
    unchanged(path, old)?;
    whole(path, new)
}

/// Holds a file against what was read.
///
/// # Errors
/// Where it holds something else.
pub(crate) fn unchanged(path: &str, old: &[u8]) -> std::io::Result<()> {
    match fs::read(path)? == old {
        true => Ok(()),
        false => Err(Error::other("it was changed meanwhile")),
    }
}

fn exchange(path: &str, bytes: &[u8], known: Option<&Metadata>) -> std::io::Result<()> {
    let target = match known {
        Some(_) => Path::new(path).canonicalize()?,
        None => Path::new(path).to_path_buf(),
    };
    let folder = target.parent().filter(|f| !f.as_os_str().is_empty());
    let mut new = beside(folder.unwrap_or(Path::new(".")))?;
    new.write_all(bytes)?;
    if let Some(known) = known {
        new.as_file().set_permissions(known.permissions())?;
    }
    new.as_file().sync_all()?;
    new.persist(&target)?;
    Ok(())
}

/// A new file with the permissions that a new file has here, not the private ones of a temporary
/// one.
fn beside(folder: &Path) -> std::io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    let all = std::os::unix::fs::PermissionsExt::from_mode(0o666);
    #[cfg(unix)]
    builder.permissions(all);
    builder.tempfile_in(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let name = |e: std::io::Result<fs::DirEntry>| e.unwrap().file_name();
        entries.map(|e| name(e).into_string().unwrap()).collect()
    }

    #[test]
    fn what_was_changed_meanwhile_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("policy.gw");
        let place = path.to_str().unwrap();
        whole(place, b"mine").unwrap();
        let refused = instead(place, b"theirs", b"mended").unwrap_err();
        assert_eq!(refused.to_string(), "it was changed meanwhile");
        assert_eq!(fs::read(&path).unwrap(), b"mine");
        instead(place, b"mine", b"mended").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"mended");
        assert_eq!(names(folder.path()), ["policy.gw"]);
    }

    #[cfg(unix)]
    #[test]
    fn a_new_file_is_as_open_as_any_other() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let (plain, ours) = (folder.path().join("plain"), folder.path().join("ours"));
        fs::write(&plain, b"").unwrap();
        whole(ours.to_str().unwrap(), b"").unwrap();
        let mode = |path| fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode(&plain), mode(&ours));
    }

    #[cfg(unix)]
    #[test]
    fn a_device_is_not_replaced() {
        use std::os::unix::fs::FileTypeExt;
        whole("/dev/null", b"nothing").unwrap();
        let null = fs::metadata("/dev/null").unwrap();
        assert!(null.file_type().is_char_device());
    }
}
