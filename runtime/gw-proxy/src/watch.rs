//! Notices changes of files by looking at them: times, sizes and which file it is first, contents only
//! when those differ. Works on every file system, through symbolic links and renames.

use foldhash::fast::FixedState;
use std::collections::BTreeMap;
use std::hash::BuildHasher;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Files that are looked at.
pub(crate) struct Watch {
    files: BTreeMap<PathBuf, Seen>,
}

/// What a file was like.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Seen {
    stamp: Option<Stamp>,
    content: Option<u64>,
}

/// What tells a file from what it was without reading it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Stamp {
    written: SystemTime,
    size: u64,
    /// Device and number: a link may lead to another file of the same size and time, as where all
    /// times are set to the same.
    file: (u64, u64),
    /// When anything of it was changed, its time too: seconds and nanoseconds. Nobody can set it.
    changed: (i64, i64),
}

impl Watch {
    /// Remembers what the files are like now. One that was written after `read_at`, when reading
    /// them began, may not be what was read: it counts as changed.
    pub(crate) fn since(read_at: SystemTime, files: Vec<PathBuf>) -> Self {
        let mut watch = Self {
            files: BTreeMap::new(),
        };
        watch.follow(files);
        let late = |seen: &Seen| seen.stamp.is_some_and(|stamp| stamp.written > read_at);
        for seen in watch.files.values_mut().filter(|seen| late(seen)) {
            *seen = Seen {
                stamp: None,
                content: None,
            };
        }
        watch
    }

    /// Looks at these files from now on; what was seen of them stays.
    pub(crate) fn follow(&mut self, files: Vec<PathBuf>) {
        let last = std::mem::take(&mut self.files);
        for file in files {
            let seen = last.get(&file).copied().unwrap_or_else(|| Seen::at(&file));
            self.files.insert(file, seen);
        }
    }

    /// Whether any file has another content than when it was last seen.
    pub(crate) fn changed(&mut self) -> bool {
        let mut changed = false;
        for (file, seen) in &mut self.files {
            let stamp = stamp(file);
            if stamp == seen.stamp {
                continue;
            }
            let now = Seen {
                stamp,
                content: content(file),
            };
            changed |= now.content != seen.content;
            *seen = now;
        }
        changed
    }
}

impl Seen {
    fn at(file: &Path) -> Self {
        Self {
            stamp: stamp(file),
            content: content(file),
        }
    }
}

fn stamp(file: &Path) -> Option<Stamp> {
    let meta = std::fs::metadata(file).ok()?;
    Some(Stamp {
        written: meta.modified().ok()?,
        size: meta.len(),
        file: (meta.dev(), meta.ino()),
        changed: (meta.ctime(), meta.ctime_nsec()),
    })
}

fn content(file: &Path) -> Option<u64> {
    crate::file::read_any(file)
        .ok()
        .map(|bytes| FixedState::default().hash_one(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn sees_contents_not_times() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a");
        std::fs::write(&file, "1").unwrap();
        let later = SystemTime::now() + Duration::from_secs(60);
        let mut watch = Watch::since(later, vec![file.clone()]);
        assert!(!watch.changed());
        std::fs::write(&file, "22").unwrap();
        assert!(watch.changed());
        assert!(!watch.changed());
        std::fs::remove_file(&file).unwrap();
        assert!(watch.changed());
    }

    /// As where a package or an image sets all times to the same.
    #[test]
    fn sees_another_file_of_the_same_size_and_time() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let write = |name: &str, text: &str| {
            std::fs::write(at(name), text).unwrap();
            let file = std::fs::File::options().write(true).open(at(name)).unwrap();
            file.set_modified(SystemTime::UNIX_EPOCH).unwrap();
        };
        let lead_to = |name: &str| {
            let _ = std::fs::remove_file(at("link"));
            std::os::unix::fs::symlink(at(name), at("link")).unwrap();
        };
        write("old", "1");
        write("new", "2");
        lead_to("old");
        let mut watch = Watch::since(SystemTime::now(), vec![at("link")]);
        assert!(!watch.changed());
        lead_to("new");
        assert!(watch.changed());
        write("new", "3");
        assert!(watch.changed());
        assert!(!watch.changed());
    }

    #[test]
    fn sees_what_was_written_while_it_was_read() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a");
        std::fs::write(&file, "1").unwrap();
        let mut watch = Watch::since(SystemTime::UNIX_EPOCH, vec![file]);
        assert!(watch.changed());
        assert!(!watch.changed());
    }
}
